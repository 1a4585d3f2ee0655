"""The transaction that carries service users' data: what the guide asks of the lot and of each entry.

Source: guide TDDUI 2.4.0, flow 1.1 (only creation, `fullUrl`, references inside the lot) and use cases (a week to five
weeks of history per user); FHIR R4 (4.0.1), transactions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from sidoba_engine.anomaly import mask
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.fhir.definitions import Definitions
from sidoba_engine.formats.fhir.references import ResourceIndex, resolved
from sidoba_engine.formats.fhir.run import Found, Node, Run, joined
from sidoba_engine.formats.fhir.slicing import codes_of, declared_profiles

NOT_TRANSACTION = "R-FHIR-005"
NO_ENTRY = "R-FHIR-006"
TOO_MANY_ENTRIES = "R-FHIR-007"
NO_RESOURCE = "R-FHIR-008"
NOT_POST = "R-FHIR-009"
NO_FULL_URL = "R-FHIR-010"
BAD_FULL_URL = "R-FHIR-011"
FULL_URL_TWICE = "R-FHIR-012"
OTHER_ID = "R-FHIR-013"
OUT_OF_PLACE = "R-FHIR-014"
OTHER_URL = "R-FHIR-016"
IDENTIFIER_TWICE = "R-FHIR-017"
LONG_HISTORY = "R-FHIR-018"
SHORT_HISTORY = "R-FHIR-019"

EVENT = "tddui-encounter-evenement"
_FULL_URL = re.compile(r"urn:(?:uuid:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|oid:[0-9.]+)|https?://\S+")
_OF_TYPE = re.compile(r"https?://\S*/([A-Z][A-Za-z]{1,40})/([A-Za-z0-9\-.]{1,64})")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_VERBS = frozenset({"GET", "HEAD", "PUT", "DELETE", "PATCH"})


def entries_of(bundle: Node) -> list[Any]:
    """The entries of a lot; none when they are no list."""
    entries = bundle.get("entry")
    return entries if isinstance(entries, list) else []


def index_of(bundle: Node) -> ResourceIndex:
    """The resources of a lot, by what references call them."""
    index = ResourceIndex()
    for rank, entry in enumerate(entries_of(bundle)):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            index.add(rank, entry.get("fullUrl"), resource)
    return index


def fatal_fault(bundle: Node, run: Run, catalogue: Catalogue) -> Found:
    """What makes judging the lot pointless: it is no transaction, it is empty, it is too big."""
    kind, entries = bundle.get("type"), bundle.get("entry")
    if kind != "transaction":
        received = kind if isinstance(kind, str) and kind.isascii() and kind.replace("-", "").isalpha() else "aucun"
        steps = ("type",) if "type" in bundle else ()
        return run.report(NOT_TRANSACTION, *steps, value=received, expected=("transaction",), recu=received)
    if "entry" not in bundle or entries == []:
        return run.report(NO_ENTRY)
    limit = int(catalogue.rules[TOO_MANY_ENTRIES].parameters["entrees"])
    if isinstance(entries, list) and len(entries) > limit:
        return run.report(TOO_MANY_ENTRIES, "entry", nombre=len(entries), limite=limit)
    return None


def transaction_faults(bundle: Node, run: Run, definitions: Definitions, catalogue: Catalogue) -> Found:
    """What is wrong with the entries as a transaction; their resources are judged elsewhere."""
    found: Found = run.report(OUT_OF_PLACE, "total", element="total") if "total" in bundle else None
    first: dict[str, int] = {}
    for rank, entry in enumerate(entries_of(bundle)):
        if isinstance(entry, dict):
            found = joined(found, _entry(rank, entry, first, run, definitions))
    found = joined(found, _identifiers(bundle, run, definitions))
    return joined(found, _histories(bundle, run, catalogue))


def _entry(rank: int, entry: Node, first: dict[str, int], run: Run, definitions: Definitions) -> Found:
    found: Found = None
    resource, request = entry.get("resource"), entry.get("request")
    if "resource" not in entry:
        found = run.report(NO_RESOURCE, "entry", rank, entree=rank + 1)
    for name in ("response", "search"):
        if name in entry:
            found = joined(found, run.report(OUT_OF_PLACE, "entry", rank, name, element=name))
    if "request" not in entry:
        found = joined(found, run.report(NOT_POST, "entry", rank, entree=rank + 1, recu="aucune"))
    elif isinstance(request, dict):
        found = joined(found, _request(rank, request, resource, run, definitions))
    return joined(found, _full_url(rank, entry, resource, first, run))


def _request(rank: int, request: Node, resource: Any, run: Run, definitions: Definitions) -> Found:
    found: Found = None
    method, url = request.get("method"), request.get("url")
    if isinstance(method, str) and method in _VERBS:
        place = ("entry", rank, "request", "method")
        found = run.report(NOT_POST, *place, value=method, expected=("POST",), entree=rank + 1, recu=method)
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(url, str) or not isinstance(kind, str) or kind not in definitions.types or url == kind:
        return found
    known = definitions.tolerated("request_url", "Bundle.entry.request.url")
    if known is not None and url.startswith(str(known.parameters["prefixe"])):
        return found
    shown = url if url.isalnum() and len(url) <= 60 else mask(url)
    place = ("entry", rank, "request", "url")
    return joined(found, run.report(OTHER_URL, *place, value=shown, expected=(kind,), recu=shown, attendu=kind))


def _full_url(rank: int, entry: Node, resource: Any, first: dict[str, int], run: Run) -> Found:
    url = entry.get("fullUrl")
    if "fullUrl" not in entry:
        return run.report(NO_FULL_URL, "entry", rank, entree=rank + 1)
    if not isinstance(url, str):
        return None
    place = ("entry", rank, "fullUrl")
    if not _FULL_URL.fullmatch(url) or "/_history/" in url:
        return run.report(BAD_FULL_URL, *place, value=mask(url), recu=mask(url))
    if url in first:
        return run.report(FULL_URL_TWICE, *place, value=mask(url), recu=mask(url), autre=first[url] + 1)
    first[url] = rank
    local = _OF_TYPE.fullmatch(url)
    if local is None or not isinstance(resource, dict):
        return None
    kind, name = resource.get("resourceType"), resource.get("id")
    if (isinstance(name, str) and name != local[2]) or (isinstance(kind, str) and kind != local[1]):
        return run.report(OTHER_ID, *place, value=mask(url), entree=rank + 1)
    return None


def _identifiers(bundle: Node, run: Run, definitions: Definitions) -> Found:
    """A business identifier that two resources of the same type carry: the last would overwrite the first."""
    found: Found = None
    first: dict[tuple[str, str, str], int] = {}
    business = {
        name
        for name, system in definitions.identifier_systems.items()
        if system.kind == "metier" and definitions.tolerated("identifier_unique", name) is None
    }
    for rank, entry in enumerate(entries_of(bundle)):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict):
            continue
        for place, identifier in _identifiers_of(resource):
            system, value = identifier.get("system"), identifier.get("value")
            if system not in business or not isinstance(value, str) or _is_of_other_kind(identifier, definitions):
                continue
            key = (str(resource.get("resourceType")), str(system), value)
            if first.setdefault(key, rank) != rank:
                steps = ("entry", rank, "resource", *place)
                label = definitions.identifier_systems[str(system)].label
                more = run.report(IDENTIFIER_TWICE, *steps, value=mask(value), nature=label, autre=first[key] + 1)
                found = joined(found, more)
    return found


def _identifiers_of(resource: Node) -> Iterator[tuple[tuple[str | int, ...], Node]]:
    identifiers = resource.get("identifier")
    if isinstance(identifiers, dict):
        yield ("identifier", "value"), identifiers
    elif isinstance(identifiers, list):
        for rank, one in enumerate(identifiers):
            if isinstance(one, dict):
                yield ("identifier", rank, "value"), one


def _is_of_other_kind(identifier: Node, definitions: Definitions) -> bool:
    shared = definitions.tolerated("identifier", str(identifier.get("system")))
    kind = shared.parameters.get("type") if shared is not None else None
    return kind is not None and any(code == kind for _, code in codes_of(identifier.get("type")))


def _histories(bundle: Node, run: Run, catalogue: Catalogue) -> Found:
    """From the first to the last event of each service user, both days included; planned events are no history."""
    days: dict[int, list[date]] = {}
    ranks: dict[int, int] = {}
    for entry in entries_of(bundle):
        event = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(event, dict) or event.get("resourceType") != "Encounter" or event.get("status") == "planned":
            continue
        if not any(url.endswith("/" + EVENT) for url in declared_profiles(event)):
            continue
        day, user = _day_of(event), resolved(event.get("subject"), run)
        if day is not None and user is not None and run.index is not None and id(user) in run.index.ranks:
            days.setdefault(id(user), []).append(day)
            ranks[id(user)] = run.index.ranks[id(user)]
    found: Found = None
    most = int(catalogue.rules[LONG_HISTORY].parameters["jours"])
    least = int(catalogue.rules[SHORT_HISTORY].parameters["jours"])
    for key, several in days.items():
        length = (max(several) - min(several)).days + 1
        rule = LONG_HISTORY if length > most else SHORT_HISTORY if length < least else None
        if rule is not None:
            found = joined(
                found,
                run.report(
                    rule,
                    "entry",
                    ranks[key],
                    "resource",
                    nombre=length,
                    limite=most if rule == LONG_HISTORY else least,
                ),
            )
    return found


def _day_of(event: Node) -> date | None:
    period = event.get("period")
    start = period.get("start") if isinstance(period, dict) else None
    written = _DAY.match(start) if isinstance(start, str) else None
    try:
        return date(int(written[1]), int(written[2]), int(written[3])) if written else None
    except ValueError:
        return None
