"""Keys: R-KV-016 (written twice), R-KV-017 (unknown), R-KV-018 (missing), R-KV-019 (comment on an unknown key)."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from sidoba_engine.business_model import BusinessModel, Indicator
from sidoba_engine.checks.judgement import Judgement, child_pointer
from sidoba_engine.checks.types import check_text
from sidoba_engine.checks.value_fault import shown

DUPLICATE = "R-KV-016"
UNKNOWN = "R-KV-017"
MISSING = "R-KV-018"
UNKNOWN_COMMENT = "R-KV-019"

SEARCHED = 50
"""Unknown keys of one payload for which the nearest known key is searched: past that, another model was meant."""

NONE_NEAR = "aucun"


class KnownKeys:
    """The keys of a model, and the search of the nearest one; one instance per payload."""

    def __init__(self, model: BusinessModel, keys: Iterable[str]) -> None:
        self.model_name = f"{model.code} {model.version}"
        self._keys = tuple(keys)
        self._searches = SEARCHED

    def nearest(self, name: str) -> str:
        """The known key that looks most like this one, or `NONE_NEAR`."""
        if self._searches == 0 or len(name) > 80:
            return NONE_NEAR
        self._searches -= 1
        return nearest(name, self._keys)


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like this one, or `NONE_NEAR`.

    >>> nearest("nombre_places", ["nombre_de_places", "places_installees"])
    'nombre_de_places'
    """
    return next(iter(get_close_matches(name.lower(), list(known), n=1, cutoff=0.7)), NONE_NEAR)


def report_duplicates(judgement: Judgement) -> None:
    """R-KV-016 for every key written more than once, wherever it is."""
    for pointer, count in judgement.json.duplicates.items():
        name = pointer.rsplit("/", 1)[1].replace("~1", "/").replace("~0", "~")
        place = pointer if name.isprintable() and len(pointer) < 1000 else ""
        judgement.report(DUPLICATE, place, at_key=True, cle=shown(name), nombre=count)


def report_unknown(judgement: Judgement, known: KnownKeys, parent: str, name: str) -> None:
    """R-KV-017: never ignored, so that no datum is lost in silence."""
    place = child_pointer(parent, name)
    judgement.report(UNKNOWN, place, at_key=True, cle=shown(name), modele=known.model_name, proche=known.nearest(name))


def report_missing(judgement: Judgement, parent: str, field: str, indicator: Indicator) -> None:
    """R-KV-018, with the path that the key would have and the line of the object that lacks it."""
    judgement.report(MISSING, child_pointer(parent, field), libelle=indicator.label, cle=indicator.key)


def check_comments(
    judgement: Judgement, known: KnownKeys, model: BusinessModel, comments: dict[str, object]
) -> dict[str, str]:
    """The comments that stand: texts on keys of the model. null and blank texts are the absence of a comment."""
    accepted = {}
    for name, comment in comments.items():
        place = child_pointer("/commentaires", name)
        if name not in model.indicators:
            judgement.report(
                UNKNOWN_COMMENT,
                place,
                at_key=True,
                cle=shown(name),
                modele=known.model_name,
                proche=known.nearest(name),
            )
        elif (fault := check_text(comment)) and comment is not None:
            judgement.report(fault.rule, place, cle=name, **fault.facts)  # never quoted: it may speak of a person
        elif isinstance(comment, str) and comment.strip():
            accepted[name] = comment
    return accepted
