"""`sidoba fix`: what it writes, where, and what it says."""

from __future__ import annotations

import base64
import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sidoba_command import Sidoba
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.formats.cda.wrap import bundle_of

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
MODEL = installed_catalogue().model("ssiad-structure", "2026.0-brouillon")


def body(**changes: Any) -> dict[str, Any]:
    assert MODEL is not None
    data = {**MODEL.example, **changes}
    return {
        "modele": {"code": MODEL.code, "version": MODEL.version},
        "donnees": {key: value for key, value in data.items() if value is not None},
    }


@pytest.fixture
def spoiled(sidoba: Sidoba) -> Path:
    """Two certain corrections, and one to confirm which leaves the file not conformant."""
    path = sidoba.folder / "structure.json"
    sent = body(categorie=354, cout_transports="24000,10", intervention_nuit="oui")
    path.write_text(json.dumps(sent, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def test_certain_corrections_are_written_in_place_and_the_others_shown(sidoba: Sidoba, spoiled: Path) -> None:
    before = spoiled.read_text(encoding="utf-8")
    spoiled.chmod(0o640)
    told = sidoba("fix", "structure.json")
    assert told.code == 1, told
    after = before.replace('"categorie": 354', '"categorie": "354"').replace('"24000,10"', "24000.10")
    assert spoiled.read_text(encoding="utf-8") == after
    assert spoiled.stat().st_mode & 0o777 == 0o640
    assert "2 corrections appliquées, 1 à confirmer" in told.stdout
    assert "cout_transports : 24000,10 → 24000.10" in told.stdout
    assert "intervention_nuit : oui → true" in told.stdout
    assert "/donnees/cout_transports" in told.stdout
    again = sidoba("fix", "structure.json")
    assert "0 correction appliquée" in again.stdout and spoiled.read_text(encoding="utf-8") == after


def test_everything_repaired_is_done(sidoba: Sidoba) -> None:
    path = sidoba.folder / "nu.json"
    path.write_text(json.dumps(body(nombre_de_places=None, nombre_de_place=36)["donnees"]), encoding="utf-8")
    told = sidoba("fix", "nu.json", "--model", "ssiad-structure@2026.0-brouillon")
    assert told.code == 0, told
    assert "clé nombre_de_place → nombre_de_places" in told.stdout
    assert json.loads(path.read_text(encoding="utf-8"))["nombre_de_places"] == 36


def test_a_dry_run_writes_nothing(sidoba: Sidoba, spoiled: Path) -> None:
    before = spoiled.read_bytes()
    told = sidoba("fix", "structure.json", "--dry-run", "-o", "corriges")
    assert told.code == 1
    assert "2 corrections appliquées" in told.stdout
    assert spoiled.read_bytes() == before
    assert not (sidoba.folder / "corriges").exists()


def test_a_folder_is_repaired_beside_itself_whole(sidoba: Sidoba, spoiled: Path) -> None:
    folder = sidoba.folder / "envoi" / "sous"
    folder.mkdir(parents=True)
    spoiled.rename(folder / "a.json")
    (folder.parent / "b.json").write_text(json.dumps(body()), encoding="utf-8")
    told = sidoba("fix", "envoi", "-o", "corriges")
    assert told.code == 1
    assert '"categorie": "354"' in (sidoba.folder / "corriges" / "sous" / "a.json").read_text(encoding="utf-8")
    untouched = (sidoba.folder / "corriges" / "b.json").read_bytes()
    assert untouched == (folder.parent / "b.json").read_bytes()
    assert '"categorie": 354' in (folder / "a.json").read_text(encoding="utf-8")


def test_compressed_files_need_a_folder(sidoba: Sidoba, spoiled: Path) -> None:
    (sidoba.folder / "s.json.gz").write_bytes(gzip.compress(spoiled.read_bytes()))
    with zipfile.ZipFile(sidoba.folder / "lot.zip", "w") as archive:
        archive.write(spoiled, "dedans/a.json")
    refused = sidoba("fix", "s.json.gz")
    assert refused.code == 2 and "-o DOSSIER" in refused.stderr
    assert sidoba("fix", "s.json.gz", "lot.zip", "-o", "corriges").code == 1
    for name in ("s.json", "lot/dedans/a.json"):
        assert '"categorie": "354"' in (sidoba.folder / "corriges" / name).read_text(encoding="utf-8")


def test_each_line_of_ndjson_is_a_document(sidoba: Sidoba) -> None:
    lines = [json.dumps(body(categorie=354)), json.dumps(body()), "", json.dumps(body(categorie="zzz"))]
    path = sidoba.folder / "lot.ndjson"
    path.write_bytes("\r\n".join(lines).encode())
    told = sidoba("fix", "lot.ndjson", "--format", "json")
    assert told.code == 1
    documents = told.json()["documents"]
    assert [document["conforme"] for document in documents] == [True, True, False]
    assert [len(document["appliquees"]) for document in documents] == [1, 0, 0]
    assert path.read_bytes() == "\r\n".join([json.dumps(body()), *lines[1:]]).encode()


def test_standard_input_goes_to_standard_output_and_the_report_beside_it(sidoba: Sidoba) -> None:
    told = sidoba("fix", "-", stdin=json.dumps(body(categorie=354)).encode())
    assert told.code == 0
    assert told.json() == body()
    assert "1 correction appliquée" in told.stderr and "\x1b" not in told.stderr


def test_a_cda_document_is_repaired_alone_or_in_its_envelope(sidoba: Sidoba) -> None:
    sound = (CORPUS / "cda" / "valides" / "ssiad-usager-01.xml").read_text(encoding="utf-8")
    spoiled = sound.replace('<languageCode code="fr-FR"/>', '<languageCode code="fr-fr"/>')
    spoiled = spoiled.replace('<birthTime value="19300108"/>', '<birthTime value="1930-01-08"/>')
    spoiled = spoiled.replace('extension="3019999994/000007-SEJOUR-1"', 'extension="019999994/000007-SEJOUR-1"')
    path = sidoba.folder / "usager.xml"
    path.write_text(spoiled, encoding="utf-8")
    told = sidoba("fix", "usager.xml")
    assert told.code == 0, told
    assert "code : fr-fr → fr-FR" in told.stdout
    assert "value : ••••08 → forme AAAAMMJJ" in told.stdout
    assert "extension : « 3 » devant ••••-1" in told.stdout
    assert "Section des séjours > Séjour > Admission" in told.stdout
    assert "1930-01-08" not in told.stdout and "000007" not in told.stdout
    assert path.read_text(encoding="utf-8") == sound
    lot = sidoba.folder / "lot.json"
    lot.write_text(json.dumps(bundle_of([sound.encode(), spoiled.encode()])), encoding="utf-8")
    told = sidoba("fix", "lot.json")
    assert "lot.json [0] : non conforme. 0 correction appliquée" in told.stdout  # two documents of one user
    assert "lot.json [1] : non conforme. 4 corrections appliquées" in told.stdout
    data = [entry["resource"]["content"][0]["attachment"]["data"] for entry in json.loads(lot.read_text())["entry"]]
    assert [base64.b64decode(document).decode() for document in data] == [sound, sound]


def test_a_piped_document_is_written_as_xml(sidoba: Sidoba) -> None:
    sound = (CORPUS / "cda" / "valides" / "ssiad-usager-01.xml").read_bytes()
    spoiled = sound.replace(b'<languageCode code="fr-FR"/>', b'<languageCode code="fr-fr"/>')
    told = sidoba("fix", "-", "-o", "corriges", stdin=spoiled)
    assert told.code == 0, told
    assert (sidoba.folder / "corriges" / "donnees.xml").read_bytes() == sound


def test_a_business_model_is_left_alone_and_called_what_it_is(sidoba: Sidoba) -> None:
    assert MODEL is not None
    path = sidoba.folder / "modele.json"
    path.write_text(json.dumps(dict(MODEL.data), default=float), encoding="utf-8")
    before = path.read_bytes()
    told = sidoba("fix", "modele.json")
    assert "modèle métier : cette commande ne corrige que les données clé-valeur et les documents CDA" in told.stdout
    assert "documents FHIR :" not in told.stdout and "document CDA :" not in told.stdout
    assert path.read_bytes() == before


def test_two_files_of_one_name_cannot_go_to_one_folder(sidoba: Sidoba, spoiled: Path) -> None:
    other = sidoba.folder / "autre"
    other.mkdir()
    (other / "structure.json").write_bytes(spoiled.read_bytes())
    told = sidoba("fix", "structure.json", "autre/structure.json", "-o", "corriges")
    assert told.code == 2 and "même nom" in told.stderr
    assert not (sidoba.folder / "corriges").exists()


def test_a_file_that_cannot_be_written_is_said(sidoba: Sidoba, spoiled: Path) -> None:
    (sidoba.folder / "occupe").write_text("ceci n'est pas un dossier", encoding="utf-8")
    told = sidoba("fix", "structure.json", "-o", "occupe")
    assert told.code == 2 and "ne peut pas être écrit" in told.stderr
