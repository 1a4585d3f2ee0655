"""The JSON Patch (RFC 6902) that makes one business model out of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

Operation = dict[str, Any]

_NAMES = {"sections": "code", "entites": "code", "indicateurs": "cle", "controles": "id", "valeurs": "code"}
"""Lists whose elements have a name of their own, and the member that holds it."""

_DIGEST = "empreinte"


def migration_between(
    source: Mapping[str, Any], target: Mapping[str, Any], renamed: Mapping[str, str]
) -> tuple[Operation, ...]:
    """The operations, in order, that turn the wire form `source` into `target`; none when they are the same.

    `renamed`: indicators that keep their place under another key. The digest comes last, and with `add`, for whoever
    holds the source without it.
    """
    if are_same(source, target):
        return ()
    bare_source, bare_target = ({k: v for k, v in m.items() if k != _DIGEST} for m in (source, target))
    operations = list(_object("", bare_source, bare_target, renamed))
    return (*operations, {"op": "add", "path": f"/{_DIGEST}", "value": target[_DIGEST]})


def are_same(one: object, other: object) -> bool:
    """The same JSON: 1, 1.0 and true are three things, the order of members is nothing."""
    return one is other or msgspec.json.encode(one, order="deterministic") == msgspec.json.encode(
        other, order="deterministic"
    )


def _object(
    path: str, source: Mapping[str, Any], target: Mapping[str, Any], renamed: Mapping[str, str]
) -> Iterator[Operation]:
    for name in source:
        if name not in target:
            yield {"op": "remove", "path": _member(path, name)}
    for name, value in target.items():
        place = _member(path, name)
        if name not in source:
            yield {"op": "add", "path": place, "value": value}
        elif not are_same(source[name], value):
            yield from _value(place, name, source[name], value, renamed)


def _value(path: str, name: str, before: Any, after: Any, renamed: Mapping[str, str]) -> Iterator[Operation]:
    if name in _NAMES and isinstance(before, list) and isinstance(after, list):
        yield from _named_list(path, _NAMES[name], before, after, renamed if name == "indicateurs" else {})
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from _object(path, before, after, renamed)
    else:
        yield {"op": "replace", "path": path, "value": after}


def _named_list(
    path: str, name: str, before: Sequence[Mapping[str, Any]], after: Sequence[Any], renamed: Mapping[str, str]
) -> Iterator[Operation]:
    """Elements that go, last first; then, from first to last, each is brought to its place and made what it must be."""
    kept = {element[name] for element in after}
    held = {renamed.get(element[name], element[name]): element for element in before}
    present = [renamed.get(element[name], element[name]) for element in before]
    for index in range(len(present) - 1, -1, -1):
        if present[index] not in kept:
            yield {"op": "remove", "path": f"{path}/{index}"}
            del present[index]
    for index, element in enumerate(after):
        found = element[name]
        if found not in held:
            yield {"op": "add", "path": f"{path}/{index}", "value": element}
            present.insert(index, found)
            continue
        if present[index] != found:
            place = present.index(found, index)
            yield {"op": "move", "from": f"{path}/{place}", "path": f"{path}/{index}"}
            present.insert(index, present.pop(place))
        yield from _object(f"{path}/{index}", held[found], element, renamed)


def _member(path: str, name: str) -> str:
    return f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
