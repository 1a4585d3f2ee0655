"""Anomalies: what is wrong in the data, where, and how to repair it.

An anomaly is always built from a rule of the catalogue, collected, never raised.
Wire form: `anomalie` in the API contract, §1 (written by `verdict_json`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much an anomaly weighs: only `BLOCKING` refuses the item."""

    BLOCKING = "bloquante"
    WARNING = "avertissement"
    INFORMATION = "information"


class Stage(StrEnum):
    """The stages of checking, in the order they are run and listed."""

    ENVELOPE = "enveloppe"
    STRUCTURE = "structure"
    TERMINOLOGY = "terminologie"
    BUSINESS = "metier"
    REGISTRY = "referentiel"


STAGE_ORDER: dict[Stage, int] = {stage: position for position, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True)
class Location:
    """Where, in the document as received: `path` is a JSON Pointer or an XPath without prefixes.

    `line` and `column` count from 1, the column in characters; both absent when the place has none (a whole file).
    `expression` is the FHIRPath, for FHIR only. `trail` says the same place in French words, for readings by people: it
    is not on the wire.
    """

    path: str
    line: int | None = None
    column: int | None = None
    expression: str | None = None
    trail: str | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair a machine can make without inventing a fact (`correction` on the wire)."""

    operations: tuple[dict[str, object], ...]
    certain: bool


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One fault found by one rule at one place. Texts are final, French, and already masked where personal."""

    rule: str
    rule_version: str
    severity: Severity
    stage: Stage
    location: Location
    message: str
    hint: str
    documentation: str
    value: str | None = None
    expected: tuple[str, ...] = ()
    fix: Fix | None = None


def anomaly_rank(anomaly: Anomaly) -> tuple[int, int, int, str]:
    """The order of a verdict: stage, place (line then column, what has none first), rule.

    Equals stay in the order of the checks.
    """
    place = anomaly.location
    return STAGE_ORDER[anomaly.stage], place.line or 0, place.column or 0, anomaly.rule


@dataclass(frozen=True, slots=True)
class RuleNotRun:
    """A rule that could not be executed, and why (`regles_non_executees` on the wire).

    `reason`: one of `cle_absente cle_fautive division_par_zero fait_inconnu fonction_absente semaines_non_calculees`.
    """

    rule: str
    reason: str
    detail: str = ""


@dataclass(slots=True)
class Findings:
    """What the checks of one document collect on their way: anomalies and rules not run."""

    anomalies: list[Anomaly] = field(default_factory=list)
    not_run: list[RuleNotRun] = field(default_factory=list)


def mask(value: object) -> str:
    """Hide a personal value, keeping at most its last two characters: `••••12`.

    A value of four characters or fewer is hidden whole: two of four would tell too much.
    """
    text = str(value)
    return "••••" + (text[-2:] if len(text) > 4 else "")
