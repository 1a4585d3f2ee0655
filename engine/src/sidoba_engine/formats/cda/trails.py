"""Trails: where something is, in words: `Section des évènements > Évènement 3 > Transport de l'usager`.

The path of an anomaly is for machines; a trail is for people. It names the templates around the place, counted from 1
where several of a name are in the same one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from itertools import chain, islice

from sidoba_engine.catalogue import Template
from sidoba_engine.formats.cda.names import TEMPLATE_ID, hl7, local_name
from sidoba_engine.formats.cda.run import Element

MOST_NAMED = 50_000
"""A document with more named elements has no trails: an invented one would cost their memory."""

_FROM_ROOT = re.compile(r"/ClinicalDocument((?:/\w+)+)")
_BY_NAME = re.compile(r"//(\w+)")


class Trails:
    """Trails in one document. `templates` are those of the catalogue, by OID."""

    def __init__(self, root: Element, templates: Mapping[str, Template]) -> None:
        self._root = root
        self._templates = templates

    def of(self, element: Element) -> str | None:
        """The trail to an element; None when no template around it has a name."""
        steps = [
            self._step(found)
            for found in chain((element,), element.iterancestors())
            if found in self._labels or local_name(str(found.tag)) in self._by_name
        ]
        return " > ".join(reversed(steps)) or None

    def _step(self, element: Element) -> str:
        if element not in self._labels:
            return self._by_name[local_name(str(element.tag))]
        rank, count = self._ranks[element]
        return f"{self._labels[element]} {rank}" if count > 1 else self._labels[element]

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        """Label of the elements that are of a template by their mere name."""
        named = ((_BY_NAME.fullmatch(context), item) for item in self._templates.values() for context in item.contexts)
        return {found[1]: item.label for found, item in named if found}

    @cached_property
    def _labels(self) -> Mapping[Element, str]:
        """Label of the elements that declare a template, and of those of the header that their path tells."""
        labels: dict[Element, str] = {}
        for declared in islice(self._root.iter(TEMPLATE_ID), MOST_NAMED + 1):
            template, parent = self._templates.get(declared.get("root", "")), declared.getparent()
            if template is not None and parent is not None and parent is not self._root:
                labels.setdefault(parent, template.label)
        for template in self._templates.values():
            for context in template.contexts:
                if found := _FROM_ROOT.fullmatch(context):
                    path = "/".join(hl7(name) for name in found[1].split("/")[1:])
                    labels |= dict.fromkeys(islice(self._root.iterfind(path), MOST_NAMED), template.label)
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
