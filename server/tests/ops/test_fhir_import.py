"""`sidoba-server catalogue import`: a publisher's package becomes reviewable data, the same bytes every time."""

from __future__ import annotations

import copy
import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from fhir_corpus_packages import write_packages
from sidoba_server.ops.exit_codes import Misused, Refused
from sidoba_server.ops.fhir_import import package_reading
from sidoba_server.ops.fhir_import.command import Imported, import_package
from sidoba_server.ops.main import run

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = ROOT / "catalogue"
CORPUS = ROOT.parent / "shared" / "corpus" / "fhir"
with_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the FHIR corpus is not at {CORPUS}")

Data = dict[str, Any]
CORE = "http://hl7.org/fhir/StructureDefinition/"
PAGE = "https://publisher.example/fhir/"
CANONICAL = f"{PAGE}StructureDefinition/"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """A catalogue that holds base R4 and nothing else of FHIR."""
    target = tmp_path / "catalogue"
    base = Path("formats", "fhir", "hl7.fhir.r4.core")
    shutil.copytree(CATALOGUE / base, target / base)
    shutil.copy(CATALOGUE / "catalogue.yaml", target)
    compiled = Path("src", "sidoba_catalogue", "catalogue.json")
    (target / compiled).parent.mkdir(parents=True)
    shutil.copy(CATALOGUE / compiled, target / compiled)
    return target


def profile(name: str, *elements: Data, base: str = "Slot", **others: Any) -> Data:
    """A profile as publishers write it, with its differential."""
    return {
        "resourceType": "StructureDefinition",
        "id": name,
        "url": CANONICAL + name,
        "name": name,
        "kind": "resource",
        "type": "Slot",
        "baseDefinition": base if base.startswith("http") else CORE + base,
        "derivation": "constraint",
        "differential": {"element": list(elements)},
        **others,
    }


def element(place: str, **said: Any) -> Data:
    path = ".".join(step.partition(":")[0] for step in place.split("."))
    sliced = {"sliceName": place.rpartition(":")[2]} if ":" in place.rpartition(".")[2] else {}
    return {"id": place, "path": path, **sliced, **said}


PARENT = profile(
    "parent",
    element("Slot"),
    element(
        "Slot.identifier",
        slicing={"discriminator": [{"type": "pattern", "path": "type"}], "rules": "closed", "ordered": True},
        min=1,
    ),
    element("Slot.identifier:local", min=1, max="1"),
    element("Slot.identifier:local.system", min=1, patternUri="urn:local"),
    element("Slot.identifier:other", max="2"),
    element("Slot.comment", mustSupport=True, short="words that nothing is judged by"),
)
CHILD = profile(
    "child",
    element(
        "Slot",
        constraint=[
            {"key": "slot-x", "severity": "error", "human": "Words", "expression": "start < end", "xpath": "."}
        ],
    ),
    element("Slot.identifier:local", short="only words"),
    element("Slot.comment", min=1),
    base=CANONICAL + "parent",
)
VALUE_SET: Data = {
    "resourceType": "ValueSet",
    "id": "colours",
    "url": f"{PAGE}ValueSet/colours",
    "compose": {"include": [{"system": "urn:colours", "concept": [{"code": "red", "display": "Red"}]}]},
}
DESCRIPTION: Data = {"name": "publisher.example", "version": "1.0.0", "canonical": PAGE, "license": "CC0-1.0"}


def folder(target: Path, *resources: Data, description: Data | None = DESCRIPTION) -> Path:
    target.mkdir(parents=True, exist_ok=True)
    for resource in resources:
        (target / f"{resource['resourceType']}-{resource['id']}.json").write_text(json.dumps(resource))
    if description:
        (target / "package.json").write_text(json.dumps(description))
    return target


def archive(
    target: Path, files: Iterable[tuple[str, bytes]], spoil: Callable[[tarfile.TarInfo], None] | None = None
) -> Path:
    """A `.tgz` that holds these files."""
    with tarfile.open(target, "w:gz") as opened:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            if spoil:
                spoil(member)
            opened.addfile(member, io.BytesIO(content))
    return target


def elements(catalogue: Path, name: str, package: str = "publisher.example") -> Data:
    path = catalogue / "formats" / "fhir" / package / "profils" / f"{name}.json"
    found: Data = json.loads(path.read_text(encoding="utf-8"))["elements"]
    return found


def content_of(catalogue: Path) -> dict[str, bytes]:
    return {path.as_posix(): path.read_bytes() for path in sorted((catalogue / "formats").rglob("*.json"))}


