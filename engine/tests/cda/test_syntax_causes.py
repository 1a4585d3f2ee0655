"""The causes of a syntax error are a closed list of ours: each one is met, and none is told in a library's words."""

from __future__ import annotations

import pytest
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda import read_cda
from sidoba_engine.formats.cda.door import DoorFault, Limits, open_tree

ROOT, END = '<ClinicalDocument xmlns="urn:hl7-org:v3">', "</ClinicalDocument>"
CAUSES = {
    "vide": ("", " \r\n\t", "\ufeff"),
    "tronque": (
        ROOT, f"{ROOT}<a", f"{ROOT}<!-- x{END}", f"{ROOT}<![CDATA[x{END}", f"{ROOT}<?x {END}", f"<?xml {ROOT}{END}",
    ),
    "caractere": (
        f"{ROOT}a & b{END}", f"{ROOT}&a{END}", f"{ROOT}1 < 2{END}", f'{ROOT}<a b="<"/>{END}', f"{ROOT}\x02{END}",
        f"{ROOT}<a b=c/>{END}", f"{ROOT}<a b='1'c='2'/>{END}", f"{ROOT}<1/>{END}", f"{ROOT}]]>{END}",
        f"{ROOT}<!x>{END}", f"{ROOT}<!-- -- -->{END}", f"{ROOT}<a:b:c/>{END}",
    ),
    "balises_croisees": (f"{ROOT}<a></b>{END}", f"{ROOT}<a><b></a></b>{END}"),
    "attribut_repete": (f'{ROOT}<a b="1" b="2"/>{END}', f'{ROOT}<a xmlns:p="x" xmlns:q="x" p:b="" q:b=""/>{END}'),
    "suite": (f"{ROOT}{END}<a/>", f"{ROOT}{END}{ROOT}{END}", f"{ROOT}{END}<!DOCTYPE a>"),
    "entite": (f"{ROOT}&eacute;{END}", f'{ROOT}<a b="&nbsp;"/>{END}'),
    "reference_caractere": (f"{ROOT}&#0;{END}", f"{ROOT}&#x110000;{END}", f"{ROOT}&#55296;{END}"),
    "declaration": ("<?xml encoding='UTF-8'?>" + ROOT + END, f"<?xml version='1.0' standalone='x'?>{ROOT}{END}"),
    "declaration_deplacee": (f" <?xml version='1.0'?>{ROOT}{END}", f"{ROOT}<?xml version='1.0'?>{END}"),
    "version": (f"<?xml version='2.0'?>{ROOT}{END}",),
    "prefixe": (f"{ROOT}<p:a/>{END}", f'{ROOT}<a xmlns:p=""/>{END}', f'{ROOT}<a xmlns:xml="x"/>{END}'),
}  # fmt: skip
GUARD = "syntaxe"
"""For what only a future parser would refuse: no document leads to it today."""


def test_each_cause_is_met_and_nothing_else_is_told() -> None:
    wrong = []
    for cause, contents in CAUSES.items():
        for content in contents:
            fault = open_tree(content.encode(), Limits(size=10_000, depth=100))
            if not isinstance(fault, DoorFault) or (fault.rule, fault.facts.get("cause")) != ("R-CDA-001", cause):
                wrong.append((cause, content, fault))
    assert wrong == []


def test_the_list_is_that_of_the_rule(catalogue: Catalogue) -> None:
    labels = catalogue.rules["R-CDA-001"].labels["cause"]
    assert set(labels) == {*CAUSES, GUARD}
    assert len(set(labels.values())) == len(labels)


@pytest.mark.parametrize("cause", CAUSES)
def test_the_message_is_ours_to_the_letter(cause: str, catalogue: Catalogue) -> None:
    rule = catalogue.rules["R-CDA-001"]
    for content in CAUSES[cause]:
        (anomaly,) = read_cda(content.encode(), catalogue=catalogue, facts=Facts(), index=0).anomalies
        place = anomaly.location
        assert anomaly.message == (
            f"Le document n'est pas du XML bien formé (ligne {place.line}, colonne {place.column}) :"
            f" {rule.labels['cause'][cause]}."
        )
        assert anomaly.fix is None and anomaly.value is None
