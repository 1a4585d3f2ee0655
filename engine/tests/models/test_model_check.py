"""WS03: every rule of models has a model that breaks it, and the published models break none."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from model_generation import NAMES, as_given, published
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.model_check import judge_model
from sidoba_engine.verdict import DocumentType, DocumentVerdict
from sidoba_engine.verdict_json import encode

Data = dict[str, Any]
Change = Callable[[Data], object]
SSIAD, USER, RAMA = "ssiad-structure@2026.0-brouillon", "ssiad-usager@2026.0-brouillon", "rama-usager@2026.0-brouillon"


def judged(model: Data | bytes) -> DocumentVerdict:
    content = model if isinstance(model, bytes) else encode(model)
    return judge_model(content, catalogue=installed_catalogue(), facts=Facts())


def changed(change: Change, name: str = SSIAD) -> Data:
    """The published model, without its digest, changed."""
    model = as_given(published(name))
    del model["empreinte"]
    change(model)
    return model


def indicator(model: Data, key: str) -> Data:
    return next(one for one in model["indicateurs"] if one["cle"] == key)


def control(model: Data, name: str) -> Data:
    return next(one for one in model["controles"] if one["id"] == name)


def set_to(key: str, **attributes: Any) -> Change:
    return lambda model: indicator(model, key).update(attributes)


def without(key: str, *attributes: str) -> Change:
    return lambda model: [indicator(model, key).pop(name) for name in attributes]


def control_to(name: str, **attributes: Any) -> Change:
    return lambda model: control(model, name).update(attributes)


def place_of(key: str, attribute: str, name: str = SSIAD) -> str:
    return f"/indicateurs/{list(published(name).indicators).index(key)}/{attribute}"


CASES: dict[str, tuple[Change, str, str, str]] = {
    # rule: change, place, part of the message, model
    "R-MOD-002": (
        lambda model: model.update(indicateurs=model["indicateurs"] * 40),
        "/indicateurs",
        "2800 éléments, pour 2000 admis",
        SSIAD,
    ),
    "R-MOD-003": (
        set_to("nombre_de_places", obligatiore=True),
        place_of("nombre_de_places", "obligatiore"),
        "le plus proche, obligatoire",
        SSIAD,
    ),
    "R-MOD-004": (
        without("service_nouveau", "libelle"),
        place_of("service_nouveau", "libelle"),
        "manque « libelle » dans un indicateur",
        SSIAD,
    ),
    "R-MOD-005": (set_to("nombre_de_places", min="0"), place_of("nombre_de_places", "min"), "reçu : un texte", SSIAD),
    "R-MOD-006": (set_to("nombre_de_places", type="Entier"), place_of("nombre_de_places", "type"), "Entier", SSIAD),
    "R-MOD-007": (
        set_to("service_nouveau", cle="Service nouveau"),
        place_of("service_nouveau", "cle"),
        "lettres",
        SSIAD,
    ),
    "R-MOD-008": (
        lambda model: model["indicateurs"].append(copy.deepcopy(model["indicateurs"][0])),
        "/indicateurs/70/cle",
        "employé 2 fois",
        SSIAD,
    ),
    "R-MOD-009": (
        set_to("nombre_de_places", section="capacites"),
        place_of("nombre_de_places", "section"),
        "le plus proche, capacite",
        SSIAD,
    ),
    "R-MOD-010": (lambda model: model.update(niveau="usager"), "/code", "ne vont pas ensemble", SSIAD),
    "R-MOD-011": (
        set_to("semaine.week_end", entite="evenement"),
        place_of("semaine.week_end", "cle", USER),
        "pas de l'entité « evenement »",
        USER,
    ),
    "R-MOD-012": (set_to("service_nouveau", min=0), place_of("service_nouveau", "min"), "de type booleen", SSIAD),
    "R-MOD-013": (set_to("nombre_de_places", min=3000), place_of("nombre_de_places", "min"), "(3000)", SSIAD),
    "R-MOD-014": (
        without("statut_etablissement", "valeurs"),
        place_of("statut_etablissement", "valeurs").rpartition("/")[0],
        "rien ne dit lesquels",
        SSIAD,
    ),
    "R-MOD-015": (
        set_to("departement", valeurs_de={"nature": "reference", "nom": "departements", "filtre": "code=Z*"}),
        place_of("departement", "valeurs_de"),
        "departements (code=Z*)",
        SSIAD,
    ),
    "R-MOD-016": (
        control_to("SSIAD-S-001", expression="sum(admissions) == 1"),
        "/controles/0/expression",
        "n'est pas une fonction connue",
        SSIAD,
    ),
    "R-MOD-017": (
        control_to("SSIAD-S-001", expression="admission == 1"),
        "/controles/0/expression",
        "la plus proche, admissions",
        SSIAD,
    ),
    "R-MOD-018": (
        control_to("SSIAD-U-003", expression="evenement.date_fin >= evaluation.date_evaluation"),
        "/controles/2/expression",
        "lit « evaluation.date_evaluation »",
        USER,
    ),
    "R-MOD-019": (
        control_to("SSIAD-S-002", cles=["admissions"]),
        "/controles/1/cles",
        "usagers_presents_fin",
        SSIAD,
    ),
    "R-MOD-020": (
        lambda model: next(one for one in model["indicateurs"] if "agregation" in one).update(
            agregation={"modele": "ssiad-usager", "operation": "sum"}
        ),
        "",
        "demande un champ",
        SSIAD,
    ),
    "R-MOD-021": (lambda model: model.update(empreinte="sha256:0"), "/empreinte", "pas celle de son contenu", SSIAD),
    "R-MOD-030": (lambda model: model.update(code="ssiads-structure"), "/code", "est ssiad-structure", SSIAD),
    "R-MOD-031": (lambda model: model.update(version="1999.0"), "/version", "2026.0-brouillon", SSIAD),
    "R-MOD-032": (
        lambda model: model["indicateurs"].remove(indicator(model, "raison_sociale")),
        "/indicateurs",
        "« raison_sociale » de la référence manque (Raison sociale, obligatoire)",
        SSIAD,
    ),
    "R-MOD-033": (
        lambda model: model["indicateurs"].append(
            {"cle": "places_temporaires", "libelle": "Provisoires", "section": "zone", "type": "booleen"}
        ),
        "/indicateurs/70/cle",
        "places_temporaires",
        SSIAD,
    ),
    "R-MOD-034": (
        set_to("raison_sociale", cle="nom_du_service"),
        place_of("raison_sociale", "cle"),
        "s'appelle « raison_sociale »",
        SSIAD,
    ),
    "R-MOD-035": (set_to("nombre_de_places", type="decimal"), place_of("nombre_de_places", "type"), "decimal", SSIAD),
    "R-MOD-036": (
        set_to("heures_deplacement", unite="minute"),
        place_of("heures_deplacement", "unite"),
        "heure",
        SSIAD,
    ),
    "R-MOD-037": (set_to("nombre_de_places", max=9000), place_of("nombre_de_places", "max"), "9000 au lieu de", SSIAD),
    "R-MOD-038": (set_to("nombre_de_places", max=100), place_of("nombre_de_places", "max"), "plus strict", SSIAD),
    "R-MOD-039": (
        lambda model: indicator(model, "statut_etablissement")["valeurs"].pop(),
        place_of("statut_etablissement", "valeurs"),
        "manquants, prive_commercial",
        SSIAD,
    ),
    "R-MOD-040": (
        lambda model: indicator(model, "statut_etablissement")["valeurs"][0].update(libelle="Secteur public"),
        place_of("statut_etablissement", "valeurs"),
        "libellé",
        SSIAD,
    ),
    "R-MOD-041": (
        lambda model: next(one for one in model["entites"] if one["code"] == "semaine").update(cardinalite="0..*"),
        "/entites/3/cardinalite",
        "0..54",
        USER,
    ),
    "R-MOD-042": (
        set_to("annee_naissance", personnel=False),
        place_of("annee_naissance", "personnel", RAMA),
        "personnel",
        RAMA,
    ),
    "R-MOD-043": (
        set_to("nombre_de_places", libelle="Places"),
        place_of("nombre_de_places", "libelle"),
        "écrit",
        SSIAD,
    ),
    "R-MOD-044": (
        lambda model: model["controles"].remove(control(model, "SSIAD-S-002")),
        "/controles",
        "SSIAD-S-002 de la référence manque",
        SSIAD,
    ),
    "R-MOD-045": (
        lambda model: model["controles"].append(
            {"id": "MAISON-1", "gravite": "information", "expression": "admissions >= 0", "message": "Notre contrôle."}
        ),
        "/controles/21",
        "MAISON-1",
        SSIAD,
    ),
    "R-MOD-046": (
        control_to("SSIAD-S-002", gravite="information"),
        "/controles/1/gravite",
        "(« gravite »)",
        SSIAD,
    ),
    "R-MOD-047": (lambda model: model.update(libelle="Autre"), "/libelle", "« libelle » du modèle", SSIAD),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_model_that_breaks_it(rule: str) -> None:
    change, place, message, name = CASES[rule]
    verdict = judged(changed(change, name))
    (anomaly,) = [one for one in verdict.anomalies if one.rule == rule]
    assert message in anomaly.message
    assert anomaly.location.path == place or (not place and anomaly.location.path.endswith("/agregation"))
    assert anomaly.location.line == 1 and anomaly.hint and anomaly.documentation.endswith(rule)
    assert verdict.type is DocumentType.MODEL


def test_every_rule_has_its_case() -> None:
    rules = {rule.id for rule in installed_catalogue().rules.values() if rule.id.startswith("R-MOD-")}
    assert rules == CASES.keys() | {"R-MOD-001"}


@pytest.mark.parametrize("name", NAMES)
def test_a_published_model_breaks_none(name: str) -> None:
    verdict = judged(dict(published(name).data))
    assert (verdict.type, verdict.is_conformant, verdict.anomalies) == (DocumentType.MODEL, True, ())


@pytest.mark.parametrize("name", NAMES)
def test_what_says_nothing_of_the_data_may_be_left_out(name: str) -> None:
    """Digest, help, sources, wording: a software does not hold them all."""
    model = as_given(published(name))
    for member in ("empreinte", "sources", "periode", "categories_finess", "transport", "statut"):
        model.pop(member, None)
    for one in model["indicateurs"]:
        for attribute in ("aide", "source", "confiance", "calcule_de", "origine"):
            one.pop(attribute, None)
        if not one.get("obligatoire"):
            one.pop("obligatoire", None)
    for one in model["controles"]:
        for attribute in ("aide", "source", "cles"):
            one.pop(attribute, None)
    verdict = judged(model)
    assert {one.rule for one in verdict.anomalies} <= {"R-MOD-042"}, "an aggregation is kept"
    assert verdict.is_conformant


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "un contenu vide"),
        (b"%PDF-1.7", "un contenu d'un autre genre"),
        (b"<modele/>", "un contenu d'un autre genre"),
        (b"[]", "une liste"),
        (b"12", "un nombre"),
        (b"null", "null"),
        (b'{"donnees": {}}', "clé-valeur"),
        (b'{"resourceType": "Questionnaire"}', "FHIR"),
    ],
)
def test_what_is_not_a_model(content: bytes, found: str) -> None:
    verdict = judged(content)
    (anomaly,) = verdict.anomalies
    assert (verdict.type, anomaly.rule) == (DocumentType.UNKNOWN, "R-MOD-001")
    assert found in anomaly.message


def test_places_are_those_of_the_text() -> None:
    text = json.dumps(changed(set_to("nombre_de_places", type="Entier")), indent=2, ensure_ascii=False)
    (anomaly,) = [one for one in judged(text.encode()).anomalies if one.rule == "R-MOD-006"]
    line = text.splitlines()[(anomaly.location.line or 0) - 1]
    assert line[(anomaly.location.column or 0) - 1 :].startswith('"Entier"')


def test_faults_of_form_do_not_hide_the_differences() -> None:
    """One look tells all: what is malformed is named, what differs elsewhere too."""

    def change(model: Data) -> None:
        set_to("nombre_de_places", type="Entier")(model)
        set_to("heures_deplacement", unite="minute")(model)
        control_to("SSIAD-S-001", expression="1 +")(model)

    rules = [one.rule for one in judged(changed(change)).anomalies]
    assert {"R-MOD-006", "R-MOD-036", "R-MOD-016"} <= set(rules)
    assert "R-MOD-032" not in rules and "R-MOD-044" not in rules, "they are there, with a fault of their own"


def test_repairs_are_the_reference_s_own_values() -> None:
    model = changed(set_to("nombre_de_places", max=9000, type="decimal"))
    fixes = [one.fix for one in judged(model).anomalies if one.fix is not None]
    assert all(fix.certain for fix in fixes)
    for fix in fixes:
        for operation in fix.operations:
            _, _, rank, attribute = str(operation["path"]).split("/")
            model["indicateurs"][int(rank)][attribute] = operation["value"]
    assert judged(model).anomalies == ()


def test_a_key_written_twice() -> None:
    content = encode(changed(lambda _: None)).replace(b'"version":', b'"version":"1","version":', 1)
    assert [one.rule for one in judged(content).anomalies] == ["R-KV-016"]


HOSTILE: dict[str, Any] = {
    "unknown members": lambda: encode(changed(lambda model: model.update({f"k{n}": n for n in range(100_000)}))),
    "indicators of another model": lambda: encode(
        changed(
            lambda model: model.update(
                indicateurs=[
                    {**indicator(model, "nombre_de_places"), "cle": f"x{n}", "libelle": f"Place {'a ' * n}"}
                    for n in range(1999)
                ]
            )
        )
    ),
    "long labels": lambda: encode(
        changed(
            lambda model: [one.update(cle=one["cle"] + "_z", libelle="Lorem " * 9000) for one in model["indicateurs"]]
        )
    ),
    "one long string": lambda: encode(changed(lambda model: model.update(libelle="x" * 10_000_000))),
    "deep": lambda: b'{"indicateurs":' + b"[" * 100_000,
    "products": lambda: encode(
        changed(
            lambda model: model.update(
                controles=[
                    {"id": f"C{n}", "gravite": "bloquante", "message": "x",
                     "expression": " * ".join(["(admissions + sorties + 1)"] * 50) + " == 1"}
                    for n in range(28)
                ]
            )
        )
    ),
    "long expressions": lambda: encode(changed(control_to("SSIAD-S-001", expression="admissions + " * 500_000))),
    "NaN": lambda: encode(changed(lambda _: None)).replace(b'"min":0', b'"min":NaN'),
    "1e400": lambda: encode(changed(lambda _: None)).replace(b'"min":0', b'"min":1e400'),
    "half a character": lambda: encode(changed(lambda _: None)).replace(b'"libelle":"', b'"libelle":"\\ud83c'),
    "UTF-16": lambda: json.dumps(changed(lambda _: None)).encode("utf-16"),
    "BOM": lambda: b"\xef\xbb\xbf" + encode(changed(lambda _: None)),
}  # fmt: skip


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_hostile_models_are_named_in_bounded_time(make: Callable[[], bytes]) -> None:
    content = make()
    start = time.process_time()
    verdict = judged(content)
    assert verdict.anomalies
    assert time.process_time() - start < 20
