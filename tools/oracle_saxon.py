"""The CDA oracle: the XPath 2.0 text of each rule, evaluated by Saxon. Written apart from the engine, to hold it.

All rules become one XSLT 3 stylesheet, compiled once; a document costs one transformation. The texts are in
`engine/tests/cda/oracle/rules.json` (facts of the guide TDDUI CDA 1.0.1), the value sets are those of the catalogue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from saxonche import PySaxonProcessor, PyXsltExecutable  # type: ignore[import-not-found]
from sidoba_engine.catalogue import Catalogue

RULES = Path(__file__).resolve().parents[1] / "engine" / "tests" / "cda" / "oracle" / "rules.json"
_OWN_FUNCTION = re.compile(r"(?<![\w:-])(in-vs|in-vs-code|vs-codes|resolve-xsi|valid-ts|ts-key|display-ok)\(")
_HEAD = """\
<xsl:stylesheet version="3.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:f="urn:oracle"
 xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:hl7="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc"
 xmlns:lab="urn:oid:1.3.6.1.4.1.19376.1.3.2" xmlns:ps3-20="urn:dicom-org:ps3-20">
<xsl:output method="text"/>
<xsl:variable name="ranks" as="map(xs:string, xs:integer)"><xsl:map><xsl:for-each select="//*">
 <xsl:map-entry key="generate-id()" select="position() - 1"/></xsl:for-each></xsl:map></xsl:variable>
<xsl:function name="f:in-vs"><xsl:param name="e"/><xsl:param name="oid"/>
 <xsl:sequence select="exists($e/@code) and $e/concat(@code, '|', @codeSystem) = $pairs($oid)"/></xsl:function>
<xsl:function name="f:in-vs-code"><xsl:param name="code"/><xsl:param name="oid"/>
 <xsl:sequence select="exists($code) and string($code) = $codes($oid)"/></xsl:function>
<xsl:function name="f:vs-codes"><xsl:param name="oid"/><xsl:sequence select="$codes($oid)"/></xsl:function>
<xsl:function name="f:resolve-xsi"><xsl:param name="e"/><xsl:param name="type"/>
 <xsl:sequence select="tokenize(normalize-space($e/@xsi:type), ':')[last()] = $type"/></xsl:function>
<xsl:function name="f:display-ok"><xsl:param name="e"/>
 <xsl:variable name="known" select="$displays($e/concat(@code, '|', @codeSystem))"/>
 <xsl:sequence select="empty($known) or string($e/@displayName) = $known"/></xsl:function>
<xsl:variable name="moment"
 select="'^([0-9]{4})(([0-9]{2})(([0-9]{2})(([0-9]{2})(([0-9]{2})(([0-9]{2})(\\.[0-9]+)?)?)?)?)?)?([+-][0-9]{4})?$'"/>
<xsl:function name="f:moment" as="xs:string"><xsl:param name="v"/>
 <xsl:variable name="p" select="analyze-string($v, $moment)//*:group/string(@nr)"/>
 <xsl:variable name="g" select="analyze-string($v, $moment)//*:group"/>
 <xsl:variable name="part" select="function($nr, $absent) {($g[@nr = $nr]/string(.), $absent)[1]}"/>
 <xsl:variable name="zone" select="$part('13', '+0000')"/>
 <xsl:sequence select="concat($part('1', ''), '-', $part('3', '01'), '-', $part('5', '01'), 'T', $part('7', '00'), ':',
  $part('9', '00'), ':', $part('11', '00'), $part('12', ''), substring($zone, 1, 3), ':', substring($zone, 4, 2))"/>
</xsl:function>
<xsl:function name="f:valid-ts"><xsl:param name="values"/>
 <xsl:sequence select="exists($values) and (every $v in $values satisfies matches($v, $moment)
  and not(starts-with($v, '0000')) and f:moment($v) castable as xs:dateTime and not(contains(f:moment($v), 'T24')))"/>
</xsl:function>
<xsl:function name="f:ts-key"><xsl:param name="v" as="item()?"/>
 <xsl:sequence select="xs:dateTime(f:moment($v))"/></xsl:function>
"""
_OUTCOME = """\
<xsl:param name="every" select="false()"/>
<xsl:function name="f:outcome" as="xs:string"><xsl:param name="node"/><xsl:param name="holds"/>
 <xsl:sequence select="if ($holds) then (if ($every) then concat(' =', $ranks(generate-id($node))) else '')
  else concat(' ', $ranks(generate-id($node)))"/></xsl:function>
"""


_NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class OracleRule:
    """One rule: the nodes it is about, and what must be true of each (XPath 2.0)."""

    context: str
    test: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Saxon says of one rule on one document. Ranks of elements in document order, the root being 0.

    `met` nodes of the context; those where the test is false; those where it has no value (dynamic error: an operator
    that wants one item got two, a cast failed); those where it is true, when
    asked for. `unreachable`: the context itself raised such an error.
    """

    met: int
    failing: frozenset[int]
    undefined: frozenset[int]
    holding: frozenset[int] = _NONE
    unreachable: bool = False


