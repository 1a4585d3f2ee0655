"""Places as FHIRPath: `Bundle.entry[3].resource.period`, with the index of what repeats."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from sidoba_engine.formats.fhir.definitions import Definitions

_NAME = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,79}")


class Expressions:
    """Turns JSON Pointers into FHIRPath: `valueString` is `value` there, `_birthDate` is `birthDate`."""

    def __init__(self, definitions: Definitions) -> None:
        self._choices = _choice_names(definitions)

    def of(self, value: Any, pointer: str) -> str | None:
        """The FHIRPath of what the pointer names, or of the nearest thing around it; None outside a resource."""
        kind = value.get("resourceType") if isinstance(value, dict) else None
        if not isinstance(kind, str) or not _NAME.fullmatch(kind):
            return None
        expression = kind
        for name_or_rank in pointer.split("/")[1:]:
            if isinstance(value, list) and name_or_rank.isdecimal() and int(name_or_rank) < len(value):
                value, step = value[int(name_or_rank)], f"[{name_or_rank}]"
            elif (
                isinstance(value, dict)
                and name_or_rank in value
                and name_or_rank != "resourceType"
                and _NAME.fullmatch(name_or_rank)
            ):
                value = value[name_or_rank]
                name = name_or_rank.removeprefix("_")
                step = "." + self._choices.get(name, name)
            else:
                break
            expression += step
        return expression


@lru_cache(maxsize=4)
def _choice_names(definitions: Definitions) -> dict[str, str]:
    """JSON key of a choice → name of its element, where no other element is called so."""
    found: dict[str, str] = {}
    plain: set[str] = set()
    pending = [definition.json_names for definition in definitions.types.values()]
    while pending:
        for key, (element, _code) in pending.pop().items():
            if element.is_choice:
                found[key] = element.name
            else:
                plain.add(key)
                if element.children:
                    pending.append(element.json_names)
    return {key: name for key, name in found.items() if key not in plain}
