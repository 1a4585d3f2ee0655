"""What must hold in the catalogue's data before it may be compiled. Each fault names its file or element."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Data = dict[str, Any]

SEVERITIES = frozenset({"bloquante", "avertissement", "information"})
STAGES = frozenset({"enveloppe", "structure", "terminologie", "metier", "referentiel"})
ENVIRONMENTS = frozenset({"bac_a_sable", "production"})
TYPES = frozenset({"entier", "decimal", "booleen", "date", "code", "texte"})
ORIGINS = frozenset({"dui", "rh", "finess", "saisie", "calcul"})
CONFIDENCES = frozenset({"texte", "rubrique", "propose"})
OPERATIONS = frozenset({"count", "distinct", "sum", "mean"})
FORMATS = frozenset({"finess", "ins", "code_commune", "cim10"})
ROOT_ENTITY = {"structure": "structure", "usager": "usager"}
FUNCTIONS = frozenset({"present", "absent", "abs", "year", "days", "aggir", "aggir_pa"})

MODEL_MEMBERS = ("code", "version", "libelle", "statut", "niveau", "transport", "categories_finess", "periode",
                 "sources", "sections", "indicateurs", "controles", "exemple")  # fmt: skip
INDICATOR_MEMBERS = ("cle", "libelle", "section", "type", "obligatoire", "entite", "origine", "personnel", "source",
                     "confiance")  # fmt: skip
CONTROL_MEMBERS = ("id", "gravite", "expression", "message", "entite", "cles", "source", "aide", "exemples")
RULE_MEMBERS = ("id", "depuis", "gravite", "niveau", "domaine", "message", "aide", "source", "exemples")

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class Problems(list[str]):
    """The faults found so far, in words."""

    def add(self, place: str, fault: str) -> None:
        self.append(f"{place}: {fault}")

    def unless_among(self, place: str, what: str, value: object, allowed: Iterable[object]) -> None:
        """Add a fault when `value` is not one of `allowed`."""
        if value not in (known := tuple(allowed)):
            self.add(place, f"{what} {value!r} is not among {', '.join(sorted(map(str, known)))}")


def require(problems: Problems, place: str, element: Mapping[str, Any], members: Iterable[str]) -> bool:
    """Tell whether `element` has all `members`, none of them empty; what is missing becomes a fault."""
    missing = [name for name in members if element.get(name) in (None, "", [], {})]
    if missing:
        problems.add(place, f"missing: {', '.join(missing)}")
    return not missing


def check_unique(problems: Problems, place: str, names: Iterable[object]) -> None:
    """Each name may be used once."""
    for name, count in Counter(names).items():
        if count > 1:
            problems.add(place, f"{name} is used {count} times")


def check_rules(problems: Problems, rules: list[Data]) -> None:
    """The format rules: identity, severity, stage, placeholders, examples."""
    check_unique(problems, "formats", [rule.get("id") for rule in rules])
    for rule in rules:
        place = str(rule.get("id"))
        if not require(problems, place, rule, RULE_MEMBERS):
            continue
        if not isinstance(rule["depuis"], str):
            problems.add(place, f"depuis is a version, write it between quotes: {rule['depuis']}")
        problems.unless_among(place, "gravite", rule["gravite"], SEVERITIES)
        problems.unless_among(place, "niveau", rule["niveau"], STAGES)
        for environment, severity in rule.get("gravites", {}).items():
            problems.unless_among(place, "gravites", environment, ENVIRONMENTS)
            problems.unless_among(place, "gravites", severity, SEVERITIES)
        require(problems, f"{place} exemples", rule["exemples"], ("conforme", "fautif"))
        declared = rule.get("valeurs", [])
        for text in ("message", "aide"):
            for name in PLACEHOLDER.findall(rule[text]):
                problems.unless_among(place, f"placeholder of {text}", name, declared)
        for name in rule.get("libelles", {}):
            problems.unless_among(place, "libelles", name, declared)


def check_models(problems: Problems, models: list[Data], value_sets: Mapping[str, Any]) -> None:
    """The business models, one by one, then what they say of one another."""
    keys = {model.get("code"): {i.get("cle") for i in model.get("indicateurs", ())} for model in models}
    for model in models:
        place = f"{model.get('code')} {model.get('version')}"
        if not require(problems, place, model, MODEL_MEMBERS):
            continue
        problems.unless_among(place, "niveau", model["niveau"], ROOT_ENTITY)
        check_unique(problems, place, [section["code"] for section in model["sections"]])
        check_unique(problems, place, [indicator.get("cle") for indicator in model["indicateurs"]])
        check_unique(problems, place, [control.get("id") for control in model["controles"]])
        for indicator in model["indicateurs"]:
            check_indicator(problems, f"{place} {indicator.get('cle')}", indicator, model, value_sets)
            check_aggregation(problems, f"{place} {indicator.get('cle')}", indicator.get("agregation"), keys)
        for control in model["controles"]:
            check_control(problems, f"{place} {control.get('id')}", control, model)
        check_example(problems, f"{place} exemple", model)
    owners = Counter(c.get("id") for code in keys for c in last_version(models, code).get("controles", ()))
    check_unique(problems, "modeles", owners.elements())


def last_version(models: list[Data], code: object) -> Data:
    """Return the last version of a model; a control keeps its id from one version to the next."""
    return [model for model in models if model.get("code") == code][-1]


def entities_of(model: Data) -> set[str]:
    """Return the entities that a model's indicators and controls may name."""
    return {ROOT_ENTITY.get(model["niveau"], ""), *(entity["code"] for entity in model.get("entites", ()))}


