"""The small path language of the CDA rules, compiled to closures.

It is written in the catalogue (`contexte`, `chemin`, `quand` …) and reads like XPath, on purpose:

    /ClinicalDocument/author/assignedAuthor          from the root
    //id[@root=1.2.250.1.71.4.2.2]                   anywhere
    patient/name/family[@qualifier=BR][texte]        from the element being checked
    .//id                                            self, then descendants

A name without prefix is of HL7, `sdtc:` of the extension, `*` any element. Conditions, between brackets, all hold: `@a`
present, `@a=x|y` one of these values, `@a~motif` wholly matching, `texte` some text, `modele=OID|OID` declares one of
these templates, a relative path that leads somewhere; `!` in front turns a condition round. Paths only go down: looking
up and sideways from each of many siblings would cost the square of their number. No XPath runs at run time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from sidoba_engine.formats.cda.names import HL7, PREFIXES, TEMPLATE_ID

Element = etree._Element
Test = Callable[[Element], bool]
Finder = Callable[[Element], Iterator[Element]]

_NAME = re.compile(r"\.|\*|(?:[a-z]+:)?[A-Za-z_][\w.-]*")
_ATTRIBUTE = re.compile(r"@([A-Za-z:_][\w:.-]*)(?:([=~])(.*))?", re.DOTALL)


class SelectorError(ValueError):
    """A path of a rule cannot be read; the message quotes it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `deep` after `//`; `name` a tag in Clark notation, `*` or `.`; `guard` None without condition.

    `templates` are those a `modele=` condition asks for, kept apart: dispatching looks them up in a dictionary.
    `needs_child`: no element without children can satisfy the conditions. `text` is the step as written: equal texts
    are the same step.
    """

    deep: bool
    name: str
    templates: tuple[str, ...]
    guard: Test | None
    needs_child: bool
    text: str


@dataclass(frozen=True, slots=True)
class Path:
    """A path: `absolute` when it starts at the root; `attribute` (Clark name) when it ends with one."""

    absolute: bool
    steps: tuple[Step, ...]
    attribute: str | None
    text: str


def parse(text: str) -> Path:
    """Read one path. Raises SelectorError."""
    reader = _Reader(text)
    path = reader.path()
    if reader.rest:
        raise SelectorError(f"unreadable path {text!r} at {reader.rest!r}")
    return path


def finder(text: str) -> Finder:
    """The elements a relative path leads to, in document order for child steps."""
    path = parse(text)
    if path.absolute or path.attribute:
        raise SelectorError(f"a relative path to elements is expected, not {text!r}")
    return _chained(path.steps)


def values(text: str) -> Callable[[Element], Iterator[tuple[Element, str | None]]]:
    """The elements and attribute values a relative path ending with an attribute leads to."""
    path = parse(text)
    if path.attribute is None:
        raise SelectorError(f"a path ending with an attribute is expected, not {text!r}")
    find, name = _chained(path.steps), path.attribute
    return lambda element: ((found, found.get(name)) for found in find(element))


def exists(text: str) -> Test:
    """True when the relative path leads somewhere (to the attribute, when it ends with one)."""
    path = parse(text)
    if path.attribute is not None:
        reach = values(text)
        return lambda element: any(value is not None for _, value in reach(element))
    if len(path.steps) == 1 and not path.steps[0].deep and path.steps[0].guard is None and _is_tag(path.steps[0].name):
        tag = path.steps[0].name
        return lambda element: next(element.iterchildren(tag), None) is not None
    find = _chained(path.steps)
    return lambda element: next(find(element), None) is not None


def conditions(text: str) -> Test:
    """One test out of `[…][…]`: all hold. Raises SelectorError when the text is anything else."""
    reader = _Reader(text)
    templates, test, _ = reader.conditions()
    if reader.rest:
        raise SelectorError(f"conditions between brackets are expected, not {text!r}")
    return _all_of([*([_declares(templates)] if templates else []), *([test] if test else [])])


def attribute_name(text: str) -> str:
    """`root`, or `{namespace}type` for `xsi:type`."""
    prefix, colon, local = text.rpartition(":")
    if not colon:
        return text
    if prefix not in PREFIXES:
        raise SelectorError(f"unknown prefix in {text!r}")
    return f"{{{PREFIXES[prefix]}}}{local}"


class _Reader:
    """Reads a path from left to right; `rest` is what remains."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.rest = text.strip()

    def path(self) -> Path:
        absolute = self.rest.startswith("/")
        steps: list[Step] = []
        attribute = None
        deep = self._slashes() == 2
        while True:
            if self.rest.startswith("@"):
                attribute, self.rest = attribute_name(self.rest[1:]), ""
                break
            steps.append(self._step(deep))
            if not self.rest.startswith("/"):
                break
            deep = self._slashes() == 2
        return Path(absolute, tuple(steps), attribute, self._text.strip())

    def conditions(self) -> tuple[tuple[str, ...], Test | None, bool]:
        """Templates asked for, the test of all other conditions, and whether they need a child element."""
        templates: tuple[str, ...] = ()
        tests: list[Test] = []
        needs_child = False
        while self.rest.startswith("["):
            body = self._bracketed()
            needs_child |= not body.startswith(("!", "@", ".")) and body != "texte"
            if body.startswith("modele="):
                templates += tuple(body[7:].split("|"))
            else:
                tests.append(_condition(body))
        return templates, _all_of(tests) if tests else None, needs_child

    def _slashes(self) -> int:
        count = len(self.rest) - len(self.rest.lstrip("/"))
        self.rest = self.rest[count:]
        return count

    def _step(self, deep: bool) -> Step:
        before = self.rest
        found = _NAME.match(self.rest)
        if found is None:
            raise SelectorError(f"unreadable path {self._text!r} at {self.rest!r}")
        self.rest = self.rest[found.end() :]
        templates, guard, needs_child = self.conditions()
        written = before[: len(before) - len(self.rest)]
        return Step(deep, _tag(found[0]), templates, guard, needs_child, ("//" if deep else "/") + written)

    def _bracketed(self) -> str:
        level = 0
        for position, character in enumerate(self.rest):
            level += (character == "[") - (character == "]")
            if level == 0:
                body, self.rest = self.rest[1:position], self.rest[position + 1 :]
                return body
        raise SelectorError(f"bracket left open in {self._text!r}")


