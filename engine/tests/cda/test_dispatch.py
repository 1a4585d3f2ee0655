"""The machinery: paths, one walk, its cost, and what a badly written rule gives."""

from __future__ import annotations

import dataclasses
import re

import pytest
from lxml import etree
from sidoba_engine.catalogue import Catalogue, CatalogueError, Rule
from sidoba_engine.formats.cda.rules import compile_rules, compiled_rules
from sidoba_engine.formats.cda.walk.dispatch import Dispatcher
from sidoba_engine.formats.cda.walk.selectors import SelectorError, conditions, exists, finder, parse

PREFIXES = {"h": "urn:hl7-org:v3", "sdtc": "urn:hl7-org:sdtc"}
TREE = etree.fromstring(
    """<a xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
    <!-- a comment --><b k="1"><c>text</c><c/><templateId root="T1"/><templateId root="T2"/></b>
    <b k="2"><c><!-- not text --> </c><d><c k="x|y"/></d><templateId root="T2"/></b>
    <sdtc:b k="3"/><d xsi:type="CE"><b><c k="1"/></b></d></a>"""
)


@pytest.mark.parametrize(
    ("path", "xpath"),
    [
        ("b", "h:b"),
        ("b/c", "h:b/h:c"),
        ("sdtc:b", "sdtc:b"),
        ("*", "h:*"),
        (".//c", ".//h:c"),
        ("b[@k]", "h:b[@k]"),
        ("b[!@k]", "h:b[not(@k)]"),
        ("b[@k=1]", "h:b[@k='1']"),
        ("b[@k=2|3]/c", "h:b[@k='2' or @k='3']/h:c"),
        ("*[@k=1|2|3]", "h:*[@k='1' or @k='2' or @k='3']"),
        ("b[!@k=1]", "h:b[not(@k='1')]"),
        ("b[@k~[0-9]]", "h:b[number(@k)=number(@k)]"),
        ("b/c[texte]", "h:b/h:c[normalize-space(.)!='']"),
        ("b[modele=T1]", "h:b[h:templateId/@root='T1']"),
        ("b[modele=T1|T2]", "h:b[h:templateId/@root='T1' or h:templateId/@root='T2']"),
        ("*[*[modele=T2]]", "h:*[h:*[h:templateId/@root='T2']]"),
        ("b[!d[modele=T1]]", "h:b[not(h:d[h:templateId/@root='T1'])]"),
        ("b[c<=1]", "h:b[count(h:c)<=1]"),
        ("d[type=CE]", "h:d[@*='CE']"),
        ("b[!modele=T1]", "h:b[not(h:templateId/@root='T1')]"),
        ("b[d/c]", "h:b[h:d/h:c]"),
        ("b[!d]/c", "h:b[not(h:d)]/h:c"),
        ("b[c[texte]]", "h:b[h:c[normalize-space(.)!='']]"),
        ("d[@xsi:type=CE]", "h:d[@*='CE']"),
        ("d//c", "h:d//h:c"),
        ("b[c/@k]", "h:b[h:c/@k]"),
    ],
)
def test_a_path_finds_what_xpath_finds(path: str, xpath: str) -> None:
    found = list(dict.fromkeys(finder(path)(TREE)))
    expected = TREE.xpath(xpath, namespaces=PREFIXES)
    assert found == expected
    assert exists(path)(TREE) is bool(expected)


@pytest.mark.parametrize(
    "path",
    ["", "a[", "a[@k", "a//", "x:a", "a[@x:k]", "a b", "[a]", "a]", "a/[b]", "../b", "a/.."],
)
def test_an_unreadable_path_is_refused(path: str) -> None:
    with pytest.raises(SelectorError):
        finder(path)


def test_conditions_alone() -> None:
    test = conditions("[@k=1][c]")
    assert [test(element) for element in TREE.iterchildren("*")] == [True, False, False, False]
    with pytest.raises(SelectorError):
        conditions("b[@k]")


