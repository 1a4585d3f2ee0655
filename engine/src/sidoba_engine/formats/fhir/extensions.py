"""Extensions: known ones by their `url`, in their context; unknown ones tolerated, unless they change the meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sidoba_engine.anomaly import mask
from sidoba_engine.formats.fhir.definitions import Element, Profile
from sidoba_engine.formats.fhir.objects import Holder
from sidoba_engine.formats.fhir.run import Found, Run, joined
from sidoba_engine.formats.fhir.slicing import extension_url

if TYPE_CHECKING:
    from sidoba_engine.formats.fhir.compile import Check, Overlays
    from sidoba_engine.formats.fhir.lists import ListCompiler, Placed, Slicer

UNKNOWN_MODIFIER = "R-FHIR-056"
WRONG_CONTEXT = "R-FHIR-057"
RELATIVE_URL = "R-FHIR-058"


class ExtensionItems:
    """The check of each item of `extension` or `modifierExtension`, chosen by its `url`."""

    def __init__(
        self, lists: ListCompiler, holder: Holder, element: Element, layer: Overlays, slicers: list[Slicer]
    ) -> None:
        self.elements = lists.elements
        self.definitions = lists.elements.definitions
        self.holder, self.element, self.layer, self.slicers = holder, element, layer, slicers
        self.is_modifier = element.name == "modifierExtension"
        self._ranks = [
            {extension_url(part): rank for rank, part in enumerate(slicer.element.slices)} for slicer in slicers
        ]
        self._known: dict[str, Placed] = {}
        self._other: Placed | None = None

    def choose(self, item: Any, run: Run) -> Placed:
        """The check of that extension, and its slices."""
        url = item.get("url") if isinstance(item, dict) else None
        found = self._known.get(url) if isinstance(url, str) else None
        if found is not None:
            return found
        if isinstance(url, str) and (url in self.definitions.extensions or any(url in ranks for ranks in self._ranks)):
            found = self._known[url] = self._placed(url)
            return found
        if self._other is None:
            self._other = (self._unknown(), tuple(-1 for _ in self.slicers))
        return self._other

    def _placed(self, url: str) -> Placed:
        ranks = tuple(known.get(url, -1) for known in self._ranks)
        parts = tuple(
            slicer.element.slices[rank] for slicer, rank in zip(self.slicers, ranks, strict=True) if rank >= 0
        )
        profile = self.definitions.extensions.get(url)
        layer = self.layer + parts
        if profile is not None and not any(url in one.profiles for part in parts for one in part.types):
            layer += (profile.root,)
        item = self.elements.item(self.element, "Extension", layer)
        if profile is not None and not parts and not self._may_stand(profile):
            item = _misplaced(item, profile)
        return item, ranks

    def _may_stand(self, profile: Profile) -> bool:
        """Whether one of its contexts is the object that holds it; a context that is no path is not judged."""
        if not profile.contexts or any(context.kind != "element" for context in profile.contexts):
            return True
        if self.definitions.tolerated("context", profile.url) is not None:
            return True
        names = self.holder.names
        return any(context.expression in names for context in profile.contexts)

    def _unknown(self) -> Check:
        item = self.elements.item(self.element, "Extension", self.layer)
        is_nested = "Extension" in self.holder.names
        is_modifier = self.is_modifier

        def check(value: Any, run: Run) -> Found:
            found = item(value, run)
            url = value.get("url") if isinstance(value, dict) else None
            if not isinstance(url, str) or not url:
                return found
            if is_modifier:
                return joined(found, run.report(UNKNOWN_MODIFIER, "url", value=_shown(url), recu=_shown(url)))
            if not is_nested and ":" not in url:
                return joined(found, run.report(RELATIVE_URL, "url", value=_shown(url), recu=_shown(url)))
            return found

        return check


def _misplaced(item: Check, profile: Profile) -> Check:
    expected = tuple(sorted({context.expression for context in profile.contexts}))

    def check(value: Any, run: Run) -> Found:
        found = item(value, run)
        more = run.report(
            WRONG_CONTEXT, "url", value=profile.id, expected=expected, recu=profile.id, attendu=", ".join(expected)
        )
        return joined(found, more)

    return check


def _shown(url: str) -> str:
    return url if len(url) <= 120 and url.isprintable() and " " not in url else mask(url)
