"""References: what they name, and whether it is among what was received.

A bundle's resources are known by their `fullUrl` and by `Type/id`; contained resources by `#id`.
Source: FHIR R4 (4.0.1), references; guide TDDUI 2.4.0, flow 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sidoba_engine.anomaly import mask
from sidoba_engine.formats.fhir.run import Found, Node, Run

MALFORMED = "R-FHIR-050"
NOT_CONTAINED = "R-FHIR-051"
NOT_IN_BUNDLE = "R-FHIR-052"
ELSEWHERE = "R-FHIR-053"
WRONG_TARGET = "R-FHIR-054"
WRONG_TARGET_PROFILE = "R-FHIR-055"

_LOCAL = re.compile(
    r"(?:(https?://\S*?)/)?([A-Z][A-Za-z]{1,40})/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


@dataclass(slots=True)
class ResourceIndex:
    """The resources of a bundle, by their `fullUrl` and by type and id; of equals, the first."""

    by_url: dict[str, Node] = field(default_factory=dict)
    by_id: dict[tuple[str, str], Node] = field(default_factory=dict)
    ranks: dict[int, int] = field(default_factory=dict)
    """`id()` of a resource → rank of its entry."""

    def add(self, rank: int, full_url: object, resource: Node) -> None:
        """Make the resource of an entry known."""
        self.ranks[id(resource)] = rank
        if isinstance(full_url, str):
            self.by_url.setdefault(full_url, resource)
        kind, name = resource.get("resourceType"), resource.get("id")
        if isinstance(kind, str) and isinstance(name, str):
            self.by_id.setdefault((kind, name), resource)

    def find(self, reference: str) -> Node | None:
        """The resource that a reference names; None when it is not here."""
        found = self.by_url.get(reference)
        if found is None and (local := _LOCAL.fullmatch(reference)) and local[1] is None:
            found = self.by_id.get((local[2], local[3]))
        if found is None and "/_history/" in reference:
            return self.find(reference.partition("/_history/")[0])
        return found


def resolved(value: object, run: Run) -> Node | None:
    """The resource that a Reference (or its text) leads to, among what was received."""
    reference = value.get("reference") if isinstance(value, Mapping) else value
    if not isinstance(reference, str):
        return None
    if reference.startswith("#"):
        return contained_in(run, reference[1:])
    return run.index.find(reference) if run.index is not None else None


def contained_in(run: Run, name: str) -> Node | None:
    """The contained resource of that id, of the resource being walked; the resource itself for `#` alone."""
    if not name:
        return run.container
    if run.contained_of is not run.container:
        contained = run.container.get("contained")
        several = [one for one in contained if isinstance(one, dict)] if isinstance(contained, list) else []
        run.contained_of = run.container
        run.contained = {one["id"]: one for one in reversed(several) if isinstance(one.get("id"), str)}
    return run.contained.get(name)


def shown_reference(reference: str) -> str:
    """A reference as a message may show it: its type, the id masked."""
    local = _LOCAL.fullmatch(reference)
    if local is not None:
        return f"{local[2]}/{mask(local[3])}"
    if reference.startswith("urn:uuid:"):
        return "urn:uuid:" + mask(reference[9:])
    return mask(reference)


Conforms = Callable[[Node, tuple[str, ...], Run], bool]


def reference_check(
    targets: Mapping[str, tuple[str, ...]], known_types: Iterable[str], conforms: Conforms
) -> Callable[[Any, Run], Found]:
    """The check of one Reference. `targets` gives, by resource type, the profiles admitted (none: any profile).

    An empty `targets` admits any type.
    """
    types = frozenset(known_types)
    expected = tuple(sorted(targets))

    def check(node: Any, run: Run) -> Found:
        reference = node.get("reference") if isinstance(node, Mapping) else None
        if not isinstance(reference, str) or not reference:
            return _typed(node, run)
        target, kind, found = _followed(reference, types, run)
        if found:
            return found
        if targets and kind is not None and kind not in targets:
            return run.report(
                WRONG_TARGET,
                "reference",
                value=shown_reference(reference),
                expected=expected,
                recu=kind,
                attendu=" ou ".join(expected),
            )
        if target is None or run.is_quiet or not targets:
            return _missing(reference, run) if target is None else None
        profiles = targets.get(str(kind), ())
        if profiles and not conforms(target, profiles, run):
            names = tuple(url.rsplit("/", 1)[-1] for url in profiles)
            return run.report(
                WRONG_TARGET_PROFILE,
                "reference",
                value=shown_reference(reference),
                expected=names,
                attendu=" ou ".join(names),
            )
        return None

    def _typed(node: Any, run: Run) -> Found:
        kind = node.get("type") if isinstance(node, Mapping) else None
        if targets and isinstance(kind, str) and kind in types and kind not in targets:
            return run.report(
                WRONG_TARGET, "type", value=kind, expected=expected, recu=kind, attendu=" ou ".join(expected)
            )
        return None

    return check


def _followed(reference: str, types: frozenset[str], run: Run) -> tuple[Node | None, str | None, Found]:
    """The resource named, its type as far as it is known, and what is wrong with the reference itself."""
    if reference.startswith("#"):
        target = contained_in(run, reference[1:])
        if target is None:
            return None, None, run.report(NOT_CONTAINED, "reference", value=shown_reference(reference))
        return target, _type_of(target), None
    target = run.index.find(reference) if run.index is not None else None
    if target is not None:
        return target, _type_of(target), None
    local = _LOCAL.fullmatch(reference)
    if local is not None and local[2] in types:
        return None, local[2], None
    if local is None and _ABSOLUTE.fullmatch(reference):
        return None, None, None
    return None, None, run.report(MALFORMED, "reference", value=shown_reference(reference))


def _type_of(resource: Node) -> str | None:
    kind = resource.get("resourceType")
    return kind if isinstance(kind, str) else None


def _missing(reference: str, run: Run) -> Found:
    """A reference to nothing that was received: wrong when nothing else can have it, else to be confirmed."""
    if reference.startswith("#") or run.is_quiet:
        return None
    if run.index is None:
        run.skip(NOT_IN_BUNDLE, "fait_inconnu", "lot")
        return None
    rule = NOT_IN_BUNDLE if reference.startswith("urn:") else ELSEWHERE
    return run.report(rule, "reference", value=shown_reference(reference), recu=shown_reference(reference))
