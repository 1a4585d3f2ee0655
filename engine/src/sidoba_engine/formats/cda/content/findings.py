"""The faults of the content model, told: names as a reader writes them, what was expected, the nearest known name.

A value is shown only where the model lists the values or fixes one (a code, then); any other text may be personal and
is masked.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from sidoba_engine.anomaly import mask
from sidoba_engine.catalogue import Rule
from sidoba_engine.formats.cda.content.compile import XSI_NIL, XSI_TYPE, Attribute, ContentModel, ContentType
from sidoba_engine.formats.cda.content.repair import ContentFault, Guesses
from sidoba_engine.formats.cda.content.values import SimpleType
from sidoba_engine.formats.cda.names import local_name
from sidoba_engine.formats.cda.run import Element, Run

_LISTED = 12
"""Names or codes expected, listed up to that many."""
_LISTED_TYPES = 24
_SHOWN = 60
"""Letters of a name of the document shown."""


class ContentFindings:
    """Reports to one run, under one rule, `most` faults at most; one more says that there are others."""

    def __init__(self, rule: Rule, run: Run, model: ContentModel, *, most: int) -> None:
        self._rule = rule
        self._run = run
        self.identifiers = run.identifiers
        self._model = model
        self._left = most
        self.guesses = Guesses()
        self._forms = rule.labels.get("forme", {})

    @property
    def is_full(self) -> bool:
        """Whether nothing more will be told."""
        return self._left < 0

    def content(self, fault: ContentFault, element: Element, *, parent: Element) -> None:
        """An element unknown, out of place, repeated, excluded by another, or missing."""
        expected = self._names(fault.expected)
        name = " / ".join(expected) if fault.rank is None else self._shown(element.tag)
        if fault.before is not None:
            expected = (f"{name} → {self._shown(fault.before)}",)
        self._report(fault.kind, element, name=name, parent=parent, expected=expected, near=fault.near)

    def text(self, element: Element, kind: ContentType, text: str) -> None:
        """Text among elements."""
        expected = self._names(kind.known)
        self._report("texte", element, name="…", parent=element, expected=expected, value=mask(text.strip()))

    def text_value(self, element: Element, kind: SimpleType) -> None:
        """The text of an element is not of its type."""
        self._report("valeur", element, name=self._shown(element.tag), parent=element, expected=self._form(kind))

    def unknown_attribute(self, element: Element, kind: ContentType, name: str) -> None:
        """An attribute that the type does not admit."""
        near = self.guesses.name(name, tuple(kind.attributes))
        self._report(
            "attribut_inconnu", element, attribute=name, expected=self._names(kind.attributes, mark="@"), near=near
        )

    def missing_attribute(self, element: Element, kind: ContentType, name: str) -> None:
        """An attribute that must be there."""
        self._report("attribut_absent", element, attribute=name, expected=self._form(kind.attributes[name].type))

    def value(self, element: Element, attribute: Attribute, value: str) -> None:
        """The value of an attribute is not of its type; shown when the type lists its values."""
        shown = _cut(value) if attribute.type.codes else mask(value)
        expected = (attribute.fixed,) if attribute.fixed is not None else self._form(attribute.type, value)
        code = "liste" if attribute.type.codes else "valeur"
        self._report(code, element, attribute=attribute.name, expected=expected, value=shown)

    def fixed_value(self, element: Element, attribute: Attribute, value: str) -> None:
        """The value is not the one that the model fixes."""
        self._report(
            "fixe", element, attribute=attribute.name, expected=(attribute.fixed or "",), value=_cut(value)
        )  # fmt: skip

    def abstract(self, element: Element, kind: ContentType) -> None:
        """An element whose type must be told by xsi:type."""
        told = element.get(XSI_TYPE) is not None
        self._report(
            "type_abstrait",
            element,
            attribute=XSI_TYPE,
            expected=self._derived(kind),
            value=_cut(element.get(XSI_TYPE) or "") if told else None,
        )

    def unknown_type(self, element: Element, kind: ContentType, written: str) -> None:
        """xsi:type names no type."""
        derived = self._derived(kind, most=None)
        near = self.guesses.name(written.rpartition(":")[2], derived)
        self._report(
            "type_inconnu",
            element,
            attribute=XSI_TYPE,
            expected=derived[:_LISTED_TYPES],
            near=near,
            value=_cut(written),
        )

    def foreign_type(self, element: Element, kind: ContentType, written: str) -> None:
        """xsi:type names a type that cannot stand here."""
        self._report("type_autre", element, attribute=XSI_TYPE, expected=self._derived(kind), value=_cut(written))

    def nil(self, element: Element) -> None:
        """xsi:nil, which no element of CDA admits."""
        self._report("nil", element, attribute=XSI_NIL, expected=("@nullFlavor",))

    def identifier_again(self, element: Element, name: str, value: str) -> None:
        """An XML identifier already given to another element."""
        self._report("id_double", element, attribute=name, value=mask(value))

    def dangling_reference(self, element: Element, name: str, value: str) -> None:
        """A reference to an XML identifier that the document has not."""
        self._report("reference", element, attribute=name, value=mask(value))

    def _form(self, kind: SimpleType, value: str = "") -> tuple[str, ...]:
        """The codes of a type, the nearest ones of a long list, or the form of its values in words."""
        if not kind.codes:
            return (self._forms.get(kind.name, self._forms.get("autre", "")),)
        if len(kind.codes) <= _LISTED:
            return kind.codes
        return tuple(get_close_matches(value[:_SHOWN], kind.codes, n=5)) or (*kind.codes[:_LISTED], "…")

    def _derived(self, kind: ContentType, *, most: int | None = _LISTED_TYPES) -> tuple[str, ...]:
        """The types that may stand for that one, those of CDA itself, the shortest names (the plainest types) first."""
        names = [
            other.name
            for other in self._model.types.values()
            if kind.name in other.bases and not other.abstract and not set(other.name) & {":", "."}
        ]
        return tuple(sorted(names, key=lambda name: (len(name), name))[:most])

    def _names(self, names: Iterable[str], *, mark: str = "") -> tuple[str, ...]:
        shown = [f"{mark}{self._shown(name)}" for name in names]
        return tuple(shown if len(shown) <= _LISTED else [*shown[:_LISTED], "…"])

    def _shown(self, tag: str) -> str:
        return _cut(self._model.shown(tag))

    def _report(
        self,
        code: str,
        element: Element,
        *,
        attribute: str | None = None,
        name: str | None = None,
        parent: Element | None = None,
        expected: tuple[str, ...] = (),
        near: str | None = None,
        value: str | None = None,
    ) -> None:
        if self.is_full:
            return
        self._left -= 1
        if self.is_full:
            code, element, attribute, expected, near, value = "suite", self._run.root, None, (), None, None
            name, parent = "…", None
        around = element if parent is None else parent
        self._run.report(
            self._rule,
            element,
            attribute=attribute,
            value=value,
            expected=expected,
            constat=code,
            nom=name or f"@{self._attribute_name(attribute or '')}",
            parent=self._shown(str(around.tag)),
            attendu=", ".join(expected) or "aucun",
            proche="aucun" if near is None else self._shown(near),
        )

    def _attribute_name(self, name: str) -> str:
        if name.startswith("{http://www.w3.org/2001/XMLSchema-instance}"):
            return f"xsi:{local_name(name)}"
        return self._shown(name)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
