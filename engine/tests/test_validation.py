"""From bytes to verdict JSON: the exact bytes of one judgement, the same whatever the way in."""

from __future__ import annotations

import json
from typing import Any

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Environment, Facts
from sidoba_engine.recognition import Door
from sidoba_engine.validation import judge
from sidoba_engine.verdict import Verdict
from sidoba_engine.verdict_json import encode, judgement_object, verdict_object

EXPECTED = (
    '{"type":"cle-valeur","conforme":false,"total_anomalies":3,"anomalies":['
    '{"regle":"R-KV-021","version_regle":"2026.1","gravite":"bloquante","niveau":"structure",'
    '"emplacement":{"chemin":"/donnees/heures_deplacement","ligne":25,"colonne":24},'
    '"message":"« heures_deplacement » attend un nombre, sans guillemets, avec un point décimal (12.5) (reçu : un '
    'texte entre guillemets).",'
    '"aide":"Rien n\'est converti à votre place : un nombre s\'écrit sans guillemets et avec un point décimal, un code '
    "entre guillemets même s'il n'a que des chiffres, un oui ou un non par true ou false, une date par AAAA-MM-JJ.\","
    '"valeur":"1 900,50",'
    '"documentation":"https://sidoba.example/docs/regles/R-KV-021",'
    '"correction":{"operations":[{"op":"replace","path":"/donnees/heures_deplacement","value":1900.50}],'
    '"confiance":"certaine"}},'
    '{"regle":"R-KV-021","version_regle":"2026.1","gravite":"bloquante","niveau":"structure",'
    '"emplacement":{"chemin":"/donnees/cout_transports","ligne":26,"colonne":21},'
    '"message":"« cout_transports » attend un nombre, sans guillemets, avec un point décimal (12.5) (reçu : un '
    'texte entre guillemets).",'
    '"aide":"Rien n\'est converti à votre place : un nombre s\'écrit sans guillemets et avec un point décimal, un code '
    "entre guillemets même s'il n'a que des chiffres, un oui ou un non par true ou false, une date par AAAA-MM-JJ.\","
    '"valeur":"24000,10",'
    '"documentation":"https://sidoba.example/docs/regles/R-KV-021",'
    '"correction":{"operations":[{"op":"replace","path":"/donnees/cout_transports","value":24000.10}],'
    '"confiance":"certaine"}},'
    '{"regle":"R-KV-028","version_regle":"2026.1","gravite":"bloquante","niveau":"terminologie",'
    '"emplacement":{"chemin":"/donnees/finess_ej","ligne":4,"colonne":15},'
    '"message":"Le numéro FINESS « 480787529 » (finess_ej) a une clé fausse.",'
    '"aide":"Le dernier chiffre contrôle les huit premiers : un chiffre a sans doute été mal saisi ou deux '
    "intervertis. Reprenez le numéro de l'arrêté d'autorisation. "
    "Les numéros d'essai à clé fausse ne passent qu'en bac à sable.\","
    '"valeur":"480787529",'
    '"documentation":"https://sidoba.example/docs/regles/R-KV-028"}'
    '],"regles_non_executees":['
    '{"regle":"R-KV-013","raison":"fait_inconnu","detail":"campagne"},'
    '{"regle":"R-KV-014","raison":"fait_inconnu","detail":"etablissement"},'
    '{"regle":"R-KV-015","raison":"fait_inconnu","detail":"campagne"},'
    '{"regle":"R-KV-035","raison":"fait_inconnu","detail":"valeurs_precedentes"},'
    '{"regle":"R-KV-036","raison":"fait_inconnu","detail":"etablissements_comparables"}]}'
)


def sent_lines(body: Any) -> bytes:
    """The example, one member a line, with three faults."""
    body["donnees"] |= {"finess_ej": "480787529", "heures_deplacement": "1 900,50", "cout_transports": "24000,10"}
    members = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in body["donnees"].items())
    return f'{{"modele": {json.dumps(body["modele"])}, "donnees": {{\n\n{members}\n}}}}'.encode()


def test_the_exact_bytes_of_a_judgement(body: Any, catalogue: Catalogue) -> None:
    content = sent_lines(body())
    facts = Facts(Environment.PRODUCTION)
    for door in (Door.ANY, Door.KEY_VALUE):
        (document,) = judge(content, catalogue=catalogue, facts=facts, door=door)
        assert encode(judgement_object(document)).decode() == EXPECTED


def test_a_verdict_names_its_file_its_environment_and_its_catalogue(body: Any, catalogue: Catalogue) -> None:
    documents = tuple(judge(sent_lines(body()), catalogue=catalogue, facts=Facts(), file_name="a.json", first_index=3))
    written = verdict_object(Verdict(Environment.SANDBOX, documents, catalogue.version, catalogue.digest), limit=2)
    assert list(written) == ["conforme", "environnement", "total_anomalies", "documents", "catalogue"]
    (document,) = written["documents"]
    assert (document["fichier"], document["index"], document["total_anomalies"]) == ("a.json", 3, 3)
    assert len(document["anomalies"]) == 2
    assert written["catalogue"] == {"version": catalogue.version, "empreinte": catalogue.digest}


def test_layout_and_order_of_the_keys_change_places_only(body: Any, catalogue: Catalogue) -> None:
    content = json.loads(sent_lines(body()))
    reordered = {name: content[name] for name in reversed(content)}
    reordered["donnees"] = {key: content["donnees"][key] for key in sorted(content["donnees"])}
    seen = []
    for sent in (json.dumps(content), json.dumps(reordered, indent=4)):
        (document,) = judge(sent.encode(), catalogue=catalogue, facts=Facts())
        seen.append(sorted((a.rule, a.location.path, a.message, a.value or "") for a in document.anomalies))
    assert seen[0] == seen[1]
