"""Projection: the little that a set of conditions or checks can see of an element, as one hashable value.

Rules look at few things: some attributes, the templates declared, a code one level down. What they conclude depends on
nothing else, so two elements with equal projections are judged alike, and the conclusion is looked up instead of being
worked out again. Reading a projection touches each attribute once, whatever the number of rules.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from lxml import etree

from sidoba_engine.formats.cda.names import HL7

Element = etree._Element
Project = Callable[[Element], Hashable]

_OF_HL7 = f"{{{HL7}}}"
_ANY_OF_HL7 = f"{_OF_HL7}*"
_OF_FEW_VALUES = frozenset({"nullFlavor", "classCode", "moodCode", "typeCode", "inversionInd"})
"""Attributes whose whole value is taken: they have so few that sorting them costs more."""
OTHER = 0
"""Stands for every value of an attribute that nobody asks about."""


@dataclass(frozen=True, slots=True)
class View:
    """What is seen of an element.

    `attributes`: the values that matter, by attribute; none at all when only its presence does, None when the whole
    value does. `children`: what is seen of the children, by tag. `any_child`: what is seen of each child of HL7,
    whatever its tag.
    """

    attributes: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    children: Mapping[str, View] = field(default_factory=dict)
    any_child: View | None = None

    def __or__(self, other: View) -> View:
        """All that either sees."""
        attributes = dict(self.attributes)
        for name, values in other.attributes.items():
            mine = attributes.get(name, frozenset())
            attributes[name] = None if values is None or mine is None else mine | values
        children = dict(self.children)
        for tag, view in other.children.items():
            children[tag] = children[tag] | view if tag in children else view
        either = self.any_child or other.any_child
        both = self.any_child | other.any_child if self.any_child and other.any_child else either
        return View(attributes, children, both)


def seen_by_all(views: Iterable[View]) -> View:
    """All that any of them sees."""
    return reduce(View.__or__, views, View())


def projector(view: View) -> Project:
    """The function that gives the projection of an element. Written as few plain loops: it runs on most elements."""
    whole = [name for name, values in sorted(view.attributes.items()) if values is None or name in _OF_FEW_VALUES]
    classes = [
        (name, _classes(values))
        for name, values in sorted(view.attributes.items())
        if values is not None and name not in _OF_FEW_VALUES
    ]
    below = _children(view)
    if below is None:
        return _attributes(whole, classes)
    if not view.attributes:
        return below
    own = _attributes(whole, classes)
    return lambda element: (own(element), below(element))


Classes = dict[str | None, Hashable]


def _classes(values: frozenset[str]) -> Classes:
    """What stands for each value of an attribute; `OTHER` for those not named here."""
    return {None: None, **{value: value for value in values}}


def _attributes(whole: list[str], classes: list[tuple[str, Classes]]) -> Project:
    if len(whole) == 1 and not classes:
        (name,) = whole
        return lambda element: element.get(name)
    if len(classes) == 1 and not whole:
        ((name, seen),) = classes
        return lambda element: seen.get(element.get(name), OTHER)

    if not classes:
        names = tuple(whole)
        return lambda element: tuple(map(element.get, names))

    def project(element: Element) -> Hashable:
        get = element.get
        found: list[Hashable] = [*map(get, whole)]
        for name, seen in classes:
            found.append(seen.get(get(name), OTHER))
        return tuple(found)

    return project


def _children(view: View) -> Project | None:
    readers = {tag: projector(seen) if seen != View() else None for tag, seen in view.children.items()}
    if view.any_child is not None:
        return _each_child(readers, projector(view.any_child))
    if not readers:
        return None
    if len(readers) == 1:
        return _children_of_one_tag(*readers.popitem())

    def project(element: Element) -> Hashable:
        found: list[Any] = []
        for child in element.iterchildren("*"):
            tag = child.tag
            if tag in readers:
                read = readers[tag]
                found.append(tag if read is None else (tag, read(child)))
        return tuple(found)

    return project


def _children_of_one_tag(tag: str, read: Project | None) -> Project:
    if read is None:
        return lambda element: sum(1 for _ in element.iterchildren(tag))
    return lambda element: tuple([read(child) for child in element.iterchildren(tag)])


def _each_child(readers: Mapping[str, Project | None], read_any: Project) -> Project:
    if not readers:
        return lambda element: tuple([read_any(child) for child in element.iterchildren(_ANY_OF_HL7)])

    def project(element: Element) -> Hashable:
        found: list[Any] = []
        for child in element.iterchildren("*"):
            tag = child.tag
            read = readers.get(tag)
            of_hl7 = tag.startswith(_OF_HL7)
            if tag in readers or of_hl7:
                found.append((tag if tag in readers else None, read and read(child), of_hl7 and read_any(child)))
        return tuple(found)

    return project


def size(projection: Any) -> int:
    """Roughly the memory of a projection, in characters and members: an invented one may be as long as its document."""
    if isinstance(projection, tuple):
        return sum(map(size, projection)) + len(projection)
    return len(projection) if isinstance(projection, str) else 0