@cache
def oracle_rules() -> Mapping[str, OracleRule]:
    """The rules that have an XPath, by id."""
    return {key: OracleRule(**value) for key, value in json.loads(RULES.read_bytes())["rules"].items()}


@cache
def procedural_rules() -> tuple[str, ...]:
    """Ids of the rules about bytes, size or schema: the reference gives them no XPath."""
    return tuple(json.loads(RULES.read_bytes())["procedural"])


class Oracle:
    """All rules compiled for one catalogue's value sets. Keep one: compiling takes about a second."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._processor = PySaxonProcessor(license=False)
        self._executable: PyXsltExecutable = self._processor.new_xslt30_processor().compile_stylesheet(
            stylesheet_text=stylesheet(catalogue)
        )

    def judge(self, source: str, *, every: bool = False) -> dict[str, Outcome]:
        """The outcome of each rule on one document, given as text; `every`: with the nodes that hold, too.

        Raises PySaxonApiError when the text is not XML.
        """
        self._executable.set_parameter("every", self._processor.make_boolean_value(every))
        text = self._executable.transform_to_string(xdm_node=self._processor.parse_xml(xml_text=source))
        return dict(_outcome(*line.split()) for line in str(text).splitlines())


def _outcome(key: str, met: str, *ranks: str) -> tuple[str, Outcome]:
    if not ranks:
        return key, Outcome(max(int(met), 0), _NONE, _NONE, _NONE, met == "-1")
    failing = frozenset(int(rank) for rank in ranks if rank.isdigit())
    undefined = frozenset(int(rank[1:]) for rank in ranks if rank[0] == "!")
    holding = frozenset(int(rank[1:]) for rank in ranks if rank[0] == "=")
    return key, Outcome(max(int(met), 0), failing, undefined, holding, met == "-1")


def stylesheet(catalogue: Catalogue) -> str:
    """The whole stylesheet. Its output is a line per rule: id, size of the context (-1: error), ranks at fault."""
    contexts: dict[str, list[str]] = {}
    for key, rule in oracle_rules().items():
        contexts.setdefault(rule.context, []).append(key)
    templates = "".join(_context(rank, context, keys) for rank, (context, keys) in enumerate(contexts.items()))
    calls = "".join(f'<xsl:call-template name="context-{rank}"/>' for rank in range(len(contexts)))
    return (
        f"{_HEAD}{_OUTCOME}{_value_sets(catalogue)}{templates}"
        f'<xsl:template match="/">{calls}</xsl:template></xsl:stylesheet>'
    )


def _context(rank: int, context: str, keys: list[str]) -> str:
    return (
        f'<xsl:template name="context-{rank}"><xsl:variable name="nodes" as="item()*">'
        f"<xsl:try select={_attribute(context)}><xsl:catch select=\"'error'\"/></xsl:try></xsl:variable>"
        + "".join(_rule(key, oracle_rules()[key].test) for key in keys)
        + "</xsl:template>"
    )


def _rule(key: str, test: str) -> str:
    return (
        f"<xsl:text>{key} </xsl:text>"
        '<xsl:value-of select="if ($nodes instance of xs:string) then -1 else count($nodes)"/>'
        f'<xsl:for-each select="$nodes[. instance of node()]"><xsl:try select={_attribute(f"f:outcome(., ({test}))")}>'
        "<xsl:catch select=\"concat(' !', $ranks(generate-id(.)))\"/></xsl:try></xsl:for-each>"
        "<xsl:text>&#10;</xsl:text>"
    )


def _attribute(expression: str) -> str:
    return quoteattr(_OWN_FUNCTION.sub(r"f:\1(", expression))


def _value_sets(catalogue: Catalogue) -> str:
    pairs: dict[str, list[str]] = {}
    codes: dict[str, list[str]] = {}
    displays: dict[str, list[str]] = {}
    for value_set in catalogue.value_sets.values():
        if value_set.oid is None:
            continue
        codes[value_set.oid] = [row["code"] for row in value_set.rows]
        pairs[value_set.oid] = [_pair(row) for row in value_set.rows]
        for row in value_set.rows:
            displays.setdefault(_pair(row), []).append(row["libelle"])
    return _map("codes", codes) + _map("pairs", pairs) + _map("displays", displays)


def _pair(row: Mapping[str, Any]) -> str:
    return f"{row['code']}|{row.get('systeme', '')}"


def _map(name: str, content: Mapping[str, list[str]]) -> str:
    entries = "".join(
        f'<xsl:map-entry key="{escape(_literal(key), {chr(34): "&quot;"})}" '
        f"select={quoteattr('(' + ', '.join(map(_literal, values)) + ')')}/>"
        for key, values in content.items()
    )
    return f'<xsl:variable name="{name}" as="map(xs:string, xs:string*)"><xsl:map>{entries}</xsl:map></xsl:variable>'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
