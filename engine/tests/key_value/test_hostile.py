"""Key-value data that nobody should send: named, bounded in time and memory, and never a fault of ours."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sidoba_engine.anomaly import STAGE_ORDER
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge
from sidoba_engine.verdict_json import encode, judgement_object


def test_a_hundred_thousand_unknown_keys_are_all_counted_and_the_time_grows_with_them(
    body: Any, judge_one: Any
) -> None:
    def seconds(number: int) -> float:
        sent = body()
        sent["donnees"] |= {f"nombre_de_place_{rank}": rank for rank in range(number)}
        start = time.process_time()
        verdict = judge_one(sent)
        elapsed = time.process_time() - start
        assert len(verdict.anomalies) == number
        assert len(judgement_object(verdict, limit=500)["anomalies"]) == 500
        near = [anomaly for anomaly in verdict.anomalies if "proche : nombre_de_places" in anomaly.message]
        assert len(near) == min(number, 50)
        return elapsed

    small = min(seconds(10_000) for _ in range(2))
    assert seconds(100_000) < 15 * small + 1


@pytest.mark.parametrize("door", list(Door)[:2])
def test_fifty_megabytes_of_one_string_are_not_even_parsed(door: Door, body: Any, judge_one: Any) -> None:
    sent = body()
    sent["donnees"]["raison_sociale"] = "a" * 50_000_000
    content = json.dumps(sent).encode()
    del sent
    tracemalloc.start()
    verdict = judge_one(content, door=door)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [anomaly.rule for anomaly in verdict.anomalies] == ["R-KV-001"]
    assert peak < 1_000_000


HEAD = b'{"modele": {"code": "ssiad-structure", "version": "2026.0-brouillon"}, "donnees": {'
HOSTILE: dict[str, Callable[[], bytes]] = {
    "a key written a hundred thousand times": lambda: HEAD + b",".join([b'"categorie": "354"'] * 100_000) + b"}}",
    "many keys written twice": lambda: HEAD + b",".join(b'"k%d": 1, "k%d": 2' % (r, r) for r in range(20_000)) + b"}}",
    "many unknown keys": lambda: HEAD + b",".join(b'"k%d": 1' % rank for rank in range(50_000)) + b"}}",
    "many unknown members": lambda: b'{"donnees": {},' + b",".join(b'"k%d":1' % r for r in range(50_000)) + b"}",
    "NaN": lambda: HEAD + b'"heures_deplacement": NaN}}',
    "ten to the four hundredth": lambda: HEAD + b'"nombre_de_places": 1' + b"0" * 400 + b"}}",
    "a number of a million digits": lambda: HEAD + b'"nombre_de_places": ' + b"9" * 1_000_000 + b"}}",
    "1e308": lambda: HEAD + b'"heures_deplacement": 1e308}}',
    "1e-99999999": lambda: HEAD + b'"heures_deplacement": 1e-99999999}}',
    "50 MB of one string": lambda: HEAD + b'"raison_sociale": "' + b"a" * 50_000_000 + b'"}}',
    "a lone surrogate": lambda: HEAD + b'"raison_sociale": "\\ud83c"}}',
    "a byte order mark": lambda: b"\xef\xbb\xbf" + HEAD + b"}}",
    "UTF-16": lambda: (HEAD + b"}}").decode().encode("utf-16"),
    "a hundred thousand levels": lambda: HEAD + b'"a":' + b"[" * 100_000,
    "a hundred thousand levels, closed": lambda: HEAD + b'"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "nothing": lambda: b"",
    "null characters": lambda: b"\x00" * 1_000_000,
}


NAMED: dict[str, set[str]] = {
    "a key written a hundred thousand times": {"R-KV-016"},
    "many keys written twice": {"R-KV-016", "R-KV-017"},
    "many unknown keys": {"R-KV-017"},
    "many unknown members": {"R-KV-008", "R-KV-010"},
    "NaN": {"R-KV-022"},
    "ten to the four hundredth": {"R-KV-022"},
    "a number of a million digits": {"R-KV-022"},
    "1e308": {"R-KV-022"},
    "1e-99999999": {"R-KV-022"},
    "50 MB of one string": {"R-KV-001"},
    "a lone surrogate": {"R-KV-006"},
    "a byte order mark": {"R-KV-003"},
    "UTF-16": {"R-KV-002"},
    "a hundred thousand levels": {"R-KV-005"},
    "a hundred thousand levels, closed": {"R-KV-005"},
    "nothing": {"R-ENV-001"},
    "null characters": {"R-ENV-001"},
}
"""What each is called at the doors of key-value data, beside the keys that are missing (R-KV-018)."""


@pytest.mark.parametrize("door", list(Door))
@pytest.mark.parametrize("name", HOSTILE)
def test_every_door_names_what_is_wrong_in_bounded_time_and_memory(name: str, door: Door, judge_one: Any) -> None:
    content = HOSTILE[name]()
    start = time.process_time()
    verdict = judge_one(content, door=door)
    elapsed = time.process_time() - start
    assert not verdict.is_conformant
    assert verdict.anomalies and all(anomaly.rule.startswith("R-") for anomaly in verdict.anomalies)
    if door not in (Door.CDA_BUNDLE, Door.USER_DATA):
        assert {anomaly.rule for anomaly in verdict.anomalies} - {"R-KV-018"} == NAMED[name]
    assert elapsed < 20, "about one second for a hundred thousand anomalies on a quiet machine"


PAST_THE_LIMIT = """
import re, sys
from pathlib import Path
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.validation import judge

