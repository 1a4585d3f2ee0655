"""Values that a profile fixes (`fixed[x]`) or asks for in part (`pattern[x]`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Matches = Callable[[object], bool]


def matcher(expected: object, *, is_fixed: bool) -> Matches:
    """The test of one expected value; a pattern admits members and elements beside those it asks for."""
    if isinstance(expected, Mapping):
        return _fixed_object(expected) if is_fixed else _pattern_object(expected)
    if isinstance(expected, list):
        return _fixed_list(expected) if is_fixed else _pattern_list(expected)
    if isinstance(expected, bool):
        return lambda value: value is expected
    return lambda value: value == expected and not isinstance(value, bool)


def _pattern_object(expected: Mapping[str, Any]) -> Matches:
    tests = tuple((name, matcher(value, is_fixed=False)) for name, value in expected.items())

    def matches(value: object) -> bool:
        if not isinstance(value, Mapping):
            return False
        return all(name in value and test(value[name]) for name, test in tests)

    return matches


def _fixed_object(expected: Mapping[str, Any]) -> Matches:
    tests = {name: matcher(value, is_fixed=True) for name, value in expected.items()}

    def matches(value: object) -> bool:
        if not isinstance(value, Mapping) or value.keys() != tests.keys():
            return False
        return all(test(value[name]) for name, test in tests.items())

    return matches


def _pattern_list(expected: list[Any]) -> Matches:
    tests = tuple(matcher(value, is_fixed=False) for value in expected)

    def matches(value: object) -> bool:
        return isinstance(value, list) and all(any(map(test, value)) for test in tests)

    return matches


def _fixed_list(expected: list[Any]) -> Matches:
    tests = tuple(matcher(value, is_fixed=True) for value in expected)

    def matches(value: object) -> bool:
        return (
            isinstance(value, list)
            and len(value) == len(tests)
            and all(test(item) for test, item in zip(tests, value, strict=True))
        )

    return matches


def told(expected: object) -> str:
    """An expected value in few words: `system#code` for codes, the value itself for what is simple."""
    if isinstance(expected, Mapping):
        codings = expected.get("coding")
        if isinstance(codings, list) and codings:
            return ", ".join(told(coding) for coding in codings)
        if "code" in expected:
            system = str(expected.get("system", "")).rsplit("/", 1)[-1]
            return f"{system}#{expected['code']}" if system else str(expected["code"])
        return ", ".join(f"{name} = {told(value)}" for name, value in expected.items())
    if isinstance(expected, list):
        return ", ".join(told(value) for value in expected)
    return str(expected)
