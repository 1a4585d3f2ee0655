"""The content model compiled: for each type, the attributes it admits and an automaton over its elements.

Built once per catalogue from the compact notation (`content_grammar`), for all that can stand under the root. What is
looked at for each element of a document is a dictionary: tag → next state and type, attribute → test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sidoba_engine.catalogue import Catalogue, CatalogueError
from sidoba_engine.formats.cda.content.grammar import (
    OTHER_NAMESPACE,
    Content,
    Position,
    read_attributes,
    read_content,
)
from sidoba_engine.formats.cda.content.values import SPACE, SimpleType, SimpleTypes, Test
from sidoba_engine.formats.cda.names import HL7, XSI

XSI_TYPE = f"{{{XSI}}}type"
XSI_NIL = f"{{{XSI}}}nil"
ANY_TYPE = "xs:anyType"
_XSI_LOCATIONS = (f"{{{XSI}}}schemaLocation", f"{{{XSI}}}noNamespaceSchemaLocation")
_SCHEMA = "http://www.w3.org/2001/XMLSchema"
_KEPT = 4


@dataclass(slots=True, eq=False)
class Attribute:
    """An attribute that a type admits."""

    name: str
    type: SimpleType
    needed: bool
    fixed: str | None


class State:
    """A place in a content: what may come next. `final` when nothing more need come.

    `other` is the state after an element of another namespace, where one is admitted. `ways` keeps, by tag, the
    elements that would have to come before it.
    """

    __slots__ = ("final", "moves", "other", "ways")

    def __init__(self, *, final: bool) -> None:
        self.moves: dict[str, tuple[State, ContentType]] = {}
        self.final = final
        self.other: State | None = None
        self.ways: dict[str, tuple[str, ...] | None] = {}


class ContentType:
    """A type: what its elements may hold.

    `tests` answers for each attribute whether its text is surely right; `attributes` tells the whole. `asked` are the
    attributes that must be there, xsi:type for an abstract type. `bases` are the type and those it derives from.
    `lenient` admits its elements in any order, once their order was found wrong. `text` is the type of the text, for an
    element that holds a value and no element. `namespace` is that of its elements. `space` is the white space that may
    stand between them: none where there can be no element, None where text may stand. `substitutes` are the types met
    in xsi:type, without prefix in the default namespace.
    """

    __slots__ = (
        "abstract",
        "asked",
        "attributes",
        "bases",
        "known",
        "lenient",
        "mixed",
        "name",
        "namespace",
        "space",
        "start",
        "substitutes",
        "tests",
        "text",
    )

    def __init__(self, name: str, *, mixed: bool = False, abstract: bool = False) -> None:
        self.name = name
        self.namespace = HL7
        self.space: str | None = None if mixed else SPACE
        self.substitutes: dict[str, ContentType] = {}
        self.abstract = abstract
        self.bases: tuple[str, ...] = (name, ANY_TYPE)
        self.attributes: dict[str, Attribute] = {}
        self.tests: dict[str, Test] = {}
        self.asked: frozenset[str] = frozenset()
        self.start = State(final=True)
        self.lenient = State(final=True)
        self.known: dict[str, ContentType] = {}
        self.text: SimpleType | None = None


class _Everything(dict[str, Any]):
    """Answers the same for every name; for every tag, when it is asked for moves (comments are not tags)."""

    def __init__(self, answer: Any, *, except_for: Mapping[str, Any] | None = None) -> None:
        super().__init__(except_for or {})
        self._answer = answer

    def get(self, name: Any, default: Any = None) -> Any:
        """What is said of that name."""
        return super().get(name, self._answer) if isinstance(name, str) else default

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Any:
        return self._answer


def _yes(_: str) -> bool:
    return True


def _no(_: str) -> bool:
    return False


@dataclass(slots=True, eq=False)
class ContentModel:
    """All types reachable from the root. `skipped` is the type of what is not looked at.

    `with_nil` are the beginnings of the tags that admit xsi:nil.
    """

    document: State
    prefixes: Mapping[str, str]
    skipped: ContentType
    types: dict[str, ContentType]
    compiler: _Compiler
    with_nil: tuple[str, ...]

    def type_named(self, namespace: str | None, name: str) -> ContentType | None:
        """The type of that qualified name, None when there is none."""
        prefix = self.prefixes.get(namespace or "")
        if prefix is None:
            return None
        return self.compiler.find(f"{prefix}:{name}" if prefix else name)

    def shown(self, tag: str) -> str:
        """A tag as a reader writes it: `title`, `sdtc:raceCode`; `{…}x` stays for a namespace unknown here."""
        namespace, _, name = tag.rpartition("}")
        prefix = self.prefixes.get(namespace[1:]) if namespace else None
        return name if prefix == "" else f"{prefix}:{name}" if prefix else tag


_COMPILED: dict[str, ContentModel] = {}


def content_model(catalogue: Catalogue) -> ContentModel:
    """The content model of that catalogue, kept by its digest. Raises CatalogueError when it cannot be read."""
    known = _COMPILED.get(catalogue.digest)
    if known is None:
        known = compile_model(catalogue.structures.get("cda", {}))
        while len(_COMPILED) >= _KEPT:
            _COMPILED.pop(next(iter(_COMPILED)))
        _COMPILED[catalogue.digest] = known
    return known


def compile_model(structure: Mapping[str, Any]) -> ContentModel:
    """Compile a structure: `racine espaces avec_nil elements types simples valeurs`. Raises CatalogueError."""
    try:
        return _Compiler(structure).compile()
    except KeyError as error:
        raise CatalogueError(f"content model: {error} is missing") from error


class _Compiler:
    """Builds the types at first need; a name found nowhere is a fault of the catalogue."""

    def __init__(self, structure: Mapping[str, Any]) -> None:
        self._written: Mapping[str, Mapping[str, Any]] = structure["types"]
        self._elements: Mapping[str, str] = structure["elements"]
        self._root = str(structure["racine"])
        self._simple = SimpleTypes(structure["simples"], structure["valeurs"])
        self._namespaces = {"": HL7, **structure["espaces"]}
        self._with_nil = tuple(f"{{{self._namespaces[name]}}}" for name in structure.get("avec_nil", "").split())
        self._copied_to: set[str] = set()
        """Prefixes under which the data types are used with their elements in another namespace."""
        self._types: dict[str, ContentType] = {}
        self._waiting: list[tuple[ContentType, Content, str]] = []
        self._skipped = _skipped_type()

    def compile(self) -> ContentModel:
        """The whole model, from its root and all elements declared by themselves."""
        self._types[ANY_TYPE] = self._any_type()
        document = State(final=False)
        document.moves[self._tag(self._root)] = (State(final=True), self.get(self._elements[self._root]))
        anywhere = self._types[ANY_TYPE].start
        for name, type_name in self._elements.items():
            anywhere.moves[self._tag(name)] = (anywhere, self.get(type_name))
        for name in self._written:
            self.get(name)
        self._link()
        prefixes = {uri: prefix for prefix, uri in self._namespaces.items()} | {_SCHEMA: "xs"}
        return ContentModel(document, prefixes, self._skipped, self._types, self, self._with_nil)

    def find(self, name: str) -> ContentType | None:
        """The type of that name when there is one, asked by a document."""
        if name not in self._types and not self._exists(name):
            return None
        found = self.get(name)
        self._link()
        return found

    def get(self, name: str) -> ContentType:
        """The type of that name, without its automaton, which `_link` builds."""
        found = self._types.get(name)
        if found is None:
            prefix, _, bare = name.rpartition(":")
            if self._simple.knows(name) or (prefix in self._namespaces and self._simple.knows(bare)):
                found = self._text_type(name, self._simple.get(name if self._simple.knows(name) else bare))
            else:
                found = self._element_type(name)
        return found

    def _exists(self, name: str) -> bool:
        prefix, _, bare = name.rpartition(":")
        return (
            name in self._written
            or self._simple.knows(name)
            or (prefix in self._copied_to and (bare in self._written or self._simple.knows(bare)))
        )

    def _element_type(self, name: str) -> ContentType:
        prefix, _, bare = name.rpartition(":")
        written, copied_to = self._written.get(name), ""
        if written is None:
            written, copied_to = self._written.get(bare), prefix
        if written is None or copied_to not in self._namespaces:
            raise CatalogueError(f"content model: unknown type {name}")
        built = ContentType(name, mixed=bool(written.get("mixte")), abstract=bool(written.get("abstrait")))
        built.namespace = self._namespaces[copied_to]
        if copied_to:
            self._copied_to.add(copied_to)
        self._types[name] = built
        base_name = written.get("etend") or written.get("restreint")
        if base_name:
            base = self.get(_prefixed(base_name, copied_to))
            built.bases = (name, *base.bases)
            built.attributes = dict(base.attributes)
        self._add_attributes(built, written.get("attributs", ""))
        self._waiting.append((built, read_content(self._content_text(bare if copied_to else name)), copied_to))
        return built

    def _content_text(self, name: str) -> str:
        """The whole content of a type: that of the type it extends, then its own."""
        written = self._written[name]
        own = written.get("contenu", "")
        inherited = self._content_text(written["etend"]) if "etend" in written else ""
        return f"( {inherited} ) ( {own} )" if inherited and own else inherited or own

    def _add_attributes(self, built: ContentType, text: str) -> None:
        for given in read_attributes(text):
            name = self._tag(given.name) if ":" in given.name else given.name
            if given.type is None:
                built.attributes.pop(name, None)
                continue
            prefix, _, bare = given.type.rpartition(":")
            simple = self._simple.get(given.type if prefix in ("", "xs") or self._simple.knows(given.type) else bare)
            built.attributes[name] = Attribute(name, simple, given.needed, given.fixed)
        built.tests = {name: _quick(attribute) for name, attribute in built.attributes.items()}
        built.tests |= dict.fromkeys(_XSI_LOCATIONS, _yes) | {XSI_TYPE: _no}
        needed = {name for name, attribute in built.attributes.items() if attribute.needed}
        built.asked = frozenset(needed | {XSI_TYPE} if built.abstract else needed)

    def _text_type(self, name: str, simple: SimpleType) -> ContentType:
        built = self._types[name] = ContentType(name, mixed=True)
        built.text = simple
        built.tests = {XSI_TYPE: _no, **dict.fromkeys(_XSI_LOCATIONS, _yes)}
        built.asked = frozenset({XSI_TYPE})
        return built

    def _any_type(self) -> ContentType:
        """The type of an element declared without one: what is known inside is looked at, the rest is left alone."""
        built = ContentType(ANY_TYPE, mixed=True)
        built.bases = (ANY_TYPE,)
        built.tests = _Everything(_yes, except_for={XSI_TYPE: _no, XSI_NIL: _no})
        built.start.moves = _Everything((built.start, built))
        built.lenient = built.start
        return built

    def _link(self) -> None:
        while self._waiting:
            built, content, copied_to = self._waiting.pop()
            targets = [self._target(position, copied_to) for position in content.positions]
            built.known = {tag: target for tag, target in targets if target is not self._skipped}
            built.start = _automaton(content, targets)
            if not targets and built.space is not None:
                built.space = ""
            built.lenient.moves = {tag: (built.lenient, target) for tag, target in built.known.items()}
            built.lenient.other = built.lenient

    def _target(self, position: Position, copied_to: str) -> tuple[str, ContentType]:
        if position.name == OTHER_NAMESPACE:
            return OTHER_NAMESPACE, self._skipped
        if position.type is None:
            return self._tag(position.name), self.get(self._elements[position.name])
        return self._tag(_prefixed(position.name, copied_to)), self.get(_prefixed(position.type, copied_to))

    def _tag(self, name: str) -> str:
        prefix, _, bare = name.rpartition(":")
        return f"{{{self._namespaces[prefix]}}}{bare}"


def _prefixed(name: str, prefix: str) -> str:
    return f"{prefix}:{name}" if prefix and ":" not in name else name


def _quick(attribute: Attribute) -> Test:
    if attribute.fixed is not None:
        return frozenset({attribute.fixed}).__contains__
    return attribute.type.quick


def _skipped_type() -> ContentType:
    built = ContentType("", mixed=True)
    built.tests = _Everything(_yes)
    built.start.moves = _Everything((built.start, built))
    built.lenient = built.start
    return built


def _automaton(content: Content, targets: list[tuple[str, ContentType]]) -> State:
    """The states of a content, each a set of positions that may come next; made from the first one on."""
    last = set(content.last)
    states: dict[tuple[frozenset[int], bool], State] = {}
    todo: list[tuple[State, list[int]]] = []

    def state(following: list[int], final: bool) -> State:
        key = frozenset(following), final
        if key not in states:
            states[key] = State(final=final)
            todo.append((states[key], following))
        return states[key]

    start = state(content.first, content.is_optional)
    while todo:
        current, following = todo.pop()
        by_tag: dict[str, list[int]] = {}
        for rank in following:
            by_tag.setdefault(targets[rank][0], []).append(rank)
        for tag, ranks in by_tag.items():
            after = [rank for reached in ranks for rank in content.follow[reached]]
            reached = state(list(dict.fromkeys(after)), any(rank in last for rank in ranks))
            if tag == OTHER_NAMESPACE:
                current.other = reached
            else:
                current.moves[tag] = (reached, targets[ranks[0]][1])
    return start
