"""Every constraint of the guide has its rule, every one of base R4 its French words, and compiles."""

from __future__ import annotations

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.fhir.constraints import BROKEN, BROKEN_WARNING, JUDGED_ELSEWHERE, OWN
from sidoba_engine.formats.fhir.definitions import Constraint, Element, fhir_definitions
from sidoba_engine.formats.fhir.path import compile_expression


def of_base(catalogue: Catalogue) -> dict[str, Constraint]:
    """The constraints of the types that a resource of the guide may hold."""
    definitions = fhir_definitions(catalogue)
    found: dict[str, Constraint] = {}
    used = {name for name, one in definitions.types.items() if one.kind != "resource"}
    pending: list[Element] = []
    for name in used | definitions.profiles_of_guide.keys():
        found |= {one.key: one for one in definitions.types[name].constraints}
        pending += definitions.types[name].elements.values()
    while pending:
        element = pending.pop()
        found |= {one.key: one for one in element.constraints}
        pending += element.children.values()
    return found


def test_every_constraint_of_the_guide_has_its_own_rule(catalogue: Catalogue) -> None:
    definitions = fhir_definitions(catalogue)
    keys = {
        constraint.key
        for profile in definitions.profiles.values()
        for element in profile.elements.values()
        for constraint in element.constraints
        if definitions.tolerated("invariant", constraint.key) is None
    }
    own = {rule.removeprefix(OWN) for rule in catalogue.rules if rule.startswith(OWN)}
    assert own <= keys
    assert keys - own <= of_base(catalogue).keys() | {"sqty-1"}


def test_every_constraint_of_base_r4_is_said_in_french(catalogue: Catalogue) -> None:
    spoken = set(catalogue.rules[BROKEN].labels["cle"])
    unspoken = {key for key, one in of_base(catalogue).items() if one.severity == "error"} - spoken - JUDGED_ELSEWHERE
    assert not unspoken
    assert catalogue.rules[BROKEN_WARNING].severity.value == "avertissement"


def test_every_constraint_compiles_to_functions_that_are_evaluated(catalogue: Catalogue) -> None:
    definitions = fhir_definitions(catalogue)
    guide = [c for p in definitions.profiles.values() for e in p.elements.values() for c in e.constraints]
    several = [one for one in [*guide, *of_base(catalogue).values()] if one.expression is not None]
    assert len(several) > 60
    unsupported = {one.key for one in several if one.expression and compile_expression(one.expression).unsupported}
    assert unsupported <= JUDGED_ELSEWHERE, unsupported
