"""JSON Schema 2020-12 of the data of a business model: the body of WS05 for an establishment, the bare payload for a
service user.

Whatever the engine finds conformant passes the schema. The reverse does not hold: a schema says neither the key of an
identifier, nor a key written twice, nor the controls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sidoba_engine.business_model import BusinessModel, Indicator
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.cardinalities import bounds
from sidoba_engine.text_forms import FORMS
from sidoba_engine.value_choices import admitted_codes

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MEDIA_TYPE = "application/schema+json"

Schema = dict[str, Any]

_ROOTS = ("structure", "usager")
_BLANK = r"\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What counts as blank, spelled out: regular expression dialects do not agree on white space."""

_NOT_BLANK = rf"[^{_BLANK}]"
_STORABLE = r"^[^\u0000]*$"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"


def address_of(model: BusinessModel, catalogue: Catalogue) -> str:
    """The name of this version of the model, the same on every platform and offline."""
    return f"{catalogue.documentation}/modeles/{model.code}/versions/{model.version}"


def schema_of(model: BusinessModel, catalogue: Catalogue) -> Schema:
    """The JSON Schema of the model's data."""
    head = {
        "$schema": DIALECT,
        "$id": address_of(model, catalogue),
        "title": model.label,
        "x-empreinte": model.digest,
    }
    if model.data_level == "usager":
        return head | _payload(model, catalogue)
    return head | {
        "type": "object",
        "properties": {
            "modele": _named(model),
            "donnees": {"$ref": "#/$defs/donnees"},
            "commentaires": _comments(model),
        },
        "required": ["modele", "donnees"],
        "additionalProperties": False,
        "$defs": {"donnees": _payload(model, catalogue)},
    }


def _named(model: BusinessModel) -> Schema:
    return {
        "type": "object",
        "properties": {"code": {"const": model.code}, "version": {"const": model.version}},
        "required": ["code", "version"],
        "additionalProperties": False,
    }


def _comments(model: BusinessModel) -> Schema:
    return {
        "type": ["object", "null"],
        "title": "Commentaires",
        "propertyNames": {"enum": list(model.indicators)},
        "additionalProperties": {"type": ["string", "null"], "pattern": _STORABLE},
    }


def _payload(model: BusinessModel, catalogue: Catalogue) -> Schema:
    indicators = model.indicators.values()
    root = _object([one for one in indicators if one.entity in _ROOTS], catalogue)
    for entity in model.data.get("entites", ()):
        if entity["code"] not in _ROOTS:
            fields = _object([one for one in indicators if one.entity == entity["code"]], catalogue)
            root["properties"][entity["code"]] = _list(entity, fields)
            if bounds(entity["cardinalite"])[0] > 0:
                root["required"].append(entity["code"])
    return root


def _object(indicators: Iterable[Indicator], catalogue: Catalogue) -> Schema:
    fields = list(indicators)
    return {
        "type": "object",
        "properties": {_name(field): _value(field, catalogue) for field in fields},
        "required": [_name(field) for field in fields if field.required],
        "additionalProperties": False,
    }


def _list(entity: Mapping[str, Any], fields: Schema) -> Schema:
    low, high = bounds(entity["cardinalite"])
    listed: Schema = {"title": entity["libelle"], "type": "array" if low else ["array", "null"], "items": fields}
    if low:
        listed["minItems"] = low
    if high is not None:
        listed["maxItems"] = high
    return listed


def _name(indicator: Indicator) -> str:
    return indicator.key.rsplit(".", 1)[-1]


def _value(indicator: Indicator, catalogue: Catalogue) -> Schema:
    """The schema of one value; null is the absence of an optional one, and so is blank text."""
    written: Schema = {"title": indicator.label}
    if indicator.hint:
        written["description"] = indicator.hint
    match indicator.type:
        case "entier" | "decimal":
            written |= _number(indicator)
        case "booleen":
            written |= {"type": _or_null("boolean", indicator)}
        case "date":
            written |= _date(indicator)
        case "code":
            written |= _code(indicator, admitted_codes(indicator, catalogue))
        case _:
            written |= _text(indicator)
    return written | _annotations(indicator)


def _or_null(kind: str, indicator: Indicator) -> str | list[str]:
    return kind if indicator.required else [kind, "null"]


def _number(indicator: Indicator) -> Schema:
    written: Schema = {"type": _or_null("integer" if indicator.type == "entier" else "number", indicator)}
    if indicator.minimum is not None:
        written["minimum"] = indicator.minimum
    if indicator.maximum is not None:
        written["maximum"] = indicator.maximum
    return written


def _date(indicator: Indicator) -> Schema:
    """A day; in the entity `evenement` a time may follow, with or without its seconds and its offset."""
    written: Schema = {"type": _or_null("string", indicator)}
    if indicator.entity != "evenement":
        return written | {"format": "date", "pattern": f"^{_DAY}$"}
    choices = [{"format": "date", "pattern": f"^{_DAY}$"}, {"pattern": f"^{_DAY}{_TIME}$"}]
    return written | {"anyOf": choices}


def _code(indicator: Indicator, codes: Mapping[str, str] | None) -> Schema:
    if codes is None:
        return {"type": _or_null("string", indicator), "pattern": _STORABLE}
    choices: list[Schema] = [{"const": code, "title": label} for code, label in codes.items()]
    return {"oneOf": choices if indicator.required else [*choices, {"const": None, "title": "Absent"}]}


def _text(indicator: Indicator) -> Schema:
    written: Schema = {"type": _or_null("string", indicator)}
    form = FORMS.get(indicator.format or "")
    if form is not None:
        blank = "" if indicator.required else f"[{_BLANK}]*|"
        return written | {"pattern": f"^(?:{blank}{form})$"}
    if indicator.required:
        return written | {"allOf": [{"pattern": _NOT_BLANK}, {"pattern": _STORABLE}]}
    return written | {"pattern": _STORABLE}


def _annotations(indicator: Indicator) -> Schema:
    named = indicator.values_from or {}
    written = {
        "x-unite": indicator.unit,
        "x-section": indicator.section,
        "x-format": indicator.format,
        "x-nomenclature": named.get("nom"),
        "x-personnel": indicator.personal or None,
    }
    return {name: value for name, value in written.items() if value is not None}
