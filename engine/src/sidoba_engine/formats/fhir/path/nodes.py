"""Elements of a resource that know their FHIR type, over plain JSON; navigation is one dictionary look-up per step."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Protocol

from sidoba_engine.formats.fhir.path.values import Quantity, read_date_time, read_time

UCUM = "http://unitsofmeasure.org"


class TypeModel(Protocol):
    """What the expressions must know of FHIR's types; the definitions of the catalogue implement it."""

    def child(self, type_or_path: str, json_key: str) -> str | None:
        """Type of a child by its JSON key (`valueString`), or the path of a backbone element; None: no such child."""

    def choice(self, type_or_path: str, name: str) -> tuple[tuple[str, str], ...]:
        """The (JSON key, type) pairs of an element of several types (`value`); empty for any other name."""

    def is_subtype(self, type_or_path: str, ancestor: str) -> bool:
        """Whether a type is the other one or specialises it."""

    def is_primitive(self, type_or_path: str) -> bool:
        """Whether a type is a primitive of FHIR."""


MAX_TRIED = 3
"""Types of a choice that are tried one by one; beyond, the keys of the value are looked up among them."""


MAX_NAME = 64
"""Characters of the longest name of a resource type."""


class _Steps(dict[str, "tuple[tuple[str, str, NodeType], ...]"]):
    """Element name → its possible (JSON key, key of its extensions, type); filled as expressions ask."""

    __slots__ = ("by_key", "owner")

    def __init__(self, owner: NodeType) -> None:
        self.owner = owner
        self.by_key: dict[str, dict[str, tuple[str, str, NodeType]]] = {}

    def __missing__(self, name: str) -> tuple[tuple[str, str, NodeType], ...]:
        found = self.owner.find_steps(name)
        if len(found) > MAX_TRIED:
            self.by_key[name] = {key: step for step in found for key in step[:2]}
        self[name] = found
        return found

    def written(self, name: str, value: dict[str, Any]) -> tuple[tuple[str, str, NodeType], ...]:
        """Those of a name that may be in this value: `value[x]` of an extension has fifty, of which one is written."""
        found = self[name]
        if len(found) <= MAX_TRIED:
            return found
        by_key = self.by_key[name]
        return tuple({step[0]: step for key in value if (step := by_key.get(key)) is not None}.values())


class NodeType:
    """A FHIR type, or the path of a backbone element, as navigation wants it.

    `kind` is that of the FHIRPath value a node of this type converts to ('boolean', 'string', 'dateTime', 'quantity'
    …), '' for any other complex type, 'any' when the type is not known.
    """

    __slots__ = ("ancestry", "children", "is_primitive", "is_resource_slot", "kind", "name", "registry", "steps")

    def __init__(self, name: str, registry: NodeTypes) -> None:
        model = registry.model
        self.name = name
        self.registry = registry
        self.is_primitive = bool(name) and model.is_primitive(name)
        self.is_resource_slot = name in ("Resource", "DomainResource")
        self.kind = self._kind(model)
        self.steps = _Steps(self)
        self.children: dict[str, NodeType] = {}
        self.ancestry: dict[str, bool] = {}

    def _kind(self, model: TypeModel) -> str:
        if self.is_primitive:
            return _KINDS.get(self.name, "string")
        if not self.name:
            return "any"
        return "quantity" if model.is_subtype(self.name, "Quantity") else ""

    @property
    def is_known(self) -> bool:
        """Whether the model describes it."""
        return self.is_primitive or self.registry.model.child(self.name, "id") is not None

    def find_steps(self, name: str) -> tuple[tuple[str, str, NodeType], ...]:
        """Where an element of this name may be written."""
        if not self.is_known:
            return ((name, "_" + name, self.registry.untyped),)
        model = self.registry.model
        pairs = model.choice(self.name, name)
        if not pairs:
            child = model.child(self.name, name)
            pairs = ((name, child),) if child else ()
        named = self.registry.named
        return tuple((key, "_" + key, named(child)) for key, child in pairs)

    def child(self, key: str) -> NodeType | None:
        """The type of the child written under this JSON key; None when there is none. Only known keys are kept."""
        found = self.children.get(key)
        if found is None:
            name = self.registry.model.child(self.name, key)
            if name is None:
                return None if self.is_known or key == "resourceType" else self.registry.untyped
            found = self.children[key] = self.registry.named(name)
        return found

    def is_a(self, ancestor: str) -> bool:
        """Whether this type is the other one or specialises it; `ancestor` is written in an expression."""
        found = self.ancestry.get(ancestor)
        if found is None:
            found = self.name == ancestor or (bool(self.name) and self.registry.model.is_subtype(self.name, ancestor))
            self.ancestry[ancestor] = found
        return found


_KINDS = {
    "boolean": "boolean", "integer": "integer", "unsignedInt": "integer", "positiveInt": "integer",
    "decimal": "decimal", "date": "moment", "dateTime": "moment", "instant": "moment", "time": "time",
}  # fmt: skip


