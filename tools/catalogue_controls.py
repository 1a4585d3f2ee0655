"""The controls of a business model: the keys they read, their examples, and what is provably wrong with them.

Only what can be proved is refused: a control that says the same as another, two controls that no value satisfies
together, a control that valid values can never break, or always break, or to which they never lead.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from catalogue_problems import Data, Problems, allow, check_unique, require
from catalogue_proofs import always, opposed, spelled

FUNCTIONS = frozenset({"present", "absent", "abs", "year", "days", "aggir", "aggir_pa"})
CONTROL_MEMBERS = ("id", "gravite", "expression", "message", "entite", "cles", "source", "aide", "exemples")
PLACED = {"instance", "valeurs"}
"""Members of a faulty example that names the element it breaks."""


def check_controls(
    problems: Problems, place: str, model: Data, *, severities: Collection[str], entities: Collection[str]
) -> None:
    """The controls of one model, one by one, then two by two."""
    check_unique(problems, place, [control.get("id") for control in model["controles"]])
    indicators = {indicator["cle"]: indicator for indicator in model["indicateurs"] if "cle" in indicator}
    sound = []
    for control in model["controles"]:
        where = f"{place} {control.get('id')}"
        if not require(problems, where, control, CONTROL_MEMBERS):
            continue
        allow(problems, where, control, (*CONTROL_MEMBERS, "quand"))
        problems.unless_among(where, "gravite", control["gravite"], severities)
        problems.unless_among(where, "entite", control["entite"], entities)
        if control["source"] not in model["sources"] and " " not in control["source"]:
            problems.add(where, f"source {control['source']!r} is neither a source of the model nor a sentence")
        if check_keys(problems, where, control, indicators):
            check_reach(problems, where, control, indicators)
            sound.append(control)
        check_faulty_example(problems, where, control, model, indicators)
    check_pairs(problems, place, sound)


def check_keys(problems: Problems, place: str, control: Data, indicators: Mapping[str, Data]) -> bool:
    """`cles` are exactly the keys that the control reads, all of them known; tell whether it can be read further."""
    before = len(problems)
    read = keys_read(problems, place, control["expression"]) | keys_read(problems, place, control.get("quand", "true"))
    for key in sorted(read):
        problems.unless_among(place, "key", key, indicators)
    for key in sorted(read ^ set(control["cles"])):
        problems.add(place, f"the key {key!r} is read and not in cles, or the reverse")
    return len(problems) == before


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


def check_reach(problems: Problems, place: str, control: Data, indicators: Mapping[str, Data]) -> None:
    """Valid values must be able to lead to the control, to satisfy it and to break it."""
    when = always(control.get("quand", "true"), indicators)
    holds = always(control["expression"], indicators)
    if when is False:
        problems.add(place, f"never applies: no valid value makes true {control['quand']}")
    elif holds is False:
        problems.add(place, f"can never be satisfied: no valid value makes true {control['expression']}")
    elif holds is True:
        problems.add(place, f"can never be broken: every valid value makes true {control['expression']}")


def check_pairs(problems: Problems, place: str, controls: list[Data]) -> None:
    """No two controls of a model may say the same, nor the opposite in the same case."""
    said: dict[tuple[str, str], str] = {}
    for control in controls:
        meaning = spelled(control.get("quand", "true")), spelled(control["expression"])
        if meaning in said:
            problems.add(place, f"{control['id']} says the same as {said[meaning]}")
        for (when, expression), other in said.items():
            if when == meaning[0] and (pair := opposed(expression, meaning[1])):
                problems.add(place, f"{control['id']} contradicts {other}: {pair[1]} against {pair[0]}")
        said.setdefault(meaning, control["id"])


def check_faulty_example(
    problems: Problems, place: str, control: Data, model: Data, indicators: Mapping[str, Data]
) -> None:
    """The faulty example changes known keys; for a control on an entity, it names the element that it breaks."""
    if not require(problems, f"{place} exemples", control["exemples"], ("fautif",)):
        return
    allow(problems, f"{place} exemples", control["exemples"], ("fautif",))
    faulty = control["exemples"]["fautif"]
    is_placed = faulty.keys() == PLACED
    elements = model["exemple"].get(control["entite"])
    if is_placed != isinstance(elements, list):
        problems.add(place, "a faulty example has instance and valeurs exactly when the control is on a list")
    elif is_placed and elements is not None and not 0 <= faulty["instance"] < len(elements):
        problems.add(place, f"the example has no element {faulty['instance']} of {control['entite']}")
    for key in faulty["valeurs"] if is_placed else faulty:
        problems.unless_among(place, "key of the faulty example", key, indicators)
        if "." in key and key.partition(".")[0] != control["entite"]:
            problems.add(place, f"the faulty example changes {key}, which is not of {control['entite']}")
