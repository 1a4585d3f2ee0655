"""The check of one member: its value or values, under what base R4 and the profiles say of that element."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sidoba_engine.anomaly import mask
from sidoba_engine.formats.fhir.bindings import binding_check
from sidoba_engine.formats.fhir.definitions import Element, ProfileElement, TypeDefinition
from sidoba_engine.formats.fhir.exact import matcher, told
from sidoba_engine.formats.fhir.identifiers import absolute_check, identifier_check
from sidoba_engine.formats.fhir.lists import ListCompiler
from sidoba_engine.formats.fhir.memory import REMEMBERED, remembering
from sidoba_engine.formats.fhir.objects import Holder, MemberCheck, missing_check
from sidoba_engine.formats.fhir.primitives import json_kind, judge_of
from sidoba_engine.formats.fhir.references import reference_check
from sidoba_engine.formats.fhir.run import Found, Run, joined
from sidoba_engine.formats.fhir.slicing import target_type
from sidoba_engine.formats.json_text import UnstorableNumber

if TYPE_CHECKING:
    from sidoba_engine.formats.fhir.compile import Check, Compiler, Overlays

WRONG_CHOICE = "R-FHIR-039"
FORBIDDEN = "R-FHIR-042"
FIXED = "R-FHIR-047"
PATTERN = "R-FHIR-048"

_SHOWN = frozenset({"code", "uri", "url", "canonical", "oid", "boolean", "instant"})
_ANY = "Resource"

LONGEST_SHOWN = 100
"""Characters of a value that a message shows."""


class ElementCompiler:
    """Compiles members: one instance per `Compiler`."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.definitions = compiler.definitions
        self.lists = ListCompiler(self)
        self._elements = compiler.element_type

    def member(self, holder: Holder, key: str) -> MemberCheck | None:
        """The check of the value under that JSON key; None when the object has no such member."""
        name = key[1:] if key.startswith("_") else key
        pair = holder.base.json_names.get(name)
        if pair is None:
            is_type = key == "resourceType" and not isinstance(holder.base, Element) and holder.base.kind == "resource"
            return (lambda value, node, run: None) if is_type else None
        element, code = pair
        if name == "id" and isinstance(holder.base, TypeDefinition) and holder.base.kind == "resource":
            code = "id"
        is_primitive = self.is_primitive(code)
        if name != key and not is_primitive:
            return None
        layer = holder.layer(element.name)
        if element.max == 0 or any(one.max == 0 for one in layer):
            return _forbidden(element.name)
        if element.is_choice:
            wrong = _wrong_choice(element, code, layer)
            if wrong is not None:
                return wrong
            layer += tuple(p for one in layer for p in one.slices if code in {allowed.code for allowed in p.types})
        if name != key:
            return self._extra(name, element, layer)
        if element.max > 1:
            return self.lists.check(holder, element, code, layer)
        return self._single(element, code, layer)

    def is_primitive(self, code: str) -> bool:
        """Whether a type is a primitive of FHIR R4."""
        return self.definitions.types[code].kind == "primitive-type" if code in self.definitions.types else False

    def item(self, element: Element, code: str, layer: Overlays) -> Check:
        """The check of one value of that element."""
        if self.is_primitive(code):
            return _all_of(_leaf(code), self._extras(element, code, layer), is_primitive=True)
        if code in (_ANY, "DomainResource"):
            return self.compiler.resources.nested(element)
        core = self.compiler.shape(self.compiler.base_of(element, code), self._overlays(element, code, layer), element)
        check = _all_of(core, self._extras(element, code, layer), is_primitive=False)
        return remembering(check) if code in REMEMBERED else check

    def _overlays(self, element: Element, code: str, layer: Overlays) -> Overlays:
        """The layer and the profiles of the type; those that say nothing of the members are left out."""
        urls = [
            url
            for one in _said(element, layer)
            for allowed in one.types
            if allowed.code == code and len(allowed.profiles) == 1
            for url in allowed.profiles
        ]
        overlays = dict.fromkeys((*layer, *self.compiler.profile_roots(urls)), None)
        return tuple(one for one in overlays if one.children or one.constraints)

    def _extras(self, element: Element, code: str, layer: Overlays) -> tuple[Check, ...]:
        checks: list[Check] = [
            _exact(one.exact.value, is_fixed=one.exact.is_fixed, former=self.definitions.former_systems)
            for one in layer
            if one.exact and self.definitions.tolerated("fixed", one.path) is None
        ]
        bindings = [one.binding for one in reversed(_said(element, layer)) if one.binding is not None]
        bound = binding_check(bindings, self.definitions)
        if bound is not None:
            checks.append(bound)
        if element.path in ("Identifier.system", "Coding.system") and not any(one.exact for one in layer):
            checks.append(absolute_check)
        if code == "Identifier":
            checks.append(identifier_check(self.definitions))
        if code == "Reference":
            checks.append(self._reference(element, layer))
        if self.is_primitive(code):
            checks += self.compiler.constraints.of_value(element, code, layer)
        return tuple(checks)

    def _reference(self, element: Element, layer: Overlays) -> Check:
        targets: dict[str, tuple[str, ...]] = {}
        said = [
            [a for a in one.types if a.code == "Reference" and a.targets] for one in reversed(_said(element, layer))
        ]
        for allowed in next((types for types in said if types), []):
            for url in allowed.targets:
                kind = target_type(url, self.definitions)
                known = targets.get(kind, ()) if url in self.definitions.profiles else None
                is_open = known is None or (kind in targets and not targets[kind])
                targets[kind] = () if is_open else (*(known or ()), url)
        targets.pop(_ANY, None) if len(targets) > 1 else None
        if _ANY in targets:
            targets = {}
        return reference_check(targets, self.definitions.resource_types, self.compiler.resources.conforms)

    def _single(self, element: Element, code: str, layer: Overlays) -> MemberCheck:
        item = self.item(element, code, layer)
        if not self.is_primitive(code):
            return lambda value, node, run: item(value, run)
        if self.missing_of(element, layer) is None and not self._extras(element, code, layer):
            return _leaf_member(code, item)
        missing = self.missing_of(element, layer)
        under = "_" + self._key(element, code)

        def check(value: Any, node: dict[str, Any], run: Run) -> Found:
            found = item(value, run)
            if missing is not None and under not in node:
                found = joined(found, missing(run))
            return found

        return (lambda value, node, run: item(value, run)) if missing is None else check

    @staticmethod
    def _key(element: Element, code: str) -> str:
        return element.name + code[0].upper() + code[1:] if element.is_choice else element.name

    def missing_of(self, element: Element, layer: Overlays) -> Callable[[Run], Found] | None:
        """What a primitive without extension lacks."""
        return missing_check(tuple(one for one in layer if one.children), self._elements, element)

    def extra_item(self, element: Element, layer: Overlays) -> Check:
        """The check of the `id` and `extension` of one primitive."""
        return self.compiler.shape(self._elements, tuple(one for one in layer if one.children), element)

    def _extra(self, name: str, element: Element, layer: Overlays) -> MemberCheck:
        item = self.extra_item(element, layer)
        if element.max == 1:
            return lambda value, node, run: item(value, run)
        return self.lists.extras(name, item)


