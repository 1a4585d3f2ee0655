"""The gap, case by case: what each change is called, and whether it breaks."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from model_generation import as_given, model_of, published
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.model_diff import diff_models
from sidoba_engine.model_diff.changes import ModelDiff
from sidoba_engine.model_diff.conversion import convert, convert_comments
from sidoba_engine.model_diff.wire import diff_object

Data = dict[str, Any]
SSIAD, USER = "ssiad-structure@2026.0-brouillon", "ssiad-usager@2026.0-brouillon"


def gap(
    change: Callable[[Data], object], name: str = SSIAD, first: Callable[[Data], object] | None = None
) -> ModelDiff:
    """From a published model (after `first`) to the same after `change`."""
    source = as_given(published(name))
    if first is not None:
        first(source)
    target = copy.deepcopy(source)
    change(target)
    return diff_models(model_of(source), model_of(target), installed_catalogue())


def indicator(model: Data, key: str) -> Data:
    return next(one for one in model["indicateurs"] if one["cle"] == key)


def set_to(key: str, **attributes: Any) -> Callable[[Data], None]:
    """Change attributes of a key; None takes one away."""

    def change(model: Data) -> None:
        held = indicator(model, key)
        held.update(attributes)
        for name, value in attributes.items():
            if value is None:
                del held[name]

    return change


def without_controls(model: Data) -> None:
    model["controles"] = []


CODES = [{"code": "public", "libelle": "Public"}, {"code": "prive_non_lucratif", "libelle": "Privé non lucratif"}]


@pytest.mark.parametrize(
    ("key", "attributes", "breaks"),
    [
        ("nombre_de_places", {"max": 1999}, True),
        ("nombre_de_places", {"max": 2001}, False),
        ("nombre_de_places", {"max": None}, False),
        ("nombre_de_places", {"min": 2}, True),
        ("nombre_de_places", {"min": 0}, False),
        ("nombre_de_places", {"type": "decimal"}, False),
        ("heures_deplacement", {"type": "entier"}, True),
        ("service_nouveau", {"type": "entier"}, True),
        ("nombre_de_places", {"obligatoire": False}, False),
        ("nombre_de_places", {"unite": "lit"}, True),
        ("nombre_de_places", {"unite": "Places"}, False),
        ("nombre_de_places", {"unite": None}, False),
        ("nombre_de_places", {"libelle": "Places"}, False),
        ("nombre_de_places", {"aide": "Autre."}, False),
        ("nombre_de_places", {"section": "activite"}, False),
        ("nombre_de_places", {"personnel": True}, False),
        ("finess_ej", {"format": "siren"}, True),
        ("finess_ej", {"format": None}, False),
        ("raison_sociale", {"format": "finess"}, True),
        ("statut_etablissement", {"valeurs": CODES}, True),
        ("departement", {"valeurs_de": {"nature": "ans", "nom": "DEPARTEMENTS"}}, False),
        ("departement", {"valeurs_de": {"nature": "reference", "nom": "departements", "filtre": "code=97*"}}, True),
    ],
)
def test_an_attribute(key: str, attributes: dict[str, Any], breaks: bool) -> None:
    found = gap(set_to(key, **attributes), first=without_controls)
    (change,) = found.changes
    (attribute,) = attributes
    assert (change.key, change.attribute, change.breaks) == (key, attribute, breaks)
    assert found.compatible is not breaks
    if attribute != "valeurs":
        source = indicator(as_given(published(SSIAD)), key)
        default = False if attribute in ("obligatoire", "personnel") else None
        assert (change.before, change.after) == (source.get(attribute, default), attributes[attribute])


def test_codes_by_name() -> None:
    more = {"code": "mixte", "libelle": "Mixte"}
    (change,) = gap(set_to("statut_etablissement", valeurs=[*CODES, more])).changes
    assert [code["code"] for code in change.before] == ["prive_commercial"]
    assert (change.after, change.breaks) == ([more], True)

    whole = indicator(as_given(published(SSIAD)), "statut_etablissement")["valeurs"]
    (change,) = gap(set_to("statut_etablissement", valeurs=[*whole, more])).changes
    assert (change.before, change.after, change.breaks) == ([], [more], False)
    (change,) = gap(set_to("statut_etablissement", valeurs=[{**whole[0], "libelle": "Autre"}, *whole[1:]])).changes
    assert (len(change.before), len(change.after), change.breaks) == (1, 1, False)
    assert gap(set_to("statut_etablissement", valeurs=whole[::-1])).changes == ()


def test_required_at_last() -> None:
    found = gap(set_to("nombre_de_places", obligatoire=True), first=set_to("nombre_de_places", obligatoire=None))
    (change,) = found.changes
    assert (change.attribute, change.before, change.after, change.breaks) == ("obligatoire", False, True, True)


@pytest.mark.parametrize(("required", "compatible"), [(True, False), (False, True)])
def test_a_new_key(required: bool, compatible: bool) -> None:
    new = {"cle": "nouveau", "libelle": "Nouveau", "section": "activite", "type": "entier", "obligatoire": required}
    found = gap(lambda model: model["indicateurs"].append(new))
    assert [(one.key, one.required) for one in found.additions] == [("nouveau", required)]
    assert found.compatible is compatible


def test_a_key_that_goes_and_a_key_renamed() -> None:
    found = gap(
        lambda model: model["indicateurs"].remove(indicator(model, "kilometres_parcourus")), first=without_controls
    )
    assert (found.removals, found.renames, found.compatible) == (("kilometres_parcourus",), (), False)

    found = gap(set_to("kilometres_parcourus", cle="distance_parcourue"), first=without_controls)
    (rename,) = found.renames
    assert (rename.before, rename.after) == ("kilometres_parcourus", "distance_parcourue")
    assert "même libellé" in rename.reason and "même unité" in rename.reason
    assert (found.removals, found.additions, found.compatible) == ((), (), False)


def test_a_control_over_a_renamed_key_says_the_same() -> None:
    def renamed(model: Data) -> None:
        set_to("kilometres_parcourus", cle="distance_parcourue")(model)
        for control in model["controles"]:
            control["expression"] = control["expression"].replace("kilometres_parcourus", "distance_parcourue")
            control["cles"] = [key.replace("kilometres_parcourus", "distance_parcourue") for key in control["cles"]]

    controls = gap(renamed).controls
    assert (controls.added, controls.removed, controls.changed) == ((), (), ())


def control_of(model: Data, name: str = "SSIAD-S-002") -> Data:
    return next(one for one in model["controles"] if one["id"] == name)


@pytest.mark.parametrize(
    ("changes", "attributes", "breaks"),
    [
        ({"expression": "(usagers_presents_fin) == admissions + usagers_presents_debut - sorties"}, [], False),
        ({"message": "Autre message.", "aide": "Autre aide."}, [], False),
        ({"expression": "usagers_presents_debut + admissions >= usagers_presents_fin"}, ["expression"], True),
        ({"quand": "admissions > 0"}, ["quand"], False),
        ({"gravite": "avertissement"}, ["gravite"], False),
        ({"gravite": "avertissement", "expression": "admissions > 0"}, ["gravite", "expression"], False),
        ({"id": "SSIAD-S-902"}, ["id"], False),
    ],
)
def test_a_control(changes: dict[str, str], attributes: list[str], breaks: bool) -> None:
    found = gap(lambda model: control_of(model).update(changes))
    assert [change.attribute for change in found.controls.changed] == attributes
    assert (found.controls.added, found.controls.removed) == ((), ())
    assert any(change.breaks for change in found.controls.changed) is breaks
    assert found.compatible is not breaks
    assert found.migration != ()


def test_a_control_that_weighs_more_breaks() -> None:
    found = gap(
        lambda model: control_of(model).update(gravite="bloquante"),
        first=lambda model: control_of(model).update(gravite="avertissement"),
    )
    assert [(change.attribute, change.breaks) for change in found.controls.changed] == [("gravite", True)]
    assert not found.compatible


@pytest.mark.parametrize(
    ("expression", "compatible"),
    [
        ("nouveau <= nombre_de_places", True),
        ("absent(nouveau) or nouveau <= nombre_de_places", True),
        ("present(nouveau)", False),
        ("nombre_de_places >= 2", False),
    ],
)
def test_a_new_control_over_a_new_key(expression: str, compatible: bool) -> None:
    """Data of the source do not hold the new key: most controls over it are not run."""

    def change(model: Data) -> None:
        model["indicateurs"].append({"cle": "nouveau", "libelle": "Nouveau", "section": "activite", "type": "entier"})
        model["controles"].append({"id": "N-1", "gravite": "bloquante", "expression": expression, "message": "Non."})

    found = gap(change)
    assert (found.controls.added, found.compatible) == (("N-1",), compatible)


@pytest.mark.parametrize(
    ("before", "after", "breaks"),
    [("0..54", "0..53", True), ("0..54", "0..*", False), ("0..54", "1..54", True), ("1..54", "0..54", False)],
)
def test_cardinality(before: str, after: str, breaks: bool) -> None:
    def entity(model: Data) -> Data:
        return next(one for one in model["entites"] if one["code"] == "semaine")

    found = gap(
        lambda model: entity(model).update(cardinalite=after),
        USER,
        first=lambda model: entity(model).update(cardinalite=before),
    )
    (change,) = found.changes
    assert (change.key, change.attribute, change.before, change.after) == ("semaine", "cardinalite", before, after)
    assert (change.breaks, found.compatible) == (breaks, not breaks)


def test_an_entity_that_comes_asks_nothing_of_data_that_do_not_hold_it() -> None:
    def change(model: Data) -> None:
        model["entites"].append({"code": "repas", "cardinalite": "0..*", "libelle": "Repas"})
        model["indicateurs"].append(
            {"cle": "repas.date", "libelle": "Date", "section": "usager", "type": "date", "obligatoire": True}
        )

    assert gap(change, USER).compatible
    assert not gap(lambda model: (change(model), model["entites"][-1].update(cardinalite="1..*")), USER).compatible


def test_levels_and_ways_to_send_are_not_compatible() -> None:
    assert not gap(lambda model: model.update(transport="cda")).compatible
    found = diff_models(published(SSIAD), published(USER), installed_catalogue())
    assert not found.compatible


def test_wire_form() -> None:
    written = diff_object(gap(set_to("nombre_de_places", max=500)))
    assert list(written) == [
        "source",
        "cible",
        "compatible",
        "ajouts",
        "suppressions",
        "renommages",
        "modifications",
        "controles",
        "migration",
    ]
    assert written["modifications"] == [
        {"cle": "nombre_de_places", "attribut": "max", "avant": 2000, "apres": 500, "rupture": True}
    ]
    assert [operation["path"].rpartition("/")[2] for operation in written["migration"]] == ["max", "empreinte"]


# Conversion


def test_conversion() -> None:
    def change(model: Data) -> None:
        set_to("kilometres_parcourus", cle="distance_parcourue")(model)
        set_to("heures_deplacement", unite="minute")(model)
        model["indicateurs"].remove(indicator(model, "intervention_nuit"))
        model["indicateurs"].append(
            {"cle": "nouveau", "libelle": "Nouveau", "section": "activite", "type": "entier", "obligatoire": True}
        )

    found = gap(change, first=without_controls)
    data = {"kilometres_parcourus": 12, "heures_deplacement": 3, found.removals[0]: False, "inconnue": 1}
    converted = convert(data, found)
    assert converted.data == {"distance_parcourue": 12, "inconnue": 1}
    assert converted.renamed == {"/kilometres_parcourus": "distance_parcourue"}
    assert converted.dropped == [f"/{found.removals[0]}"]
    assert converted.remeasured == ["/heures_deplacement"]
    assert converted.missing == ["nouveau"]
    comments = {"kilometres_parcourus": "a", found.removals[0]: "b", "nombre_de_places": "c"}
    assert convert_comments(comments, found) == {"distance_parcourue": "a", "nombre_de_places": "c"}


def test_conversion_inside_entities() -> None:
    found = gap(set_to("semaine.week_end", cle="semaine.fin_de_semaine"), USER, first=without_controls)
    converted = convert({"semaine": [{"week_end": True, "gir_semaine": 3}, "pas un objet"]}, found)
    assert converted.data == {"semaine": [{"fin_de_semaine": True, "gir_semaine": 3}, "pas un objet"]}
    assert converted.renamed == {"/semaine/0/week_end": "semaine.fin_de_semaine"}


def test_converted_data_are_conformant_when_nothing_is_asked_anew() -> None:
    """The example, from 2026 to a version with a renamed key and a key less, is right again."""
    from model_generation import body_of, catalogue_with, verdict_on

    source = as_given(published(SSIAD)) | {"controles": []}
    target = copy.deepcopy(source) | {"version": "essai"}
    indicator(target, "kilometres_parcourus")["cle"] = "distance_parcourue"
    target["indicateurs"].remove(indicator(target, "intervention_nuit"))
    found = diff_models(model_of(source), model_of(target), installed_catalogue())
    catalogue = catalogue_with(target)
    model = catalogue.models["ssiad-structure", "essai"]
    example = dict(published(SSIAD).example)
    assert not verdict_on(body_of(model, example), model, catalogue).is_conformant
    assert verdict_on(body_of(model, convert(example, found).data), model, catalogue).is_conformant