class NodeTypes:
    """The types of one model, each made once."""

    def __init__(self, model: TypeModel) -> None:
        self.model = model
        self._named: dict[str, NodeType] = {}
        self.untyped = NodeType("", self)

    def named(self, name: str) -> NodeType:
        """The type of this name, which comes from the model or from an expression, never from a document."""
        found = self._named.get(name)
        if found is None:
            found = self._named[name] = NodeType(name, self)
        return found

    def of_resource(self, value: object) -> NodeType:
        """The type a resource declares.

        One that the model does not describe (a `Composition`) keeps its name, and its elements have no type; it is
        made anew each time, so that a document cannot fill the memory with names.
        """
        name = value.get("resourceType") if isinstance(value, dict) else None
        if isinstance(name, str):
            if name in self._named:
                return self._named[name]
            if self.model.is_subtype(name, "Resource"):
                return self.named(name)
            if name.isidentifier() and len(name) <= MAX_NAME:
                undescribed = NodeType(name, self)
                undescribed.ancestry["Resource"] = True
                return undescribed
        return self.untyped

    def resource(self, value: dict[str, Any]) -> Node:
        """The node of a whole resource."""
        return Node(value, self.of_resource(value))

    def node(self, value: object, type_name: str, extra: object = None) -> Node:
        """The node of an element of a known type; `extra` is what `_name` holds beside a primitive."""
        return Node(value, self.named(type_name), extra)


class Node:
    """An element: its JSON value (None for a primitive that has only extensions), its type, and its `_name` part."""

    __slots__ = ("extra", "type", "value")

    def __init__(self, value: Any, node_type: NodeType, extra: Any = None) -> None:
        self.value = value
        self.type = node_type
        self.extra = extra

    def __repr__(self) -> str:
        return f"Node({self.type.name})"  # never its value: it may be personal


def members(node: object, name: str) -> list[Node]:
    """The elements of this name inside a node."""
    if type(node) is not Node:
        return []
    value = node.value
    if type(value) is not dict or node.type.is_primitive:
        return _members_of_primitive(node, name)
    found: list[Node] = []
    for key, under, child in node.type.steps.written(name, value):
        got = value.get(key)
        extra = value.get(under)
        if got is None and extra is None:
            continue
        if type(got) is list or type(extra) is list:
            found += _spread(got, extra, child)
        else:
            found.append(Node(got, child.registry.of_resource(got) if child.is_resource_slot else child, extra))
    return found


def _spread(got: object, extra: object, child: NodeType) -> Iterator[Node]:
    """The elements of a list, each with its own extensions."""
    values = got if isinstance(got, list) else []
    extras = extra if isinstance(extra, list) else []
    of_resource = child.registry.of_resource
    for index in range(max(len(values), len(extras))):
        value = values[index] if index < len(values) else None
        part = extras[index] if index < len(extras) else None
        if value is not None or part is not None:
            yield Node(value, of_resource(value) if child.is_resource_slot else child, part)


def _members_of_primitive(node: Node, name: str) -> list[Node]:
    if name == "value":
        return [] if node.value is None else [node]
    if name in ("id", "extension") and type(node.extra) is dict:
        wanted = node.type.registry.named("Extension" if name == "extension" else "string")
        part = node.extra.get(name)
        return list(_spread(part if type(part) is list else [part], None, wanted))
    return []


def children(node: object) -> list[Node]:
    """All the elements directly inside a node, in the order of the document."""
    if type(node) is not Node:
        return []
    value = node.value
    if type(value) is not dict or node.type.is_primitive:
        return _members_of_primitive(node, "id") + _members_of_primitive(node, "extension")
    found: list[Node] = []
    for key in value:
        name = key[1:] if key[:1] == "_" else key
        if name is not key and name in value:
            continue  # read with the value it goes with
        child = node.type.child(name)
        if child is None:
            continue
        got, extra = value.get(name), value.get("_" + name)
        if type(got) is list or type(extra) is list:
            found += _spread(got, extra, child)
        elif got is not None or extra is not None:
            found.append(Node(got, child.registry.of_resource(got) if child.is_resource_slot else child, extra))
    return found


def system_value(item: Any) -> Any:
    """The FHIRPath value of an item: bool, int, Decimal, str, Moment or Quantity.

    A complex node stays what it is; None stands for a primitive without a value, or with one that its type refuses.
    """
    if type(item) is not Node:
        return item
    kind = item.type.kind
    value = item.value
    if kind == "string":
        return value if type(value) is str else None
    return item if not kind else _CONVERSIONS[kind](value)


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _integer(value: object) -> int | None:
    return value if type(value) is int else None


def _decimal(value: object) -> Decimal | None:
    if type(value) is Decimal:
        return value
    return Decimal(str(value)) if type(value) in (int, float) else None


def _moment(value: object) -> object:
    return read_date_time(value) if type(value) is str else None


def _time(value: object) -> object:
    return read_time(value) if type(value) is str else None


def _quantity(value: object) -> Quantity | None:
    if not isinstance(value, dict) or value.get("comparator") is not None:
        return None
    number = _decimal(value.get("value"))
    unit = value.get("code") if value.get("system") == UCUM else value.get("unit") or value.get("code")
    return None if number is None else Quantity(number, unit if isinstance(unit, str) else "1")


def _any(value: object) -> object:
    return _decimal(value) if type(value) is float else value


_CONVERSIONS = {
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "moment": _moment,
    "time": _time,
    "quantity": _quantity,
    "any": _any,
}