def test_a_profile_is_written_merged_with_its_base(tmp_path: Path, catalogue: Path) -> None:
    made = import_package(folder(tmp_path / "p", PARENT, CHILD, VALUE_SET), catalogue)
    assert made.files == 4 and made.left_out == ()
    child = elements(catalogue, "child")
    assert child["Slot.identifier"]["slicing"] == {
        "discriminator": [["pattern", "type"]],
        "rules": "closed",
        "ordered": True,
    }
    assert child["Slot.identifier:local"] == {"min": 1, "max": "1", "types": ["Identifier"]}
    assert child["Slot.identifier:other"] == {"min": 0, "max": "2", "types": ["Identifier"]}, "a slice is not mandatory"
    assert child["Slot.identifier:local.system"]["pattern"] == {"type": "uri", "value": "urn:local"}
    assert child["Slot.comment"] == {"min": 1, "max": "1", "types": ["string"], "mustSupport": True}
    assert child["Slot"]["constraints"] == [
        {"key": "slot-x", "severity": "error", "human": "Words", "expression": "start < end"}
    ]
    assert "Slot.status" not in child, "what base R4 says already is not repeated"


def test_a_snapshot_says_the_same_as_its_differential(tmp_path: Path, catalogue: Path) -> None:
    import_package(folder(tmp_path / "p", PARENT, CHILD), catalogue)
    before = content_of(catalogue)
    types: Data = json.loads((catalogue / "formats/fhir/hl7.fhir.r4.core/types/Slot.json").read_text())["elements"]
    said = elements(catalogue, "child")
    full = [snapshot_element(place, {**entry, **said.pop(place, {})}) for place, entry in types.items()]
    full[3:3] = [snapshot_element(place, entry) for place, entry in said.items()]
    whole = {**CHILD, "snapshot": {"element": full}}
    del whole["differential"]
    made = import_package(folder(tmp_path / "q", PARENT, whole), catalogue)
    after = content_of(catalogue)
    assert before.keys() == after.keys()
    order = f"{catalogue}/formats/fhir/publisher.example/profils/child.json"
    assert json.loads(before[order]) == json.loads(after[order]), made.changes


def snapshot_element(place: str, said: Data) -> Data:
    """An element as a publisher's snapshot has it, with what every element has."""
    types = [{"code": each} if isinstance(each, str) else each for each in said.get("types", ())]
    inherited = [
        "ele-1",
        *(["dom-2", "dom-6"] if place == "Slot" else []),
        *(["ext-1"] if "Extension" in str(types) else []),
    ]
    everywhere = [{"key": key, "severity": "error", "human": "Words", "expression": "true"} for key in inherited]
    made = element(place, min=said["min"], max=said["max"], isModifier=said.get("isModifier", False))
    made |= {"type": types} if types else {}
    made |= {"constraint": everywhere + said.get("constraints", [])}
    made |= {"patternUri": said["pattern"]["value"]} if "pattern" in said else {}
    made |= {name: said[name] for name in ("mustSupport", "binding") if name in said}
    if slicing := said.get("slicing"):
        cut = [{"type": kind, "path": path} for kind, path in slicing["discriminator"]]
        made["slicing"] = {**slicing, "discriminator": cut, "description": "words"}
    return made


def test_the_same_package_gives_the_same_bytes(tmp_path: Path, catalogue: Path) -> None:
    source = folder(tmp_path / "p", PARENT, CHILD, VALUE_SET)
    assert import_package(source, catalogue).changes
    before = content_of(catalogue)
    assert import_package(source, catalogue).changes == ()
    assert content_of(catalogue) == before


def test_a_newer_package_says_what_it_changes(tmp_path: Path, catalogue: Path) -> None:
    import_package(folder(tmp_path / "old", PARENT, CHILD, VALUE_SET), catalogue)
    newer: Data = copy.deepcopy(PARENT)
    newer["differential"]["element"][2]["max"] = "*"
    coloured = copy.deepcopy(VALUE_SET)
    coloured["compose"]["include"][0]["concept"].append({"code": "blue"})
    source = folder(tmp_path / "new", newer, coloured, description={**DESCRIPTION, "version": "1.1.0"})
    lines = list(import_package(source, catalogue).lines())
    assert '~ paquet.json · version : "1.0.0" → "1.1.0"' in lines
    assert '~ profils/parent.json · elements · Slot.identifier:local · max : "1" → "*"' in lines
    assert "- profils/child.json" in lines
    assert any(line.startswith("~ jeux-de-valeurs/colours.json · include") for line in lines)
    assert lines[-1].endswith("3 fichier(s), 4 changement(s).")
    assert not (catalogue / "formats/fhir/publisher.example/profils/child.json").exists()


