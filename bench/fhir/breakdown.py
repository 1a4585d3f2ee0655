"""What bounds a verdict: how much of it is the reading's, the checks', the writing of anomalies.

Measured alone or by difference, in the same rounds. Reading is ours, not orjson's: it keeps duplicate keys, exact
numbers and what places are told from.
"""

from __future__ import annotations

from contenders import VERDICT, contender
from rounds import Task, in_rounds
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Environment, Facts
from sidoba_engine.formats.fhir.checking import fhir_checks
from sidoba_engine.formats.fhir.reading import FhirContent
from sidoba_engine.formats.fhir.run import Run
from sidoba_engine.recognition import Door
from sidoba_engine.validation import read


def tasks_of(content: bytes) -> dict[str, Task]:
    """What is timed, all on the same lot."""
    catalogue, facts = installed_catalogue(), Facts(environment=Environment.SANDBOX)
    checks = fhir_checks(catalogue)
    verdict = contender(VERDICT)
    (document,) = read(content, catalogue=catalogue, facts=facts, door=Door.USER_DATA)
    held = document.content
    assert isinstance(held, FhirContent)
    value = held.value
    return {
        "reading": lambda: list(read(content, catalogue=catalogue, facts=facts, door=Door.USER_DATA)),
        "checks": lambda: checks.judge(value, Run(checks.most)),
        "whole verdict": lambda: verdict(content),
    }


def breakdown(content: bytes, *, rounds: int, seconds: float) -> dict[str, float]:
    """Milliseconds of processor time by part, in the best round."""
    timed = in_rounds(tasks_of(content), rounds=rounds, seconds=seconds)
    ms = {name: timings.best_ms for name, timings in timed.items()}
    rest = ms["whole verdict"] - ms["reading"] - ms["checks"]
    parts = {"reading": ms["reading"], "checks": ms["checks"], "places and texts of the anomalies": rest}
    return {name: round(value, 3) for name, value in (parts | {"whole verdict": ms["whole verdict"]}).items()}
