"""The judgement of FHIR data: the lot as a transaction, each resource under its profiles, answers to questionnaires."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from sidoba_engine.anomaly import Anomaly, Findings
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.document import Document
from sidoba_engine.formats.fhir.bundle import entries_of, fatal_fault, index_of, transaction_faults
from sidoba_engine.formats.fhir.compile import Compiler
from sidoba_engine.formats.fhir.definitions import fhir_definitions
from sidoba_engine.formats.fhir.questionnaires import Questionnaires
from sidoba_engine.formats.fhir.reading import FhirContent
from sidoba_engine.formats.fhir.run import Finding, Found, Node, Run, Step, at, joined

DUPLICATE = "R-FHIR-002"
NO_RESOURCE = "R-FHIR-003"
UNHELD = "R-FHIR-063"
TOO_MANY = "R-FHIR-070"

_NAME = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,79}|[0-9]+")


class FhirChecks:
    """All that judging FHIR needs of one catalogue, compiled as documents ask for it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.definitions = fhir_definitions(catalogue)
        self.compiler = Compiler(catalogue, self.definitions)
        self.questionnaires = Questionnaires(catalogue, self.definitions)
        self.most = int(catalogue.rules[TOO_MANY].parameters["anomalies"])

    def judge(self, value: object, run: Run) -> Found:
        """Judge a lot, or a resource alone."""
        if not isinstance(value, dict):
            return run.report(NO_RESOURCE, recu="autre chose qu'un objet")
        run.root = value
        found: Found = None
        if value.get("resourceType") == "Bundle":
            found = fatal_fault(value, run, self.catalogue)
            if found:
                return found
            run.index = index_of(value)
            found = transaction_faults(value, run, self.definitions, self.catalogue)
        found = joined(found, self.compiler.resources.judge(value, run))
        for steps, response in _responses(value):
            more = self.questionnaires.check(response, run)
            for step in reversed(steps):
                more = at(more, step)
            found = joined(found, more)
        return found


@lru_cache(maxsize=4)
def fhir_checks(catalogue: Catalogue) -> FhirChecks:
    """The compiled checks of a catalogue, made once per process."""
    return FhirChecks(catalogue)


def check_fhir(document: Document, *, catalogue: Catalogue, facts: Facts) -> Findings:
    """Anomalies and rules not run of FHIR data; nothing when they could not be read.

    A lot is judged with all its resources in view; a resource alone, under the profile it declares or that its type
    implies: what only the lot could tell is then among the rules not run. Source: API contract, WS09.
    """
    content = document.content
    if not isinstance(content, FhirContent):
        return Findings()
    checks = fhir_checks(catalogue)
    run = Run(checks.most)
    found = checks.judge(content.value, run) or []
    findings = Findings(not_run=sorted(run.not_run, key=lambda one: (one.rule, one.reason, one.detail)))
    findings.anomalies += _duplicates(content, catalogue, facts)
    findings.anomalies += [_anomaly(finding, content, catalogue, facts) for finding in found]
    findings.anomalies += _notices(run, content, checks, facts)
    return findings


def _anomaly(finding: Finding, content: FhirContent, catalogue: Catalogue, facts: Facts) -> Anomaly:
    place = content.locate(pointer_of(reversed(finding.steps)), at_key=finding.at_key)
    texts = {"recu": finding.value or "rien", "attendu": ", ".join(finding.expected)} | finding.facts
    rule = catalogue.rules[finding.rule]
    return rule.anomaly(place, facts.environment, value=finding.value, expected=finding.expected, **texts)


def pointer_of(steps: Iterator[Step] | reversed[Step]) -> str:
    """The JSON Pointer of these steps, up to the first name that FHIR cannot have written: a key may hold anything."""
    pointer = ""
    for step in steps:
        token = str(step)
        if not _NAME.fullmatch(token):
            break
        pointer += "/" + token
    return pointer


def _duplicates(content: FhirContent, catalogue: Catalogue, facts: Facts) -> Iterator[Anomaly]:
    for pointer, number in list(content.text.duplicates.items())[:1000]:
        shown = pointer_of(iter(pointer.split("/")[1:]))
        name = pointer.rsplit("/", 1)[-1]
        place = content.locate(shown, at_key=True)
        label = name if _NAME.fullmatch(name) else "••••"
        yield catalogue.rules[DUPLICATE].anomaly(place, facts.environment, element=label, nombre=number)


def _notices(run: Run, content: FhirContent, checks: FhirChecks, facts: Facts) -> Iterator[Anomaly]:
    """Once per document: the value sets that are not held here, and that anomalies beyond the limit are not listed."""
    rules, place = checks.catalogue.rules, content.locate("")
    for url in run.unheld:
        value_set = checks.definitions.value_sets.get(url)
        label = value_set.label if value_set is not None else url.rsplit("/", 1)[-1]
        yield rules[UNHELD].anomaly(place, facts.environment, value=url, liste=label)
    if run.count > run.most:
        yield rules[TOO_MANY].anomaly(place, facts.environment, nombre=run.count, limite=run.most)


def _responses(value: Node) -> Iterator[tuple[tuple[Step, ...], Node]]:
    """The answers to questionnaires: the resource itself, or those of a lot."""
    if value.get("resourceType") == "QuestionnaireResponse":
        yield (), value
    elif value.get("resourceType") == "Bundle":
        for rank, entry in enumerate(entries_of(value)):
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict) and resource.get("resourceType") == "QuestionnaireResponse":
                yield ("entry", rank, "resource"), resource
