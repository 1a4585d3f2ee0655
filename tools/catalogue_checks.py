"""What must hold in the catalogue's data before it may be compiled: attributes, references, bounds, examples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from catalogue_controls import check_controls, keys_read
from catalogue_problems import Data, Problems, allow, check_unique, require

SEVERITIES = frozenset({"bloquante", "avertissement", "information"})
STAGES = frozenset({"enveloppe", "structure", "terminologie", "metier", "referentiel"})
ENVIRONMENTS = frozenset({"bac_a_sable", "production"})
STATUSES = frozenset({"brouillon", "publie", "retire"})
TRANSPORTS = frozenset({"cle_valeur", "cda", "fhir", "a_definir"})
TYPES = frozenset({"entier", "decimal", "booleen", "date", "code", "texte"})
NUMBERS = frozenset({"entier", "decimal"})
ORIGINS = frozenset({"dui", "rh", "finess", "saisie", "calcul"})
CONFIDENCES = frozenset({"texte", "rubrique", "propose"})
OPERATIONS = frozenset({"count", "distinct", "sum", "mean"})
FORMATS = frozenset({"finess", "ins", "siren", "siret", "rpps", "adeli", "code_commune", "cim10"})
ROOT_ENTITY = {"structure": "structure", "usager": "usager"}
CARDINALITY = re.compile(r"1|(\d+)\.\.(\d+|\*)")

MODEL_MEMBERS = ("code", "version", "libelle", "statut", "niveau", "transport", "categories_finess", "periode",
                 "sources", "sections", "indicateurs", "controles", "exemple")  # fmt: skip
MODEL_OPTIONS = ("modele_usager", "usagers_annonces_par", "entites", "notes")
INDICATOR_MEMBERS = ("cle", "libelle", "section", "type", "obligatoire", "entite", "origine", "personnel", "source",
                     "confiance")  # fmt: skip
INDICATOR_OPTIONS = ("unite", "min", "max", "valeurs", "valeurs_de", "format", "calcule_de", "agregation", "aide")
AGGREGATION_MEMBERS = ("modele", "operation", "champ", "condition")
RULE_MEMBERS = ("id", "depuis", "gravite", "niveau", "domaine", "message", "aide", "source", "exemples")
RULE_OPTIONS = ("rubrique", "valeurs", "parametres", "controle", "libelles", "fatale", "gravites", "plus_strict")
VALUE_SET_MEMBERS = ("version", "libelle", "source", "licence", "codes")

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_rules(problems: Problems, rules: list[Data]) -> None:
    """The format rules: identity, severity, stage, placeholders, examples."""
    check_unique(problems, "formats", [rule.get("id") for rule in rules])
    for rule in rules:
        place = str(rule.get("id"))
        if not require(problems, place, rule, RULE_MEMBERS):
            continue
        allow(problems, place, rule, (*RULE_MEMBERS, *RULE_OPTIONS))
        if not isinstance(rule["depuis"], str):
            problems.add(place, f"depuis is a version, write it between quotes: {rule['depuis']}")
        problems.unless_among(place, "gravite", rule["gravite"], SEVERITIES)
        problems.unless_among(place, "niveau", rule["niveau"], STAGES)
        for environment, severity in rule.get("gravites", {}).items():
            problems.unless_among(place, "gravites", environment, ENVIRONMENTS)
            problems.unless_among(place, "gravites", severity, SEVERITIES)
        failing = "inatteignable" if "inatteignable" in rule["exemples"] else "fautif"
        require(problems, f"{place} exemples", rule["exemples"], ("conforme", failing))
        declared = rule.get("valeurs", [])
        for text in ("message", "aide"):
            for name in PLACEHOLDER.findall(rule[text]):
                problems.unless_among(place, f"placeholder of {text}", name, declared)
        for name in rule.get("libelles", {}):
            problems.unless_among(place, "libelles", name, declared)


def check_value_set(problems: Problems, place: str, value_set: Data) -> None:
    """One value set: where it comes from, codes that are unique texts, each with its label."""
    if not require(problems, place, value_set, VALUE_SET_MEMBERS):
        return
    allow(problems, place, value_set, (*VALUE_SET_MEMBERS, "oid"))
    check_unique(problems, place, [row.get("code") for row in value_set["codes"]])
    for row in value_set["codes"]:
        if require(problems, f"{place} {row.get('code')}", row, ("code", "libelle")):
            for column in (name for name, cell in row.items() if not isinstance(cell, str)):
                problems.add(f"{place} {row['code']}", f"{column} is a text, write it between quotes")


def check_models(problems: Problems, models: list[Data], value_sets: Mapping[str, Any]) -> None:
    """The business models, one by one, then what they say of one another."""
    by_code: dict[Any, Data] = {model.get("code"): model for model in models}
    for model in models:
        place = f"{model.get('code')} {model.get('version')}"
        if not require(problems, place, model, MODEL_MEMBERS):
            continue
        allow(problems, place, model, (*MODEL_MEMBERS, *MODEL_OPTIONS))
        check_head(problems, place, model, by_code)
        for indicator in model["indicateurs"]:
            where = f"{place} {indicator.get('cle')}"
            if require(problems, where, indicator, INDICATOR_MEMBERS):
                check_indicator(problems, where, indicator, model)
                check_values(problems, where, indicator, value_sets)
                check_aggregation(problems, where, indicator.get("agregation"), by_code)
        check_controls(problems, place, model, severities=SEVERITIES, entities=entities_of(model))
        check_example(problems, f"{place} exemple", model)
    owners = Counter(c.get("id") for model in by_code.values() for c in model.get("controles", ()))
    check_unique(problems, "modeles", owners.elements())


def check_head(problems: Problems, place: str, model: Data, by_code: Mapping[Any, Data]) -> None:
    """The head of a model: closed lists, unique names, the models and keys that it names."""
    for name, allowed in (("niveau", ROOT_ENTITY), ("statut", STATUSES), ("transport", TRANSPORTS)):
        problems.unless_among(place, name, model[name], allowed)
    check_unique(problems, place, [section["code"] for section in model["sections"]])
    check_unique(problems, place, [indicator.get("cle") for indicator in model["indicateurs"]])
    keys = [indicator.get("cle") for indicator in model["indicateurs"]]
    used = {indicator.get("section") for indicator in model["indicateurs"]}
    for section in model["sections"]:
        problems.unless_among(place, "section without indicator:", section["code"], used)
    if "modele_usager" in model:
        problems.unless_among(place, "modele_usager", model["modele_usager"], by_code)
    if "usagers_annonces_par" in model:
        problems.unless_among(place, "usagers_annonces_par", model["usagers_annonces_par"], keys)
    for entity in model.get("entites", ()):
        if require(problems, f"{place} entites", entity, ("code", "cardinalite", "libelle")):
            allow(problems, f"{place} entites", entity, ("code", "cardinalite", "libelle"))
            if not CARDINALITY.fullmatch(str(entity["cardinalite"])):
                problems.add(
                    f"{place} {entity['code']}", f"cardinalite {entity['cardinalite']!r}: write 1, 0..54 or 0..*"
                )


def entities_of(model: Data) -> set[str]:
    """Return the entities that a model's indicators and controls may name."""
    return {ROOT_ENTITY.get(model["niveau"], ""), *(entity["code"] for entity in model.get("entites", ()))}


