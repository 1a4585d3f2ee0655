"""The judgement of an open CDA document: first against the call, then all rules of the format in one pass."""

from __future__ import annotations

from itertools import islice

from sidoba_engine.anomaly import Findings
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda.context import check_context
from sidoba_engine.formats.cda.door import CdaTree
from sidoba_engine.formats.cda.former_codes import merge_former_codes
from sidoba_engine.formats.cda.places import Places
from sidoba_engine.formats.cda.record_checking import check_record
from sidoba_engine.formats.cda.repair.fixes import CdaFixes
from sidoba_engine.formats.cda.rules import compiled_rules
from sidoba_engine.formats.cda.trails import Trails
from sidoba_engine.formats.cda.versions import check_version
from sidoba_engine.formats.document import Document

LISTING_LIMIT = "R-ENV-029"
"""The rule that bounds how many anomalies of one document are looked for."""
_KEPT_ALIVE = 100_000
"""Elements kept during the judgement, some tens of megabytes at most."""


def check_cda(document: Document, *, catalogue: Catalogue, facts: Facts) -> Findings:
    """Anomalies and rules not run, beside those the document already carries; nothing when it could not be opened.

    A document of another establishment or another period (R-ENV-023, R-ENV-024) is judged no further. Raises
    CatalogueError when a rule of the catalogue cannot be compiled.
    """
    tree = document.content
    if not isinstance(tree, CdaTree):
        return Findings()
    alive = list(islice(tree.root.iter("*"), _KEPT_ALIVE))  # else each reading makes them again
    places = Places(tree.source, tree.root)
    findings = check_context(tree.root, places, catalogue=catalogue, facts=facts)
    if not findings.anomalies:
        run = compiled_rules(catalogue).walk(tree.root, limit=catalogue.rules[LISTING_LIMIT])
        run.findings = merge_former_codes(run.findings, catalogue)
        findings.anomalies = run.anomalies(
            places,
            facts.environment,
            fix_of=CdaFixes(tree.root, catalogue, facts).of,
            trails=Trails(tree.root, catalogue).of,
        )
        check_record(tree.root, places, catalogue=catalogue, facts=facts, findings=findings)
        check_version(document, places, catalogue=catalogue, facts=facts, findings=findings)
    del alive
    return findings