def _leaf(code: str) -> Check:
    judge = judge_of(code)
    is_shown = code in _SHOWN

    def check(value: Any, run: Run) -> Found:
        fault = judge(value)
        if fault is None:
            return None
        rule, facts = fault
        shown = _shown(value, is_shown=is_shown)
        return run.report(rule, value=shown, **{"recu": shown or json_kind(value), **facts})

    return check


def _leaf_member(code: str, item: Check) -> MemberCheck:
    """The check of a primitive of which nothing more is asked, in one call when there is no fault."""
    judge = judge_of(code)
    return lambda value, node, run: None if judge(value) is None else item(value, run)


def _shown(value: object, *, is_shown: bool) -> str | None:
    if isinstance(value, dict | list) or value is None or value == "":
        return None
    if isinstance(value, UnstorableNumber):
        return value.text
    text = str(value) if not isinstance(value, bool) else str(value).lower()
    is_code = is_shown and len(text) <= LONGEST_SHOWN and text.isprintable()
    return text if is_code else mask(text)


def _exact(expected: object, *, is_fixed: bool, former: Mapping[str, str]) -> Check:
    """The check of a value that is imposed; an older host of the guide's is told as such, with the identifier."""
    older = frozenset(system for system, current in former.items() if current == expected)
    matches = matcher(expected, is_fixed=is_fixed)
    rule, wanted = FIXED if is_fixed else PATTERN, told(expected)

    def check(value: Any, run: Run) -> Found:
        if matches(value) or (isinstance(value, str) and value in older):
            return None
        received = told_briefly(value)
        return run.report(rule, value=received, expected=(wanted,), recu=received, attendu=wanted)

    return check


def told_briefly(value: object) -> str:
    """A received value in few words: its codes; anything else is masked."""
    if isinstance(value, dict):
        codes = value.get("coding") if isinstance(value.get("coding"), list) else [value]
        texts = [str(one.get("code", "")) for one in codes or () if isinstance(one, dict) and one.get("code")]
        return ", ".join(texts)[:LONGEST_SHOWN] if texts else "autre chose"
    if isinstance(value, str) and (":" in value or value.isidentifier()) and len(value) <= LONGEST_SHOWN:
        return value
    return mask(value) if isinstance(value, str) else "autre chose"


def _all_of(core: Check, extras: tuple[Check, ...], *, is_primitive: bool) -> Check:
    """The core check, then the others when there is something of the right kind to look at."""
    if not extras:
        return core

    def check(value: Any, run: Run) -> Found:
        found = core(value, run)
        if found is not None and (is_primitive or type(value) is not dict):
            return found
        for extra in extras:
            more = extra(value, run)
            if more is not None:
                return joined(found, more)
        return found

    return check


def _forbidden(name: str) -> MemberCheck:
    return lambda value, node, run: run.report(FORBIDDEN, at_key=True, element=name)


def _wrong_choice(element: Element, code: str, layer: Overlays) -> MemberCheck | None:
    """The fault of a type that a profile does not admit; None when all admit it."""
    for one in layer:
        codes = _codes(one.types)
        if codes and code not in codes:
            expected = tuple(sorted(codes))
            return lambda value, node, run: run.report(
                WRONG_CHOICE,
                at_key=True,
                value=code,
                expected=expected,
                element=element.name,
                recu=code,
                attendu=", ".join(expected),
            )
    return None


def _said(element: Element, layer: Overlays) -> list[Element | ProfileElement]:
    """All that is said of an element, base R4 first."""
    return [element, *layer]


def _codes(types: Iterable[Any]) -> frozenset[str]:
    return frozenset(allowed.code for allowed in types)
