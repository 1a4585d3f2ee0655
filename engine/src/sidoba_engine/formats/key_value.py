"""Key-value data: JSON → the payload of one model, out of its wrapper or bare.

The API's body is `{"modele": …, "donnees": …, "commentaires": …}`; the command line also takes the bare object, with
the model named beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sidoba_engine.anomaly import Anomaly, Location
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.judgement import Judgement, TooManyAnomalies
from sidoba_engine.checks.keys import report_duplicates
from sidoba_engine.checks.wrapper import check_expected_model, looks_wrapped, open_wrapper
from sidoba_engine.facts import Facts
from sidoba_engine.formats.document import Document
from sidoba_engine.formats.json_text import MAX_DEPTH, JsonCause, JsonFault, JsonText
from sidoba_engine.verdict import DocumentType

TOO_BIG = "R-KV-001"
ENCODING = "R-KV-002"
BOM = "R-KV-003"
SYNTAX = "R-KV-004"
TOO_DEEP = "R-KV-005"
HALF_CHARACTER = "R-KV-006"
NOT_AN_OBJECT = "R-KV-007"


@dataclass(frozen=True, slots=True)
class KeyValuePayload:
    """One payload as read: nothing in it has been checked but the wrapper. `pointer` is where the data start."""

    json: JsonText
    model: BusinessModel
    pointer: str
    data: dict[str, Any]
    comments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeyValueReader:
    """Reads the key-value data of one call.

    `expected` is the model named beside the data. `only_structure` is WS05: the wrapper must be there and name its
    model, which must be of an establishment's data.
    """

    catalogue: Catalogue
    facts: Facts
    expected: BusinessModel | None
    only_structure: bool
    index: int

    def read(self, json: JsonText) -> Document:
        """The document of this JSON text; without content when its wrapper is wrong."""
        root = json.value
        if not isinstance(root, dict):
            return self._not_an_object(json)
        judgement = Judgement(json, self.catalogue, self.facts)
        is_bare = self.expected is not None and not self.only_structure and not looks_wrapped(root)
        try:
            payload = self._bare(judgement, root) if is_bare else self._wrapped(judgement, root)
        except TooManyAnomalies:
            judgement.stop("")
            payload = None
        return self._document(payload, judgement.findings.anomalies)

    def unreadable(self, fault: JsonFault) -> Document:
        """The document of a content that is not JSON."""
        place = Location("", fault.line, fault.column)
        rule, facts = _RULES.get(fault.cause, _syntax)(fault)
        anomaly = self.catalogue.rules[rule].anomaly(place, self.facts.environment, **facts)
        return Document(self.index, DocumentType.UNKNOWN, None, [anomaly])

    @property
    def largest(self) -> int:
        """Bytes of the largest content that is read: an establishment's data weigh a few kilobytes."""
        return int(self.catalogue.rules[TOO_BIG].parameters["octets"])

    def too_big(self, size: int) -> Document:
        """The document of a content that is over `largest`."""
        rule = self.catalogue.rules[TOO_BIG]
        anomaly = rule.anomaly(Location(""), self.facts.environment, taille=size, limite=self.largest)
        return Document(self.index, DocumentType.UNKNOWN, None, [anomaly])

    def _bare(self, judgement: Judgement, root: dict[str, Any]) -> KeyValuePayload | None:
        model = self.expected
        if model is None:
            return None
        if not check_expected_model(judgement, model, None, ""):
            return None
        return KeyValuePayload(judgement.json, model, "", root, {})

    def _wrapped(self, judgement: Judgement, root: dict[str, Any]) -> KeyValuePayload | None:
        if any(_is_in_wrapper(pointer) for pointer in judgement.json.duplicates):
            report_duplicates(judgement)
            return None
        wrapped = open_wrapper(judgement, root, None if self.only_structure else self.expected)
        if wrapped.model is None or wrapped.data is None:
            return None
        if not check_expected_model(
            judgement, wrapped.model, self.expected, "/modele", only_structure=self.only_structure
        ):
            return None
        return KeyValuePayload(judgement.json, wrapped.model, "/donnees", wrapped.data, wrapped.comments)

    def _not_an_object(self, json: JsonText) -> Document:
        rule = self.catalogue.rules[NOT_AN_OBJECT]
        anomaly = rule.anomaly(json.locate(""), self.facts.environment, trouve=_kind_of_root(json.value))
        return Document(self.index, DocumentType.UNKNOWN, None, [anomaly])

    def _document(self, payload: KeyValuePayload | None, anomalies: Iterable[Anomaly]) -> Document:
        return Document(
            index=self.index,
            type=DocumentType.KEY_VALUE,
            content=payload,
            anomalies=list(anomalies),
            model=payload.model if payload else None,
        )


def _is_in_wrapper(pointer: str) -> bool:
    return not pointer.startswith(("/donnees/", "/commentaires/"))


def _kind_of_root(value: object) -> str:
    match value:
        case None:
            return "nul"
        case bool():
            return "booleen"
        case list():
            return "liste"
        case str():
            return "texte"
        case _:
            return "nombre"


RuleAndFacts = tuple[str, dict[str, Any]]


def _syntax(fault: JsonFault) -> RuleAndFacts:
    return SYNTAX, {"ligne": fault.line, "colonne": fault.column, "cause": fault.cause.value}


_RULES: dict[JsonCause, Callable[[JsonFault], RuleAndFacts]] = {
    JsonCause.ENCODING: lambda fault: (ENCODING, {"position": fault.position, "encodage": fault.detail}),
    JsonCause.BOM: lambda _fault: (BOM, {}),
    JsonCause.TOO_DEEP: lambda _fault: (TOO_DEEP, {"limite": MAX_DEPTH}),
    JsonCause.HALF_CHARACTER: lambda fault: (HALF_CHARACTER, {"valeur": fault.detail}),
}
