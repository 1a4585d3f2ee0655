"""The short test of a value and its checks agree: what it lets through has no fault and is kept as it is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.checks.compiled_model import Field, compiled_model
from sidoba_engine.formats.json_text import UnstorableNumber

CATALOGUE = installed_catalogue()
MODELS = list(CATALOGUE.models.values())

NUMBERS = (
    st.integers(-3, 200)
    | st.integers()
    | st.decimals(-2, 130, places=3)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from([10**308, -(10**308), Decimal("1E+308"), Decimal("1E-61"), Decimal("3.0"), Decimal("1.00000")])
)
TEXTS = (
    st.text(max_size=12)
    | st.dates().map(str)
    | st.sampled_from(
        (
            *(
                "",
                " ",
                "A",
                "a",
                "qf0",
                "354",
                "01",
                "2A",
                "019999994",
                "2025-02-30",
                "2025-W01-1",
                "20250101",
                "x\x00",
            ),
            *("253072A07300443", "F84.0", "F840", "01004", "\u00a0", "a\nb", "2025-01-14T14:00:00+01:00"),
        )
    )
)
VALUES: st.SearchStrategy[Any] = (
    NUMBERS | TEXTS | st.booleans() | st.none() | st.just(UnstorableNumber("NaN")) | st.just([1]) | st.just({"a": 1})
)


def is_absent(known: Field, value: Any) -> bool:
    return value is None or (known.is_text and isinstance(value, str) and not value.strip())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.code} {model.version}")
def test_the_short_test_never_lets_a_fault_through(model: BusinessModel) -> None:
    compiled = compiled_model(model, CATALOGUE)
    fields = [
        (known, checks.plain[known.name])
        for checks in (compiled.root, *compiled.entities.values())
        for known in checks.fields.values()
    ]

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(fields), VALUES)
    def compare(field: tuple[Field, Any], value: Any) -> None:
        known, is_plain = field
        if is_plain(value):
            assert not is_absent(known, value)
            assert known.fault(value) is None
            accepted = known.accept(value)
            assert accepted == value and type(accepted) is type(value)
        elif type(value) in (int, bool, str) and not is_absent(known, value) and value == str(value).strip():
            assert known.fault(value) is not None or known.indicator.type in ("texte", "date", "code")

    compare()


def test_the_values_of_the_examples_take_the_short_way() -> None:
    for model in MODELS:
        root = compiled_model(model, CATALOGUE).root
        for name, value in model.example.items():
            if name in root.fields and not isinstance(value, float):
                assert root.plain[name](value), (model.code, name, value)
