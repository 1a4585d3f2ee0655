"""Business models (*modèles métiers*): indicators and controls, as the engine uses them.

`data` keeps the model as published, attribute by attribute: it is what WS02 serves and what the digest freezes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

WIRE_ORDER = (
    "code",
    "version",
    "libelle",
    "statut",
    "niveau",
    "transport",
    "categories_finess",
    "periode",
    "modele_usager",
    "sources",
    "sections",
    "entites",
    "indicateurs",
    "controles",
)
"""Members of `modele`, in the order of the contract §4; `empreinte` closes the object."""

INDICATOR_ORDER = (
    "cle",
    "libelle",
    "section",
    "type",
    "unite",
    "obligatoire",
    "min",
    "max",
    "valeurs",
    "valeurs_de",
    "format",
    "entite",
    "origine",
    "calcule_de",
    "agregation",
    "personnel",
    "source",
    "confiance",
    "aide",
)
"""Members of one indicator, in the order of the contract §4."""

CONTROL_ORDER = ("id", "gravite", "quand", "expression", "message", "entite", "cles", "aide", "source")
"""Members of one control on the wire; its examples stay in the catalogue."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One key of a model. `type` is one of `entier decimal booleen date code texte`; bounds are included."""

    key: str
    label: str
    section: str
    type: str
    required: bool
    unit: str | None
    minimum: float | None
    maximum: float | None
    codes: tuple[str, ...] | None
    code_labels: Mapping[str, str]
    values_from: Mapping[str, Any] | None
    format: str | None
    entity: str
    personal: bool
    hint: str | None


@dataclass(frozen=True, slots=True)
class Control:
    """A cross-field control: `expression` is true when the data are right, `when` limits where it applies."""

    id: str
    expression: str
    when: str | None
    keys: tuple[str, ...]
    entity: str
    data: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class BusinessModel:
    """One model at one version. `digest` freezes what was published.

    `users_announced_by` is the key that announces how many service users are sent one by one; None when none are;
    `notes` say in French what this version changes.
    """

    code: str
    version: str
    label: str
    data_level: str
    transport: str
    indicators: Mapping[str, Indicator]
    sections: tuple[tuple[str, str], ...]
    controls: tuple[Control, ...]
    example: Mapping[str, Any]
    users_announced_by: str | None
    notes: tuple[str, ...]
    data: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """`empreinte` of the published model."""
        return str(self.data["empreinte"])

    @property
    def report_type(self) -> str:
        """`ssiad` for `ssiad-structure`."""
        return self.code.rsplit("-", 1)[0]


def version_rank(version: str) -> tuple[list[int], bool]:
    """Orders versions: numbers compare as numbers, a draft (`2026.0-brouillon`) comes before what it prepares.

    >>> sorted(["2026.10", "2026.9", "2026.9-brouillon"], key=version_rank)
    ['2026.9-brouillon', '2026.9', '2026.10']
    """
    numbers, _, draft = version.partition("-")
    return [int(number) for number in re.findall(r"\d+", numbers)], not draft


def model_from_data(entry: Mapping[str, Any]) -> BusinessModel:
    """Build a model from its catalogue entry (French attribute names, `modele` of the contract plus examples).

    A well-formed model given by a caller does as well: it may leave out what is "none".
    """
    wire = wire_model(entry)
    return BusinessModel(
        code=entry["code"],
        version=entry["version"],
        label=entry["libelle"],
        data_level=entry["niveau"],
        transport=entry.get("transport") or "a_definir",
        indicators={indicator["cle"]: _indicator(indicator) for indicator in entry["indicateurs"]},
        sections=tuple((section["code"], section["libelle"]) for section in entry["sections"]),
        controls=tuple(_control(control) for control in entry.get("controles") or ()),
        example=entry.get("exemple", {}),
        users_announced_by=entry.get("usagers_annonces_par"),
        notes=tuple(entry.get("notes", ())),
        data=wire,
    )


def wire_model(entry: Mapping[str, Any]) -> dict[str, Any]:
    """`modele` of the contract: known members only, in its order, what is "none" left out, closed by the digest."""
    wire = _ordered(entry, WIRE_ORDER)
    wire["indicateurs"] = [_ordered(indicator, INDICATOR_ORDER) for indicator in entry["indicateurs"]]
    wire["controles"] = [_ordered(control, CONTROL_ORDER) for control in entry.get("controles") or ()]
    return wire | {"empreinte": digest_of(wire)}


def digest_of(wire: Mapping[str, Any]) -> str:
    """`empreinte`: SHA-256 of the model without it, as compact UTF-8 JSON, the members of every object sorted.

    The order in which a model's members are written is not part of what it says.
    """
    said = {name: value for name, value in wire.items() if name != "empreinte"}
    return "sha256:" + hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()


def _ordered(entry: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    return {name: entry[name] for name in order if entry.get(name) is not None}


def _indicator(entry: Mapping[str, Any]) -> Indicator:
    values = entry.get("valeurs")
    return Indicator(
        key=entry["cle"],
        label=entry["libelle"],
        section=entry["section"],
        type=entry["type"],
        required=bool(entry.get("obligatoire")),
        unit=entry.get("unite"),
        minimum=entry.get("min"),
        maximum=entry.get("max"),
        codes=tuple(value["code"] for value in values) if values else None,
        code_labels={value["code"]: value["libelle"] for value in values or ()},
        values_from=entry.get("valeurs_de"),
        format=entry.get("format"),
        entity=entry.get("entite") or entity_of(entry["cle"]),
        personal=bool(entry.get("personnel")),
        hint=entry.get("aide"),
    )


def entity_of(key: str) -> str:
    """The entity that a key's own name tells (`evenement` of `evenement.statut`); `structure` for a root key."""
    return key.rpartition(".")[0] or "structure"


def _control(entry: Mapping[str, Any]) -> Control:
    return Control(
        id=entry["id"],
        expression=entry["expression"],
        when=entry.get("quand"),
        keys=tuple(entry.get("cles") or ()),
        entity=entry.get("entite") or "structure",
        data=entry,
    )
