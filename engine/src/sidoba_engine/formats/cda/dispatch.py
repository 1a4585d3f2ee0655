"""Dispatch: many contexts, one walk.

All contexts of the rules are merged in one tree of steps. Walking down the document, a `State` is the set of steps
reached so far; entering a child looks its tag up in the state's dictionary, then its templates in another. States and
outcomes are made at first need and kept, so that a document of a known shape costs one look-up per element. What is
kept is bounded: a document of a million invented names leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree

from sidoba_engine.formats.cda.names import TEMPLATE_ID
from sidoba_engine.formats.cda.selectors import Path, SelectorError, Step, Test

Element = etree._Element
Check = Callable[[Element, Any], None]
"""A compiled rule: looks at one element of its context, tells what it finds to the run given as second argument."""


_KEPT_UNKNOWN_TAGS = 256
"""Per state: tags that no rule names but documents use (tables of the narrative …)."""
_KEPT_OUTCOMES = 1024
_KEPT_STATES = 20_000


class _Node:
    """A step reached; `edges` lead one level down, `deep_edges` to any level below."""

    __slots__ = ("checks", "deep_edges", "edges", "rank")

    def __init__(self, rank: int) -> None:
        self.rank = rank
        self.checks: list[Check] = []
        self.edges: dict[str, _Edge] = {}
        self.deep_edges: dict[str, _Edge] = {}


class _Edge:
    """A step to take: its tag (or `*`), the templates and the condition that guard it, the node it leads to."""

    __slots__ = ("guard", "name", "needs_child", "node", "templates")

    def __init__(self, step: Step, node: _Node) -> None:
        self.name = step.name
        self.templates = step.templates
        self.guard: Test | None = step.guard
        self.needs_child = step.needs_child
        self.node = node


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
            return self.transitions.get("*") or self.transitions.setdefault("*", self._made("*"))
        return self.transitions.setdefault(tag, self._made(tag))

    def _made(self, tag: str) -> Transition:
        edges = [edge for node in self._nodes for edge in node.edges.values() if edge.name in (tag, "*")]
        edges += [edge for node in self._anchors for edge in node.deep_edges.values() if edge.name in (tag, "*")]
        return Transition(self._owner, self._anchors, edges)


class Transition:
    """What happens on an element of one tag met in one state."""

    __slots__ = ("_anchors", "_by_template", "_fixed", "_guarded", "_outcomes", "_owner", "certain", "on_leaf")

    def __init__(self, owner: Dispatcher, anchors: tuple[_Node, ...], edges: list[_Edge]) -> None:
        self._owner = owner
        self._anchors = anchors
        self._fixed: list[_Node] = []
        self._guarded: list[tuple[Test, _Node]] = []
        self._by_template: dict[str, list[_Edge]] = {}
        self._outcomes: dict[tuple[int, ...], tuple[tuple[Check, ...], State]] = {}
        for edge in edges:
            if edge.templates:
                for template in edge.templates:
                    self._by_template.setdefault(template, []).append(edge)
            elif edge.guard is not None:
                self._guarded.append((edge.guard, edge.node))
            else:
                self._fixed.append(edge.node)
        guarded = [edge for edge in edges if edge.templates or edge.guard is not None]
        self.certain = None if guarded else self._outcome([])
        """Checks and next state when nothing depends on the element's content, else None."""
        self.on_leaf = self._outcome([]) if all(edge.needs_child for edge in guarded) else None
        """The same for an element without children (most are), when the conditions all need one."""

    def resolve(self, element: Element) -> tuple[tuple[Check, ...], State]:
        """Checks to run on the element, and the state for its children."""
        reached = [node for guard, node in self._guarded if guard(element)]
        if self._by_template:
            met: dict[int, _Node] = {}
            for template in element.iterchildren(TEMPLATE_ID):
                for edge in self._by_template.get(template.get("root", ""), ()):
                    if edge.guard is None or edge.guard(element):
                        met[edge.node.rank] = edge.node
            reached += met.values()
        key = tuple(sorted(node.rank for node in reached)) if reached else ()
        outcome = self._outcomes.get(key)
        if outcome is None:
            outcome = self._outcome(reached)
            if len(self._outcomes) < _KEPT_OUTCOMES:
                self._outcomes[key] = outcome
        return outcome

    def _outcome(self, reached: list[_Node]) -> tuple[tuple[Check, ...], State]:
        nodes = self._fixed + reached
        checks = tuple(check for node in nodes for check in node.checks)
        return checks, self._owner.state(nodes, self._anchors)


class Dispatcher:
    """All contexts of one set of rules. Add them, then `walk` as many documents as wanted."""

    def __init__(self) -> None:
        self._count = 0
        self._root = self._node()
        self._tags: set[str] = set()
        self._states: dict[tuple[tuple[int, ...], tuple[int, ...]], State] = {}

    def knows(self, tag: str) -> bool:
        """True when some context names that tag."""
        return tag in self._tags

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
