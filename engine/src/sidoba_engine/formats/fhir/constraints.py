"""Constraints: FHIRPath compiled once, and the most frequent ones of base R4 written out in Python.

The written-out ones say the same as their expression (a test compares them on generated values); they are those that
every extension, reference or quantity would otherwise pay for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.fhir.definitions import (
    Constraint,
    Definitions,
    Element,
    Membership,
    ProfileElement,
    TypeDefinition,
)
from sidoba_engine.formats.fhir.path import (
    Compiled,
    Environment,
    Node,
    NodeTypes,
    NotEvaluatedError,
    State,
    compile_expression,
)
from sidoba_engine.formats.fhir.path.narrative import is_narrative
from sidoba_engine.formats.fhir.references import contained_in
from sidoba_engine.formats.fhir.run import Found, Run
from sidoba_engine.formats.fhir.slicing import codes_of

if TYPE_CHECKING:
    from sidoba_engine.formats.fhir.compile import Base, Check, Overlays

BROKEN = "R-FHIR-080"
BROKEN_WARNING = "R-FHIR-081"
OWN = "R-FHIR-INV-"

JUDGED_ELSEWHERE = frozenset(
    {"ele-1", "ref-1", "dom-2", "dom-6", "bdl-1", "bdl-2", "bdl-3", "bdl-4", "bdl-5", "bdl-7", "bdl-8", "bdl-9"}
    | {"bdl-10", "bdl-11", "bdl-12", "txt-2"}
)
"""Emptiness, contained references and levels, transactions: rules of their own. dom-6 is advice on narratives, which
the guide does not ask for; txt-2 is part of txt-1."""


def _has_extension_or_value(node: dict[str, Any]) -> bool:
    has_value = any(key.startswith(("value", "_value")) for key in node)
    return ("extension" in node) is not has_value


def _has_system_with_code(node: dict[str, Any]) -> bool:
    return "code" not in node or "system" in node


def _has_type_with_data(node: dict[str, Any]) -> bool:
    return "data" not in node or "contentType" in node


def _has_system_with_value(node: dict[str, Any]) -> bool:
    return "value" not in node or "system" in node


def _contained_are_designated(node: dict[str, Any]) -> bool:
    """Each contained resource is named by a `#id` of the whole, or refers to the whole (`#`)."""
    contained = node.get("contained")
    if not isinstance(contained, list):
        return True
    names = _fragments(node)
    return all(not isinstance(one, dict) or f"#{one.get('id')}" in names or "#" in _fragments(one) for one in contained)


def _fragments(node: dict[str, Any]) -> set[str]:
    """The texts of an object, at any depth, that name something inside a resource."""
    found: set[str] = set()
    pending: list[Any] = [node]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, str) and value[:1] == "#":
            found.add(value)
    return found


def _contained_are_unversioned(node: dict[str, Any]) -> bool:
    metas = [one.get("meta") for one in node.get("contained", ()) if isinstance(one, dict)]
    return not any("versionId" in meta or "lastUpdated" in meta for meta in metas if isinstance(meta, dict))


def _contained_are_unlabelled(node: dict[str, Any]) -> bool:
    metas = [one.get("meta") for one in node.get("contained", ()) if isinstance(one, dict)]
    return not any("security" in meta for meta in metas if isinstance(meta, dict))


NATIVE: dict[str, Callable[[dict[str, Any]], bool]] = {
    "ext-1": _has_extension_or_value,
    "qty-3": _has_system_with_code,
    "att-1": _has_type_with_data,
    "cpt-2": _has_system_with_value,
    "dom-3": _contained_are_designated,
    "dom-4": _contained_are_unversioned,
    "dom-5": _contained_are_unlabelled,
}


class ConstraintChecks:
    """Compiles constraints: one instance per `Compiler`."""

    def __init__(self, catalogue: Catalogue, definitions: Definitions) -> None:
        self.rules = catalogue.rules
        self.definitions = definitions
        self.types = NodeTypes(definitions.model)
        self._compiled: dict[str, Compiled] = {}

    def of_object(self, base: Base, overlays: Overlays, site: Element | TypeDefinition) -> tuple[Check, ...]:
        """Those of the type, of the element it is used for, and of the profiles."""
        named: dict[str, Constraint] = {}
        for holder in (base, *([site] if isinstance(site, Element) else []), *overlays):
            for constraint in holder.constraints:
                named.setdefault(constraint.key, constraint)
        path = base.path if isinstance(base, Element) else base.name
        return self._checks(named.values(), path)

    def of_value(self, element: Element, code: str, layer: Overlays) -> tuple[Check, ...]:
        """Those of a primitive."""
        said: list[Element | ProfileElement] = [element, *layer]
        named = {one.key: one for holder in said for one in holder.constraints}
        if element.path == "Narrative.div":
            return (self._narrative(),)
        return self._checks(named.values(), code)

    def _checks(self, constraints: Iterable[Constraint], path: str) -> tuple[Check, ...]:
        return tuple(
            self._check(one, path)
            for one in constraints
            if one.key not in JUDGED_ELSEWHERE and self.definitions.tolerated("invariant", one.key) is None
        )

    def _narrative(self) -> Check:
        def check(value: Any, run: Run) -> Found:
            return None if isinstance(value, str) and is_narrative(value) else run.report(BROKEN, cle="txt-1")

        return check

    def _check(self, constraint: Constraint, path: str) -> Check:
        rule, facts = self._rule(constraint)
        native = NATIVE.get(constraint.key)
        if native is not None:
            return lambda node, run: None if native(node) else run.report(rule, **facts)
        if constraint.expression is None:
            detail = constraint.key
            return lambda node, run: run.skip(rule, "fonction_absente", detail)
        return self._expression(constraint.key, constraint.expression, path, rule=rule, facts=facts)

    def _rule(self, constraint: Constraint) -> tuple[str, dict[str, Any]]:
        """Its own rule for a constraint of the guide; base R4's share one per severity."""
        if OWN + constraint.key in self.rules:
            return OWN + constraint.key, {}
        return (BROKEN if constraint.severity == "error" else BROKEN_WARNING), {"cle": constraint.key}

    def _expression(self, key: str, text: str, path: str, *, rule: str, facts: dict[str, Any]) -> Check:
        compiled = self._compiled.get(text)
        if compiled is None:
            compiled = self._compiled[text] = compile_expression(text)
        node_type = self.types.named(path)
        admitted = self.definitions.tolerated("identifier", key)
        word = "" if admitted is None else f"-{admitted.parameters['code']}-"

        def _holds_in_upper_case(value: dict[str, Any]) -> bool:
            """The guide writes one word of some identifiers in two ways: its case is not judged."""
            written = str(value.get("value", ""))
            other = {**value, "value": written.replace(word, word.upper())}
            return (
                word in written
                and compiled.outcome(Node(other, node_type), Environment(self.types)).state is State.HOLDS
            )

        def check(value: Any, run: Run) -> Found:
            outcome = compiled.outcome(Node(value, node_type), self.environment(run))
            if outcome.state is State.HOLDS:
                return None
            if outcome.state is State.FAILS:
                is_other_case = admitted is not None and isinstance(value, dict) and _holds_in_upper_case(value)
                return None if is_other_case else run.report(rule, **facts)
            if not run.is_quiet:
                reason = "fonction_absente" if outcome.state is State.NOT_EVALUATED else "cle_fautive"
                run.skip(rule, reason, f"{key} {outcome.what}".strip())
            return None

        return check

    def environment(self, run: Run) -> Environment:
        """What lies around a node of this run; made once per resource."""
        if run.environment is None or run.environment_of is not run.resource:
            run.environment_of = run.resource
            run.environment = Environment(
                self.types,
                resource=self.types.resource(run.resource),
                root_resource=self.types.resource(run.container),
                resolve=lambda reference: _resolve(reference, run),
                member_of=self._member_of,
            )
        return run.environment

    def _member_of(self, item: Any, url: str) -> bool | None:
        value_set = self.definitions.value_sets.get(url)
        if value_set is None:
            return None
        answers = [value_set.holds(system, code) for system, code in codes_of(getattr(item, "value", item))]
        if Membership.IN in answers:
            return True
        return None if Membership.UNKNOWN in answers else False


def _resolve(reference: str, run: Run) -> dict[str, Any] | None:
    if reference.startswith("#"):
        return contained_in(run, reference[1:])
    if run.index is None:
        raise NotEvaluatedError("resolve()", "lot")
    return run.index.find(reference)
