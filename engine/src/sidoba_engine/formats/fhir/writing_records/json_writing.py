"""Plain JSON → bytes, with decimals as they were given: FHIR wants `4.50` to stay `4.50`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any


def json_bytes(value: Any) -> bytes:
    """The JSON text, in UTF-8, without white space. A character that is half of one is replaced."""
    return "".join(_written(value)).encode("utf-8", "replace")


def _written(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield "{"
        for rank, (key, held) in enumerate(value.items()):
            yield ("," if rank else "") + json.dumps(key, ensure_ascii=False) + ":"
            yield from _written(held)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for rank, held in enumerate(value):
            if rank:
                yield ","
            yield from _written(held)
        yield "]"
    else:
        yield f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
