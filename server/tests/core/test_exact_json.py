"""JSON columns: a number goes in and comes out digit for digit."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from sidoba_server.core.exact_json import ExactDecoder, ExactEncoder

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.decimals(allow_nan=False, allow_infinity=False, places=4)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_there_and_back(value: object) -> None:
    assert json.loads(json.dumps(value, cls=ExactEncoder), cls=ExactDecoder) == value


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_a_decimal_keeps_its_digits(value: Decimal) -> None:
    again = json.loads(json.dumps(value, cls=ExactEncoder), cls=ExactDecoder)
    assert str(again) == str(value)