@pytest.mark.parametrize(
    ("context", "xpath"),
    [
        ("/a", "/h:a"),
        ("/a/b", "/h:a/h:b"),
        ("//c", "//h:c"),
        ("//b/c", "//h:b/h:c"),
        ("//b//c", "//h:b//h:c"),
        ("/a//c", "/h:a//h:c"),
        ("//b[modele=T2]/c", "//h:b[h:templateId/@root='T2']/h:c"),
        ("//*[modele=T1]/c", "//*[h:templateId/@root='T1']/h:c"),
        ("//b[modele=T2][@k=2]//c", "//h:b[h:templateId/@root='T2'][@k='2']//h:c"),
        ("//d/*", "//h:d/*"),
        ("//a", "//h:a"),
        ("/b", "/h:b"),
    ],
)
def test_a_context_reaches_what_xpath_reaches(context: str, xpath: str) -> None:
    dispatcher = Dispatcher()
    dispatcher.add(parse(context), lambda element, run: run.append(element))
    met: list[etree._Element] = []
    assert dispatcher.walk(TREE, met) == len(list(TREE.iter("*")))
    assert met == TREE.xpath(xpath, namespaces=PREFIXES)


def test_contexts_do_not_disturb_one_another() -> None:
    contexts = ["//c", "/a/b/c", "//b[modele=T1]/c", "//b[modele=T2]/c", "//d//c", "//*[@k]"]
    together = Dispatcher()
    for context in contexts:
        together.add(parse(context), lambda element, run, context=context: run.append((context, element)))
    met: list[tuple[str, etree._Element]] = []
    together.walk(TREE, met)
    for context in contexts:
        alone, found = Dispatcher(), []
        alone.add(parse(context), lambda element, run: run.append(element))
        alone.walk(TREE, found)
        assert [element for name, element in met if name == context] == found


@pytest.mark.parametrize("context", ["a/b", "/a/@k", "/a/./b"])
def test_a_context_goes_down_from_the_root(context: str) -> None:
    with pytest.raises(SelectorError):
        Dispatcher().add(parse(context), lambda element, run: None)


def test_a_million_invented_names_leave_nothing_behind() -> None:
    dispatcher = Dispatcher()
    dispatcher.add(parse("//id"), lambda element, run: None)
    root = etree.fromstring("<a>" + "".join(f"<n{rank}/>" for rank in range(5000)) + '<id xmlns="urn:hl7-org:v3"/></a>')
    assert dispatcher.walk(root, []) == 5002
    start = dispatcher.state([dispatcher._root], ())
    below = start.transitions["a"].resolve(root)[1]
    assert len(below.transitions) < 300
    met: list[etree._Element] = []
    again = Dispatcher()
    again.add(parse("//id"), lambda element, run: run.append(element))
    again.walk(root, met)
    assert len(met) == 1, "a name of the rules is found after all the others"


def test_ten_times_the_events_cost_less_than_twelve_times(catalogue: Catalogue, official: bytes) -> None:
    """Counted, not timed: elements visited."""

    def cost(times: int) -> int:
        text = re.sub(r"(?s)(<entry>\s*<encounter .*?</entry>)", r"\1" * times, official.decode(), count=1)
        return compiled_rules(catalogue).walk(etree.fromstring(text.encode(), etree.XMLParser(huge_tree=True))).visited

    once, ten_times = cost(1), cost(10)
    assert once == 1165
    assert once < ten_times < 12 * once


def rule_with(catalogue: Catalogue, check: str, **parameters: object) -> Rule:
    return dataclasses.replace(catalogue.rules["R-CDA-013"], check=check, parameters=parameters)


@pytest.mark.parametrize(
    ("check", "parameters"),
    [
        ("inconnu", {"contexte": "/a"}),
        ("present", {"contexte": "/a"}),
        ("present", {"chemin": "b"}),
        ("present", {"contexte": "/a", "chemin": "b", "chemn": "c"}),
        ("present", {"contexte": "a", "chemin": "b"}),
        ("present", {"contexte": "/a", "chemin": "b["}),
        ("present", {"contexte": "/a", "chemin": []}),
        ("present", {"contexte": "/a", "chemin": 3}),
        ("cardinalite", {"contexte": "/a", "chemin": "b", "min": "1"}),
        ("attribut_dans", {"contexte": "/a", "attribut": "x", "valeurs": ["y"], "facultatif": "oui"}),
        ("attribut_dans", {"contexte": "/a", "attribut": "z:x", "valeurs": ["y"]}),
        ("attributs_fixes", {"contexte": "/a", "valeurs": ["y"]}),
        ("jeu_de_valeurs", {"contexte": "/a", "jeu": "n'existe pas"}),
        ("texte_dans_jeu", {"contexte": "/a", "jeu": "n'existe pas"}),
    ],
)
def test_a_badly_written_rule_is_named(catalogue: Catalogue, check: str, parameters: dict[str, object]) -> None:
    with pytest.raises(CatalogueError, match="R-CDA-013"):
        compile_rules(catalogue, (rule_with(catalogue, check, **parameters),))
