"""What one ElementDefinition says, in the short form of the catalogue: what a validator reads, and nothing else.

Attributes: `min`, `max`, `types` (a name, or an object with `profile` and `targetProfile`), `contentReference`,
`binding`, `constraints`, `slicing`, `fixed` or `pattern` (`type`, `value`), `mustSupport`, `isModifier`, `maxLength`,
`minValue`, `maxValue`, `regex`. Source: https://hl7.org/fhir/R4/elementdefinition.html.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Data = dict[str, Any]

FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
REGEX = "http://hl7.org/fhir/StructureDefinition/regex"
MAX_VALUE_SET = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"

EVERYWHERE = frozenset({"ele-1"})
"""Constraints that hold for every element: the engine knows them, they are written nowhere."""

_COPIED = ("min", "max", "maxLength")
_JUDGED = ("required", "extensible")
_EXACT = ("fixed", "pattern")


def statements(element: Mapping[str, Any]) -> Data:
    """The statements of an ElementDefinition, in one order; empty when it only has texts."""
    said: Data = {name: element[name] for name in _COPIED if name in element}
    if "contentReference" in element:
        said["contentReference"] = "#" + element["contentReference"].partition("#")[2]
    if types := [_type(entry) for entry in element.get("type", ())]:
        said["types"] = types
    said |= _exact_value(element) | _limits(element)
    if regex := _regex(element.get("type", ())):
        said["regex"] = regex
    if binding := _binding(element.get("binding", {})):
        said["binding"] = binding
    if constraints := [_constraint(entry) for entry in element.get("constraint", ()) if entry["key"] not in EVERYWHERE]:
        said["constraints"] = constraints
    if "slicing" in element:
        said["slicing"] = _slicing(element["slicing"])
    said |= {name: True for name in ("mustSupport", "isModifier") if element.get(name)}
    return said


def type_name(entry: str | Mapping[str, Any]) -> str:
    """The name of a type in the short form."""
    return entry if isinstance(entry, str) else str(entry["code"])


def type_profiles(entry: str | Mapping[str, Any]) -> list[str]:
    """The profiles that a value of this type has to follow, one of them being enough."""
    return [] if isinstance(entry, str) else list(entry.get("profile", ()))


def _type(entry: Mapping[str, Any]) -> str | Data:
    meant = _extension(entry, FHIR_TYPE)
    code = next((value for name, value in meant.items() if name.startswith("value")), entry["code"])
    detail = {name: list(entry[name]) for name in ("profile", "targetProfile") if entry.get(name)}
    return {"code": code, **detail} if detail else str(code)


def _exact_value(element: Mapping[str, Any]) -> Data:
    for name, value in element.items():
        for kind in _EXACT:
            if name.startswith(kind) and len(name) > len(kind):
                return {kind: {"type": _type_of_member(name.removeprefix(kind)), "value": value}}
    return {}


def _type_of_member(suffix: str) -> str:
    """The type that the end of a member names: `fixedUri` holds a uri, `patternCodeableConcept` a CodeableConcept."""
    lowered = suffix[0].lower() + suffix[1:]
    return lowered if lowered in _PRIMITIVES else suffix


_PRIMITIVES = frozenset(
    [
        "base64Binary",
        "boolean",
        "canonical",
        "code",
        "date",
        "dateTime",
        "decimal",
        "id",
        "instant",
        "integer",
        "markdown",
        "oid",
        "positiveInt",
        "string",
        "time",
        "unsignedInt",
        "uri",
        "url",
        "uuid",
    ]
)


def _limits(element: Mapping[str, Any]) -> Data:
    return {
        kind: value for name, value in element.items() for kind in ("minValue", "maxValue") if name.startswith(kind)
    }


def _regex(types: Iterable[Mapping[str, Any]]) -> str | None:
    return next((found for entry in types if (found := _extension(entry, REGEX).get("valueString"))), None)


def _binding(binding: Mapping[str, Any]) -> Data:
    """A binding that codes are judged by: required or extensible, or with a largest value set that is required."""
    largest = _extension(binding, MAX_VALUE_SET).get("valueCanonical")
    if not binding.get("valueSet") or (binding["strength"] not in _JUDGED and not largest):
        return {}
    said: Data = {"strength": binding["strength"], "valueSet": without_version(binding["valueSet"])}
    return said | ({"maxValueSet": without_version(largest)} if largest else {})


def without_version(canonical: str) -> str:
    """An address without the version that may follow it: the catalogue holds one version of each definition."""
    return canonical.partition("|")[0]


def _constraint(entry: Mapping[str, Any]) -> Data:
    return {name: entry[name] for name in ("key", "severity", "human", "expression") if name in entry}


def _slicing(slicing: Mapping[str, Any]) -> Data:
    said: Data = {
        "discriminator": [[entry["type"], entry["path"]] for entry in slicing.get("discriminator", ())],
        "rules": slicing.get("rules", "open"),
    }
    return said | ({"ordered": True} if slicing.get("ordered") else {})


def _extension(holder: Mapping[str, Any], url: str) -> Mapping[str, Any]:
    return next((extension for extension in holder.get("extension", ()) if extension.get("url") == url), {})
