"""The form of a model: what each object of `modele` may hold (API contract §4), and R-MOD-002 to R-MOD-008.

The tables say it all; `FormCheck` walks through them. What has a fault of form is left out of what comes next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sidoba_engine.anomaly import Severity
from sidoba_engine.checks.judgement import Judgement, child_pointer
from sidoba_engine.checks.types import received_type
from sidoba_engine.checks.value_fault import shown
from sidoba_engine.model_check.near import Nearest
from sidoba_engine.text_forms import FORMS

TOO_MANY = "R-MOD-002"
UNKNOWN = "R-MOD-003"
MISSING = "R-MOD-004"
TYPE = "R-MOD-005"
CHOICE = "R-MOD-006"
FORM = "R-MOD-007"
REPEATED = "R-MOD-008"

TYPES = ("entier", "decimal", "booleen", "date", "code", "texte")
LARGEST_BOUND = 10**15
"""Bounds of indicators are counts and amounts: a larger number comes from a program's fault."""

_PATTERNS = {
    "cle": re.compile(r"(?:[a-z][a-z0-9_]{0,79}\.)?[a-z][a-z0-9_]{0,119}"),
    "code": re.compile(r"[a-z][a-z0-9_-]{0,79}"),
    "version": re.compile(r"[!-~]{1,40}"),
    "cardinalite": re.compile(r"(?P<low>[0-9]{1,4})(?:\.\.(?P<high>\*|[0-9]{1,4}))?"),
}


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object. `holds` names the table of its elements; `form` the form of its text."""

    kind: str = "texte"
    required: bool = False
    choices: tuple[str, ...] = ()
    form: str = ""
    holds: str = ""


_REQUIRED = Member(required=True)
_TEXT = Member()
_BOOLEAN = Member("booleen")
_NUMBER = Member("nombre")

TABLES: Mapping[str, Mapping[str, Member]] = {
    "modele": {
        "code": Member(required=True, form="code"),
        "version": Member(required=True, form="version"),
        "libelle": _REQUIRED,
        "statut": Member(choices=("brouillon", "publie", "retire")),
        "niveau": Member(required=True, choices=("structure", "usager")),
        "transport": Member(choices=("cle_valeur", "cda", "fhir", "a_definir")),
        "categories_finess": Member("liste"),
        "periode": _TEXT,
        "modele_usager": Member(form="code"),
        "sources": Member("objet"),
        "sections": Member("liste", required=True, holds="section"),
        "entites": Member("liste", holds="entite"),
        "indicateurs": Member("liste", required=True, holds="indicateur"),
        "controles": Member("liste", holds="controle"),
        "empreinte": _TEXT,
    },
    "section": {"code": _REQUIRED, "libelle": _REQUIRED},
    "entite": {
        "code": Member(required=True, form="cle"),
        "cardinalite": Member(required=True, form="cardinalite"),
        "libelle": _REQUIRED,
    },
    "indicateur": {
        "cle": Member(required=True, form="cle"),
        "libelle": _REQUIRED,
        "section": _REQUIRED,
        "type": Member(required=True, choices=TYPES),
        "unite": _TEXT,
        "obligatoire": _BOOLEAN,
        "min": _NUMBER,
        "max": _NUMBER,
        "valeurs": Member("liste", holds="valeur"),
        "valeurs_de": Member("objet", holds="valeurs_de"),
        "format": Member(choices=tuple(FORMS)),
        "entite": _TEXT,
        "origine": Member(choices=("dui", "rh", "finess", "saisie", "calcul")),
        "calcule_de": _TEXT,
        "agregation": Member("objet", holds="agregation"),
        "personnel": _BOOLEAN,
        "source": _TEXT,
        "confiance": Member(choices=("texte", "rubrique", "propose")),
        "aide": _TEXT,
    },
    "valeur": {"code": _REQUIRED, "libelle": _REQUIRED},
    "valeurs_de": {"nature": Member(required=True, choices=("reference", "ans")), "nom": _REQUIRED, "filtre": _TEXT},
    "agregation": {
        "modele": _REQUIRED,
        "operation": Member(required=True, choices=("count", "distinct", "sum", "mean")),
        "champ": _TEXT,
        "condition": _TEXT,
    },
    "controle": {
        "id": _REQUIRED,
        "gravite": Member(required=True, choices=("bloquante", "avertissement", "information")),
        "quand": _TEXT,
        "expression": _REQUIRED,
        "message": _REQUIRED,
        "entite": _TEXT,
        "cles": Member("liste"),
        "aide": _TEXT,
        "source": _TEXT,
    },
}

NAMES = {"sections": "code", "entites": "code", "indicateurs": "cle", "valeurs": "code", "controles": "id"}
"""Lists whose elements have a name of their own, and the member that holds it."""


@dataclass(slots=True)
class Formed:
    """A model whose form was checked: `data` without what has a fault, numbers as JSON writes them.

    `places` gives the JSON Pointer of each element kept, by the list's name and the element's own; `named` also holds
    those that a fault left out.
    """

    data: dict[str, Any]
    places: dict[tuple[str, str], str] = field(default_factory=dict)
    named: set[tuple[str, str]] = field(default_factory=set)

    def place(self, listed: str, name: str) -> str:
        """Where a kept element stands."""
        return self.places[listed, name]


class FormCheck:
    """One walk through a model found at `pointer` of a JSON text."""

    def __init__(self, judgement: Judgement, pointer: str, near: Nearest) -> None:
        self._judgement = judgement
        self._near = near
        self._pointer = pointer
        self._limits = judgement.catalogue.rules[TOO_MANY].parameters
        self._places: dict[tuple[str, str], str] = {}
        self._named: set[tuple[str, str]] = set()

    def run(self, value: Mapping[str, Any]) -> Formed | None:
        """The model as formed; None when it is too large to be looked at."""
        sizes = [
            (name, "elements", len(listed))
            for name in ("sections", "entites", "indicateurs", "controles")
            if isinstance(listed := value.get(name), list)
        ]
        sizes.append(("controles", "caracteres", _length_of_expressions(value.get("controles"))))
        for name, unit, size in sizes:
            if size > self._limits[unit]:
                place = child_pointer(self._pointer, name)
                self._judgement.report(TOO_MANY, place, membre=name, nombre=size, unite=unit, limite=self._limits[unit])
                return None
        return Formed(self._object(value, "modele", self._pointer), self._places, self._named)

    def _object(self, value: Mapping[str, Any], table: str, pointer: str) -> dict[str, Any]:
        members = TABLES[table]
        kept = {}
        for name, held in value.items():
            if name not in members:
                self._judgement.report(
                    UNKNOWN,
                    child_pointer(pointer, name),
                    at_key=True,
                    membre=shown(name),
                    objet=table,
                    proche=self._near(name, members),
                )
            elif not _is_none(held):
                found = self._member(held, members[name], name, child_pointer(pointer, name))
                if found is not None:
                    kept[name] = found
        for name, member in members.items():
            if member.required and _is_none(value.get(name)):
                self._judgement.report(MISSING, child_pointer(pointer, name), membre=name, objet=table)
        return kept

    def _member(self, value: Any, member: Member, name: str, pointer: str) -> Any:
        """The value to keep; None when it has a fault."""
        if not _is_of_kind(value, member.kind):
            return self._wrong_type(value, member.kind, name, pointer)
        match member.kind:
            case "texte":
                return value if self._is_right_text(value, member, name, pointer) else None
            case "nombre":
                return _plain_number(value)
            case "liste":
                return self._list(value, member, name, pointer)
            case "objet" if member.holds:
                return self._object(value, member.holds, pointer)
            case "objet":
                return {key: text for key, text in value.items() if self._text(text, key, child_pointer(pointer, key))}
            case _:
                return value

    def _is_right_text(self, value: str, member: Member, name: str, pointer: str) -> bool:
        if member.choices and value not in member.choices:
            expected = ", ".join(member.choices)
            self._judgement.report(
                CHOICE, pointer, value=shown(value), expected=member.choices,
                membre=name, valeur=shown(value), attendu=expected,
            )  # fmt: skip
            return False
        if member.form and not has_form(value, member.form):
            self._judgement.report(
                FORM, pointer, value=shown(value), membre=name, valeur=shown(value), forme=member.form
            )
            return False
        return True

    def _list(self, value: list[Any], member: Member, name: str, pointer: str) -> list[Any]:
        if not member.holds:
            return [item for index, item in enumerate(value) if self._text(item, name, f"{pointer}/{index}")]
        kept: list[Any] = []
        seen: dict[str, list[str]] = {}
        for index, element in enumerate(value):
            place = f"{pointer}/{index}"
            if not isinstance(element, dict):
                self._wrong_type(element, "objet", name, place)
                continue
            if isinstance(own := element.get(NAMES[name]), str):
                self._named.add((name, own))
            formed = self._object(element, member.holds, place)
            own = formed.get(NAMES[name])
            if own is not None:
                seen.setdefault(own, []).append(place)
                if len(seen[own]) == 1 and self._is_whole(formed, member.holds):
                    kept.append(formed)
                    self._places[name, own] = place
        self._report_repeated(name, seen)
        return kept

    def _report_repeated(self, name: str, seen: Mapping[str, list[str]]) -> None:
        for own, places in seen.items():
            if len(places) > 1:
                place = f"{places[1]}/{NAMES[name]}"
                self._judgement.report(
                    REPEATED, place, value=own, valeur=own, nombre=len(places), membre=NAMES[name], objet=name
                )

    def _is_whole(self, formed: Mapping[str, Any], table: str) -> bool:
        """Nothing that must be there is missing, or was left out."""
        return all(name in formed for name, member in TABLES[table].items() if member.required)

    def _text(self, value: Any, name: str, pointer: str) -> bool:
        if isinstance(value, str):
            return True
        self._wrong_type(value, "texte", name, pointer)
        return False

    def _wrong_type(self, value: Any, expected: str, name: str, pointer: str) -> None:
        self._judgement.report(
            TYPE, pointer, value=shown(value), membre=shown(name), attendu=expected, recu=received_type(value)
        )


def is_well_formed(judgement: Judgement) -> bool:
    """True when nothing blocking was found so far."""
    return not any(anomaly.severity is Severity.BLOCKING for anomaly in judgement.findings.anomalies)


def has_form(text: str, form: str) -> bool:
    """Whether a text has one of the forms that R-MOD-007 names."""
    found = _PATTERNS[form].fullmatch(text)
    if found is None or form != "cardinalite":
        return found is not None
    low, high = found["low"], found["high"]
    return high in (None, "*") or int(low) <= int(high)


def _length_of_expressions(controls: object) -> int:
    texts = (
        control.get(name)
        for control in (controls if isinstance(controls, list) else ())
        if isinstance(control, dict)
        for name in ("quand", "expression")
    )
    return sum(len(text) for text in texts if isinstance(text, str))


def _is_none(value: object) -> bool:
    """null and blank text say "none"."""
    return value is None or (isinstance(value, str) and not value.strip())


def _is_of_kind(value: object, kind: str) -> bool:
    match kind:
        case "texte":
            return isinstance(value, str)
        case "nombre":
            return type(value) in (int, Decimal) and abs(Decimal(str(value))) <= LARGEST_BOUND
        case "booleen":
            return isinstance(value, bool)
        case "liste":
            return isinstance(value, list)
        case _:
            return isinstance(value, dict)


def _plain_number(value: int | Decimal) -> int | float:
    return value if isinstance(value, int) else float(value)
