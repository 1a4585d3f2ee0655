"""The generated pages of FHIR: one per profile of the guide, a place per extension, what a profile imposes."""

from __future__ import annotations

import re
from pathlib import Path

from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.formats.fhir.definitions import Definitions, fhir_definitions

FHIR = Path(__file__).resolve().parents[2] / "docs" / "reference" / "fhir"
GUIDE = "ans.fhir.fr.tddui"


def definitions() -> Definitions:
    """Those that the engine judges by."""
    return fhir_definitions(installed_catalogue())


def page(name: str) -> str:
    """The text of a page of `docs/reference/fhir/`."""
    return (FHIR / name).read_text(encoding="utf-8")


def test_each_profile_of_the_guide_has_its_page_and_each_extension_its_place() -> None:
    of_guide = [one for one in definitions().profiles.values() if one.package == GUIDE]
    extensions = {one.id for one in of_guide if one.url in definitions().extensions}
    profiles = {one.id for one in of_guide} - extensions
    assert (len(profiles), len(extensions)) == (33, 31)
    assert not profiles - {path.stem for path in (FHIR / "profils").glob("*.md")}
    places = set(re.findall(r'<a id="([^"]+)"></a>', page(f"extensions/{GUIDE}.md")))
    assert not extensions - places


def test_a_page_tells_cardinality_exact_value_binding_slices_and_invariant() -> None:
    text = page("profils/tddui-observation-repas.md")
    assert "| `Observation.subject` | 1..1 (R4 : 0..1) | `Reference` vers [`tddui-patient`]" in text
    assert "au moins `https://identifiant-medicosocial-repas.esante.gouv.fr`" in text
    assert "liste obligatoire [`jdv-j407-type-repas-ms`](../jeux-de-valeurs.md#jdv-j407-type-repas-ms)" in text
    assert "tranches ouvertes selon le motif de `type` : `idRepas`" in text
    assert '<a id="ObservationRepasIdentifierFormat"></a>' in text
    assert "`Observation.status`" not in text, "it is as in base R4"


def test_every_invariant_of_the_guide_is_on_the_page_of_its_profile() -> None:
    missing = [
        f"{profile.id}: {constraint.key}"
        for profile in definitions().profiles.values()
        if profile.package == GUIDE and profile.url not in definitions().extensions
        for element in profile.elements.values()
        for constraint in element.constraints
        if f'<a id="{constraint.key}"></a>' not in page(f"profils/{profile.id}.md")
    ]
    assert not missing


def test_every_contradiction_and_every_question_is_told() -> None:
    places = set(re.findall(r'<a id="([^"]+)"></a>', page("contradictions.md")))
    assert places == {one.code for one in definitions().contradictions}
    for questionnaire in definitions().questionnaires.values():
        text = page(f"questionnaires/{questionnaire['id']}.md")
        waiting = list(questionnaire["item"])
        while waiting:
            item = waiting.pop()
            assert f"`{item['linkId']}`" in text
            waiting += item.get("item", ())


def test_a_table_has_as_many_cells_in_each_row() -> None:
    """A bar in a value would make one cell two."""
    for path in FHIR.rglob("*.md"):
        width = 0
        for line in path.read_text(encoding="utf-8").splitlines():
            cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
            assert not (width and cells) or cells == width, f"{path.name}: {line}"
            width = cells


def test_no_two_places_of_a_page_have_the_same_name() -> None:
    for path in FHIR.rglob("*.md"):
        names = re.findall(r'<a id="([^"]+)"></a>', path.read_text(encoding="utf-8"))
        assert len(names) == len(set(names)), path.name
