"""The small values that records are made of: moments, identifiers, codes, quantities, places, people, organisations.

They belong to no format: a reader of CDA or FHIR fills them, a writer of either writes them. What a document does not
say is None. Texts have their white space collapsed, so that a record reads the same whatever the layout of its source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NewType

Moment = NewType("Moment", str)
"""A date or a time in ISO 8601, as precise as it was given: `1947`, `1947-04`, `1947-04-03`,
`2023-04-14T10:30:00+02:00`. Kept as text: a birth year is not the first of January."""

STRUCTURE_AUTHORITY = "1.2.250.1.71.4.2.2"
"""Struct_idNat: national identifiers of structures, `1` + FINESS among others."""

_DAY_LENGTH = len("AAAA-MM-JJ")
_FINESS = re.compile(r"1?([0-9][0-9AB][0-9]{7})")


def day_of(moment: Moment | None) -> date | None:
    """The day of a moment; None when it is less precise than a day.

    >>> day_of(Moment("2023-04-14T10:30:00+02:00")), day_of(Moment("2023-04"))
    (datetime.date(2023, 4, 14), None)
    """
    return date.fromisoformat(moment[:_DAY_LENGTH]) if moment and len(moment) >= _DAY_LENGTH else None


def year_of(moment: Moment | None) -> int | None:
    """The year of a moment, always known when the moment is."""
    return int(moment[:4]) if moment else None


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier and the authority (an OID) that gives it; an authority alone when that is an OID or a UUID of one
    thing."""

    authority: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a code system (an OID), and the label it came with."""

    code: str
    system: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its unit: `km`, `min`, or a currency (`EUR`)."""

    value: Decimal
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address, in parts or in lines. `county` is the code of the commune (COG) where a birthplace is told."""

    lines: tuple[str, ...] = ()
    house_number: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    county: str | None = None
    state: str | None = None
    country: str | None = None
    use: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach someone: `tel:0473000000`, `mailto:…`; `use` as H (home) or WP (work place)."""

    value: str
    use: str | None = None


@dataclass(frozen=True, slots=True)
class Organization:
    """A structure, by its identifier (`1` + FINESS under the national authority) and its name."""

    identifier: Identifier | None = None
    name: str | None = None

    @property
    def finess(self) -> str | None:
        """The FINESS number, with or without its prefix in the identifier; None when it is not one."""
        return finess_of(self.identifier)


@dataclass(frozen=True, slots=True)
class PersonName:
    """The name of a professional."""

    family: str | None = None
    given: str | None = None
    prefix: str | None = None
    suffix: str | None = None


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Who acts: `identifier` is `8` + RPPS under the national authority, `profession` the trade, `role` the function
    held there."""

    identifier: Identifier | None = None
    name: PersonName | None = None
    profession: Code | None = None
    role: Code | None = None
    organization: Organization | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happens, or a journey starts or ends."""

    identifier: Identifier | None = None
    name: str | None = None
    address: Address | None = None


def finess_of(identifier: Identifier | None) -> str | None:
    """The FINESS number that an identifier of the national authority of structures holds.

    >>> finess_of(Identifier(STRUCTURE_AUTHORITY, "1019999994"))
    '019999994'
    """
    if identifier is None or identifier.authority != STRUCTURE_AUTHORITY:
        return None
    found = _FINESS.fullmatch(identifier.value or "")
    return found[1] if found else None
