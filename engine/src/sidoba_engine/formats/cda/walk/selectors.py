"""The small path language of the CDA rules, compiled to closures.

It is written in the catalogue (`contexte`, `chemin`, `quand` …) and reads like XPath, on purpose:

    /ClinicalDocument/author/assignedAuthor          from the root
    //id[@root=1.2.250.1.71.4.2.2]                   anywhere
    patient/name/family[@qualifier=BR][texte]        from the element being checked
    .//id                                            self, then descendants

A name without prefix is of HL7, `sdtc:` of the extension, `*` any of HL7. Conditions, between brackets, all hold: `@a`
present, `@a=x|y` one of these values, `@a~motif` wholly matching, `texte` some text, `modele=OID|OID` declares one of
these templates, `type=CD|CE` has one of these `xsi:type` (the prefix is any), `name<=2` at most two such children, a
relative path that leads somewhere; `!` in front turns a condition round. Paths only go down: looking up and sideways
from each of many siblings would cost the square of their number. No XPath runs at run time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from sidoba_engine.formats.cda.names import HL7, PREFIXES, TEMPLATE_ID, XSI
from sidoba_engine.formats.cda.walk.projection import View

Element = etree._Element
Test = Callable[[Element], bool]
Finder = Callable[[Element], Iterator[Element]]

ANY = f"{{{HL7}}}*"
"""The tag of a step that takes any element: of HL7, as the guide's own rules have it."""
_XSI_TYPE = f"{{{XSI}}}type"
_NAME = re.compile(r"\.|\*|(?:[a-z]+:)?[A-Za-z_][\w.-]*")
_LIMIT = re.compile(r"(.+?)<=(\d+)")
_ATTRIBUTE = re.compile(r"@([A-Za-z:_][\w:.-]*)(?:([=~])(.*))?", re.DOTALL)


class SelectorError(ValueError):
    """A path of a rule cannot be read; the message quotes it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `deep` after `//`; `name` a tag in Clark notation, `ANY` or `.`; `guard` None without condition.

    `templates` are those a `modele=` condition asks for, kept apart: dispatching looks them up in a dictionary.
    `needs_child`: no element without children can satisfy the conditions. `conditions` are those between brackets, and
    `text` is the step, as written: equal texts are the same step.
    """

    deep: bool
    name: str
    templates: tuple[str, ...]
    guard: Test | None
    needs_child: bool
    conditions: tuple[str, ...]
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


def view_of(conditions: Iterable[str]) -> View | None:
    """All that these conditions see of an element; None when a projection cannot hold it (texts, patterns, depth)."""
    seen = View()
    for condition in conditions:
        view = _view(condition.removeprefix("!"))
        if view is None:
            return None
        seen |= view
    return seen


def _view(body: str) -> View | None:
    if body == "texte":
        return None
    if limit := _LIMIT.fullmatch(body):
        return path_view(parse(limit[1]))
    if body.startswith("modele="):
        return View(children={TEMPLATE_ID: View({"root": frozenset(body[7:].split("|"))})})
    if body.startswith("type="):
        return View({_XSI_TYPE: None})
    if found := _ATTRIBUTE.fullmatch(body):
        if found[2] == "~":
            return None
        return View({attribute_name(found[1]): frozenset(found[3].split("|")) if found[2] else frozenset()})
    path = parse(body)
    return path_view(path)


def path_view(path: Path) -> View | None:
    """All that following a path down sees of the element it starts from; None when a projection cannot hold it."""
    seen = View({path.attribute: frozenset()}) if path.attribute else View()
    for step in reversed(path.steps):
        at_step = view_of(step.conditions)
        if at_step is None or step.deep or step.name == ".":
            return None
        below = seen | at_step
        seen = View(any_child=below) if step.name == ANY else View(children={step.name: below})
    return seen


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
    if len(path.steps) == 1 and not path.steps[0].deep and not path.steps[0].conditions and path.steps[0].name != ".":
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
            needs_child |= not body.startswith(("!", "@", ".", "type=")) and body != "texte"
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
        after = self.rest
        templates, guard, needs_child = self.conditions()
        bodies = _bodies(after[: len(after) - len(self.rest)])
        written = before[: len(before) - len(self.rest)]
        return Step(deep, _tag(found[0]), templates, guard, needs_child, bodies, ("//" if deep else "/") + written)

    def _bracketed(self) -> str:
        level = 0
        for position, character in enumerate(self.rest):
            level += (character == "[") - (character == "]")
            if level == 0:
                body, self.rest = self.rest[1:position], self.rest[position + 1 :]
                return body
        raise SelectorError(f"bracket left open in {self._text!r}")


def _bodies(text: str) -> tuple[str, ...]:
    """`a`, `b[c]` for `[a][b[c]]`."""
    bodies, level, start = [], 0, 0
    for position, character in enumerate(text):
        level += (character == "[") - (character == "]")
        if character == "[" and level == 1:
            start = position + 1
        elif character == "]" and level == 0:
            bodies.append(text[start:position])
    return tuple(bodies)


def _tag(name: str) -> str:
    if name == ".":
        return name
    if name == "*":
        return ANY
    prefix, colon, local = name.rpartition(":")
    if colon and prefix not in PREFIXES:
        raise SelectorError(f"unknown prefix in {name!r}")
    return f"{{{PREFIXES[prefix] if colon else HL7}}}{local}"


def _condition(body: str) -> Test:
    if body.startswith("!"):
        inner = _condition(body[1:])
        return lambda element: not inner(element)
    if body == "texte":
        return lambda element: any(str(text).strip() for text in element.itertext())
    if body.startswith("modele="):
        return _declares(tuple(body[7:].split("|")))
    if body.startswith("type="):
        return _has_type(body[5:].split("|"))
    if limit := _LIMIT.fullmatch(body):
        return _at_most(finder(limit[1]), int(limit[2]))
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


def type_of(element: Element) -> str | None:
    """The local name of `xsi:type`; None without it."""
    written = element.get(_XSI_TYPE)
    return None if written is None else written.strip().rpartition(":")[2]


def _has_type(names: list[str]) -> Test:
    wanted = frozenset(names)
    return lambda element: type_of(element) in wanted


def _at_most(find: Finder, limit: int) -> Test:
    return lambda element: sum(1 for _ in islice(find(element), limit + 1)) <= limit


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
