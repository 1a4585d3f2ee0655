"""Renamed keys: a key that is gone and a key that is new, when they certainly are the same question.

Data are moved on the strength of it, so what is doubtful is left as a removal and an addition: same type, unit, entity,
section and codes are demanded, then a label that says nearly the same, and no other candidate nearly as good.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import lru_cache

from sidoba_engine.business_model import BusinessModel, Indicator
from sidoba_engine.model_diff.changes import Rename

NEAR = 0.85
"""Likeness of two labels, from 0 to 1, from which they may be one, if no word says something else."""

MARGIN = 0.05
"""How much better the best candidate must be than the next."""

MOST_COMPARED = 20_000
"""Pairs of keys that are compared; with more, the two models have little in common."""

LONGEST_LABEL = 200
"""Characters of a label that are compared."""

_WORD = re.compile(r"[a-z]+|[0-9]+")
_EMPTY_WORDS = frozenset(
    ["a", "au", "aux", "d", "de", "des", "dont", "du", "en", "et", "l", "la", "le", "les", "nombre", "par", "pour"]
)
_SAME_WORD = 0.9


def find_renames(source: BusinessModel, target: BusinessModel) -> tuple[Rename, ...]:
    """The renames, in the order of the source; each key is in one at most."""
    gone = _only_in(source, target)
    new = _only_in(target, source)
    if len(gone) * len(new) > MOST_COMPARED:
        return ()
    likeness = {(before.key, after.key): likeness_of(before, after) for before in gone for after in new}
    found = [
        _rename(source.indicators[before], target.indicators[after])
        for (before, after), score in likeness.items()
        if score > 0 and not _has_rival(before, after, score, likeness)
    ]
    order = {key: rank for rank, key in enumerate(source.indicators)}
    return tuple(sorted(found, key=lambda rename: order[rename.before]))


def _only_in(model: BusinessModel, other: BusinessModel) -> list[Indicator]:
    """The indicators whose key the other model does not have, but those whose label does not tell them apart."""
    labels = Counter((indicator.section, _plain(indicator.label)) for indicator in model.indicators.values())
    return [
        indicator
        for key, indicator in model.indicators.items()
        if key not in other.indicators and labels[indicator.section, _plain(indicator.label)] == 1
    ]


def _has_rival(before: str, after: str, score: float, likeness: Mapping[tuple[str, str], float]) -> bool:
    """True when one of the two keys has another candidate that is nearly as good, or better."""
    return any(
        value > max(score - MARGIN, 0)
        for (one, other), value in likeness.items()
        if (one == before) is not (other == after)
    )


def likeness_of(before: Indicator, after: Indicator) -> float:
    """From 0 (not the same question, or not certainly) to 1 (the same label)."""
    if _nature(before) != _nature(after) or not _same_codes(before, after):
        return 0.0
    if _plain(before.label) == _plain(after.label):
        return 1.0
    ratio = SequenceMatcher(None, _plain(before.label), _plain(after.label), autojunk=False).ratio()
    return ratio if ratio >= NEAR and _say_the_same(before.label, after.label) else 0.0


def _nature(indicator: Indicator) -> tuple[object, ...]:
    return (
        indicator.type,
        indicator.entity,
        indicator.section,
        indicator.unit,
        indicator.format,
        indicator.values_from and (indicator.values_from["nature"], indicator.values_from["nom"]),
    )


def _same_codes(before: Indicator, after: Indicator) -> bool:
    """At least half of the codes are in both."""
    one, other = set(before.codes or ()), set(after.codes or ())
    return len(one & other) * 2 >= len(one | other)


def _say_the_same(before: str, after: str) -> bool:
    """Same numbers, and each word of one is (nearly) a word of the other: the longer one only adds words."""
    one, other = (_words(label) for label in (before, after))
    if _numbers(before) != _numbers(after):
        return False
    shorter, longer = sorted((one, other), key=len)
    return all(any(_near(word, candidate) for candidate in longer) for word in shorter)


def _words(label: str) -> set[str]:
    return set(_WORD.findall(_plain(label))) - _EMPTY_WORDS


def _numbers(label: str) -> list[str]:
    return [word for word in _WORD.findall(_plain(label)) if word.isdigit()]


def _near(one: str, other: str) -> bool:
    return one == other or SequenceMatcher(None, one, other, autojunk=False).ratio() >= _SAME_WORD


@lru_cache(maxsize=4096)
def _plain(label: str) -> str:
    """Lower case, no accent, no punctuation."""
    letters = unicodedata.normalize("NFKD", label[:LONGEST_LABEL].lower())
    return " ".join(_WORD.findall("".join(letter for letter in letters if not unicodedata.combining(letter))))


def _rename(before: Indicator, after: Indicator) -> Rename:
    same = ["même type", "même rubrique"]
    same += ["même unité"] if before.unit else []
    same += ["mêmes codes"] if before.codes and before.codes == after.codes else []
    if before.label == after.label:
        return Rename(before.key, after.key, f"même libellé, {', '.join(same)}")
    return Rename(before.key, after.key, f"libellé proche (« {before.label} », « {after.label} »), {', '.join(same)}")
