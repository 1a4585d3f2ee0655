"""Real answers against the contract (API.md §4): valid by the served schemas, members in its order."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

ORDER: dict[str, str] = {
    "Campagne": "code libelle type_rapport annee environnement periode ouverture cloture statut modeles collecte",
    "Periode": "debut fin",
    "Recu": "accuse collecte traitement file",
    "Accuse": "id recu_le empreinte octets signature",
    "Lien": "id href",
    "File": "position attente_estimee_s",
    "Traitement": "id collecte envoi statut recu_le debut fin file mode bilan catalogue anomalies_href documents_href"
    " verdict",
    "Bilan": "recus acceptes acceptes_avec_avertissement refuses inchanges",
    "Verdict": "conforme environnement total_anomalies documents catalogue",
    "DocumentDuVerdict": "index type conforme total_anomalies anomalies regles_non_executees",
    "Document": "index usager identifiant_local statut type conforme total_anomalies anomalies regles_non_executees",
    "Anomalie": "regle version_regle gravite niveau emplacement message aide valeur attendu documentation correction",
    "Emplacement": "chemin ligne colonne expression",
    "Signalement": "traitement document finess anomalie",
    "Collecte": "id campagne etablissement statut transitions_possibles completude dernier_envoi modifiee_le",
    "Completude": "complete modeles usagers",
    "CompletudeModele": "code attendus recus acceptes obligatoires_manquants",
    "CompletudeUsagers": "annonces recus acceptes",
    "Moi": "logiciel environnement portees mandats expire_le",
    "Logiciel": "nom version editeur",
    "Mandat": "finess type_rapport periode jusqu_au",
    "Probleme": "type title status detail code correlation_id anomalies total_anomalies transitions_possibles"
    " completude",
    "Modele": "code version libelle statut niveau transport categories_finess periode modele_usager sources sections"
    " entites indicateurs controles empreinte",
    "Indicateur": "cle libelle section type unite obligatoire min max valeurs valeurs_de format entite origine"
    " calcule_de agregation personnel source confiance aide",
    "Controle": "id gravite quand expression message entite cles aide source",
}
"""Members of each object, in the order of the contract."""

LOOSE = ("Modele", "Indicateur", "Controle")
"""Objects that may hold additions of the catalogue; what the contract names keeps its order."""

MEMBERS: dict[str, dict[str, str]] = {
    "ListeCampagnes": {"elements": "Campagne"},
    "ListeDocuments": {"elements": "Document"},
    "ListeSignalements": {"elements": "Signalement"},
    "Campagne": {"periode": "Periode", "collecte": "Lien"},
    "Recu": {"accuse": "Accuse", "collecte": "Lien", "traitement": "Lien", "file": "File"},
    "Traitement": {"collecte": "Lien", "file": "File", "bilan": "Bilan", "verdict": "Verdict"},
    "Verdict": {"documents": "DocumentDuVerdict"},
    "DocumentDuVerdict": {"anomalies": "Anomalie"},
    "Document": {"anomalies": "Anomalie"},
    "Anomalie": {"emplacement": "Emplacement"},
    "Signalement": {"anomalie": "Anomalie"},
    "Collecte": {"completude": "Completude"},
    "Completude": {"modeles": "CompletudeModele", "usagers": "CompletudeUsagers"},
    "Moi": {"logiciel": "Logiciel", "mandats": "Mandat"},
    "Mandat": {"periode": "Periode"},
    "Modele": {"indicateurs": "Indicateur", "controles": "Controle"},
}


def check_order(value: Any, kind: str, seen: set[str]) -> None:
    """The members of the object, and of the objects in it, are those of the contract in its order."""
    if isinstance(value, list):
        for element in value:
            check_order(element, kind, seen)
        return
    if kind in ORDER:
        seen.add(kind)
        order = ORDER[kind].split()
        known = [name for name in value if name in order]
        assert known == [name for name in order if name in value], kind
        assert kind in LOOSE or len(known) == len(value), f"{kind}: {sorted(set(value) - set(order))}"
    for name, member in MEMBERS.get(kind, {}).items():
        if value.get(name) is not None:
            check_order(value[name], member, seen)


def check(openapi: dict[str, Any], answer: Any, schema: str, seen: set[str]) -> Any:
    """Valid by the served schema, in the contract's order; nothing is null but the end of a list."""
    from calling import body_of

    value = body_of(answer)
    validator = Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": openapi["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    assert [error.message for error in validator.iter_errors(value)] == []
    check_order(value, schema, seen)
    _check_absent_is_left_out(value)
    return value


