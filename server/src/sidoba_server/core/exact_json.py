"""JSON columns that keep decimals exact: 8684.23 goes in and comes out as the same number."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number")


class ExactEncoder(json.JSONEncoder):
    """Writes a Decimal as the number it is."""

    def encode(self, o: Any) -> str:
        return _encoder.encode(o).decode()


class ExactDecoder(json.JSONDecoder):
    """Reads a number with a fraction as a Decimal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})
