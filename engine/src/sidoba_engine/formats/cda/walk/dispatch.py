"""Dispatch: many contexts, one walk.

All contexts of the rules are merged in one tree of steps. Walking down the document, a `State` is the set of steps
reached so far; entering a child looks its tag up in the state's dictionary, then its templates in another. States and
outcomes are made at first need and kept, so that a document of a known shape costs one look-up per element. What is
kept is bounded: a document of a million invented names leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeAlias

from lxml import etree

from sidoba_engine.formats.cda.names import TEMPLATE_ID
from sidoba_engine.formats.cda.walk.fused_checks import Check, fused
from sidoba_engine.formats.cda.walk.projection import projector, seen_by_all, size
from sidoba_engine.formats.cda.walk.selectors import ANY, Path, SelectorError, Step, Test, view_of

Element = etree._Element


_OF_HL7 = ANY[:-1]
_KEPT_UNKNOWN_TAGS = 256
"""Per state: tags that no rule names but documents use (tables of the narrative …)."""
_KEPT_OUTCOMES = 1024
_KEPT_STATES = 20_000
_LARGEST_KEPT = 2_000


class _Node:
    """A step reached; `edges` lead one level down, `deep_edges` to any level below."""

    __slots__ = ("checks", "deep_edges", "edges", "rank")

    def __init__(self, rank: int) -> None:
        self.rank = rank
        self.checks: list[Check] = []
        self.edges: dict[str, _Edge] = {}
        self.deep_edges: dict[str, _Edge] = {}


class _Edge:
    """A step to take: its tag (or `ANY`), the templates and the condition that guard it, the node it leads to.

    `view` is all that its conditions see of the element; None when a projection cannot hold it.
    """

    __slots__ = ("guard", "is_guarded", "name", "needs_child", "node", "templates", "view")

    def __init__(self, step: Step, node: _Node) -> None:
        self.name = step.name
        self.templates = frozenset(step.templates)
        self.guard: Test | None = step.guard
        self.is_guarded = bool(step.conditions)
        self.needs_child = step.needs_child
        self.view = view_of(step.conditions)
        self.node = node

    def leads(self, element: Element, declared: frozenset[str]) -> bool:
        """Whether the element, which declares these templates, is one the step leads to."""
        if self.templates and self.templates.isdisjoint(declared):
            return False
        return self.guard is None or self.guard(element)


class State:
    """Where the walk stands in all contexts at once. Interned: equal sets of nodes are one state."""

    __slots__ = ("_anchors", "_nodes", "_owner", "transitions")

    def __init__(self, owner: Dispatcher, nodes: tuple[_Node, ...], anchors: tuple[_Node, ...]) -> None:
        self._owner = owner
        self._nodes = nodes
        self._anchors = anchors
        self.transitions: dict[str, Transition] = {}

    def transition(self, tag: str) -> Transition:
        """The transition to children of that tag, made at first need."""
        if len(self.transitions) >= _KEPT_UNKNOWN_TAGS and not self._owner.knows(tag):
            unknown = ANY if tag.startswith(_OF_HL7) else "*"
            return self.transitions.get(unknown) or self.transitions.setdefault(unknown, self._made(unknown))
        return self.transitions.setdefault(tag, self._made(tag))

    def _made(self, tag: str) -> Transition:
        names = (tag, ANY) if tag.startswith(_OF_HL7) else (tag,)
        edges = [edge for node in self._nodes for edge in node.edges.values() if edge.name in names]
        edges += [edge for node in self._anchors for edge in node.deep_edges.values() if edge.name in names]
        return Transition(self._owner, self._anchors, edges)


Outcome: TypeAlias = "tuple[tuple[Check, ...], State]"
"""The checks to run on an element, and where the walk stands below it."""


class Transition:
    """What happens on an element of one tag met in one state.

    Elements whose projections are equal (all that the conditions see of them) have one outcome, worked out once.
    """

    __slots__ = ("_anchors", "_fixed", "_guarded", "_known", "_outcomes", "_owner", "_project", "certain", "on_leaf")

    def __init__(self, owner: Dispatcher, anchors: tuple[_Node, ...], edges: list[_Edge]) -> None:
        self._owner = owner
        self._anchors = anchors
        self._fixed = [edge.node for edge in edges if not edge.is_guarded]
        self._guarded = [edge for edge in edges if edge.is_guarded]
        self._outcomes: dict[tuple[int, ...], Outcome] = {}
        self._known: dict[Hashable, Outcome] = {}
        views = [edge.view for edge in self._guarded if edge.view is not None]
        self._project = projector(seen_by_all(views)) if len(views) == len(self._guarded) else None
        self.certain = None if self._guarded else self._outcome([])
        """Checks and next state when nothing depends on the element's content, else None."""
        self.on_leaf = self._outcome([]) if all(edge.needs_child for edge in self._guarded) else None
        """The same for an element without children (most are), when the conditions all need one."""

    def resolve(self, element: Element) -> Outcome:
        """Checks to run on the element, and the state for its children."""
        if self._project is None:
            return self._worked_out(element)
        projection = self._project(element)
        known = self._known.get(projection)
        return self._first_met(element, projection) if known is None else known

    def _first_met(self, element: Element, projection: Hashable) -> Outcome:
        outcome = self._worked_out(element)
        if len(self._known) < _KEPT_OUTCOMES and size(projection) < _LARGEST_KEPT:
            self._known[projection] = outcome
        return outcome

    def _worked_out(self, element: Element) -> Outcome:
        declared = frozenset(template.get("root", "") for template in element.iterchildren(TEMPLATE_ID))
        reached = [edge.node for edge in self._guarded if edge.leads(element, declared)]
        key = tuple(node.rank for node in reached)
        outcome = self._outcomes.get(key)
        if outcome is None:
            outcome = self._outcome(reached)
            if len(self._outcomes) < _KEPT_OUTCOMES:
                self._outcomes[key] = outcome
        return outcome

    def _outcome(self, reached: list[_Node]) -> Outcome:
        nodes = self._fixed + reached
        checks = self._owner.fused(tuple(dict.fromkeys(check for node in nodes for check in node.checks)))
        return checks, self._owner.state(nodes, self._anchors)


