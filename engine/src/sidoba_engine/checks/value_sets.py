"""Value sets: R-KV-026. A list that the model only names (`ans`) accepts any text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from sidoba_engine.business_model import Indicator
from sidoba_engine.catalogue import Catalogue, CatalogueError
from sidoba_engine.checks.value_fault import Replacement, ValueCheck, ValueFault
from sidoba_engine.value_choices import admitted_codes, is_only_named

NOT_IN_SET = "R-KV-026"
QUOTED = 12
"""Codes quoted in the message; the anomaly's `attendu` lists them all."""


def value_set_check(indicator: Indicator, catalogue: Catalogue) -> ValueCheck | None:
    """The check of the value set; None when the indicator has none, or one that is only named.

    Raises CatalogueError when the model refers to a value set that the catalogue does not have.
    """
    codes = codes_of(indicator, catalogue)
    if codes is None:
        return None
    known = frozenset(codes)
    quoted = ", ".join(codes[:QUOTED]) + (f"… ({len(codes)} valeurs)" if len(codes) > QUOTED else "")
    meaning = _Meaning(codes, admitted_codes(indicator, catalogue) or {})

    def check(value: str) -> ValueFault | None:
        if value in known:
            return None
        return ValueFault(NOT_IN_SET, {"attendu": quoted}, codes, meaning.of(value))

    return check


def codes_of(indicator: Indicator, catalogue: Catalogue) -> tuple[str, ...] | None:
    """The codes that the indicator admits; None when any text will do.

    Raises CatalogueError when the value set, or the rows that its filter asks for, are not in the catalogue.
    """
    choices = admitted_codes(indicator, catalogue)
    if not choices and indicator.values_from is not None and not is_only_named(indicator):
        raise CatalogueError(
            f"indicator {indicator.key}: no value of {dict(indicator.values_from)} is in the catalogue"
        )
    return None if choices is None else tuple(choices)


class _Meaning:
    """Which code a text that is none of them certainly (or probably) means."""

    def __init__(self, codes: tuple[str, ...], labels: Mapping[str, str]) -> None:
        self._exact = frozenset(codes)
        self._by_case = _only_one((code.casefold(), code) for code in codes)
        # Labels, codes without accents or with other separators, codes that lost their first zeros: to be confirmed.
        forms = [(form, code) for code in codes for form in {_plain(code), _plain(labels.get(code, code))}]
        self._by_form = _only_one(forms + [(short, code) for code in codes if (short := code.lstrip("0")) != code])

    def of(self, value: str) -> Replacement | None:
        trimmed = value.strip()
        if trimmed in self._exact:
            return Replacement(trimmed)
        if (code := self._by_case.get(trimmed.casefold())) is not None:
            return Replacement(code)
        if len(value) <= 200 and (code := self._by_form.get(_plain(trimmed))) is not None:
            return Replacement(code, certain=False)
        return None


def _only_one(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Form → code, for the forms that only one code has."""
    found: dict[str, set[str]] = {}
    for form, code in pairs:
        found.setdefault(form, set()).add(code)
    return {form: next(iter(codes)) for form, codes in found.items() if form and len(codes) == 1}


def _plain(text: str) -> str:
    """Letters and digits only, without accents nor case.

    >>> _plain("Privé, non lucratif"), _plain("prive_non_lucratif")
    ('privenonlucratif', 'privenonlucratif')
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if character.isalnum())
