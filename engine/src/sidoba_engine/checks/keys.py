"""Keys: R-KV-016 (written twice), R-KV-017 (unknown), R-KV-018 (missing), R-KV-019 (comment on an unknown key)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cached_property

from sidoba_engine.anomaly import Fix
from sidoba_engine.business_model import BusinessModel, Indicator
from sidoba_engine.checks.judgement import Judgement, child_pointer
from sidoba_engine.checks.near_keys import NearKey, near_key
from sidoba_engine.checks.types import check_text
from sidoba_engine.checks.value_fault import shown

DUPLICATE = "R-KV-016"
UNKNOWN = "R-KV-017"
MISSING = "R-KV-018"
UNKNOWN_COMMENT = "R-KV-019"

SEARCHED = 50
"""Unknown keys of one payload for which the nearest known key is searched: past that, another model was meant."""

LONGEST_NAME = 80
"""Characters of a name that may be a misspelled key."""

NONE_NEAR = "aucun"


class KnownKeys:
    """The keys of a model, and the search of the nearest one; one instance per payload."""

    def __init__(self, model: BusinessModel, keys: tuple[str, ...]) -> None:
        self._model = model
        self._keys = keys
        self._searches = SEARCHED

    @cached_property
    def model_name(self) -> str:
        """Code and version, as the messages quote them."""
        return f"{self._model.code} {self._model.version}"

    def is_searched(self, name: str) -> bool:
        """Whether the nearest key of this name is to be searched: counts the search."""
        if self._searches == 0 or len(name) > LONGEST_NAME:
            return False
        self._searches -= 1
        return True

    def nearest(self, name: str) -> str:
        """The known key that looks most like this one, or `NONE_NEAR`."""
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


def report_unknown(
    judgement: Judgement,
    known: KnownKeys,
    parent: str,
    names: Iterable[str],
    *,
    free: Iterable[str],
    stands: Callable[[str, str], bool],
    rule: str = UNKNOWN,
) -> None:
    """R-KV-017 (or 019) for each of these names: never ignored, so that no datum is lost in silence.

    `free` are the known keys that the object does not hold; `stands(name, key)` says whether the value written under
    `name` would stand under `key`: then the key is corrected.
    """
    searched = {name for name in names if known.is_searched(name)}
    written_once = {name for name in searched if child_pointer(parent, name) not in judgement.json.duplicates}
    meant = {name: near for name in written_once if (near := near_key(name, free)) and stands(name, near.key)}
    wanted = Counter(near.key for near in meant.values())
    for name in names:
        near = meant.get(name)
        judgement.report(
            rule,
            child_pointer(parent, name),
            at_key=True,
            fix=_renaming(parent, name, near, is_alone=wanted[near.key] == 1) if near else None,
            cle=shown(name),
            modele=known.model_name,
            proche=known.nearest(name) if name in searched else NONE_NEAR,
        )


def _renaming(parent: str, name: str, near: NearKey, *, is_alone: bool) -> Fix | None:
    source = child_pointer(parent, name)
    if source == parent:
        return None
    move: dict[str, object] = {"op": "move", "from": source, "path": child_pointer(parent, near.key)}
    return Fix((move,), near.certain and is_alone)


def report_missing(judgement: Judgement, parent: str, field: str, indicator: Indicator) -> None:
    """R-KV-018, with the path that the key would have and the line of the object that lacks it."""
    judgement.report(MISSING, child_pointer(parent, field), libelle=indicator.label, cle=indicator.key)


def check_comments(
    judgement: Judgement, known: KnownKeys, model: BusinessModel, comments: Mapping[str, object]
) -> dict[str, str]:
    """The comments that stand: texts on keys of the model. null and blank texts are the absence of a comment."""
    accepted = {}
    unknown = [name for name in comments if name not in model.indicators]
    if unknown:
        free = [key for key in model.indicators if key not in comments]
        report_unknown(
            judgement, known, "/commentaires", unknown, free=free, stands=lambda _name, _key: True, rule=UNKNOWN_COMMENT
        )
    for name, comment in comments.items():
        if name not in model.indicators:
            continue
        if (fault := check_text(comment)) and comment is not None:
            # Never quoted: it may speak of a person.
            judgement.report(fault.rule, child_pointer("/commentaires", name), cle=name, **fault.facts)
        elif isinstance(comment, str) and comment.strip():
            accepted[name] = comment
    return accepted
