"""A type model over tables: a few types for the unit tests, or base R4 from the corpus. Standard library only."""

from __future__ import annotations

from typing import Any

PRIMITIVES = (
    "boolean integer unsignedInt:integer positiveInt:integer decimal string code:string id:string markdown:string "
    "uri url:uri canonical:uri oid:uri uuid:uri date dateTime instant time base64Binary xhtml"
)
"""Name, or name:base, of the primitives of R4."""

SMALL = {
    "Element": "id:string extension:Extension",
    "BackboneElement": "modifierExtension:Extension",
    "Resource": "id:id meta:Meta language:code",
    "DomainResource": "text:Narrative contained:Resource extension:Extension",
    "Meta": "versionId:id lastUpdated:instant profile:canonical",
    "Narrative": "status:code div:xhtml",
    "Extension": "url:uri value[x]:string|code|boolean|integer|Quantity|CodeableConcept|canonical",
    "Coding": "system:uri code:code display:string",
    "CodeableConcept": "coding:Coding text:string",
    "Reference": "reference:string display:string",
    "Quantity": "value:decimal comparator:code unit:string system:uri code:code",
    "Age": "value:decimal comparator:code unit:string system:uri code:code",
    "Period": "start:dateTime end:dateTime",
    "HumanName": "use:code family:string given:string period:Period",
    "Patient": "active:boolean name:HumanName gender:code birthDate:date contact:Patient.contact "
    "deceased[x]:boolean|dateTime multipleBirth[x]:boolean|integer generalPractitioner:Reference",
    "Patient.contact": "name:HumanName gender:code",
    "Observation": "status:code code:CodeableConcept subject:Reference effective[x]:dateTime|Period|instant "
    "value[x]:Quantity|CodeableConcept|string|boolean|integer|time|dateTime component:Observation.component",
    "Observation.component": "code:CodeableConcept value[x]:Quantity|string",
}
"""The few types the unit tests need, as `element:type`."""

BASES = {"Age": "Quantity", "DomainResource": "Resource", "Patient": "DomainResource", "Observation": "DomainResource"}
WITHOUT_BASE = ("Element", "Resource")


class TableModel:
    """A `TypeModel` over tables: type or path → JSON key → type, and the choices."""

    def __init__(self) -> None:
        self.bases: dict[str, str | None] = {}
        self.children: dict[str, dict[str, str]] = {}
        self.choices: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
        self.primitives: set[str] = set()
        self.lists: set[tuple[str, str]] = set()
        for entry in PRIMITIVES.split():
            name, _, base = entry.partition(":")
            self.primitives.add(name)
            self.bases[name] = base or "Element"

    def add(self, owner: str, name: str, types: list[str]) -> None:
        inside = self.children.setdefault(owner, {})
        if not name.endswith("[x]"):
            inside[name] = types[0]
            return
        pairs = tuple((name[:-3] + code[0].upper() + code[1:], code) for code in types)
        inside.update(pairs)
        self.choices[owner, name[:-3]] = pairs

    def child(self, type_or_path: str, json_key: str) -> str | None:
        owner: str | None = type_or_path
        while owner is not None:
            if json_key in self.children.get(owner, {}):
                return self.children[owner][json_key]
            owner = self.bases.get(owner)
        return None

    def choice(self, type_or_path: str, name: str) -> tuple[tuple[str, str], ...]:
        return self.choices.get((type_or_path, name), ())

    def is_subtype(self, type_or_path: str, ancestor: str) -> bool:
        owner: str | None = type_or_path
        while owner is not None and owner != ancestor:
            owner = self.bases.get(owner)
        return owner is not None

    def is_primitive(self, type_or_path: str) -> bool:
        return type_or_path in self.primitives


def small_model() -> TableModel:
    model = TableModel()
    for owner, elements in SMALL.items():
        default = "BackboneElement" if "." in owner else "Element"
        model.bases[owner] = None if owner in WITHOUT_BASE else BASES.get(owner, default)
        for entry in elements.split():
            name, _, types = entry.partition(":")
            model.add(owner, name, types.split("|"))
    return model


def r4_model(data: dict[str, Any]) -> TableModel:
    model = TableModel()
    for name in data["resourceTypes"]:
        model.bases[name] = "DomainResource"
    for name, definition in data["types"].items():
        model.bases[name] = definition["base"]
        if definition["kind"] == "primitive-type":
            model.primitives.add(name)
            continue
        for element in definition["elements"][1:]:
            owner, _, last = element["path"].rpartition(".")
            codes = [kind["code"] for kind in element.get("types", ())]
            if "contentReference" in element:
                codes = [element["contentReference"].removeprefix("#")]
            elif codes in (["BackboneElement"], ["Element"]):
                model.bases[element["path"]] = codes[0]
                codes = [element["path"]]
            model.add(owner, last, codes)
            if element["max"] == "*":
                model.lists.add((owner, last))
    return model