def test_the_archive_of_a_publisher_is_read_like_its_folder(tmp_path: Path, catalogue: Path) -> None:
    files = [(f"package/{each['id']}.json", json.dumps(each).encode()) for each in (PARENT, CHILD, VALUE_SET)]
    files += [
        ("package/package.json", b"\xef\xbb\xbf" + json.dumps(DESCRIPTION).encode()),
        ("package/.index.json", b"not even JSON"),
        ("package/example/other.json", b'{"resourceType": "ValueSet"}'),
        ("package/openapi/api.json", b"{}"),
        ("package/readme.md", b"words"),
    ]
    import_package(archive(tmp_path / "package.tgz", files), catalogue)
    before = content_of(catalogue)
    again = import_package(folder(tmp_path / "p", PARENT, CHILD, VALUE_SET), catalogue)
    assert again.changes == () and content_of(catalogue) == before


def hostile(target: Path) -> dict[str, Path]:
    """Archives that are not packages, by what is wrong with them."""
    good = json.dumps(VALUE_SET).encode()
    fine = ("package/fine.json", good)  # so that nothing but the other member is a reason to refuse

    def link(member: tarfile.TarInfo) -> None:
        if member.name != fine[0]:
            member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc/passwd", 0

    def device(member: tarfile.TarInfo) -> None:
        if member.name != fine[0]:
            member.type, member.size = tarfile.CHRTYPE, 0

    cut = archive(target / "whole.tgz", [("package/a.json", good)]).read_bytes()[:-40]
    (target / "cut.tgz").write_bytes(cut)
    (target / "words.tgz").write_bytes(b"these are words, not an archive")
    with gzip.open(target / "zeros.tgz", "wb", compresslevel=9) as opened:
        for _ in range(40):
            opened.write(bytes(1024 * 1024))
    return {
        "climbs": archive(target / "climbs.tgz", [fine, ("package/../../evil.json", good)]),
        "absolute": archive(target / "absolute.tgz", [fine, ("/tmp/evil.json", good)]),
        "backslash": archive(target / "backslash.tgz", [fine, ("package\\..\\evil.json", good)]),
        "link": archive(target / "link.tgz", [fine, ("package/a.json", b"")], link),
        "device": archive(target / "device.tgz", [fine, ("package/a.json", b"")], device),
        "id": archive(target / "id.tgz", [("package/a.json", json.dumps({**VALUE_SET, "id": "../../x"}).encode())]),
        "deep": archive(target / "deep.tgz", [fine, ("package/a.json", b"[" * 100_000)]),
        "text": archive(target / "text.tgz", [fine, ("package/a.json", b"\xff\xfe{")]),
        "nothing": archive(target / "nothing.tgz", [("package/a.json", b"{}")]),
        "no url": archive(target / "nourl.tgz", [fine, ("package/a.json", b'{"resourceType": "ValueSet", "id": "a"}')]),
        "cut": target / "cut.tgz",
        "words": target / "words.tgz",
        "zeros": target / "zeros.tgz",
    }


def test_archives_that_are_not_packages_are_refused(
    tmp_path: Path, catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_reading, "LARGEST_PACKAGE", 8 * 1024 * 1024)
    before = content_of(catalogue)
    taken = []
    for what, path in hostile(tmp_path).items():
        try:
            import_package(path, catalogue, name="evil")
        except Refused as refusal:
            assert str(refusal).isprintable(), what
            continue
        taken.append(what)
    assert taken == []
    assert content_of(catalogue) == before and not list(tmp_path.glob("evil*"))


def test_a_bomb_is_refused_before_it_is_read(tmp_path: Path, catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_reading, "LARGEST_FILE", 1000)
    bomb = archive(tmp_path / "bomb.tgz", [("package/a.json", b" " * 2000)])
    with pytest.raises(Refused, match="dépasse 1000 octets"):
        import_package(bomb, catalogue, name="evil")
    monkeypatch.setattr(package_reading, "MOST_FILES", 3)
    many = archive(tmp_path / "many.tgz", [(f"package/{number}.json", b"{}") for number in range(5)])
    with pytest.raises(Refused, match="dépasse 3 fichiers"):
        import_package(many, catalogue, name="evil")


