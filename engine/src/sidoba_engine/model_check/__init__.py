"""A business model as a software holds it: is it well formed, and does it agree with the reference that it names?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sidoba_engine.anomaly import Findings, Location, anomaly_rank
from sidoba_engine.business_model import BusinessModel, model_from_data
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.judgement import Judgement
from sidoba_engine.checks.keys import report_duplicates
from sidoba_engine.checks.types import received_type
from sidoba_engine.checks.wrapper import looks_wrapped
from sidoba_engine.facts import Facts
from sidoba_engine.formats.json_text import JsonFault, JsonText, read_json
from sidoba_engine.formats.key_value import KeyValueReader
from sidoba_engine.model_check.agreement import check_agreement, find_reference
from sidoba_engine.model_check.coherence import CoherenceCheck
from sidoba_engine.model_check.form import FormCheck, Formed, is_well_formed
from sidoba_engine.model_check.near import Nearest
from sidoba_engine.recognition import Kind, kind_of
from sidoba_engine.verdict import DocumentType, DocumentVerdict

NOT_A_MODEL = "R-MOD-001"


def judge_model(
    content: bytes, *, catalogue: Catalogue, facts: Facts, file_name: str | None = None, index: int = 0
) -> DocumentVerdict:
    """The verdict on a model: its form, its coherence, then its agreement with the reference it names.

    What cannot be read as a model is of type `inconnu`, with one anomaly of stage `enveloppe`.
    """
    findings = Findings()
    try:
        found = _found(content)
    except JsonFault as fault:
        findings.anomalies += KeyValueReader(catalogue, facts, None, False, index).unreadable(fault).anomalies
        kind = DocumentType.UNKNOWN
    else:
        kind = DocumentType.MODEL if isinstance(found, JsonText) else DocumentType.UNKNOWN
        if isinstance(found, JsonText):
            findings = check_model(found, catalogue=catalogue, facts=facts)
        else:
            rule = catalogue.rules[NOT_A_MODEL]
            findings.anomalies.append(rule.anomaly(Location(""), facts.environment, trouve=found))
    return DocumentVerdict(
        index=index,
        type=kind,
        anomalies=tuple(sorted(findings.anomalies, key=anomaly_rank)),
        not_run=tuple(findings.not_run),
        file_name=file_name,
    )


def inline_model(judgement: Judgement, value: object, pointer: str) -> BusinessModel | None:
    """The well-formed model found at `pointer` of a JSON text; None, with its anomalies, when it is not one."""
    if not isinstance(value, dict):
        found = received_type(value)
        judgement.report(NOT_A_MODEL, pointer, trouve=_LABELS.get(found, found))
        return None
    formed = _formed(judgement, value, pointer, Nearest())
    return model_from_data(formed.data) if formed is not None and is_well_formed(judgement) else None


def _found(content: bytes) -> JsonText | str:
    """The JSON object that may be a model, or the label of what was found instead."""
    kind = kind_of(content)
    if kind is not Kind.JSON:
        return "vide" if kind is Kind.EMPTY else "autre"
    json = read_json(content)
    match json.value:
        case dict() if "resourceType" in json.value:
            return "fhir"
        case dict() if looks_wrapped(json.value):
            return "cle_valeur"
        case dict():
            return json
        case _:
            found = received_type(json.value)
            return _LABELS.get(found, found)


_LABELS = {"nombre_a_virgule": "nombre", "objet": "autre"}
"""What `received_type` says → the label of R-MOD-001, where they differ."""


def looks_like_model(value: object) -> bool:
    """True for a JSON object that can only be meant as a business model."""
    return isinstance(value, dict) and isinstance(value.get("indicateurs"), list) and not looks_wrapped(value)


def check_model(json: JsonText, *, catalogue: Catalogue, facts: Facts) -> Findings:
    """What is wrong in the model that a JSON object is meant to be."""
    judgement = Judgement(json, catalogue, facts)
    value: Any = json.value
    report_duplicates(judgement)
    near = Nearest()
    formed = _formed(judgement, value, "", near)
    if formed is not None and _can_be_compared(formed.data):
        reference = find_reference(judgement, formed.data, near)
        if reference is not None:
            model = model_from_data({"libelle": "", **formed.data})
            check_agreement(judgement, formed, model, reference, near)
    return judgement.findings


def _formed(judgement: Judgement, value: Mapping[str, Any], pointer: str, near: Nearest) -> Formed | None:
    """The model, its form and its coherence checked; controls that do not compile are left out of it."""
    formed = FormCheck(judgement, pointer, near).run(value)
    if formed is None:
        return None
    coherence = CoherenceCheck(judgement, formed, pointer, near)
    coherence.run()
    if is_well_formed(judgement):
        coherence.check_digest()
    if coherence.broken:
        kept = [control for control in formed.data["controles"] if control["id"] not in coherence.broken]
        formed.data["controles"] = kept
    return formed


def _can_be_compared(data: Mapping[str, Any]) -> bool:
    """Enough of it stands to look for its reference."""
    return all(name in data for name in ("code", "version", "niveau", "sections", "indicateurs"))