def _tag(name: str) -> str:
    if name in (".", "*"):
        return name
    prefix, colon, local = name.rpartition(":")
    if colon and prefix not in PREFIXES:
        raise SelectorError(f"unknown prefix in {name!r}")
    return f"{{{PREFIXES[prefix] if colon else HL7}}}{local}"


def _is_tag(name: str) -> bool:
    return name.startswith("{")


def _condition(body: str) -> Test:
    if body.startswith("!"):
        inner = _condition(body[1:])
        return lambda element: not inner(element)
    if body == "texte":
        return lambda element: any(str(text).strip() for text in element.itertext())
    if body.startswith("modele="):
        return _declares(tuple(body[7:].split("|")))
    found = _ATTRIBUTE.fullmatch(body)
    if found is None:
        return exists(body)
    name, operator, operand = attribute_name(found[1]), found[2], found[3]
    if operator is None:
        return lambda element: element.get(name) is not None
    if operator == "=":
        admitted = frozenset(operand.split("|"))
        return lambda element: element.get(name) in admitted
    pattern = re.compile(operand, re.ASCII)
    return lambda element: (value := element.get(name)) is not None and pattern.fullmatch(value) is not None


def _declares(templates: tuple[str, ...]) -> Test:
    wanted = frozenset(templates)
    return lambda element: any(item.get("root") in wanted for item in element.iterchildren(TEMPLATE_ID))


def _all_of(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    first, others = tests[0], _all_of(tests[1:])
    return lambda element: first(element) and others(element)


def _chained(steps: tuple[Step, ...]) -> Finder:
    finders = [_one_step(step) for step in steps]
    if len(finders) == 1:
        return finders[0]

    def find(element: Element, rank: int = 0) -> Iterator[Element]:
        if rank == len(finders):
            yield element
            return
        for found in finders[rank](element):
            yield from find(found, rank + 1)

    return find


def _one_step(step: Step) -> Finder:
    reach = _axis(step)
    tests = [*([_declares(step.templates)] if step.templates else []), *([step.guard] if step.guard else [])]
    if not tests:
        return reach
    test = _all_of(tests)
    return lambda element: (found for found in reach(element) if test(found))


def _axis(step: Step) -> Finder:
    name = step.name
    if name == ".":
        return lambda element: iter((element,))
    if step.deep:
        return lambda element: element.iterdescendants(name)
    return lambda element: element.iterchildren(name)
