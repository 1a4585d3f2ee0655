"""What the engine's tests share: the installed catalogue, the models' own examples, and one call to judge bytes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.facts import CampaignFacts, Environment, Facts
from sidoba_engine.validation import judge
from sidoba_engine.verdict import DocumentVerdict

SHARED = Path(__file__).resolve().parents[3] / "shared"

Judge = Callable[..., DocumentVerdict]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return installed_catalogue()


@pytest.fixture
def ssiad_campaign() -> CampaignFacts:
    return CampaignFacts("ssiad-2026", "ssiad", date(2024, 6, 1), date(2025, 5, 31))


@pytest.fixture
def ssiad_facts(ssiad_campaign: CampaignFacts) -> Facts:
    return Facts(Environment.SANDBOX, ssiad_campaign, "019999994")


@pytest.fixture
def body(catalogue: Catalogue) -> Callable[..., dict[str, Any]]:
    """The body of WS05 for a model's own example, of the version in force; a fresh copy at each call."""

    def build(code: str = "ssiad-structure", version: str = "2026.0-brouillon") -> dict[str, Any]:
        model = catalogue.model(code, version)
        assert model is not None
        return {
            "modele": {"code": model.code, "version": model.version},
            "donnees": copy.deepcopy(dict(model.example)),
        }

    return build


@pytest.fixture
def judge_one(catalogue: Catalogue) -> Judge:
    """Judge a content that holds one document; a dict is written as JSON first."""

    def call(content: Any, **arguments: Any) -> DocumentVerdict:
        written = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        settings = {"catalogue": catalogue, "facts": Facts()} | arguments
        (verdict,) = judge(written, **settings)
        return verdict

    return call


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference texts beside the checkout; the tests that also use it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip(f"the folder {SHARED.name}/ beside the checkout is absent")
    return SHARED
