"""Nothing personal and nothing of our machinery leaves: answers, logs, tables after the whole corpus went through."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lots
import psycopg
import pytest
import situations
from live_platform import Answer, LivePlatform
from lxml import etree
from msgspec import json as msgspec_json
from psycopg import sql
from sidoba_engine.formats.cda.wrap import bundle_of

HL7 = {"v3": "urn:hl7-org:v3"}
MACHINERY = (
    "django",
    "ninja",
    "psycopg",
    "postgres",
    "lxml",
    "libxml",
    "gunicorn",
    "procrastinate",
    "msgspec",
    "orjson",
    "pydantic",
    "oauthlib",
    "oauth2_provider",
    "traceback",
    "site-packages",
    "sidoba_server",
    "sidoba_engine",
    '.py"',
    "select ",
    "insert into",
)
CHANCE = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32,64}|[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{1,6}"
)
"""Ids, digests and instants: long enough to hold five figures of a postcode by chance."""
INVENTED = "Zéphyrine Quincampoix-Test"
"""A person's name put where a sender should not have written one."""


def personal_values(content: bytes) -> set[str]:
    """Who the document is about, in every form it could be written again: names, numbers, dates, places."""
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
    found: set[str] = set()
    for role in root.iterfind(".//v3:recordTarget/v3:patientRole", HL7):
        names = [*role.iterfind(".//v3:name/*", HL7), *role.iterfind("v3:addr/*", HL7)]
        found |= {part.strip() for element in names for part in (element.text or "", *(element.text or "").split())}
        for identifier in role.iterfind("v3:id", HL7):
            extension = identifier.get("extension", "")
            found |= {extension, extension.rpartition("/")[2]}
        for birth in role.iterfind(".//v3:birthTime", HL7):
            value = birth.get("value", "")
            found.add(value)
            if re.fullmatch(r"\d{8}", value):
                year, month, day = value[:4], value[4:6], value[6:]
                found |= {f"{year}-{month}-{day}", f"{day}/{month}/{year}"}
        found |= {telecom.get("value", "").removeprefix("tel:") for telecom in role.iterfind("v3:telecom", HL7)}
    return {
        value for value in found if (len(value) >= 5 and not value.isalpha()) or (len(value) >= 4 and value.isalpha())
    }


@pytest.fixture(scope="module")
def contents(corpus: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(corpus.rglob("*.xml"))]


@pytest.fixture(scope="module")
def personal(contents: list[bytes]) -> set[str]:
    values = set[str]().union(*[personal_values(content) for content in contents if b"<recordTarget" in content])
    said_anyway = {"0102030405"}  # the number that the help of R-CDA-101 gives as an example
    assert len(values) > 30, values
    return values - said_anyway | set(INVENTED.split()) | {INVENTED}


@pytest.fixture(scope="module")
def answers(live_platform: LivePlatform, contents: list[bytes]) -> list[Answer]:
    """Everything the platform said while the corpus went through it, the good way and every wrong one."""
    with live_platform.worker():
        return list(_conversation(live_platform, contents))


