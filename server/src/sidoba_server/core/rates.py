"""A plain rate limit: a fixed window per caller, counted in the database so that all processes agree."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from sidoba_server.core import clock
from sidoba_server.core.refusals import TooManyRequests

WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """Where a caller stands: `remaining` requests until `reset_s` seconds from now."""

    limit: int
    remaining: int
    reset_s: int

    @property
    def headers(self) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit` (IETF draft, structured fields)."""
        return {
            "RateLimit-Policy": f'"defaut";q={self.limit};w={WINDOW_S}',
            "RateLimit": f'"defaut";r={self.remaining};t={self.reset_s}',
        }


def count_request(caller: str, *, limit: int) -> Rate:
    """Count one request of `caller`. Raises TooManyRequests past `limit` in the window."""
    seconds = int(clock.now().timestamp())
    window, reset_s = seconds // WINDOW_S, WINDOW_S - seconds % WINDOW_S
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO core_ratewindow AS r (caller, "window", count) VALUES (%s, %s, 1)'
            ' ON CONFLICT (caller) DO UPDATE SET "window" = excluded."window",'
            ' count = CASE WHEN r."window" = excluded."window" THEN r.count + 1 ELSE 1 END RETURNING count',
            [caller, window],
        )
        (count,) = cursor.fetchone()
    rate = Rate(limit, max(0, limit - count), reset_s)
    if count > limit:
        raise TooManyRequests(
            limite=limit, fenetre=WINDOW_S, attente=reset_s, headers={**rate.headers, "Retry-After": str(reset_s)}
        )
    return rate
