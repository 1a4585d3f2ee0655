"""The examples written in the engine's docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest
import sidoba_engine

MODULES = [module.name for module in pkgutil.walk_packages(sidoba_engine.__path__, "sidoba_engine.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_identifiers_have_examples() -> None:
    attempted = {
        name: doctest.testmod(importlib.import_module(name)).attempted
        for name in MODULES
        if name.startswith("sidoba_engine.identifiers.")
    }
    assert (
        min(
            attempted[f"sidoba_engine.identifiers.{module}"]
            for module in ("finess", "ins", "rpps", "siren", "siret", "adeli")
        )
        >= 5
    )
