"""How much memory hostile contents take: run alone, one process a case, one line of JSON each.

A case that takes more than sixty seconds of processor is ended by the system, and its answer is empty.
"""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Callable, Iterable

from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda import read_cda
from sidoba_engine.recognition import Kind, kind_of
from sidoba_engine.validation import judge

ROOT = '<ClinicalDocument xmlns="urn:hl7-org:v3"><templateId root="1.2.250.1.213.1.1.1.58"/>'
END = "</ClinicalDocument>"
BUNDLE = '<Bundle xmlns="http://hl7.org/fhir">%s</Bundle>'
REFERENCE = '{"resourceType": "DocumentReference", "content": [{"attachment": {"data": "%s"}}]}'
WIDE = '<?xml version="1.0" encoding="UTF-16"?>'
MOST = 499_997  # nodes beside the root, the template and its attribute


def inside(text: str) -> str:
    """A document that holds that text."""
    return ROOT + text + END


def numbered(form: str, count: int) -> str:
    """That many attributes or elements, no two with the same name."""
    return " ".join(form.replace("#", str(number)) for number in range(count))


CASES: dict[str, Callable[[], str | bytes]] = {
    "siblings": lambda: inside("<b/>" * 600_000),
    "as many as admitted": lambda: inside("<b/>" * MOST),
    "text between as many": lambda: inside("x<b/>" * MOST),
    "attributes of one": lambda: inside("<b " + numbered("a#=''", 300_000) + "/>"),
    "one attribute twice": lambda: inside("<b " + numbered("a#=''", 300_000) + " a0=''/>"),
    "prefixes of one": lambda: inside("<b " + numbered("xmlns:a#='u#'", 100_000) + "/>"),
    "prefixes in force": lambda: inside("<a " + numbered("xmlns:p#='u'", 5_000) + ">" + "<p0:b/>" * 200_000 + "</a>"),
    "comments before": lambda: "<!---->" * 600_000 + inside(""),
    "comments inside": lambda: inside("<!---->" * 600_000),
    "a name of 3 MB": lambda: inside(f"<{'b' * 3_000_000}/>"),
    "levels": lambda: ROOT + "<a>" * 1_000_000,
    "references": lambda: inside(f"<title>{'&#233;' * 500_000}</title>"),
    "sections": lambda: inside(f"<title>{'<![CDATA[x]]>' * 300_000}</title>"),
    "opening signs": lambda: "<" * 5_000_000,
    "comments never closed": lambda: "<!-- " * 1_000_000,
    "instructions never closed": lambda: "<?a " * 1_000_000,
    "lines, then a bad byte": lambda: b"\n" * 5_000_000 + inside("").encode() + b"\xff",
    "a DOCTYPE of 5 MB": lambda: "<!DOCTYPE c [" + "<!ENTITY a '&a;&a;'>" * 250_000 + "]>" + inside("&a;"),
    "one text of 20 MB": lambda: inside(f"<title>{'x' * 20_000_000}</title>"),
    "base64 in UTF-16": lambda: (WIDE + inside(f"<text>{'QUJD' * 2_400_000}</text>")).encode("utf-16"),
    "an envelope of siblings": lambda: BUNDLE % ("<entry/>" * 600_000),
    "an envelope of empty entries": lambda: BUNDLE % ("<entry/>" * 400_000),
    "an envelope of numbers": lambda: '{"resourceType": "Bundle", "entry": [' + "1," * 1_000_000 + "1]}",
    "an attachment of blanks": lambda: REFERENCE % (" " * 10_000_000),
    "an attachment of signs": lambda: REFERENCE % ("=" * 10_000_000),
}


def rules_of(content: bytes, catalogue: Catalogue) -> Iterable[str]:
    """The rules that refuse it: at the door for a document, by the whole judgement for an envelope."""
    if kind_of(content) in (Kind.FHIR_XML, Kind.JSON):
        verdicts = judge(content, catalogue=catalogue, facts=Facts())
        return {anomaly.rule for verdict in verdicts for anomaly in verdict.anomalies}
    return {anomaly.rule for anomaly in read_cda(content, catalogue=catalogue, facts=Facts(), index=0).anomalies}


def measured(made: str | bytes, catalogue: Catalogue) -> dict[str, object]:
    """Bytes received, bytes of memory taken at the highest, rules."""
    content = made if isinstance(made, bytes) else made.encode()
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rules = sorted(rules_of(content, catalogue))
    taken = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return {"size": len(content), "taken": taken, "rules": rules}


def main() -> None:
    """Measure every case."""
    catalogue = installed_catalogue()
    for name, make in CASES.items():
        reading, writing = os.pipe()
        if not (child := os.fork()):
            os.write(writing, json.dumps(measured(make(), catalogue)).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            print(json.dumps([name, answer.read()]), flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