def check_indicator(problems: Problems, place: str, indicator: Data, model: Data) -> None:
    """One indicator: closed lists, section, source, entity, bounds that leave a value."""
    allow(problems, place, indicator, (*INDICATOR_MEMBERS, *INDICATOR_OPTIONS))
    problems.unless_among(place, "section", indicator["section"], (s["code"] for s in model["sections"]))
    problems.unless_among(place, "source", indicator["source"], model["sources"])
    problems.unless_among(place, "entite", indicator["entite"], entities_of(model))
    problems.unless_among(place, "type", indicator["type"], TYPES)
    problems.unless_among(place, "origine", indicator["origine"], ORIGINS)
    problems.unless_among(place, "confiance", indicator["confiance"], CONFIDENCES)
    root = ROOT_ENTITY.get(model["niveau"])
    if (indicator["cle"].rpartition(".")[0] or root) != indicator["entite"]:
        problems.add(place, f"the key does not begin with its entity {indicator['entite']}")
    for flag in (name for name in ("obligatoire", "personnel") if not isinstance(indicator[name], bool)):
        problems.add(place, f"{flag} is true or false, not {indicator[flag]!r}")
    if "format" in indicator:
        problems.unless_among(place, "format", indicator["format"], FORMATS)
    if indicator.keys() & {"min", "max"} and indicator["type"] not in NUMBERS:
        problems.add(place, f"a {indicator['type']} has no bounds")
    elif indicator.get("min", 0) > indicator.get("max", float("inf")):
        problems.add(place, f"no value is between {indicator['min']} and {indicator['max']}")


