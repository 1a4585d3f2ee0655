"""Pages of the catalogue: the ones that `documentation` of an anomaly and `type` of a problem lead to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from sidoba_engine import verdict_json
from sidoba_engine.catalogue import Rule, installed_catalogue
from sidoba_engine.rule_search import search_rules

from sidoba_server.core.paging import page_of_names
from sidoba_server.core.refusals import InvalidParameter, NotFound
from sidoba_server.front.errors import refused

_LONGEST_SEARCH = 200
_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule in words; `expression` is set for a control of a business model."""

    rule: Rule
    severities: tuple[str, ...]
    expression: str
    passing: str
    failing: str
    unreachable: str


@dataclass(frozen=True, slots=True)
class RulesPage:
    """One page of the rules that hold some words; `next_page` is empty on the last."""

    words: str
    found: int
    rules: list[Rule]
    next_page: str


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rules of the catalogue, by words (`q`), a hundred at a time."""
    words = request.GET.get("q", "")[:_LONGEST_SEARCH]
    found = search_rules(installed_catalogue().rules.values(), words)
    by_id = {rule.id: rule for rule in found}
    try:
        kept, following = page_of_names(list(by_id), after=request.GET.get("apres"), limit=_PER_PAGE)
    except InvalidParameter as refusal:
        return refused(request, refusal)
    following_page = f"?{urlencode({'q': words, 'apres': following})}" if following else ""
    page = RulesPage(words, len(found), [by_id[name] for name in kept], following_page)
    return render(request, "front/reference/rules.html", {"page": page})


@require_safe
def rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """What the rule asks, why, and how to repair."""
    found = installed_catalogue().rules.get(rule_id)
    if found is None:
        return refused(request, NotFound())
    return render(request, "front/reference/rule.html", {"page": _page(found)})


@require_safe
def refusal(request: HttpRequest, code: str) -> HttpResponse:
    """What the refusal means; words between braces stand for what differs each time."""
    found = installed_catalogue().refusals.get(code)
    if found is None:
        return refused(request, NotFound())
    return render(request, "front/reference/refusal.html", {"refusal": found})


def _page(found: Rule) -> RulePage:
    elsewhere = (f"{severity.value} en {environment}" for environment, severity in found.severities.items())
    return RulePage(
        rule=found,
        severities=(found.severity.value, *elsewhere),
        expression=_expression(found),
        passing=_example(found.examples.get("conforme")),
        failing=_example(found.examples.get("fautif")),
        unreachable=_example(found.examples.get("inatteignable")),
    )


def _expression(found: Rule) -> str:
    for model in installed_catalogue().models.values():
        for control in model.controls:
            if control.id == found.id:
                return control.expression
    return ""


def _example(example: object) -> str:
    if isinstance(example, Mapping | list):
        kept: Any = example
        return verdict_json.encode(kept).decode()
    return str(example or "")
