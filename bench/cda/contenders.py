"""Who is compared: each is ready to treat one document given as bytes, as often as wanted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

PARSE = "lxml, parse alone"
VERDICT = "sidoba, bytes → verdict"
CONTROLS = "sidoba, with the record's controls"
SAXON = "Saxon, the same rules"
NAMES = (PARSE, VERDICT, CONTROLS, SAXON)

FINESS, YEAR = "480787529", 2023
"""Establishment and year of activity of the official example: those of the call it would be sent by."""

Contender = Callable[[bytes], object]


def contender(name: str) -> Contender:
    """Make one ready: imports, catalogue, rules compiled. What is not needed for it is not imported."""
    return {PARSE: _parse, VERDICT: _verdict, CONTROLS: _verdict_with_controls, SAXON: _saxon}[name]()


def _parse() -> Contender:
    """The parser of the door, with the same settings, one for each document as there."""
    from lxml import etree

    def parse(content: bytes) -> object:
        parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=True,
        )
        return etree.fromstring(content, parser)

    return parse


def _verdict() -> Contender:
    return _judging(None)


def _verdict_with_controls() -> Contender:
    """With the facts of a call: the establishment, and an SSIAD campaign of that year."""
    from sidoba_engine.facts import CampaignFacts

    return _judging(CampaignFacts(f"ssiad-{YEAR}", "ssiad", date(YEAR, 1, 1), date(YEAR, 12, 31)))


def _judging(campaign: Any) -> Contender:
    from sidoba_engine.catalogue import installed_catalogue
    from sidoba_engine.facts import Environment, Facts
    from sidoba_engine.formats.cda.rules import compiled_rules
    from sidoba_engine.validation import judge

    catalogue = installed_catalogue()
    compiled_rules(catalogue)
    finess = FINESS if campaign is not None else None
    facts = Facts(environment=Environment.SANDBOX, campaign=campaign, establishment_finess=finess)
    return lambda content: list(judge(content, catalogue=catalogue, facts=facts))


def _saxon() -> Contender:
    """The XPath 2.0 text of the same rules, compiled once to one stylesheet."""
    sys.path.append(str(Path(__file__).resolve().parents[2] / "tools"))
    from oracle_saxon import Oracle
    from sidoba_engine.catalogue import installed_catalogue

    oracle = Oracle(installed_catalogue())
    return lambda content: oracle.judge(content.decode("utf-8-sig"))
