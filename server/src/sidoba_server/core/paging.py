"""Paging by cursor: `?apres=<cursor>&limite=1..500`. No offsets, no counts."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from sidoba_server.core.refusals import InvalidParameter

Row = TypeVar("Row", bound=Model)

DEFAULT_LIMIT = 100
MAXIMUM_LIMIT = 500


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of rows, and the cursor of the next one (None on the last)."""

    rows: Sequence[Row]
    next_cursor: str | None


def page(rows: QuerySet[Row], *, by: str, after: str | None, limit: int = DEFAULT_LIMIT) -> Page[Row]:
    """The rows after the cursor, in the order of the unique column `by`.

    Raises InvalidParameter for a limit out of 1..500 or a cursor this list did not give.
    """
    _check_limit(limit)
    if after is not None:
        field: Any = rows.model._meta.get_field(by)
        try:
            value = field.to_python(_pointed_at(after))
        except Exception as error:  # whatever the field raises, the cursor is not one of ours
            raise _not_a_cursor() from error
        rows = rows.filter(**{f"{by}__gt": value})
    found = list(rows.order_by(by)[: limit + 1])
    kept = found[:limit]
    more = len(found) > limit
    return Page(kept, _cursor(getattr(kept[-1], by)) if more else None)


def page_of_names(
    names: Sequence[str], *, after: str | None, limit: int = DEFAULT_LIMIT
) -> tuple[list[str], str | None]:
    """The names after the cursor, in their alphabetical order, and the cursor of the next page.

    Raises what `page` raises.
    """
    _check_limit(limit)
    start = "" if after is None else _named_by(after)
    found = sorted(name for name in names if name > start)
    kept = found[:limit]
    return kept, _cursor(kept[-1]) if len(found) > limit else None


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAXIMUM_LIMIT:
        raise InvalidParameter(parametre="limite", attendu=f"un entier de 1 à {MAXIMUM_LIMIT}")


def _named_by(cursor: str) -> str:
    try:
        return _pointed_at(cursor)
    except ValueError as error:
        raise _not_a_cursor() from error


def _not_a_cursor() -> InvalidParameter:
    return InvalidParameter(parametre="apres", attendu="le curseur donné par la page précédente")


def _pointed_at(cursor: str) -> str:
    text = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode()
    if not text or "\x00" in text:
        raise ValueError("no row lies there")
    return text


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(str(value).encode()).decode()
