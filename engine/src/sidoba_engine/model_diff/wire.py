"""`ecart` of the API contract (§4)."""

from __future__ import annotations

from typing import Any

from sidoba_engine.business_model import BusinessModel
from sidoba_engine.model_diff.changes import ModelDiff


def diff_object(diff: ModelDiff) -> dict[str, Any]:
    """The gap as the API and `sidoba diff --format json` write it."""
    return {
        "source": _named(diff.source),
        "cible": _named(diff.target),
        "compatible": diff.compatible,
        "ajouts": [{"cle": addition.key, "obligatoire": addition.required} for addition in diff.additions],
        "suppressions": list(diff.removals),
        "renommages": [{"de": rename.before, "vers": rename.after, "raison": rename.reason} for rename in diff.renames],
        "modifications": [
            {
                "cle": change.key,
                "attribut": change.attribute,
                "avant": change.before,
                "apres": change.after,
                "rupture": change.breaks,
            }
            for change in diff.changes
        ],
        "controles": {
            "ajouts": list(diff.controls.added),
            "suppressions": list(diff.controls.removed),
            "modifications": [
                {
                    "id": change.id,
                    "attribut": change.attribute,
                    "avant": change.before,
                    "apres": change.after,
                    "rupture": change.breaks,
                }
                for change in diff.controls.changed
            ],
        },
        "migration": [dict(operation) for operation in diff.migration],
    }


def _named(model: BusinessModel) -> dict[str, str]:
    return {"code": model.code, "version": model.version}