class Dispatcher:
    """All contexts of one set of rules. Add them, then `walk` as many documents as wanted."""

    def __init__(self) -> None:
        self._count = 0
        self._root = self._node()
        self._tags: set[str] = set()
        self._fused: dict[tuple[Check, ...], tuple[Check, ...]] = {}
        self._states: dict[tuple[tuple[int, ...], tuple[int, ...]], State] = {}

    def knows(self, tag: str) -> bool:
        """True when some context names that tag."""
        return tag in self._tags

    def fused(self, checks: tuple[Check, ...]) -> tuple[Check, ...]:
        """The checks run on one kind of element, grouped; the same checks always give the same groups."""
        known = self._fused.get(checks)
        if known is None:
            known = fused(checks)
            if len(self._fused) < _KEPT_STATES:
                self._fused[checks] = known
        return known

    def add(self, context: Path, check: Check) -> None:
        """Run `check` on every element the absolute path leads to. Raises SelectorError."""
        if not context.absolute or context.attribute:
            raise SelectorError(f"a context is an absolute path to elements, not {context.text!r}")
        node = self._root
        for step in context.steps:
            if step.name == ".":
                raise SelectorError(f"a context goes down only: {context.text!r}")
            self._tags.add(step.name)
            edges = node.deep_edges if step.deep else node.edges
            if step.text not in edges:
                edges[step.text] = _Edge(step, self._node())
            node = edges[step.text].node
        node.checks.append(check)

    def walk(self, root: Element, run: Any) -> int:
        """One pass over the tree, every check on every element of its contexts; the number of elements visited."""
        start = self.state([self._root], ())
        checks, state = start.transition(str(root.tag)).resolve(root)
        for check in checks:
            check(root, run)
        return 1 + _visit(root, state, run)

    def state(self, nodes: list[_Node], anchors: tuple[_Node, ...]) -> State:
        """The one state of these nodes; those with deep edges stay anchors for all that lies below."""
        anchored = {node.rank: node for node in (*anchors, *(node for node in nodes if node.deep_edges))}
        key = tuple(sorted(node.rank for node in nodes)), tuple(sorted(anchored))
        known = self._states.get(key)
        if known is None:
            known = State(self, tuple(nodes), tuple(anchored.values()))
            if len(self._states) < _KEPT_STATES:
                self._states[key] = known
        return known

    def _node(self) -> _Node:
        self._count += 1
        return _Node(self._count)


def _visit(element: Element, state: State, run: Any) -> int:
    """Visit the children, then theirs. Depth is bounded by the door (R-CDA-005)."""
    visited = 0
    transitions = state.transitions
    for child in element.iterchildren("*"):
        visited += 1
        tag = child.tag
        transition = transitions.get(tag) or state.transition(tag)
        if len(child):
            checks, below = transition.certain or transition.resolve(child)
            for check in checks:
                check(child, run)
            visited += _visit(child, below, run)
        else:
            for check in (transition.on_leaf or transition.resolve(child))[0]:
                check(child, run)
    return visited