def check_values(problems: Problems, place: str, indicator: Data, value_sets: Mapping[str, Any]) -> None:
    """The codes that an indicator admits: listed, or chosen by a filter that keeps at least one code."""
    if indicator["type"] == "code" and not indicator.get("valeurs") and "valeurs_de" not in indicator:
        problems.add(place, "a code needs valeurs, or valeurs_de")
    check_unique(problems, place, [value["code"] for value in indicator.get("valeurs", ())])
    chosen = indicator.get("valeurs_de")
    if chosen is None or not require(problems, place, chosen, ("nature", "nom")):
        return
    allow(problems, place, chosen, ("nature", "nom", "filtre"))
    problems.unless_among(place, "nature", chosen["nature"], ("reference", "ans"))
    if chosen["nature"] != "reference":
        return
    problems.unless_among(place, "valeurs_de", chosen["nom"], value_sets)
    column, _, wanted = chosen.get("filtre", "").partition("=")
    versions = value_sets.get(chosen["nom"], {})
    for version, value_set in versions.items() if column else ():
        cells = [str(row.get(column, "")) for row in value_set["codes"]]
        begins = wanted.endswith("*")
        if not any(cell.startswith(wanted[:-1]) if begins else cell == wanted for cell in cells):
            problems.add(place, f"the filter {chosen['filtre']} keeps no code of {chosen['nom']} {version}")


def check_aggregation(problems: Problems, place: str, aggregation: Data | None, by_code: Mapping[Any, Data]) -> None:
    """An aggregation: its operation, and the model and keys that it draws from."""
    if aggregation is None or not require(problems, place, aggregation, ("modele", "operation")):
        return
    allow(problems, place, aggregation, AGGREGATION_MEMBERS)
    problems.unless_among(place, "operation", aggregation["operation"], OPERATIONS)
    problems.unless_among(place, "model of the aggregation", aggregation["modele"], by_code)
    if aggregation["operation"] in {"sum", "mean"} and "champ" not in aggregation:
        problems.add(place, f"the operation {aggregation['operation']} needs a champ")
    drawn_from = {i["cle"]: i for i in by_code.get(aggregation["modele"], {}).get("indicateurs", ())}
    read = keys_read(problems, place, aggregation.get("condition", "true"))
    field = aggregation.get("champ")
    for key in sorted(read | ({field} if field else set())):
        problems.unless_among(place, "key of the aggregation", key, drawn_from)
    if field in drawn_from and drawn_from[field]["type"] not in NUMBERS:
        problems.add(place, f"the champ {field} is a {drawn_from[field]['type']}: it cannot be added up")


def check_example(problems: Problems, place: str, model: Data) -> None:
    """The valid example: every required key, at the root and in each element, and no key that the model has not."""
    root = ROOT_ENTITY.get(model["niveau"])
    entities = [entity["code"] for entity in model.get("entites", ()) if entity["code"] != root]
    check_object(problems, place, model, model["exemple"], entity=root, lists=entities)
    for code in entities:
        for rank, element in enumerate(model["exemple"].get(code, ())):
            check_object(problems, f"{place} {code}[{rank}]", model, element, entity=code, lists=())


def check_object(
    problems: Problems, place: str, model: Data, given: Data, *, entity: str | None, lists: list[str] | tuple[()]
) -> None:
    """One object of an example: the keys of its entity, without the prefix."""
    fields = {i["cle"].rpartition(".")[2]: i for i in model["indicateurs"] if i.get("entite") == entity}
    for key in sorted({name for name, i in fields.items() if i.get("obligatoire")} - given.keys()):
        problems.add(place, f"the required key {key!r} is missing")
    for key in sorted(given.keys() - fields.keys() - set(lists)):
        problems.add(place, f"the key {key!r} is unknown")