catalogue = installed_catalogue()
content = sys.stdin.buffer.read()
(verdict,) = judge(content, catalogue=catalogue, facts=Facts())
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(len(verdict.anomalies), verdict.anomalies[-1].rule, sum(a.rule == "R-KV-037" for a in verdict.anomalies), peak[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="/proc is absent: the memory cannot be read")
@pytest.mark.parametrize("number", [300_000, 900_000])
def test_a_million_unknown_keys_cost_no_more_memory_than_those_that_are_listed(number: int) -> None:
    """In a process of its own, whose memory is that of this one judgement."""
    content = HEAD + b",".join(b'"%x":1' % rank for rank in range(number)) + b"}}"
    judged = subprocess.run(
        [sys.executable, "-I", "-c", PAST_THE_LIMIT], input=content, capture_output=True, check=True
    )
    listed, _, stopped, kilobytes = judged.stdout.decode().split()
    assert (int(listed), int(stopped)) == (150_001, 1)
    assert int(kilobytes) < 700_000


def test_a_long_or_invisible_key_is_placed_on_its_object_and_shown_short(body: Any, judge_one: Any) -> None:
    sent = body()
    sent["donnees"] |= {"k" * 100_000: 1, "a\nb": 2, "x/y~z": 3}
    verdict = judge_one(sent)
    assert sorted(anomaly.location.path for anomaly in verdict.anomalies) == [
        "/donnees",
        "/donnees",
        "/donnees/x~1y~0z",
    ]
    assert max(len(anomaly.message) for anomaly in verdict.anomalies) < 300


def test_many_keys_written_twice(body: Any, judge_one: Any) -> None:
    twice = ", ".join(f'"k{rank}": 1, "k{rank}": 2' for rank in range(5000))
    content = json.dumps(body())[:-2] + ", " + twice + "}}"
    rules = [anomaly.rule for anomaly in judge_one(content.encode()).anomalies]
    assert rules.count("R-KV-016") == rules.count("R-KV-017") == 5000


def test_all_of_the_faults_of_a_document_are_told_at_once(body: Any, judge_one: Any) -> None:
    sent = body()
    sent["donnees"] = {key: [] for key in sent["donnees"]}
    verdict = judge_one(sent)
    assert len(verdict.anomalies) == len(sent["donnees"])
    assert {anomaly.rule for anomaly in verdict.anomalies} == {"R-KV-021"}


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
CATALOGUE = installed_catalogue()
MODEL = CATALOGUE.model("rama-structure", "2026.0-brouillon")


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_whatever_replaces_whatever_there_is_one_verdict_and_always_the_same(data: st.DataObject) -> None:
    assert MODEL is not None
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(MODEL.indicators)) | st.text(max_size=5), ANY_JSON))
    root = {"modele": {"code": MODEL.code, "version": MODEL.version}, "donnees": {**MODEL.example, **changes}}
    members = data.draw(
        st.dictionaries(st.sampled_from(["modele", "donnees", "commentaires", "x"]), ANY_JSON, max_size=1)
    )
    content = json.dumps(root | members).encode()
    (first,) = judge(content, catalogue=CATALOGUE, facts=Facts())
    (second,) = judge(content, catalogue=CATALOGUE, facts=Facts())
    assert encode(judgement_object(first)) == encode(judgement_object(second))
    ranks = [(STAGE_ORDER[a.stage], a.location.line, a.location.column, a.rule) for a in first.anomalies]
    assert ranks == sorted(ranks)
    for anomaly in first.anomalies:
        declared = re.findall(r"{\w+}", CATALOGUE.rules[anomaly.rule].hint)
        assert not [placeholder for placeholder in declared if placeholder in anomaly.hint]


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_verdict(content: bytes) -> None:
    for door in Door:
        verdicts = list(judge(content, catalogue=CATALOGUE, facts=Facts(), door=door))
        assert len(verdicts) == 1
        assert not verdicts[0].is_conformant
        assert encode(judgement_object(verdicts[0]))


@settings(deadline=None)
@given(cut=st.integers(0, 6000))
def test_a_body_cut_anywhere_is_never_conformant(cut: int) -> None:
    assert MODEL is not None
    root = {"modele": {"code": MODEL.code, "version": MODEL.version}, "donnees": dict(MODEL.example)}
    content = json.dumps(root, ensure_ascii=False).encode()
    (verdict,) = judge(content[: cut % len(content)], catalogue=CATALOGUE, facts=Facts(), door=Door.KEY_VALUE)
    assert not verdict.is_conformant
    assert verdict.anomalies[0].stage.value == "enveloppe"
