"""Which known key a misspelled one means: the same letters in another case, or one slip of the keyboard away."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_DOUBT = 2
"""Slips that make another key possible."""


@dataclass(frozen=True, slots=True)
class NearKey:
    """The one known key that a name can mean. `certain` when nothing else is likely."""

    key: str
    certain: bool


def near_key(name: str, known: Iterable[str]) -> NearKey | None:
    """The only known key that has the same letters, or that is one slip away; None when there is none, or several.

    One slip is certain only when no other key is two slips away and when no digit is concerned: `gir_1` and `gir_2`
    are one slip from one another.

    >>> near_key("Nombre-De-Places", ["nombre_de_places", "nombre_de_lits"])
    NearKey(key='nombre_de_places', certain=True)
    >>> near_key("gir_8", ["gir_evalue", "gir_1"])
    NearKey(key='gir_1', certain=False)
    """
    keys, letters = tuple(known), _letters(name)
    same = [key for key in keys if _letters(key) == letters]
    if same:
        return NearKey(same[0], certain=True) if len(same) == 1 else None
    slips = {key: slips_between(name, key, most=_DOUBT) for key in keys}
    one = [key for key, number in slips.items() if number == 1]
    if len(one) != 1:
        return None
    is_alone = not any(number == _DOUBT for number in slips.values())
    return NearKey(one[0], certain=is_alone and _digits(one[0]) == _digits(name))


def slips_between(left: str, right: str, *, most: int) -> int | None:
    """Letters added, left out, changed or exchanged between two names; None when there are more than `most`.

    >>> slips_between("palces", "places", most=2), slips_between("place", "places", most=2)
    (1, 1)
    """
    if abs(len(left) - len(right)) > most:
        return None
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, character in enumerate(left, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (character != other))
            if i > 1 and j > 1 and character == right[j - 2] and left[i - 2] == other:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most and (not before or min(before) > most):
            return None
    return row[-1] if row[-1] <= most else None


@lru_cache(maxsize=4096)
def _letters(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if character.isalnum())


def _digits(name: str) -> str:
    return "".join(character for character in name if character.isdigit())
