"""Finding a rule among a thousand: by its id, or by words of what it says."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from sidoba_engine.catalogue import Rule


def search_rules(rules: Iterable[Rule], words: str) -> list[Rule]:
    """The rules that hold all the words (id, message, help, area, source), in the order given; all without words.

    Case and accents do not matter; a word may be the beginning or the middle of another.

    >>> from sidoba_engine.catalogue import installed_catalogue
    >>> [rule.id for rule in search_rules(installed_catalogue().rules.values(), "matricule CLE r-cda-04")]
    ['R-CDA-044', 'R-CDA-045']
    """
    wanted = _plain(words).split()
    return [rule for rule in rules if _holds(rule, wanted)]


def _holds(rule: Rule, wanted: list[str]) -> bool:
    if not wanted:
        return True
    text = _plain(" ".join((rule.id, rule.area, rule.message, rule.hint, rule.source)))
    return all(word in text for word in wanted)


def _plain(text: str) -> str:
    """Without accents nor capitals, typographic apostrophes as typed."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("’", "'").replace("œ", "oe"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))
