"""A business model as a FHIR R4 Questionnaire: one group per section, one item per key, one repeated group per entity.

Extensions are those of HL7's own core package: bounds, unit, form of a text, number of repetitions, help.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from sidoba_engine.business_model import BusinessModel, Indicator
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.cardinalities import bounds
from sidoba_engine.text_forms import FORMS
from sidoba_engine.value_choices import admitted_codes

MEDIA_TYPE = "application/fhir+json"
LARGEST_INTEGER = 2**31 - 1
"""FHIR's `integer` holds no more; an indicator that may is asked as a `decimal`."""

Item = dict[str, Any]

_ROOTS = ("structure", "usager")
_CORE = "http://hl7.org/fhir/StructureDefinition"
_STATUSES = {"brouillon": "draft", "publie": "active", "retire": "retired"}
_SUBJECTS = {"structure": "Organization", "usager": "Patient"}
_TYPES = {"booleen": "boolean", "date": "date", "code": "choice", "texte": "string"}

_SYSTEMS = {"SNOMED Clinical Terms": "http://snomed.info/sct", "ICD10": "http://hl7.org/fhir/sid/icd-10"}
"""Code systems that value sets call by their name."""


def questionnaire_of(model: BusinessModel, catalogue: Catalogue) -> dict[str, Any]:
    """The Questionnaire of the model; the `linkId` of an item is the key."""
    period = model.data.get("periode")
    return {
        "resourceType": "Questionnaire",
        "id": model.code,
        "language": "fr",
        "url": f"{catalogue.documentation}/modeles/{model.code}",
        "version": model.version,
        "name": "".join(part.capitalize() for part in model.code.split("-")),
        "title": model.label,
        "status": _STATUSES[model.data["statut"]],
        "subjectType": [_SUBJECTS[model.data_level]],
        **({"description": " ".join(period.split())} if period else {}),
        "item": list(_sections(model, catalogue)),
    }


def _sections(model: BusinessModel, catalogue: Catalogue) -> Iterator[Item]:
    """The sections that hold something; an entity stands in the section of its first key."""
    entities = {entity["code"]: entity for entity in model.data.get("entites", ()) if entity["code"] not in _ROOTS}
    of_entity = {code: [one for one in model.indicators.values() if one.entity == code] for code in entities}
    for code, label in model.sections:
        items = [
            _question(one, catalogue)
            for one in model.indicators.values()
            if one.section == code and one.entity in _ROOTS
        ]
        items += [
            _entity(entities[name], fields, model, catalogue)
            for name, fields in of_entity.items()
            if fields and fields[0].section == code
        ]
        if items:
            yield _group(f"section/{code}", label, items)


def _entity(entity: Mapping[str, Any], fields: list[Indicator], model: BusinessModel, catalogue: Catalogue) -> Item:
    """The repeated group of an entity; with a group per section when its keys are of several."""
    labels = dict(model.sections)
    parts = [
        (section, [_question(one, catalogue) for one in held])
        for section, held in groupby(sorted(fields, key=_section_rank(model)), key=lambda one: one.section)
    ]
    items = (
        parts[0][1]
        if len(parts) == 1
        else [_group(f"entite/{entity['code']}/{section}", labels[section], held) for section, held in parts]
    )
    low, high = bounds(entity["cardinalite"])
    extensions = [_extension("questionnaire-minOccurs", "Integer", low)] if low else []
    extensions += [_extension("questionnaire-maxOccurs", "Integer", high)] if high is not None else []
    return {
        **({"extension": extensions} if extensions else {}),
        **_group(f"entite/{entity['code']}", entity["libelle"], items),
        "required": low > 0,
        "repeats": True,
    }


def _section_rank(model: BusinessModel) -> Callable[[Indicator], int]:
    ranks = {code: rank for rank, (code, _) in enumerate(model.sections)}
    return lambda indicator: ranks[indicator.section]


def _group(link: str, text: str, items: list[Item]) -> Item:
    return {"linkId": link, "text": text, "type": "group", "item": items}


def _question(indicator: Indicator, catalogue: Catalogue) -> Item:
    codes = admitted_codes(indicator, catalogue) if indicator.type == "code" else None
    kind = _type(indicator, codes)
    extensions = list(_extensions(indicator, kind))
    item: Item = {"extension": extensions} if extensions else {}
    item |= {"linkId": indicator.key, "text": indicator.label, "type": kind, "required": indicator.required}
    if codes:
        item["answerOption"] = [{"valueCoding": coding} for coding in _codings(indicator, codes, catalogue)]
    if indicator.hint:
        item["item"] = [_help(indicator)]
    return item


def _type(indicator: Indicator, codes: Mapping[str, str] | None) -> str:
    """The type of the answer. A code of a list that the model only names is any text."""
    match indicator.type:
        case "entier":
            bounds_known = (abs(bound) for bound in (indicator.minimum, indicator.maximum) if bound is not None)
            return "integer" if all(bound <= LARGEST_INTEGER for bound in bounds_known) else "decimal"
        case "decimal":
            return "decimal"
        case "date" if indicator.entity == "evenement":
            return "dateTime"
        case "code" if not codes:
            return "string"
        case _:
            return _TYPES[indicator.type]


def _extensions(indicator: Indicator, kind: str) -> Iterator[Item]:
    is_number = kind in ("integer", "decimal")
    for name, bound in (("minValue", indicator.minimum), ("maxValue", indicator.maximum)):
        if bound is not None and is_number:
            yield _extension(name, kind.capitalize(), bound)
    if indicator.unit and is_number:
        yield _extension("questionnaire-unit", "Coding", {"display": indicator.unit})
    if indicator.format in FORMS:
        yield _extension("regex", "String", f"^{FORMS[indicator.format]}$")


def _codings(indicator: Indicator, codes: Mapping[str, str], catalogue: Catalogue) -> Iterator[Item]:
    """The answers; a code of a published code system says which."""
    name = (indicator.values_from or {}).get("nom", "")
    systems = catalogue.value_sets[name].systems if name in catalogue.value_sets else {}
    for code, label in codes.items():
        system = _uri(systems.get(code, ""))
        yield {**({"system": system} if system else {}), "code": code, "display": label}


def _uri(system: str) -> str | None:
    """FHIR names a code system by a URI: an OID becomes one. None for a name that stands for none that we know."""
    if system.replace(".", "").isdigit():
        return f"urn:oid:{system}"
    return system if ":" in system else _SYSTEMS.get(system)


def _help(indicator: Indicator) -> Item:
    control = {"system": "http://hl7.org/fhir/questionnaire-item-control", "code": "help"}
    return {
        "extension": [_extension("questionnaire-itemControl", "CodeableConcept", {"coding": [control]})],
        "linkId": f"{indicator.key}/aide",
        "text": indicator.hint,
        "type": "display",
    }


def _extension(name: str, kind: str, value: object) -> Item:
    return {"url": f"{_CORE}/{name}", f"value{kind}": value}
