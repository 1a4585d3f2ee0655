"""Value sets, code systems and questionnaires of a package, in the short form of the catalogue.

A value set that is one of the catalogue's published lists, code for code, refers to it by its OID: one list, one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sidoba_engine.value_set import ValueSet

from sidoba_server.ops.fhir_import.statements import Data, without_version

OID = "urn:oid:"
_LEFT_OUT = ("text", "meta", "contact", "description", "purpose", "copyright", "jurisdiction", "useContext", "date")
"""What a questionnaire says that no answer is judged by."""


def short_value_set(resource: Mapping[str, Any], published: Mapping[str, ValueSet]) -> Data:
    """A value set: the list it is, when the catalogue has it (`published`, by OID); what it is made of otherwise."""
    head = _head(resource)
    listed = published.get(_oid(resource))
    compose = resource.get("compose", {})
    if listed and listed.oid and _codes(compose.get("include", ())) == set(listed.labels):
        return {**head, "nomenclature": listed.oid}
    if "expansion" in resource and not _is_plain(compose.get("include", ())):
        return {**head, "include": _expanded(resource["expansion"].get("contains", ()))}
    made = {name: [_part(part) for part in compose[name]] for name in ("include", "exclude") if compose.get(name)}
    return {**head, **made}


def short_code_system(resource: Mapping[str, Any]) -> Data:
    """A code system; `content` says whether it is whole (`complete`) or a fragment."""
    concepts = dict(_flat(resource.get("concept", ())))
    return {**_head(resource), "content": resource.get("content", "fragment"), "concepts": concepts}


def short_questionnaire(resource: Mapping[str, Any]) -> Data:
    """A questionnaire as it is, without what no answer is judged by."""
    return {name: value for name, value in resource.items() if name not in _LEFT_OUT}


def _head(resource: Mapping[str, Any]) -> Data:
    title = resource.get("title") or resource.get("name")
    said = {"url": resource["url"], "version": resource.get("version"), "title": title}
    return {name: value for name, value in said.items() if value}


def _oid(resource: Mapping[str, Any]) -> str:
    values = (str(identifier.get("value", "")) for identifier in resource.get("identifier", ()))
    return next((value.removeprefix(OID) for value in values if value.startswith(OID)), "")


def _part(part: Mapping[str, Any]) -> Data:
    said: Data = {"system": part["system"]} if "system" in part else {}
    if concepts := part.get("concept"):
        said["concepts"] = dict(_flat(concepts))
    if filters := part.get("filter"):
        said["filter"] = [[entry["property"], entry["op"], entry["value"]] for entry in filters]
    if value_sets := part.get("valueSet"):
        said["valueSet"] = [without_version(url) for url in value_sets]
    return said


def _expanded(contains: Iterable[Mapping[str, Any]]) -> list[Data]:
    """The parts of an expansion, one a system."""
    by_system: dict[str, dict[str, str]] = {}
    for entry in _nested(contains, "contains"):
        if "code" in entry and not entry.get("abstract"):
            by_system.setdefault(entry.get("system", ""), {})[entry["code"]] = entry.get("display", "")
    return [{"system": system, "concepts": concepts} for system, concepts in by_system.items()]


def _is_plain(parts: Iterable[Mapping[str, Any]]) -> bool:
    """Whether codes are listed one by one, so that nothing else is needed to know them."""
    return all("concept" in part and "valueSet" not in part for part in parts)


def _codes(parts: Iterable[Mapping[str, Any]]) -> set[str]:
    return {concept["code"] for part in parts for concept in part.get("concept", ())}


def _flat(concepts: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for concept in _nested(concepts, "concept"):
        yield concept["code"], concept.get("display", "")


def _nested(entries: Iterable[Mapping[str, Any]], member: str) -> Iterator[Mapping[str, Any]]:
    """Entries and those below them, in their order; without recursion, whatever the depth."""
    waiting = list(entries)[::-1]
    while waiting:
        entry = waiting.pop()
        yield entry
        waiting.extend(reversed(entry.get(member, ())))