def check_indicator(
    problems: Problems, place: str, indicator: Data, model: Data, value_sets: Mapping[str, Any]
) -> None:
    """One indicator: closed lists, section, source, entity, value set."""
    if not require(problems, place, indicator, INDICATOR_MEMBERS):
        return
    problems.unless_among(place, "section", indicator["section"], (s["code"] for s in model["sections"]))
    problems.unless_among(place, "source", indicator["source"], model["sources"])
    problems.unless_among(place, "entite", indicator["entite"], entities_of(model))
    problems.unless_among(place, "type", indicator["type"], TYPES)
    problems.unless_among(place, "origine", indicator["origine"], ORIGINS)
    problems.unless_among(place, "confiance", indicator["confiance"], CONFIDENCES)
    if "format" in indicator:
        problems.unless_among(place, "format", indicator["format"], FORMATS)
    if (values_from := indicator.get("valeurs_de", {})).get("nature") == "reference":
        problems.unless_among(place, "valeurs_de", values_from["nom"], value_sets)
    if indicator["type"] == "code" and "valeurs" not in indicator and "valeurs_de" not in indicator:
        problems.add(place, "a code needs valeurs, or valeurs_de")
    check_unique(problems, place, [value["code"] for value in indicator.get("valeurs", ())])


def check_aggregation(problems: Problems, place: str, aggregation: Data | None, keys: Mapping[Any, set[Any]]) -> None:
    """An aggregation: its operation, and its keys when the model it draws from is in the catalogue."""
    if aggregation is None or not require(problems, place, aggregation, ("modele", "operation")):
        return
    problems.unless_among(place, "operation", aggregation["operation"], OPERATIONS)
    if aggregation["operation"] in {"sum", "mean"} and "champ" not in aggregation:
        problems.add(place, f"the operation {aggregation['operation']} needs a champ")
    read = keys_read(problems, place, aggregation.get("condition", "true"))
    read |= {aggregation["champ"]} if "champ" in aggregation else set()
    if aggregation["modele"] in keys:
        for key in sorted(read):
            problems.unless_among(place, "key of the aggregation", key, keys[aggregation["modele"]])


def check_control(problems: Problems, place: str, control: Data, model: Data) -> None:
    """One control: `cles` are exactly the keys that it reads, all known; its example changes known keys."""
    if not require(problems, place, control, CONTROL_MEMBERS):
        return
    keys = {indicator["cle"] for indicator in model["indicateurs"]}
    problems.unless_among(place, "gravite", control["gravite"], SEVERITIES)
    problems.unless_among(place, "entite", control["entite"], entities_of(model))
    if control["source"] not in model["sources"] and " " not in control["source"]:
        problems.add(place, f"source {control['source']!r} is neither a source of the model nor a sentence")
    read = keys_read(problems, place, control["expression"]) | keys_read(problems, place, control.get("quand", "true"))
    for key in sorted(read - keys):
        problems.add(place, f"reads the key {key!r}, which the model does not have")
    for key in sorted(read ^ set(control["cles"])):
        problems.add(place, f"the key {key!r} is read and not in cles, or the reverse")
    if require(problems, f"{place} exemples", control["exemples"], ("fautif",)):
        for key in control["exemples"]["fautif"]:
            problems.unless_among(place, "key of the faulty example", key, keys)


def keys_read(problems: Problems, place: str, expression: str) -> set[str]:
    """Return the business keys that an expression reads (``evenement.statut`` is one key)."""
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError:
        problems.add(place, f"the expression cannot be read: {expression}")
        return set()
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    prefixes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            problems.unless_among(place, "function", ast.unparse(node.func), FUNCTIONS)
    names = {
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in called | prefixes
    }
    return names - {"true", "false"}


def check_example(problems: Problems, place: str, model: Data) -> None:
    """The valid example has every required key of the root, and no key that the model does not know."""
    root = ROOT_ENTITY.get(model["niveau"])
    known = {i["cle"] for i in model["indicateurs"]} | {entity["code"] for entity in model.get("entites", ())}
    required = {i["cle"] for i in model["indicateurs"] if i.get("obligatoire") and i.get("entite") == root}
    for key in sorted(required - model["exemple"].keys()):
        problems.add(place, f"the required key {key!r} is missing")
    for key in sorted(model["exemple"].keys() - known):
        problems.add(place, f"the key {key!r} is unknown")
