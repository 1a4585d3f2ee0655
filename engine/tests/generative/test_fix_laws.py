"""Laws of the certain corrections, on payloads spoiled in several ways at once."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from payload_mutations import KEYS, VALUES, Target, body_of
from sidoba_engine.anomaly import Stage
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.fixes import repair
from sidoba_engine.validation import judge
from sidoba_engine.value_choices import admitted_codes

CATALOGUE = installed_catalogue()
MODELS = [model for model in CATALOGUE.models.values() if model.version == "2026.0-brouillon"]
ROOTS = ("structure", "usager")
STRUCTURAL = (Stage.ENVELOPE, Stage.STRUCTURE, Stage.TERMINOLOGY)


@st.composite
def spoiled(draw: st.DrawFn, model: BusinessModel) -> tuple[bytes, dict[str, str]]:
    """The model's example with up to eight of its root values or keys spoiled; and the keys renamed, new → old."""
    data = copy.deepcopy(dict(model.example))
    names = [key for key, indicator in model.indicators.items() if indicator.entity in ROOTS and key in data]
    written: dict[str, str] = {}
    renamed: dict[str, str] = {}
    for name in draw(st.lists(st.sampled_from(sorted(names)), max_size=8, unique=True)):
        indicator = model.indicators[name]
        target = Target((name,), indicator, data[name], admitted_codes(indicator, CATALOGUE) or {})
        ways = [change for change in VALUES.values() if change(target) is not None]
        if draw(st.booleans()) and ways:
            data[name] = f"@@{name}@@"
            written[f'"@@{name}@@"'] = str(draw(st.sampled_from(ways))(target))
        else:
            other = draw(st.sampled_from(list(KEYS.values())))(name)
            if other is not None and other not in data:
                data = {other if key == name else key: value for key, value in data.items()}
                renamed[other] = name
    content = body_of(model, data).decode()
    for mark, value in written.items():
        content = content.replace(mark, value)
    return content.encode(), renamed


def verdict_of(content: bytes) -> Any:
    (verdict,) = judge(content, catalogue=CATALOGUE, facts=Facts())
    return verdict


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.code)
def test_the_laws(model: BusinessModel) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(spoiled(model))
    def hold(drawn: tuple[bytes, dict[str, str]]) -> None:
        content, renamed = drawn
        before, done = verdict_of(content), repair(content, catalogue=CATALOGUE, facts=Facts())
        # Idempotent, and the verdict given is that of the content given.
        assert repair(done.content, catalogue=CATALOGUE, facts=Facts()).content == done.content
        assert verdict_of(done.content).anomalies == done.verdict.anomalies
        # Nothing of the form of the data becomes wrong; what is repaired is not reported again.
        places = {(anomaly.rule, anomaly.location.path) for anomaly in before.anomalies}
        left = [anomaly for anomaly in done.verdict.anomalies if anomaly.stage in STRUCTURAL]
        assert {(anomaly.rule, anomaly.location.path) for anomaly in left} <= places
        assert not [a for a in done.verdict.anomalies if a.fix is not None and a.fix.certain]
        assert bool(done.applied) == (done.content != content)
        # A key is renamed to what it was before it was spoiled, and to nothing else.
        for anomaly in done.applied:
            assert anomaly.fix is not None
            for operation in anomaly.fix.operations:
                if operation["op"] == "move":
                    old, new = (str(operation[end]).rpartition("/")[2] for end in ("from", "path"))
                    assert renamed[old] == new

    hold()


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(max_size=12), st.text(max_size=8) | st.integers() | st.booleans(), max_size=6))
def test_whatever_the_keys_nothing_is_lost_and_nothing_is_added(extra: dict[str, Any]) -> None:
    model = MODELS[0]
    data = {**model.example, **{name: value for name, value in extra.items() if name not in model.example}}
    content = json.dumps({"modele": {"code": model.code, "version": model.version}, "donnees": data}).encode()
    after = json.loads(repair(content, catalogue=CATALOGUE, facts=Facts()).content)["donnees"]
    assert len(after) == len(data)
    assert sorted(map(repr, after.values())) == sorted(map(repr, data.values()))
