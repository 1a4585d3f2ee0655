"""Identifiers: national numbers with their key, the guide's business identifiers with their form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sidoba_engine.anomaly import mask
from sidoba_engine.formats.fhir.definitions import Definitions, IdentifierSystem
from sidoba_engine.formats.fhir.run import Found, Run
from sidoba_engine.formats.fhir.slicing import codes_of
from sidoba_engine.identifiers import adeli, finess, ins, rpps, siren, siret

if TYPE_CHECKING:
    from sidoba_engine.formats.fhir.compile import Check

RELATIVE_SYSTEM = "R-FHIR-062"
WRONG_KEY = "R-FHIR-064"
WRONG_FORM = "R-FHIR-065"
FORMER_SYSTEM = "R-FHIR-066"

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_NAMED = re.compile(r"urn:(oid:[0-2](\.(0|[1-9][0-9]*))+|uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")

LONGEST = 200
"""Characters of a business identifier."""

Valid = Callable[[str], bool]

_NATIONAL: dict[str, Valid] = {"ins": ins.is_valid, "rpps": rpps.is_valid, "finess": finess.is_valid}
_STRUCTURES: dict[str, Valid] = {"1": finess.is_valid, "2": siren.is_valid, "3": siret.is_valid}
_PEOPLE: dict[str, Valid] = {"0": adeli.is_valid, "8": rpps.is_valid}
_LOCAL = r"3(?:[0-9]{2}|2[AB])[0-9]{7}/[^/\s]+"


def absolute_check(value: Any, run: Run) -> Found:
    """A `system` is an absolute URI: a bare OID, or a name, says to nobody what the code or number is of."""
    if not isinstance(value, str):
        return None
    is_right = _NAMED.fullmatch(value) if value.startswith(("urn:oid:", "urn:uuid:")) else _ABSOLUTE.fullmatch(value)
    if is_right:
        return None
    shown = value if len(value) <= 80 and value.isprintable() and " " not in value else mask(value)
    return run.report(RELATIVE_SYSTEM, value=shown, recu=shown)


def identifier_check(definitions: Definitions) -> Check:
    """The check of one Identifier by its `system`: an older host, a form that is not the guide's, a wrong key."""
    systems, former = definitions.identifier_systems, definitions.former_systems
    forms = {one.system: _form(one, definitions) for one in systems.values() if one.kind == "metier"}

    def check(node: Any, run: Run) -> Found:
        system, value = node.get("system"), node.get("value")
        if not isinstance(system, str):
            return None
        if system in former:
            now = former[system]
            return run.report(FORMER_SYSTEM, "system", value=system, expected=(now,), recu=system, attendu=now)
        known = systems.get(system)
        if known is None or not isinstance(value, str) or not value:
            return None
        if system in forms:
            if (len(value) <= LONGEST and forms[system].fullmatch(value)) or _is_of_other_kind(
                node, system, definitions
            ):
                return None
            return run.report(WRONG_FORM, "value", value=mask(value), nature=known.label, attendu=_example(known))
        if _has_right_key(known, value, definitions):
            return None
        return run.report(WRONG_KEY, "value", value=mask(value), nature=known.label)

    return check


def _form(system: IdentifierSystem, definitions: Definitions) -> re.Pattern[str]:
    """The form of a business identifier; the guide writes one of its codes in two ways."""
    if system.code is None:
        return re.compile(_LOCAL)
    is_written_twice = any(
        one.kind == "identifier" and str(one.parameters.get("code", "")).upper() == system.code
        for one in definitions.contradictions
    )
    return re.compile(f"{_LOCAL}-{system.code}-\\S+", re.IGNORECASE if is_written_twice else 0)


def _example(system: IdentifierSystem) -> str:
    return "3010000000/1012" + (f"-{system.code}-1" if system.code else "")


def _is_of_other_kind(node: dict[str, Any], system: str, definitions: Definitions) -> bool:
    """Whether another kind of number, known by its type, shares the system of this one."""
    shared = definitions.tolerated("identifier", system)
    kind = shared.parameters.get("type") if shared is not None else None
    return kind is not None and any(code == kind for _, code in codes_of(node.get("type")))


def _has_right_key(system: IdentifierSystem, value: str, definitions: Definitions) -> bool:
    """Whether a national number is valid; behind a digit that says which, it is judged as what it then is."""
    if definitions.tolerated("identifier_key", value) or definitions.tolerated("identifier_key", value[1:]):
        return True
    if system.kind == "structure":
        valid = _STRUCTURES.get(value[0])
        return valid is None or valid(value[1:])
    if system.kind == "professionnel":
        shared = definitions.tolerated("identifier", system.system)
        if shared is not None and shared.parameters.get("admis") == "rpps" and rpps.is_valid(value):
            return True
        valid = _PEOPLE.get(value[0])
        return valid is None or valid(value[1:])
    if system.kind == "sirene":
        return siren.is_valid(value) or siret.is_valid(value)
    valid = _NATIONAL.get(system.kind)
    return valid is None or valid(value)
