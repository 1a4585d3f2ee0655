"""The codes that an indicator admits, wherever its model says them: its own list, or a value set of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from sidoba_engine.business_model import Indicator
from sidoba_engine.catalogue import Catalogue


def is_only_named(indicator: Indicator) -> bool:
    """True when the model names a list that it does not hold (nature `ans`): any text is admitted."""
    return indicator.values_from is not None and indicator.values_from["nature"] == "ans"


def admitted_codes(indicator: Indicator, catalogue: Catalogue) -> Mapping[str, str] | None:
    """Code → label, in the order of the list; None when any text is admitted.

    A value set that the catalogue does not have admits any text too: that it is missing is said by the check of models.
    """
    if indicator.codes:
        return indicator.code_labels
    reference = indicator.values_from
    if reference is None or is_only_named(indicator) or reference["nom"] not in catalogue.value_sets:
        return None
    value_set = catalogue.value_sets[reference["nom"]]
    return {code: value_set.labels[code] for code in value_set.codes(reference.get("filtre"))}