def _check_absent_is_left_out(value: Any, name: str = "") -> None:
    assert value is not None or name == "suivant", f"{name} is null: an absent member is left out"
    if isinstance(value, dict):
        for key, member in value.items():
            _check_absent_is_left_out(member, key)
    elif isinstance(value, list):
        for member in value:
            _check_absent_is_left_out(member, name)


def test_real_answers(judged_scene: Any, openapi: dict[str, Any]) -> None:
    """Every object of this API, met in answers; none of the list above is left unseen."""
    import situations

    scene, seen = judged_scene, set[str]()
    get = scene.caller.get
    check(openapi, scene.send(), "Recu", seen)
    check(openapi, get("/api/v1/moi"), "Moi", seen)
    check(openapi, get("/api/v1/campagnes?finess=019999994"), "ListeCampagnes", seen)
    check(openapi, get("/api/v1/campagnes?limite=1"), "ListeCampagnes", seen)
    check(openapi, get(scene.address("collecte")), "Collecte", seen)
    statuses = set()
    for run in situations.ProcessingRun.objects.all():
        told = check(openapi, get(f"/api/v1/traitements/{run.pk}"), "Traitement", seen)
        statuses.add(told["statut"])
        check(openapi, get(told["documents_href"]), "ListeDocuments", seen)
        check(openapi, get(told["anomalies_href"] + "?limite=3"), "ListeSignalements", seen)
    assert statuses == {"en_attente", "termine"}
    for code in ("ssiad-structure", "rama-structure"):
        situations.publishing.publish_model(situations.PLATFORM, model=situations.the_model(code))
        answer = get(f"/api/v1/modeles/{code}/versions/derniere")
        from calling import body_of

        check_order(body_of(answer), "Modele", seen)
        check(openapi, answer, "Modele", seen)
    check(openapi, get("/api/v1/collectes/0"), "Probleme", seen)
    assert seen == set(ORDER)


@pytest.mark.django_db
def test_refusals_are_problems(scene: Any, openapi: dict[str, Any]) -> None:
    seen: set[str] = set()
    for answer in (
        scene.caller.get("/api/v1/campagnes?statut=x"),
        scene.send(key=None),
        scene.send(b"x", Content_Encoding="x"),
        scene.caller.call("DELETE", "/api/v1/moi"),
        scene.caller.get("/api/v1/inconnu"),
    ):
        assert answer["Content-Type"] == "application/problem+json"
        check(openapi, answer, "Probleme", seen)


def test_instants_and_ids(judged_scene: Any) -> None:
    """Instants are UTC with `Z`, dates ISO 8601, ids UUIDv7."""
    import re
    import uuid

    import situations
    from calling import body_of

    instant = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
    run = situations.ProcessingRun.objects.filter(status="termine")[0]
    told = body_of(judged_scene.caller.get(f"/api/v1/traitements/{run.pk}"))
    filing = body_of(judged_scene.caller.get(judged_scene.address("collecte")))
    (campaign,) = body_of(judged_scene.caller.get("/api/v1/campagnes"))["elements"]
    instants = [told["recu_le"], told["debut"], told["fin"], filing["modifiee_le"], filing["dernier_envoi"]["recu_le"]]
    assert all(instant.fullmatch(text) for text in [*instants, campaign["ouverture"], campaign["cloture"]])
    assert {uuid.UUID(text).version for text in (told["id"], told["envoi"], filing["id"])} == {7}


def test_the_schemas_are_in_the_contract_s_order() -> None:
    """So that the page shows the objects as the contract writes them."""
    from sidoba_server.api import schemas

    for name, order in ORDER.items():
        if name in LOOSE:
            continue
        schema = getattr(schemas, name)
        fields = list(schema.model_fields)
        assert set(fields) == set(order.split()), name
        if not issubclass(schema, schemas.Jugement):  # inherited fields come first, whatever the contract's order
            assert fields == order.split(), name
