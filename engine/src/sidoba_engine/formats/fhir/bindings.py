"""Required value sets: is the code one of the list, when the list is held here?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sidoba_engine.anomaly import mask
from sidoba_engine.formats.fhir.definitions import Binding, Definitions, FhirValueSet, Membership
from sidoba_engine.formats.fhir.run import Found, Run
from sidoba_engine.formats.fhir.slicing import codes_of

if TYPE_CHECKING:
    from sidoba_engine.formats.fhir.compile import Check

NOT_IN_SET = "R-FHIR-060"
NO_CODE = "R-FHIR-061"

CORE = "http://hl7.org/fhir/ValueSet/"
SAMPLE = 12


def binding_check(bindings: Iterable[Binding], definitions: Definitions) -> Check | None:
    """The check of the required lists, the profiles' before base R4's; None when there is none.

    A list that is not held here is noted once (`Run.unheld`); those of base R4 that cannot be listed (languages, media
    types, units) are grammars, which the type of the value checks.
    """
    required = {one.value_set: one for one in bindings if one.strength == "required"}
    checks = [
        _of(url, definitions.value_sets.get(url))
        for url in required
        if definitions.tolerated("binding", url) is None and (url in definitions.value_sets or not url.startswith(CORE))
    ]
    if not checks:
        return None
    if len(checks) == 1:
        return checks[0]

    def check(value: Any, run: Run) -> Found:
        for one in checks:
            found = one(value, run)
            if found is not None:
                return found
        return None

    return check


def _of(url: str, value_set: FhirValueSet | None) -> Check:
    if value_set is None:

        def note(_value: Any, run: Run) -> Found:
            run.unheld[url] = None
            return None

        return note
    holds, label, is_open = value_set.holds, value_set.label, value_set.is_open
    faultless: set[tuple[str | None, str]] = set()

    def check(value: Any, run: Run) -> Found:
        codes = list(codes_of(value))
        for pair in codes:
            if pair in faultless:
                return None
        is_unknown = False
        for system, code in codes:
            answer = holds(system, code)
            if answer is Membership.IN:
                faultless.add((system, code))
                return None
            is_unknown = is_unknown or answer is Membership.UNKNOWN
        if is_unknown:
            if not is_open:
                run.unheld[url] = None
            return None
        if not codes:
            return run.report(NO_CODE, liste=label) if isinstance(value, dict) else None
        expected = tuple(code for code, _ in value_set.sample(SAMPLE))
        received = ", ".join(_shown(code) for _, code in codes[:3])
        place = _place(value)
        return run.report(NOT_IN_SET, *place, value=received, expected=expected, recu=received, liste=label)

    return check


def _place(value: Any) -> tuple[str | int, ...]:
    """The code itself when there is only one."""
    if isinstance(value, dict):
        codings = value.get("coding")
        if isinstance(codings, list) and len(codings) == 1:
            return ("coding", 0, "code")
        if codings is None and "code" in value:
            return ("code",)
    return ()


def _shown(code: str) -> str:
    return code if len(code) <= 60 and code.isprintable() and " " not in code else mask(code)
