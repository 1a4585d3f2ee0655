"""Answers against their Questionnaire: those of the catalogue, and the business models as WS02 exports them.

Source: FHIR R4 (4.0.1), Questionnaire and QuestionnaireResponse; guide TDDUI 2.4.0, flow 1.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sidoba_engine.anomaly import mask
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.keys import nearest
from sidoba_engine.formats.fhir.aggir_answers import AggirAnswers
from sidoba_engine.formats.fhir.definitions import Definitions, Membership
from sidoba_engine.formats.fhir.run import Found, Node, Run, at, joined
from sidoba_engine.formats.fhir.slicing import codes_of
from sidoba_engine.model_questionnaire import questionnaire_of

UNKNOWN_QUESTIONNAIRE = "R-FHIR-071"
UNKNOWN_QUESTION = "R-FHIR-072"
MISPLACED = "R-FHIR-073"
NO_ANSWER_HERE = "R-FHIR-074"
REPEATED = "R-FHIR-075"
WRONG_ANSWER_TYPE = "R-FHIR-076"
NOT_AN_OPTION = "R-FHIR-077"
UNANSWERED = "R-FHIR-078"

_TYPES = {
    "boolean": ("valueBoolean",),
    "decimal": ("valueDecimal", "valueInteger"),
    "integer": ("valueInteger",),
    "date": ("valueDate",),
    "dateTime": ("valueDateTime",),
    "time": ("valueTime",),
    "string": ("valueString",),
    "text": ("valueString",),
    "url": ("valueUri",),
    "choice": ("valueCoding",),
    "open-choice": ("valueCoding", "valueString"),
    "attachment": ("valueAttachment",),
    "reference": ("valueReference",),
    "quantity": ("valueQuantity",),
}
_WITHOUT_ANSWER = frozenset({"group", "display"})
_FINISHED = frozenset({"completed", "amended"})
_CORE = "http://hl7.org/fhir/StructureDefinition/"
_LONGEST_LINK = 100


@dataclass(slots=True)
class Question:
    """One item of a Questionnaire and those under it, by `linkId`. `options` are (type of value, what is compared)."""

    data: Mapping[str, Any]
    items: dict[str, Question] = field(default_factory=dict)
    options: frozenset[object] = frozenset()
    keys: tuple[str, ...] = ()

    @property
    def link(self) -> str:
        """Its `linkId`."""
        return str(self.data.get("linkId", ""))

    @property
    def repeats(self) -> bool:
        """Whether it may have several answers, or be there several times."""
        return self.data.get("repeats") is True


@dataclass(slots=True)
class Form:
    """A Questionnaire ready to be compared with: its first questions, and all of them wherever they are."""

    url: str
    items: dict[str, Question]
    known: dict[str, Question]


class Questionnaires:
    """The forms that answers may be about, each read once."""

    def __init__(self, catalogue: Catalogue, definitions: Definitions) -> None:
        self.catalogue = catalogue
        self.definitions = definitions
        self.aggir = AggirAnswers(catalogue)
        self._forms: dict[tuple[str, str], Form] = {}
        self._models = {f"{catalogue.documentation}/modeles/{code}": code for code, _ in catalogue.models}

    def check(self, response: Node, run: Run) -> Found:
        """What is wrong with the answers, as answers to their questionnaire."""
        written = response.get("questionnaire")
        if not isinstance(written, str) or not written:
            return None
        form = self._form(written)
        if form is None:
            shown = written if len(written) <= 120 and written.isprintable() and " " not in written else mask(written)
            expected = tuple(sorted(url.rsplit("/", 1)[-1] for url in self.definitions.questionnaires))
            return run.report(UNKNOWN_QUESTIONNAIRE, "questionnaire", value=shown, expected=expected, recu=shown)
        items = response.get("item")
        is_finished = response.get("status") in _FINISHED
        found = _Answers(form, self.definitions, run, is_finished).items(items, form.items)
        return joined(found, self.aggir.check(form, response, run))

    def _form(self, written: str) -> Form | None:
        url, _, version = written.partition("|")
        form = self._forms.get((url, version))
        if form is None:
            data = self.definitions.questionnaires.get(url)
            if data is None and url in self._models:
                model = self.catalogue.model(self._models[url], version or None)
                data = questionnaire_of(model, self.catalogue) if model is not None else None
            if data is None:
                return None
            known: dict[str, Question] = {}
            form = Form(url, _questions(data, known), known)
            self._forms[url, version] = form
        return form


def _questions(data: Mapping[str, Any], known: dict[str, Question]) -> dict[str, Question]:
    found: dict[str, Question] = {}
    for item in data.get("item", ()):
        question = Question(item)
        question.items = _questions(item, known)
        options = [_comparable(key, value) for one in item.get("answerOption", ()) for key, value in one.items()]
        question.options = frozenset(option for option in options if option is not None)
        kinds = {key for one in item.get("answerOption", ()) for key in one if key.startswith("value")}
        question.keys = tuple(sorted(kinds)) if kinds and item["type"] == "choice" else _TYPES.get(item["type"], ())
        found[question.link] = known[question.link] = question
    return found


def _comparable(key: str, value: object) -> object | None:
    """A value as options are compared: a coding by its system and code."""
    if isinstance(value, Mapping):
        return (key, value.get("system"), value.get("code")) if "code" in value else None
    return (key, value) if isinstance(value, str | int) else None


class _Answers:
    """The comparison of one response."""

    def __init__(self, form: Form, definitions: Definitions, run: Run, is_finished: bool) -> None:
        self.form = form
        self.definitions = definitions
        self.run = run
        self.is_finished = is_finished
        self.is_flat_admitted = definitions.tolerated("flat_answers", form.url) is not None
        self.integers = definitions.tolerated("integer_answer", form.url)

    def items(self, items: object, asked: Mapping[str, Question]) -> Found:
        """The items of one level against the questions of that level."""
        found: Found = None
        seen: set[str] = set()
        for rank, item in enumerate(items if isinstance(items, list) else ()):
            link = item.get("linkId") if isinstance(item, dict) else None
            if isinstance(item, dict) and isinstance(link, str):
                found = joined(found, at(at(self._item(item, link, asked, seen), rank), "item"))
                seen.add(link)
        if self.is_finished:
            for question in asked.values():
                if question.data.get("required") is True and question.link not in seen:
                    found = joined(found, self.run.report(UNANSWERED, question=question.link, value=question.link))
        return found

    def _item(self, item: Node, link: str, asked: Mapping[str, Question], seen: set[str]) -> Found:
        question = asked.get(link)
        found: Found = None
        if question is None:
            question = self.form.known.get(link)
            if question is None:
                shown = link if len(link) <= _LONGEST_LINK and link.isprintable() and " " not in link else mask(link)
                near = nearest(link[:_LONGEST_LINK], self.form.known) if self.run.searches > 0 else "aucun"
                self.run.searches -= 1
                return self.run.report(UNKNOWN_QUESTION, "linkId", value=shown, question=shown, proche=near)
            if not self.is_flat_admitted:
                found = self.run.report(MISPLACED, "linkId", value=link, question=link)
        if link in seen and not question.repeats:
            found = joined(found, self.run.report(REPEATED, "linkId", value=link, question=link))
        found = joined(found, self._answers(item, question))
        return joined(
            found,
            self.items(item.get("item"), question.items)
            if "item" in item or question.data["type"] == "group"
            else None,
        )

    def _answers(self, item: Node, question: Question) -> Found:
        answers = item.get("answer")
        if not isinstance(answers, list):
            is_asked = self.is_finished and question.data.get("required") is True
            is_question = question.data["type"] not in _WITHOUT_ANSWER
            return (
                self.run.report(UNANSWERED, question=question.link, value=question.link)
                if is_asked and is_question
                else None
            )
        if question.data["type"] in _WITHOUT_ANSWER:
            return self.run.report(NO_ANSWER_HERE, "answer", value=question.link, question=question.link)
        found: Found = None
        if len(answers) > 1 and not question.repeats:
            found = self.run.report(REPEATED, "answer", value=question.link, question=question.link)
        for rank, answer in enumerate(answers):
            if isinstance(answer, dict):
                more = joined(self._answer(answer, question), self._under(answer, question))
                found = joined(found, at(at(more, rank), "answer"))
        return found

    def _under(self, answer: Node, question: Question) -> Found:
        return self.items(answer["item"], question.items) if "item" in answer else None

    def _answer(self, answer: Node, question: Question) -> Found:
        for key, value in answer.items():
            if not key.startswith("value"):
                continue
            if question.keys and key not in question.keys:
                wanted = ", ".join(question.keys)
                return self.run.report(
                    WRONG_ANSWER_TYPE,
                    key,
                    value=key,
                    expected=question.keys,
                    question=question.link,
                    recu=key,
                    attendu=wanted,
                )
            if not self._is_admitted(key, value, question):
                return self._not_admitted(key, value, question)
        return None

    def _is_admitted(self, key: str, value: Any, question: Question) -> bool:
        if isinstance(value, int) and not isinstance(value, bool):
            if self.integers is not None and value in self.integers.parameters["valeurs"]:
                return True
            low, high = _bounds(question.data)
            return (low is None or value >= low) and (high is None or value <= high)
        if question.options and key != "valueString":
            return _comparable(key, value) in question.options
        url = question.data.get("answerValueSet")
        value_set = self.definitions.value_sets.get(url) if isinstance(url, str) else None
        if value_set is None or key == "valueString":
            return True
        return any(value_set.holds(system, code) is not Membership.OUT for system, code in codes_of(value))

    def _not_admitted(self, key: str, value: Any, question: Question) -> Found:
        code = value.get("code") if isinstance(value, dict) else value
        shown = str(code) if isinstance(code, str) and len(code) <= 40 and " " not in code else mask(code)
        expected = tuple(sorted(str(option[-1]) for option in question.options if isinstance(option, tuple)))
        return self.run.report(NOT_AN_OPTION, key, value=shown, expected=expected, question=question.link, recu=shown)


def _bounds(item: Mapping[str, Any]) -> tuple[int | None, int | None]:
    found: dict[str, int] = {}
    for extension in item.get("extension", ()):
        name = str(extension.get("url", "")).removeprefix(_CORE)
        if name in ("minValue", "maxValue") and isinstance(extension.get("valueInteger"), int):
            found[name] = extension["valueInteger"]
    return found.get("minValue"), found.get("maxValue")


def answered(items: object) -> Iterator[tuple[str, tuple[Any, ...], Node]]:
    """Every (linkId, steps, item) of a response, wherever it is nested."""
    pending: list[tuple[object, tuple[Any, ...]]] = [(items, ("item",))]
    while pending:
        several, steps = pending.pop()
        for rank, item in enumerate(several if isinstance(several, list) else ()):
            if not isinstance(item, dict):
                continue
            place = (*steps, rank)
            if isinstance(item.get("linkId"), str):
                yield item["linkId"], place, item
            pending.append((item.get("item"), (*place, "item")))
            answers = item.get("answer")
            for number, answer in enumerate(answers if isinstance(answers, list) else ()):
                if isinstance(answer, dict):
                    pending.append((answer.get("item"), (*place, "answer", number, "item")))