def test_definitions_that_do_not_hold_together_are_refused(tmp_path: Path, catalogue: Path) -> None:
    circular = profile("circular", base=CANONICAL + "circular")
    twin = {**PARENT, "url": CANONICAL + "other", "id": "Parent"}
    for number, (resources, said) in enumerate(
        [
            ((CHILD,), "importez d'abord le paquet"),
            ((circular,), "importez d'abord le paquet"),
            ((PARENT, twin), "le même identifiant"),
        ]
    ):
        with pytest.raises(Refused, match=said):
            import_package(folder(tmp_path / str(number), *resources), catalogue)


def test_a_definition_has_one_place(tmp_path: Path, catalogue: Path) -> None:
    import_package(folder(tmp_path / "p", PARENT), catalogue)
    other = folder(tmp_path / "q", PARENT, description={**DESCRIPTION, "name": "another"})
    with pytest.raises(Refused, match=r"déjà dans publisher\.example"):
        import_package(other, catalogue)
    unlike = folder(tmp_path / "r", PARENT)
    (unlike / "twice.json").write_text(json.dumps({**PARENT, "name": "unlike"}))
    with pytest.raises(Refused, match="définit autrement"):
        import_package(unlike, catalogue)


def test_what_the_catalogue_cannot_judge_is_left_out_and_said(tmp_path: Path, catalogue: Path) -> None:
    medication = profile("medication", type="Medication", base="Medication")
    made = import_package(folder(tmp_path / "p", PARENT, medication), catalogue)
    assert made.left_out == ((CANONICAL + "medication", "le type Medication n'est pas dans le catalogue"),)
    assert any(line.startswith("! ") and "Medication" in line for line in made.lines())


def test_arguments_that_do_not_hold_are_told(
    tmp_path: Path, catalogue: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unnamed = folder(tmp_path / "p", VALUE_SET, description=None)
    for source, target, said in [
        (tmp_path / "nowhere", catalogue, "n'existe pas"),
        (unnamed, tmp_path, "n'est pas le dossier d'un catalogue"),
        (unnamed, catalogue, "--nom"),
    ]:
        with pytest.raises(Misused, match=said):
            import_package(source, target)
    assert run(["catalogue", "import", str(unnamed), "--vers", str(catalogue), "--nom", "mine"]) == 0
    assert "2 changement(s)" in capsys.readouterr().out
    assert run(["catalogue", "import", str(tmp_path / "nowhere"), "--vers", str(catalogue)]) == 2


def test_a_list_that_the_catalogue_has_is_not_copied(tmp_path: Path, catalogue: Path) -> None:
    oid = "1.2.250.1.213.1.1.5.801"
    codes = [{"code": code, "display": "words"} for code in ("a", "b")]
    same: Data = {
        **VALUE_SET,
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{oid}"}],
        "compose": {"include": [{"system": "urn:s", "concept": codes}]},
    }
    import_package(folder(tmp_path / "p", same), catalogue)
    path = catalogue / "formats/fhir/publisher.example/jeux-de-valeurs/colours.json"
    assert "include" in json.loads(path.read_text()), "another list under the same OID is kept as it is"
    published = json.loads((CATALOGUE / "src/sidoba_catalogue/catalogue.json").read_bytes())["nomenclatures"]
    (version,) = published["type-motorisation"].values()
    same["compose"]["include"][0]["concept"] = [{"code": row["code"]} for row in version["codes"]]
    import_package(folder(tmp_path / "q", same), catalogue)
    assert json.loads(path.read_text())["nomenclature"] == oid


@with_corpus
def test_the_catalogue_is_what_the_corpus_imports_to(tmp_path: Path) -> None:
    """Every file of the catalogue's packages comes from the corpus by the command, byte for byte."""
    target = tmp_path / "catalogue"
    compiled = Path("src", "sidoba_catalogue", "catalogue.json")
    (target / compiled).parent.mkdir(parents=True)
    shutil.copy(CATALOGUE / compiled, target / compiled)
    shutil.copy(CATALOGUE / "catalogue.yaml", target)
    made: list[Imported] = [import_package(each, target) for each in write_packages(CORPUS, tmp_path / "packages")]
    assert [each.left_out for each in made] == [()] * 7
    fhir = Path("formats", "fhir")
    expected = {path.relative_to(CATALOGUE) for path in (CATALOGUE / fhir).rglob("*.json")}
    found = {path.relative_to(target) for path in (target / fhir).rglob("*.json")}
    assert found == expected
    assert [path for path in sorted(found) if (target / path).read_bytes() != (CATALOGUE / path).read_bytes()] == []
