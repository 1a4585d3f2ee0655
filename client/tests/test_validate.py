"""`sidoba validate`: every kind of input, every format, every exit code."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import jsonschema_rs
import pytest
from sidoba_command import COMMAND
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge
from sidoba_engine.verdict import Verdict
from sidoba_engine.verdict_json import encode, judgement_object, verdict_object

SHARED = Path(__file__).resolve().parents[3] / "shared"
OFFICIAL = SHARED / "corpus" / "cda" / "examples" / "CDA_TDDUI_Exemple_v1.0.1.xml"
FAULTY = b'{"modele": {"code": "ssiad-structure", "version": "2026.0-brouillon"},\n "donnees": {"cle_de_trop": 1}}'


@pytest.fixture
def right_file(write):
    """The catalogue's own example of a model: conformant."""
    model = installed_catalogue().model("ssiad-structure")
    body = {"modele": {"code": model.code, "version": model.version}, "donnees": dict(model.example)}
    return write("juste.json", json.dumps(body).encode())


def test_json_is_the_engines_verdict_to_the_byte(sidoba, write):
    path = write("faux.json", FAULTY)
    catalogue = installed_catalogue()
    facts = Facts()
    documents = tuple(judge(FAULTY, catalogue=catalogue, facts=facts, file_name=str(path)))
    verdict = Verdict(facts.environment, documents, catalogue.version, catalogue.digest)
    done = sidoba("validate", "--format", "json", str(path))
    assert done.stdout_bytes == encode(verdict_object(verdict)) + b"\n"
    assert done.code == 1


def test_conformant_file(sidoba, right_file):
    done = sidoba("validate", str(right_file))
    assert done.code == 0, done
    assert "1 document : 1 conforme, 0 non conforme." in done.stdout
    assert installed_catalogue().digest in done.stdout


def test_text_gives_place_message_and_repair(sidoba, write):
    done = sidoba("validate", str(write("faux.json", FAULTY)))
    assert done.code == 1
    document = sidoba("validate", "--format", "json", str(write("faux.json", FAULTY))).json()["documents"][0]
    for anomaly in document["anomalies"]:
        assert anomaly["message"] in done.stdout
        assert "→ " + anomaly["aide"] in done.stdout
        assert anomaly["emplacement"]["chemin"] in done.stdout
    assert "Bloquantes" in done.stdout
    assert "ligne 2" in done.stdout


def test_environment_is_that_asked_for(sidoba, right_file):
    for environment in ("bac_a_sable", "production"):
        done = sidoba("validate", "--environment", environment, "--format", "json", str(right_file))
        assert done.json()["environnement"] == environment


def test_bare_data_with_their_model(sidoba, write):
    data = json.dumps(dict(installed_catalogue().model("rama-structure").example)).encode()
    path = write("nu.json", data)
    assert sidoba("validate", "--model", "rama-structure", str(path)).code == 0
    assert sidoba("validate", str(path)).code == 1
    wrong = sidoba("validate", "--model", "rama-structure@1999", str(path))
    assert wrong.code == 2
    assert "1999" in wrong.stderr


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"{", b"<a>", b"\x00\x01", b"[" * 100_000, b"<!DOCTYPE a []><a/>"]
)
def test_unreadable_content_is_an_anomaly_of_stage_enveloppe(sidoba, write, content):
    done = sidoba("validate", "--format", "json", str(write("x.json", content)))
    assert done.code == 1
    assert "enveloppe" in {anomaly["niveau"] for anomaly in done.json()["documents"][0]["anomalies"]}


def test_missing_file_judges_nothing(sidoba, right_file):
    done = sidoba("validate", str(right_file), "absent.json")
    assert done.code == 2
    assert "« absent.json » n'existe pas" in done.stderr
    assert done.stdout == ""


def test_folder_in_order_hidden_left_out(sidoba, write, right_file):
    for name in ("d/b.json", "d/a.json", "d/sous/c.json", "d/.cache/x.json", "d/.y.json", "d/lisezmoi.txt"):
        write(name, right_file.read_bytes())
    done = sidoba("validate", "--format", "json", "d")
    assert [document["fichier"] for document in done.json()["documents"]] == ["d/a.json", "d/b.json", "d/sous/c.json"]


def test_folder_without_document(sidoba, write):
    write("vide/lisezmoi.txt", b"x")
    assert sidoba("validate", "vide").code == 2


def test_standard_input(sidoba, right_file):
    done = sidoba("validate", "--format", "json", "-", stdin=right_file.read_bytes())
    assert done.code == 0
    assert done.json()["documents"][0]["fichier"] == "-"


def test_gzip(sidoba, write, right_file):
    assert sidoba("validate", str(write("juste.json.gz", gzip.compress(right_file.read_bytes())))).code == 0


def test_truncated_gzip(sidoba, write, right_file):
    done = sidoba("validate", str(write("coupe.json.gz", gzip.compress(right_file.read_bytes())[:-20])))
    assert done.code == 1
    assert "abîmée ou incomplète" in done.stderr
    assert "R-ENV-001" in done.stdout


def test_zip(sidoba, write, right_file):
    archive = _zip(
        {"a.json": right_file.read_bytes(), "b/c.json": FAULTY, "lisezmoi.txt": b"x", "__MACOSX/a.json": b"x"}
    )
    done = sidoba("validate", "--format", "json", str(write("lot.zip", archive)))
    assert done.code == 1
    names = [Path(document["fichier"]).parts[-2:] for document in done.json()["documents"]]
    assert names == [("lot.zip", "a.json"), ("b", "c.json")]


