"""Resources: the type they say, the profiles they declare or that their type implies, and what is contained in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sidoba_engine.anomaly import Severity, mask
from sidoba_engine.formats.fhir.definitions import Element, Profile
from sidoba_engine.formats.fhir.objects import WRONG_SHAPE
from sidoba_engine.formats.fhir.primitives import json_kind
from sidoba_engine.formats.fhir.run import Found, Node, Run, at, joined

if TYPE_CHECKING:
    from sidoba_engine.formats.fhir.compile import Check, Compiler

NO_TYPE = "R-FHIR-003"
OTHER_FHIR = "R-FHIR-004"
UNUSED_TYPE = "R-FHIR-015"
UNDECLARED = "R-FHIR-020"
UNKNOWN_PROFILE = "R-FHIR-021"
PROFILE_OF_OTHER_TYPE = "R-FHIR-022"
CONTAINED_IN_CONTAINED = "R-FHIR-059"

_CORE = "http://hl7.org/fhir/StructureDefinition/"
_MOST_TRIED = 1000
"""Findings after which a profile that is only tried is given up."""


class ResourceChecks:
    """Judges whole resources: one instance per `Compiler`."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.definitions = compiler.definitions
        rules = compiler.catalogue.rules
        self._other_types: dict[str, str] = {
            name: version for version, names in rules[OTHER_FHIR].parameters["types"].items() for name in names
        }
        self._blocking = {name for name, rule in rules.items() if rule.severity is Severity.BLOCKING}
        self._checks: dict[tuple[str, tuple[str, ...]], Check] = {}

    def nested(self, element: Element) -> Check:
        """The check of a resource inside another: in a bundle's entry, or `contained`."""
        is_contained = element.name == "contained"

        def check(value: Any, run: Run) -> Found:
            if is_contained and isinstance(value, dict) and "contained" in value:
                return run.report(CONTAINED_IN_CONTAINED, "contained")
            return self.judge(value, run, is_contained=is_contained)

        return check

    def judge(self, value: Any, run: Run, *, is_contained: bool = False) -> Found:
        """Judge one resource: its type, then its members under its profiles."""
        if type(value) is not dict:
            return run.report(WRONG_SHAPE, attendu="objet", recu=json_kind(value))
        kind = value.get("resourceType")
        fault = self._type_fault(kind, run)
        if fault is not None:
            return fault
        before = (run.resource, run.container)
        run.resource = value
        run.container = before[1] if is_contained else value
        urls, found = self._profiles(value, str(kind), run)
        found = joined(found, self.check(str(kind), urls)(value, run))
        run.resource, run.container = before
        return found

    def check(self, kind: str, urls: Iterable[str]) -> Check:
        """The check of a resource of that type, under these profiles."""
        key = (kind, tuple(sorted(urls)))
        found = self._checks.get(key)
        if found is None:
            base = self.definitions.types[kind]
            found = self._checks[key] = self.compiler.shape(base, self.compiler.profile_roots(key[1]), base)
        return found

    def conforms(self, resource: Node, urls: tuple[str, ...], run: Run) -> bool:
        """Whether a resource declares one of these profiles (or one made from it), or else follows one of them."""
        declared = [url for url in _declared(resource) if url in self.definitions.profiles]
        if any(url in urls or not set(self.compiler.ancestors(url)).isdisjoint(urls) for url in declared):
            return True
        kind = str(resource.get("resourceType"))
        if kind not in self.definitions.types:
            return False
        memory = run.memory
        for url in urls:
            key = (id(resource), url)
            if key not in memory:
                memory[key] = self._faults(resource, kind, url, run) == 0
            if memory[key]:
                return True
        return False

    def _faults(self, resource: Node, kind: str, url: str, run: Run) -> int:
        """How many blocking faults a resource has under a profile, references and contained resources aside."""
        trial = Run(_MOST_TRIED, index=run.index, is_quiet=True, resource=resource, container=resource, root=run.root)
        alone = {key: value for key, value in resource.items() if key != "contained"}
        found = self.check(kind, (url,))(alone, trial) or []
        return sum(finding.rule in self._blocking for finding in found) + max(trial.count - _MOST_TRIED, 0)

    def _type_fault(self, kind: object, run: Run) -> Found:
        if not isinstance(kind, str) or not kind:
            return run.report(NO_TYPE, recu="rien")
        if kind in self._other_types:
            version = self._other_types[kind]
            return run.report(OTHER_FHIR, "resourceType", value=kind, recu=kind, version=version)
        if kind not in self.definitions.resource_types:
            shown = kind if kind.isidentifier() and kind.isascii() and len(kind) <= 60 else mask(kind)
            return run.report(NO_TYPE, "resourceType", value=shown, recu=shown)
        if kind not in self.definitions.types or self.definitions.types[kind].is_abstract:
            return run.report(UNUSED_TYPE, "resourceType", value=kind, recu=kind)
        return None

    def _profiles(self, resource: Node, kind: str, run: Run) -> tuple[list[str], Found]:
        """The profiles that hold, and what is wrong with those declared."""
        found: Found = None
        held: list[str] = []
        for rank, text in enumerate(_declared(resource)):
            url = text.partition("|")[0]
            profile = self.definitions.profiles.get(url)
            if profile is None and url != _CORE + kind:
                shown = text if len(text) <= 120 and text.isprintable() else mask(text)
                more = run.report(UNKNOWN_PROFILE, rank, value=shown, recu=shown)
            elif profile is not None and profile.type != kind:
                more = run.report(
                    PROFILE_OF_OTHER_TYPE, rank, value=profile.id, recu=profile.id, type=kind, attendu=profile.type
                )
            else:
                more = None
                held += [url] if profile is not None else []
            found = joined(found, at(at(more, "profile"), "meta"))
        if held or run.container is not resource:
            return held, found
        implied = self._implied(resource, kind, run)
        if implied is None:
            return held, found
        return [implied.url], joined(found, run.report(UNDECLARED, type=kind, profil=implied.id))

    def _implied(self, resource: Node, kind: str, run: Run) -> Profile | None:
        """The profile of the guide that an undeclared resource follows best: the first of the least faulty ones."""
        if kind == "Bundle":
            return None
        candidates = [one for one in self.definitions.profiles_of_guide.get(kind, ()) if not one.is_abstract]
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        return min(candidates, key=lambda profile: self._faults(resource, kind, profile.url, run))


def _declared(resource: Node) -> list[str]:
    meta = resource.get("meta")
    declared = meta.get("profile") if isinstance(meta, dict) else None
    return [text for text in declared if isinstance(text, str)] if isinstance(declared, list) else []
