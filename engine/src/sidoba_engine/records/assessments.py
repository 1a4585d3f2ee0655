"""Assessments of a service user: AGGIR (older people, people with a disability), SSIAD situation, SERAFIN needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sidoba_engine.records.activity import Reference, Status
from sidoba_engine.records.values import Code, Identifier, Moment, Practitioner

SSIAD_SITUATION: Final = "MED-1290"
SERAFIN: Final = "MED-1291"
AGGIR_PH: Final = "MED-1292"
AGGIR_PA: Final = "MED-1293"
AGGIR_KINDS: Final = frozenset({AGGIR_PH, AGGIR_PA})

_GIR = {f"MED-{338 + gir}": gir for gir in range(1, 7)}


@dataclass(frozen=True, slots=True)
class Criteria:
    """The four adverbs of one AGGIR question: done so, or not; None when the answer is missing.

    All four missing is no criteria at all: write None instead.
    """

    spontaneously: bool | None = None
    totally: bool | None = None
    correctly: bool | None = None
    usually: bool | None = None


@dataclass(frozen=True, slots=True)
class AssessmentItem:
    """One question and its answer: a modality (`qf0`, `qf2`, `qf4`) for AGGIR, yes or no for a reason of the SSIAD
    situation, a level for a SERAFIN need."""

    code: Code
    answer: Code | bool | int | None = None
    criteria: Criteria | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """One dated assessment. `kind` is of JDV_TypeEvaluation, `result` the GIR of an AGGIR assessment.

    Who did it is at least one of `performer`, `author` and `responsible`.
    """

    identifier: Identifier | None = None
    kind: Code | None = None
    assessed_on: Moment | None = None
    label: str | None = None
    result: Code | None = None
    status: Status | None = None
    performer: Practitioner | None = None
    author: Practitioner | None = None
    responsible: Practitioner | None = None
    items: tuple[AssessmentItem, ...] = ()
    comments: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def is_aggir(self) -> bool:
        """True for the two AGGIR grids."""
        return self.kind is not None and self.kind.code in AGGIR_KINDS

    @property
    def gir(self) -> int | None:
        """The GIR, from 1 to 6; None when the result is not one."""
        return _GIR.get(self.result.code) if self.result is not None else None
