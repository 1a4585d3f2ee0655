"""Identifiers that lack the figure which tells their nature: `1` + FINESS, `8` + RPPS, `3` + FINESS + `/` + own number.

The figure is certain only when the number itself tells it: a FINESS of nine figures may as well be a SIREN, unless the
document gives the same number with its figure elsewhere. Source: ANS value sets TRE_G07 and TRE_G08.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sidoba_engine.formats.cda.entry_names import PRACTITIONER_AUTHORITY
from sidoba_engine.formats.cda.names import ID
from sidoba_engine.formats.cda.run import Element
from sidoba_engine.identifiers import adeli, finess, rpps, siren, siret

STRUCTURE_AUTHORITY = "1.2.250.1.71.4.2.2"
_CABINET = re.compile(r"[0-9]{14}")
_KNOWN_STRUCTURE = re.compile(r"1([0-9AB]{9})")
_KNOWN_ISSUER = re.compile(r"3([0-9AB]{9})/.+", re.DOTALL)

Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Nature:
    """A kind of number: the figure before it, its form, and the test of its key."""

    figure: str
    has_form: Test
    has_key: Test
    needs_key: bool = True
    """False when a number of that form alone is certain, once no other nature fits."""


def _is_cabinet(number: str) -> bool:
    return _CABINET.fullmatch(number) is not None


def _never(_number: str) -> bool:
    return False


_FINESS = _Nature("1", finess.is_well_formed, finess.is_valid, needs_key=False)
_ISSUER = _Nature("3", finess.is_well_formed, finess.is_valid, needs_key=False)
_BARE = {
    STRUCTURE_AUTHORITY: (
        _FINESS,
        _Nature("2", siren.is_well_formed, siren.is_valid),
        _Nature("3", siret.is_well_formed, siret.is_valid),
        _Nature("4", _is_cabinet, lambda number: rpps.is_valid(number[:11])),
    ),
    PRACTITIONER_AUTHORITY: (
        _Nature("8", rpps.is_well_formed, rpps.is_valid),
        _Nature("0", adeli.is_well_formed, _never),
    ),
}
"""Natures of a number alone, by the authority (`root`) that it is given under."""

_BEFORE_A_SLASH = (
    _ISSUER,
    _Nature("4", siren.is_well_formed, siren.is_valid),
    _Nature("5", siret.is_well_formed, siret.is_valid),
)
"""Natures of the number of a structure that gives its own identifiers after a `/`."""


def missing_prefix(
    identifier: str, authority: str, *, admits: Test, known: Callable[[], frozenset[str]]
) -> tuple[str, bool] | None:
    """The figure to put in front, and whether it is certain; None when the number tells nothing.

    `admits` is what the rule asks of the whole identifier, `known` gives the FINESS numbers of `known_finess`.
    """
    number, slash, _ = identifier.partition("/")
    natures = [
        nature
        for nature in (_BEFORE_A_SLASH if slash else _BARE.get(authority, ()))
        if nature.has_form(number) and admits(nature.figure + identifier)
    ]
    if not natures:
        return None
    if len(natures) == 1:
        (only,) = natures
        return only.figure, not only.needs_key or only.has_key(number)
    first = natures[0]
    if first in (_FINESS, _ISSUER):
        return first.figure, number in known()
    keyed = [nature for nature in natures if nature.has_key(number)]
    return (keyed[0].figure, len(keyed) == 1) if keyed else None


def known_finess(root: Element) -> frozenset[str]:
    """The FINESS numbers that the document gives with the figure of their nature."""
    return frozenset(_stated(root))


def _stated(root: Element) -> Iterator[str]:
    for element in root.iter(ID):
        forms = {STRUCTURE_AUTHORITY: _KNOWN_STRUCTURE, PRACTITIONER_AUTHORITY: _KNOWN_ISSUER}
        form = forms.get(element.get("root", ""))
        if form is not None and (found := form.fullmatch(element.get("extension", ""))):
            yield found[1]
