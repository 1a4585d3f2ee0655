"""`htmlChecks`: formatting is accepted, whatever acts, loads or is not XHTML is refused."""

from __future__ import annotations

import pytest
from sidoba_engine.formats.fhir.path import Environment, NodeTypes, compile_expression

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'

ACCEPTED = (
    "<p>Bonjour&nbsp;<b>tous</b> &amp; &eacute;t&eacute;</p>",
    '<table class="t"><tr><td colspan="2" style="color: red">1</td></tr></table>',
    '<a href="https://example.org/">lien</a> <a href="#id">ici</a>',
    '<img src="data:image/png;base64,AAAA" alt="x"/>',
    '<p xml:lang="fr" lang="fr">x</p>',
    "<!-- note --> texte",
)

REFUSED = (
    "",
    "   ",
    "<!-- only a comment -->",
    "<p>not closed",
    "<script>1</script>",
    "<p onclick='x()'>x</p>",
    "<a href='javascript:x()'>x</a>",
    "<a href=' JAVA&#115;cript:x()'>x</a>",
    "<a href='data:text/html,x'>x</a>",
    "<form><p>x</p></form>",
    "<iframe src='http://x'>x</iframe>",
    "<object>x</object>",
    "<link href='x'/>x",
    "<p style='background: url(http://x)'>x</p>",
    "<p style='@import x'>x</p>",
    "<p xmlns='urn:other'>x</p>",
    "<p xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='x'>x</p>",
    "<?php x ?>x",
    "<![CDATA[x]]>",
    "&unknown;",
    "<svg xmlns='http://www.w3.org/2000/svg'>x</svg>",
)

WHOLE = (
    "texte",
    "<p xmlns='http://www.w3.org/1999/xhtml'>x</p>",
    "<div>x</div>",
    '<!DOCTYPE div [<!ENTITY x "y">]>' + DIV.format("x"),
    '<?xml version="1.0" encoding="UTF-16"?>' + DIV.format("x"),
    DIV.format("\ud800"),
)


@pytest.mark.parametrize(
    ("texts", "answer"),
    [([DIV.format(text) for text in ACCEPTED], True), ([DIV.format(text) for text in REFUSED], False), (WHOLE, False)],
)
def test_what_a_narrative_may_hold(types: NodeTypes, texts: list[str], answer: bool) -> None:
    check = compile_expression("htmlChecks()")
    wrong = [text for text in texts if check.holds(types.node(text, "xhtml"), Environment(types)) is not answer]
    assert wrong == []
