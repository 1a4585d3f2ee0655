"""The judgement of an open CDA document: first against the call, then all rules of the format in one pass."""

from __future__ import annotations

from sidoba_engine.anomaly import Findings
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda.context import check_context
from sidoba_engine.formats.cda.door import CdaTree
from sidoba_engine.formats.cda.places import Places
from sidoba_engine.formats.cda.rules import compiled_rules
from sidoba_engine.formats.document import Document


def check_cda(document: Document, *, catalogue: Catalogue, facts: Facts) -> Findings:
    """Anomalies and rules not run, beside those the document already carries; nothing when it could not be opened.

    A document of another establishment or another period (R-ENV-023, R-ENV-024) is judged no further. Raises
    CatalogueError when a rule of the catalogue cannot be compiled.
    """
    tree = document.content
    if not isinstance(tree, CdaTree):
        return Findings()
    places = Places(tree.source, tree.root)
    findings = check_context(tree.root, places, catalogue=catalogue, facts=facts)
    if not findings.anomalies:
        run = compiled_rules(catalogue).walk(tree.root)
        findings.anomalies = run.anomalies(places, facts.environment)
    return findings
