"""Trails: where something is, in words: `Section des évènements > Évènement 3 > Transport de l'usager`.

The path of an anomaly is for machines; a trail is for people. It names the templates around the place, counted from 1
where several of a name are in the same one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, islice

from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.cda.names import TEMPLATE_ID, hl7, local_name
from sidoba_engine.formats.cda.run import Element

MOST_NAMED = 50_000
"""A document with more named elements has no trails: an invented one would cost their memory."""

_FROM_ROOT = re.compile(r"/ClinicalDocument((?:/\w+)+)")
_BY_NAME = re.compile(r"//(\w+)")


@dataclass(frozen=True, slots=True)
class _Named:
    """Labels of the elements that are of a template by where they are: by mere tag, and by path from the root."""

    by_tag: Mapping[str, str]
    by_path: tuple[tuple[str, str], ...]


@lru_cache(maxsize=4)
def _named_by_place(catalogue: Catalogue) -> _Named:
    by_tag, by_path = {}, []
    for template in catalogue.templates.values():
        for context in template.contexts:
            if found := _BY_NAME.fullmatch(context):
                by_tag[found[1]] = template.label
            elif found := _FROM_ROOT.fullmatch(context):
                by_path.append(("/".join(hl7(name) for name in found[1].split("/")[1:]), template.label))
    return _Named(by_tag, tuple(by_path))


class Trails:
    """Trails in one document; the names are those of the catalogue's templates."""

    def __init__(self, root: Element, catalogue: Catalogue) -> None:
        self._root = root
        self._catalogue = catalogue
        self._named = _named_by_place(catalogue)

    def of(self, element: Element) -> str | None:
        """The trail to an element; None when no template around it has a name."""
        steps = [
            self._step(found)
            for found in chain((element,), element.iterancestors())
            if found in self._labels or local_name(str(found.tag)) in self._named.by_tag
        ]
        return " > ".join(reversed(steps)) or None

    def _step(self, element: Element) -> str:
        if element not in self._labels:
            return self._named.by_tag[local_name(str(element.tag))]
        rank, count = self._ranks[element]
        return f"{self._labels[element]} {rank}" if count > 1 else self._labels[element]

    @cached_property
    def _labels(self) -> Mapping[Element, str]:
        """Label of the elements that declare a template, and of those of the header that their path tells."""
        labels: dict[Element, str] = {}
        templates = self._catalogue.templates
        for declared in islice(self._root.iter(TEMPLATE_ID), MOST_NAMED + 1):
            template, parent = templates.get(declared.get("root", "")), declared.getparent()
            if template is not None and parent is not None and parent is not self._root:
                labels.setdefault(parent, template.label)
        for path, label in self._named.by_path:
            labels |= dict.fromkeys(islice(self._root.iterfind(path), MOST_NAMED), label)
        return labels if len(labels) <= MOST_NAMED else {}

    @cached_property
    def _ranks(self) -> Mapping[Element, tuple[int, int]]:
        """Rank of an element among those of its label in the same named element, and how many these are."""
        around = {
            element: (next((outer for outer in element.iterancestors() if outer in self._labels), None), label)
            for element, label in self._labels.items()
        }
        counts, seen = Counter(around.values()), Counter[tuple[Element | None, str]]()
        ranks = {}
        for element, place in around.items():
            seen[place] += 1
            ranks[element] = seen[place], counts[place]
        return ranks
