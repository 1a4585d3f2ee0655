"""Numbers far from what is already known: R-KV-035 (last period), R-KV-036 (similar establishments). Warnings only.

A number may well double from one year to the next: the establishment confirms it, nobody refuses it. What the caller
does not know is reported as not run, once for each rule, and for the data of an establishment only.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sidoba_engine.business_model import BusinessModel
from sidoba_engine.checks.judgement import Judgement, child_pointer
from sidoba_engine.checks.value_fault import shown
from sidoba_engine.expressions import exact_arithmetic

PREVIOUS = "R-KV-035"
PEERS = "R-KV-036"


def check_deviations(judgement: Judgement, model: BusinessModel, values: Mapping[str, object], pointer: str) -> None:
    """Compare the accepted numbers of an establishment with the facts."""
    if model.data_level != "structure":
        return
    previous, peers = judgement.facts.previous_values, judgement.facts.peer_ranges
    if previous is None:
        judgement.skip(PREVIOUS, "fait_inconnu", "valeurs_precedentes")
    if peers is None:
        judgement.skip(PEERS, "fait_inconnu", "etablissements_comparables")
    if not previous and not peers:
        return
    with exact_arithmetic():
        for key, value in _numbers(model, values):
            if previous and key in previous:
                _check_previous(judgement, key, value, previous[key], child_pointer(pointer, key))
            if peers and key in peers:
                _check_peers(judgement, key, value, peers[key], child_pointer(pointer, key))


def _numbers(model: BusinessModel, values: Mapping[str, object]) -> list[tuple[str, int | Decimal]]:
    """The values that grow and shrink: a year does not."""
    return [
        (key, value)
        for key, value in values.items()
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and model.indicators[key].unit != "année"
    ]


def _check_previous(judgement: Judgement, key: str, value: int | Decimal, before: Decimal, pointer: str) -> None:
    """A gap counts when it is large both in itself and beside the number of the period before."""
    parameters = judgement.catalogue.rules[PREVIOUS].parameters
    gap = abs(value - before)
    if gap < parameters["ecart_minimal"] or gap * 100 <= parameters["pourcent"] * abs(before):
        return
    judgement.report(
        PREVIOUS,
        pointer,
        value=shown(value),
        cle=key,
        valeur=shown(value),
        avant=shown(before),
        ecart=_signed(value, before),
    )


def _check_peers(
    judgement: Judgement, key: str, value: int | Decimal, usual: tuple[Decimal, Decimal], pointer: str
) -> None:
    low, high = usual
    if low <= value <= high:
        return
    judgement.report(
        PEERS,
        pointer,
        value=shown(value),
        expected=(f"≥ {shown(low)}", f"≤ {shown(high)}"),
        cle=key,
        valeur=shown(value),
        bas=shown(low),
        haut=shown(high),
    )


def _signed(value: int | Decimal, before: Decimal) -> str:
    gap = value - before
    return f"+{shown(gap)}" if gap > 0 else shown(gap)