def _conversation(platform: LivePlatform, contents: list[bytes]) -> Iterator[Answer]:
    bundle = msgspec_json.encode(bundle_of(contents))
    structure = situations.a_structure_body(
        situations.example_values(nombre_de_places=-1), comments={"nombre_de_places": INVENTED}
    )
    named = lots.person(71, name=[{"use": "official", "family": INVENTED, "given": INVENTED.split()}])
    misplaced = lots.person(71, gender=INVENTED, birthDate=INVENTED, **{INVENTED: INVENTED})
    sent = [
        platform.post(platform.address("cda"), bundle),
        platform.post(platform.address("cda"), bundle[: len(bundle) // 2]),
        platform.post(platform.address("cda"), contents[0]),
        platform.post(platform.address("structure"), bundle),
        platform.post(platform.address("structure"), structure),
        platform.post(platform.address("structure"), situations.a_structure_body()),
        platform.post(platform.address("fhir"), lots.lot(lots.organization(), named, lots.stay(71))),
        platform.post(platform.address("fhir"), lots.lot(lots.organization(), misplaced, lots.stay(71))),
    ]
    yield from sent
    for answer in sent:
        assert answer.status == 202, answer.content
        yield from _followed(platform, answer.json)
    yield from _refusals(platform)


def _followed(platform: LivePlatform, receipt: dict[str, Any]) -> Iterator[Answer]:
    deadline = time.monotonic() + 60
    while True:
        run = platform.get(receipt["traitement"]["href"])
        if run.json["statut"] == "termine":
            break
        assert time.monotonic() < deadline, run.content
        time.sleep(0.1)
    yield run
    yield platform.get(receipt["collecte"]["href"])
    for name in ("documents_href", "anomalies_href"):
        address = run.json[name] + "?limite=500"
        while address:
            page = platform.get(address)
            yield page
            address = page.json["suivant"]


def _refusals(platform: LivePlatform) -> Iterator[Answer]:
    where = platform.address("structure")
    yield platform.exchange(where, [b"{}"], headers={"Content-Length": "2", "Content-Encoding": INVENTED.split()[1]})
    yield platform.exchange(where, [b"{}"], headers={"Content-Length": "9"}, cut=True)
    yield platform.exchange(where, [b"{}"], headers={"Content-Length": "2", "Content-Digest": "x"})
    yield platform.exchange(where, [b"x"], headers={"Content-Length": "1", "Content-Encoding": "gzip"})
    yield platform.exchange(where, [b"x"], headers={"Content-Length": "un"})
    yield platform.exchange("/oauth/token", [b"grant_type=x"], headers={"Content-Length": "12"})
    for address in (
        "/api/v1/campagnes",
        "/api/v1/campagnes?finess=1",
        "/api/v1/campagnes?apres=%00",
        "/api/v1/campagnes/%00",
        "/api/v1/moi",
        "/api/v1/modeles/ssiad-structure/versions/derniere",
        "/api/v1/modeles/x/versions/y",
        "/api/v1/collectes/1",
        "/api/v1/",
        "/oauth/jwks",
        "/sante/ready",
        "/sante/live",
    ):
        yield platform.get(address)


def test_everything_was_judged(answers: list[Answer], contents: list[bytes]) -> None:
    runs = [answer.json for answer in answers if answer.status == 200 and b'"bilan"' in answer.content]
    assert len(runs) == 8
    assert max(run["bilan"]["recus"] for run in runs) == len(contents)


def test_no_answer_holds_a_personal_value(answers: list[Answer], personal: set[str]) -> None:
    leaks = {value for answer in answers for value in personal if value in _text(answer)}
    # the name of a coding is the caller's own header, told back so that it can be corrected
    assert leaks - {INVENTED.split()[1]} == set()


def test_no_answer_names_our_machinery(answers: list[Answer]) -> None:
    leaks = {
        (name, answer.status, answer.content[:200])
        for answer in answers
        for name in MACHINERY
        if name in _text(answer).lower()
    }
    assert leaks == set()


def test_no_log_holds_a_personal_value(live_platform: LivePlatform, answers: list[Answer], personal: set[str]) -> None:
    """At the most talkative level of both the server and the worker."""
    for process in ("serve", "worker"):
        log = CHANCE.sub("", live_platform.log(process))
        assert "run_ended" in log or process == "serve"
        assert {value for value in personal if value in log} - {INVENTED.split()[1]} == set()


def test_no_log_holds_a_token_or_a_secret(live_platform: LivePlatform, answers: list[Answer]) -> None:
    for process in ("serve", "worker"):
        log = live_platform.log(process)
        assert live_platform.seeded["token"] not in log and live_platform.seeded["client_secret"] not in log


def test_the_log_is_one_object_a_line(live_platform: LivePlatform, answers: list[Answer]) -> None:
    for process in ("serve", "worker"):
        lines = [line for line in live_platform.log(process).splitlines() if line.startswith("{")]
        assert len(lines) > 5
        assert all("event" in json.loads(line) for line in lines)


def test_no_table_holds_a_personal_value(
    live_platform: LivePlatform, answers: list[Answer], personal: set[str]
) -> None:
    """Only what is sealed knows who the documents are about (and what staff wrote beside a figure, `comments`)."""
    sealed = {"core_payload", "core_payloadblock", "filings_comment"}
    values = sorted(personal)
    with psycopg.connect(live_platform.database_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        found = {}
        for (table,) in set(tables) - {(name,) for name in sealed}:
            query = sql.SQL(
                "WITH kept AS MATERIALIZED"
                " (SELECT regexp_replace((to_jsonb(t) - 'sealed')::text, %s, '', 'g') AS said FROM {} AS t)"
                " SELECT v FROM unnest(%s::text[]) AS v WHERE EXISTS (SELECT 1 FROM kept WHERE position(v IN said) > 0)"
            )
            said = [CHANCE.pattern, values]
            if rows := connection.execute(query.format(sql.Identifier(table)), said).fetchall():
                found[table] = {value for (value,) in rows}
    assert found == {}


def _text(answer: Answer) -> str:
    return CHANCE.sub("", answer.content.decode() + str(answer.headers))