def test_damaged_member_does_not_hide_the_others(sidoba, write, right_file):
    archive = bytearray(_zip({"a.json": b"0123456789" * 50, "b.json": right_file.read_bytes()}))
    start = archive.index(b"a.json") + len(b"a.json")
    archive[start : start + 8] = b"\xff" * 8
    done = sidoba("validate", "--format", "json", str(write("lot.zip", bytes(archive))))
    assert [document["conforme"] for document in done.json()["documents"]] == [False, True]


MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize("name", ["bombe.gz", "bombe.zip"])
def test_bomb_is_bounded(sidoba, tmp_path, name):
    path = tmp_path / name
    _write_bomb(path, mebibytes=700)
    # Through a small process: what the kernel counts for a child begins with the memory of the one that started it.
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *COMMAND, "validate", str(path)],
        env=sidoba.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    code, kibibytes = (int(word) for word in done.stdout.split())
    assert code == 1
    assert "200 Mio" in done.stderr or "la limite" in done.stderr
    assert kibibytes < 400 * 1024


def test_ndjson_is_one_document_a_line(sidoba, write, right_file):
    line = json.dumps(json.loads(right_file.read_bytes())).encode()
    path = write("lot.ndjson", line + b"\r\n\n" + b'{"modele": 1}\n' + line)
    done = sidoba("validate", "--format", "json", str(path))
    documents = done.json()["documents"]
    assert [(document["index"], document["conforme"]) for document in documents] == [(0, True), (1, False), (2, True)]


def test_sarif(sidoba, write):
    done = sidoba("validate", "--format", "sarif", str(write("faux.json", FAULTY)))
    assert done.code == 1
    log = done.json()
    jsonschema_rs.validate(SARIF_BASICS, log)
    (run,) = log["runs"]
    anomalies = sidoba("validate", "--format", "json", str(write("faux.json", FAULTY))).json()["documents"][0][
        "anomalies"
    ]
    assert [result["ruleId"] for result in run["results"]] == [anomaly["regle"] for anomaly in anomalies]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert run["properties"]["catalogue"]["empreinte"] == installed_catalogue().digest


def test_junit(sidoba, write, right_file):
    done = sidoba("validate", "--format", "junit", str(right_file), str(write("faux.json", FAULTY)))
    assert done.code == 1
    root = ElementTree.fromstring(done.stdout_bytes)  # noqa: S314 - our own output
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "2", "1")
    cases = root.findall("./testsuite/testcase")
    assert [case.find("failure") is not None for case in cases] == [False, True]
    assert "R-KV-" in cases[1].findtext("failure")


def test_all_formats_agree_on_the_exit_code(sidoba, write, right_file):
    wrong = write("faux.json", FAULTY)
    for output in ("text", "json", "sarif", "junit"):
        assert sidoba("validate", "--format", output, str(right_file)).code == 0
        assert sidoba("validate", "--format", output, str(wrong)).code == 1


def test_quiet_leaves_the_exit_code(sidoba, write):
    done = sidoba("--quiet", "validate", str(write("faux.json", FAULTY)))
    assert (done.code, done.stdout, done.stderr) == (1, "", "")


def test_control_characters_of_a_document_do_not_reach_the_terminal(sidoba, write):
    content = json.dumps(
        {"modele": {"code": "ssiad-structure", "version": "2026.0-brouillon"}, "donnees": {"\x1b[31mx": 1}}
    )
    done = sidoba("validate", str(write("x.json", content.encode())))
    assert done.code == 1
    assert "\x1b" not in done.stdout


@pytest.mark.skipif(not OFFICIAL.is_file(), reason=f"{OFFICIAL.parent} is absent")
def test_official_example_is_judged_as_cda(sidoba):
    done = sidoba("validate", "--format", "json", str(OFFICIAL))
    (document,) = done.json()["documents"]
    assert document["type"] == "cda-tddui"


@pytest.mark.skipif(not OFFICIAL.is_file(), reason=f"{OFFICIAL.parent} is absent")
def test_what_send_wraps_gets_the_verdict_that_validate_gave(sidoba, platform):
    options = ("--campaign", "ssiad-2026", "--establishment", "010000057")
    assert sidoba("send", str(OFFICIAL), *options).code == 0
    catalogue = installed_catalogue()
    sent = judge(platform.arrivals[0].content, catalogue=catalogue, facts=Facts(), door=Door.CDA_BUNDLE)
    bare = judge(OFFICIAL.read_bytes(), catalogue=catalogue, facts=Facts())
    assert [encode(judgement_object(document)) for document in sent] == [
        encode(judgement_object(document)) for document in bare
    ]


def _write_bomb(path: Path, *, mebibytes: int) -> None:
    chunk = b"0" * (1024 * 1024)
    if path.suffix == ".gz":
        with gzip.open(path, "wb", compresslevel=1) as stream:
            stream.writelines(chunk for _ in range(mebibytes))
        return
    archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with archive, archive.open("a.json", "w") as member:
        member.writelines(chunk for _ in range(mebibytes))


def _zip(members: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


SARIF_BASICS = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {"properties": {"driver": {"required": ["name", "rules"]}}, "required": ["driver"]},
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {
                        "items": {
                            "required": ["ruleId", "ruleIndex", "level", "message", "locations"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"required": ["text"]},
                                "locations": {
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "region": {
                                                        "properties": {
                                                            "startLine": {"type": "integer", "minimum": 1},
                                                            "startColumn": {"type": "integer", "minimum": 1},
                                                        }
                                                    }
                                                },
                                            }
                                        }
                                    }
                                },
                            },
                        }
                    },
                },
            },
        },
    },
}
