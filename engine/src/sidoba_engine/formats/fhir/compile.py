"""Profiles compiled to closures: one check per type, per backbone element and per set of profiles that apply there.

What base R4 says of an element and what the profiles say of it (already merged along their chain) become one check of
its value. Checks are made when a document first needs them, and kept: a bundle compiles what it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.fhir.constraints import ConstraintChecks
from sidoba_engine.formats.fhir.definitions import Definitions, Element, ProfileElement, TypeDefinition
from sidoba_engine.formats.fhir.elements import ElementCompiler
from sidoba_engine.formats.fhir.objects import object_check
from sidoba_engine.formats.fhir.resources import ResourceChecks
from sidoba_engine.formats.fhir.run import Found, Run

Base = TypeDefinition | Element
Overlays = tuple[ProfileElement, ...]
Check = Callable[[Any, Run], Found]


class Compiler:
    """The checks of one catalogue; one instance per process and catalogue."""

    def __init__(self, catalogue: Catalogue, definitions: Definitions) -> None:
        self.catalogue = catalogue
        self.definitions = definitions
        self.constraints = ConstraintChecks(catalogue, definitions)
        self.elements = ElementCompiler(self)
        self.resources = ResourceChecks(self)
        self._shapes: dict[tuple[int, tuple[int, ...], str], Check] = {}

    @cached_property
    def element_type(self) -> TypeDefinition:
        """What every element may have: `id` and `extension`; that of a primitive's `_name` too."""
        return self.definitions.types["Element"]

    def shape(self, base: Base, overlays: Overlays, site: Element | TypeDefinition) -> Check:
        """The check of an object of that type, as used at `site`."""
        key = (id(base), tuple(map(id, overlays)), site.path if isinstance(site, Element) else site.name)
        found = self._shapes.get(key)
        if found is None:
            found = self._shapes[key] = object_check(self, base, overlays, site)
        return found

    def base_of(self, element: Element, code: str) -> Base:
        """What holds the members of a value of that type: the type, or the element itself for a backbone."""
        if element.content_reference is not None:
            return self.definitions.element_at(element.content_reference)
        return element if element.children else self.definitions.types[code]

    def profile_roots(self, urls: Iterable[str]) -> Overlays:
        """The roots of the profiles held here, each once; one that another specialises is left out."""
        profiles = [self.definitions.profiles[url] for url in dict.fromkeys(urls) if url in self.definitions.profiles]
        ancestors = {above for profile in profiles for above in self.ancestors(profile.url)}
        return tuple(profile.root for profile in profiles if profile.url not in ancestors)

    def ancestors(self, url: str) -> tuple[str, ...]:
        """The profiles and the type that a profile specialises, nearest first."""
        found: list[str] = []
        profile = self.definitions.profiles.get(url)
        while profile is not None and profile.base not in found:
            found.append(profile.base)
            profile = self.definitions.profiles.get(profile.base)
        return tuple(found)
