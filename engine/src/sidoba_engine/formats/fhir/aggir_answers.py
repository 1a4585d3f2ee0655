"""The GIR that a response states, compared with the one that its answers give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sidoba_engine.assessments.aggir import UnknownAnswer, grid_from_table
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.fhir.run import Found, Node, Run

if TYPE_CHECKING:
    from sidoba_engine.formats.fhir.questionnaires import Form, Question

OTHER_GIR = "R-FHIR-079"

RESULT = "resultat-eval"
_ICF = "http://hl7.org/fhir/sid/icf"
_OLDER, _DISABLED = "aggir-pa", "aggir-ph"


class AggirAnswers:
    """Recomputes the GIR of the two AGGIR questionnaires of the guide."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.grid = grid_from_table(catalogue.tables["aggir"])
        self._older = tuple(code for several in self.grid.questions_pa for code in several)

    def check(self, form: Form, response: Node, run: Run) -> Found:
        """R-FHIR-079 when the two differ; the rule is not run when an answer that weighs is missing."""
        is_older = _OLDER in form.url
        if not is_older and _DISABLED not in form.url:
            return None
        stated = _stated(form, response)
        if stated is None:
            return None
        gir, steps = stated
        answers = _answers(form, response)
        wanted = self._older if is_older else self.grid.questions_ph
        missing = [code for code in wanted if code not in answers]
        if missing:
            run.skip(OTHER_GIR, "cle_absente", missing[0])
            return None
        given = [answers[code] for code in wanted]
        try:
            computed = (self.grid.assess_pa if is_older else self.grid.assess_ph)(given).gir
        except UnknownAnswer as unknown:
            run.skip(OTHER_GIR, "cle_fautive", wanted[unknown.args[0]])
            return None
        if computed == gir:
            return None
        return run.report(
            OTHER_GIR, *steps, value=f"GIR {gir}", expected=(f"GIR {computed}",), recu=gir, attendu=computed
        )


def _stated(form: Form, response: Node) -> tuple[int, tuple[Any, ...]] | None:
    """The GIR chosen as the result, by the rank of its option, and where it is."""
    question = form.known.get(RESULT)
    options = (
        [one.get("valueCoding", {}).get("code") for one in question.data.get("answerOption", ())] if question else []
    )
    for _, coding, steps in _codings(form, response, only=RESULT):
        if coding.get("code") in options:
            return options.index(coding["code"]) + 1, steps
    return None


def _answers(form: Form, response: Node) -> dict[str, str]:
    """ICF code of the question → code of the answer."""
    found: dict[str, str] = {}
    for question, coding, _ in _codings(form, response):
        for code in question.data.get("code", ()):
            if code.get("system") == _ICF and isinstance(coding.get("code"), str):
                found[code["code"]] = coding["code"]
    return found


def _codings(
    form: Form, response: Node, only: str | None = None
) -> Iterator[tuple[Question, Mapping[str, Any], tuple[Any, ...]]]:
    from sidoba_engine.formats.fhir.questionnaires import answered

    for link, steps, item in answered(response.get("item")):
        question = form.known.get(link)
        if question is None or only not in (None, link) or not isinstance(item.get("answer"), list):
            continue
        for rank, answer in enumerate(item["answer"]):
            coding = answer.get("valueCoding") if isinstance(answer, dict) else None
            if isinstance(coding, dict):
                yield question, coding, (*steps, "answer", rank, "valueCoding")
