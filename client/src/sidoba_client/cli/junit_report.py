"""A verdict as JUnit XML: one test suite a file, one test case a document, failed when it is not conformant."""

from __future__ import annotations

import re
from itertools import groupby
from xml.etree import ElementTree

from sidoba_client.cli.text_report import place_of
from sidoba_client.wire import Anomaly, Document, Verdict

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(verdict: Verdict) -> bytes:
    """The report, UTF-8 with its declaration."""
    root = ElementTree.Element("testsuites", {"name": "sidoba", **_counts(verdict.documents)})
    for name, documents in groupby(verdict.documents, key=lambda document: document.file_name or "-"):
        _suite(root, name, list(documents), verdict)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _suite(root: ElementTree.Element, name: str, documents: list[Document], verdict: Verdict) -> None:
    suite = ElementTree.SubElement(root, "testsuite", {"name": _clean(name), **_counts(documents)})
    properties = ElementTree.SubElement(suite, "properties")
    for key, value in (
        ("environnement", verdict.environment),
        ("catalogue.version", verdict.catalogue.version),
        ("catalogue.empreinte", verdict.catalogue.digest),
    ):
        ElementTree.SubElement(properties, "property", {"name": key, "value": value})
    for document in documents:
        _case(suite, _clean(name), document)


def _case(suite: ElementTree.Element, name: str, document: Document) -> None:
    case = ElementTree.SubElement(suite, "testcase", {"classname": name, "name": f"{document.type} [{document.index}]"})
    blocking = [anomaly for anomaly in document.anomalies if anomaly.severity == "bloquante"]
    others = [anomaly for anomaly in document.anomalies if anomaly.severity != "bloquante"]
    if not document.is_conformant:
        failure = ElementTree.SubElement(
            case, "failure", {"type": "bloquante", "message": f"{len(blocking)} anomalie(s) bloquante(s)"}
        )
        failure.text = _clean("\n".join(map(_line, blocking)))
    if others:
        ElementTree.SubElement(case, "system-out").text = _clean("\n".join(map(_line, others)))


def _counts(documents: list[Document]) -> dict[str, str]:
    failures = sum(not document.is_conformant for document in documents)
    return {"tests": str(len(documents)), "failures": str(failures), "errors": "0"}


def _line(anomaly: Anomaly) -> str:
    return f"{anomaly.rule} [{anomaly.severity}] {place_of(anomaly)} : {anomaly.message} {anomaly.hint}".rstrip()


def _clean(text: str) -> str:
    """XML 1.0 has no place for most control characters."""
    return _NOT_XML.sub("�", text)
