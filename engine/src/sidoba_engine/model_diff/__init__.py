"""The gap between two business models: what changed, what it breaks, and how to follow it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.cardinalities import bounds
from sidoba_engine.model_diff.changes import Addition, AttributeChange, ControlsDiff, ModelDiff
from sidoba_engine.model_diff.controls import ControlsComparison
from sidoba_engine.model_diff.indicators import attribute_changes
from sidoba_engine.model_diff.migration import migration_between
from sidoba_engine.model_diff.renames import find_renames


def diff_models(source: BusinessModel, target: BusinessModel, catalogue: Catalogue) -> ModelDiff:
    """The gap from one well-formed model to another; `catalogue` holds the value sets that they name."""
    renames = find_renames(source, target)
    renamed = {rename.before: rename.after for rename in renames}
    additions = tuple(
        Addition(key, indicator.required)
        for key, indicator in target.indicators.items()
        if key not in source.indicators and key not in renamed.values()
    )
    removals = tuple(key for key in source.indicators if key not in target.indicators and key not in renamed)
    controls = ControlsComparison(source, target, renamed).diff()
    changes = tuple(
        _with_controls(change, target, controls) for change in attribute_changes(source, target, renamed, catalogue)
    )
    diff = ModelDiff(
        source=source,
        target=target,
        compatible=False,
        additions=additions,
        removals=removals,
        renames=renames,
        changes=changes,
        controls=controls,
        migration=migration_between(source.data, target.data, renamed),
    )
    return replace(diff, compatible=not any(_obstacles(diff)))


def _obstacles(diff: ModelDiff) -> Iterator[object]:
    """What keeps data of the source from being sent to the target as they are."""
    yield diff.source.data_level != diff.target.data_level
    yield diff.source.transport != diff.target.transport
    yield diff.removals or diff.renames or diff.controls.breaking
    yield from (change.breaks for change in diff.changes)
    yield from (_is_asked(addition, diff) for addition in diff.additions)


def _is_asked(addition: Addition, diff: ModelDiff) -> bool:
    """A required key breaks data that may hold its object: the root, or an entity that the source already has."""
    entity = addition.key.rpartition(".")[0]
    held = {known["code"]: known["cardinalite"] for known in diff.source.data.get("entites", ())}
    return addition.required and (not entity or (entity in held and bounds(held[entity])[1] != 0))


def _with_controls(change: AttributeChange, target: BusinessModel, controls: ControlsDiff) -> AttributeChange:
    """A change of type also breaks where a blocking control reads the key, unless it computes with the same number."""
    if change.attribute != "type" or change.breaks or (change.before, change.after) == ("entier", "decimal"):
        return change
    is_read = any(
        change.key in control.expression + (control.when or "") and control.data["gravite"] == "bloquante"
        for control in target.controls
    )
    return replace(change, breaks=is_read)
