"""Slices: which slice of a profile an item falls in, compiled from the discriminators.

A test answers True or False, or None when it cannot be decided here (a reference that leads out of what was received).
Source: FHIR R4 (4.0.1), profiling, discriminators.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sidoba_engine.formats.fhir.definitions import Definitions, Discriminator, Membership, ProfileElement
from sidoba_engine.formats.fhir.exact import matcher
from sidoba_engine.formats.fhir.references import resolved
from sidoba_engine.formats.fhir.run import Run

Test = Callable[[Any, Run], bool | None]
ValueTest = Callable[[object], bool]
Step = tuple[str, str]

_STEP = re.compile(r"extension\('([^']*)'\)|(resolve\(\))|(\$this)|([A-Za-z]\w*)")
_CORE = "http://hl7.org/fhir/StructureDefinition/"


class UnknownDiscriminator(ValueError):
    """A discriminator that is not understood: its slices cannot be told apart."""


def slice_test(sliced: ProfileElement, part: ProfileElement, definitions: Definitions) -> Test:
    """The test that says whether an item falls in that slice. Raises UnknownDiscriminator."""
    slicing = sliced.slicing
    if slicing is None or not slicing.discriminators:
        raise UnknownDiscriminator(sliced.id)
    tests = [_discriminated(part, discriminator, definitions) for discriminator in slicing.discriminators]
    if len(tests) == 1:
        return tests[0]
    return lambda item, run: _all_of([test(item, run) for test in tests])


def _all_of(answers: list[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def extension_url(part: ProfileElement) -> str | None:
    """The `url` of the extensions that fall in this slice; None when it is no slice of extensions."""
    child = part.children.get("url")
    if child is not None and child.exact is not None:
        return str(child.exact.value)
    return next((url for allowed in part.types for url in allowed.profiles), None)


def _discriminated(part: ProfileElement, discriminator: Discriminator, definitions: Definitions) -> Test:
    steps = _steps(discriminator.path)
    if steps == [("name", "url")] and (url := extension_url(part)) is not None:
        return lambda item, run: isinstance(item, Mapping) and item.get("url") == url
    if discriminator.kind in ("value", "pattern"):
        return _by_value(part, steps, definitions)
    if discriminator.kind == "exists":
        return _by_existence(part, steps, definitions)
    if discriminator.kind == "type":
        return _by_type(part, steps, definitions)
    if discriminator.kind == "profile":
        return _by_profile(part, steps, definitions)
    raise UnknownDiscriminator(f"{part.id} {discriminator.kind}")


def _steps(path: str) -> list[Step]:
    steps: list[Step] = []
    position = 0
    while position < len(path):
        found = _STEP.match(path, position)
        if found is None:
            raise UnknownDiscriminator(path)
        position = found.end() + (path[found.end() : found.end() + 1] == ".")
        url, is_resolved, is_self, name = found.groups()
        if url is not None:
            steps.append(("extension", url))
        elif is_resolved:
            steps.append(("resolve", ""))
        elif not is_self and name:
            steps.append(("name", name))
    return steps


def _defined_at(part: ProfileElement, steps: Iterable[Step], definitions: Definitions) -> list[ProfileElement]:
    """What the slice, and the profiles of its types, say of the place that the steps lead to."""
    found = _with_profiles([part], definitions)
    for kind, name in steps:
        if kind == "resolve":
            continue
        inner: list[ProfileElement] = []
        for element in found:
            child = element.children.get("extension" if kind == "extension" else name)
            if child is None:
                continue
            if kind == "extension":
                inner += [one for one in child.slices if extension_url(one) == name]
            else:
                inner += [child, *child.slices] if child.is_choice else [child]
        found = _with_profiles(inner, definitions)
    return found


def _with_profiles(elements: list[ProfileElement], definitions: Definitions) -> list[ProfileElement]:
    urls = dict.fromkeys(url for element in elements for allowed in element.types for url in allowed.profiles)
    return elements + [definitions.profiles[url].root for url in urls if url in definitions.profiles]


def _values(item: object, steps: Iterable[Step], run: Run) -> list[Any] | None:
    """The values at the end of the steps; None when a reference cannot be followed."""
    values: list[Any] = [item]
    for kind, name in steps:
        if kind == "resolve":
            targets = [resolved(value, run) for value in values]
            if any(target is None for target in targets):
                return None
            values = list(targets)
        else:
            values = [found for value in values for found in _member(value, kind, name)]
    return values


def _member(value: object, kind: str, name: str) -> Iterator[Any]:
    if not isinstance(value, Mapping):
        return
    if kind == "extension":
        extensions = value.get("extension")
        if isinstance(extensions, list):
            yield from (one for one in extensions if isinstance(one, Mapping) and one.get("url") == name)
        return
    found = value.get(name)
    if found is None:
        keys = (key for key in value if key.startswith(name) and key[len(name) : len(name) + 1].isupper())
        found = next((value[key] for key in keys), None)
    if isinstance(found, list):
        yield from found
    elif found is not None:
        yield found


def _by_value(part: ProfileElement, steps: list[Step], definitions: Definitions) -> Test:
    tests = [test for element in _defined_at(part, steps, definitions) if (test := _value_test(element, definitions))]
    if not tests:
        raise UnknownDiscriminator(part.id)

    def matches(item: Any, run: Run) -> bool | None:
        values = _values(item, steps, run)
        if values is None:
            return None
        return any(all(test(value) for test in tests) for value in values)

    return matches


def _value_test(element: ProfileElement, definitions: Definitions) -> ValueTest | None:
    """The test of what an element, or something in it, must be: exact values first, else a required list of codes."""
    if element.exact is not None:
        return matcher(element.exact.value, is_fixed=element.exact.is_fixed)
    inner = {name: test for name, child in element.children.items() if (test := _value_test(child, definitions))}
    if inner:
        return lambda value: all(any(test(one) for one in _member(value, "name", name)) for name, test in inner.items())
    binding = element.binding
    if binding is None or binding.strength != "required" or binding.value_set not in definitions.value_sets:
        return None
    holds = definitions.value_sets[binding.value_set].holds
    return lambda value: any(holds(system, code) is Membership.IN for system, code in codes_of(value))


def codes_of(value: object) -> Iterator[tuple[str | None, str]]:
    """The (system, code) of a code, a Coding, a CodeableConcept or a Quantity."""
    if isinstance(value, str):
        yield None, value
    elif isinstance(value, Mapping):
        if isinstance(value.get("code"), str):
            system = value.get("system")
            yield (system if isinstance(system, str) else None), value["code"]
        codings = value.get("coding")
        if isinstance(codings, list):
            for coding in codings:
                yield from codes_of(coding)


def _by_existence(part: ProfileElement, steps: list[Step], definitions: Definitions) -> Test:
    is_wanted = any(element.min > 0 for element in _defined_at(part, steps, definitions))

    def matches(item: Any, run: Run) -> bool | None:
        values = _values(item, steps, run)
        return None if values is None else bool(values) is is_wanted

    return matches


def _by_type(part: ProfileElement, steps: list[Step], definitions: Definitions) -> Test:
    """By the type of a resource; choice types are told apart by their name, when the profile is compiled."""
    elements = _defined_at(part, steps, definitions)
    is_resolved = ("resolve", "") in steps
    types: set[str] = set()
    for allowed in (allowed for element in elements for allowed in element.types):
        if is_resolved:
            types |= {target_type(url, definitions) for url in allowed.targets}
        else:
            types.add(allowed.code)

    def matches(item: Any, run: Run) -> bool | None:
        values = _values(item, steps, run)
        if values is None:
            return None
        return any(isinstance(value, Mapping) and value.get("resourceType") in types for value in values)

    return matches


def target_type(url: str, definitions: Definitions) -> str:
    """The resource type that a target profile is about."""
    profile = definitions.profiles.get(url)
    return profile.type if profile is not None else url.removeprefix(_CORE)


def _by_profile(part: ProfileElement, steps: list[Step], definitions: Definitions) -> Test:
    """By the profiles that a resource declares."""
    wanted = {
        url
        for element in _defined_at(part, steps, definitions)
        for allowed in element.types
        for url in (*allowed.profiles, *allowed.targets)
    }

    def matches(item: Any, run: Run) -> bool | None:
        values = _values(item, steps, run)
        return None if values is None else any(wanted & declared_profiles(value) for value in values)

    return matches


def declared_profiles(resource: object) -> set[str]:
    """The profiles that a resource says it follows, without their versions."""
    meta = resource.get("meta") if isinstance(resource, Mapping) else None
    declared = meta.get("profile") if isinstance(meta, Mapping) else None
    texts = declared if isinstance(declared, list) else []
    return {text.partition("|")[0] for text in texts if isinstance(text, str)}
