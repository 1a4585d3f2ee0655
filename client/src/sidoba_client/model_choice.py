"""`--model CODE[@VERSION]`: the business model named on a command line, found in the installed catalogue."""

from __future__ import annotations

import difflib

from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue

from sidoba_client.errors import UsageProblem


def chosen_model(written: str, catalogue: Catalogue) -> BusinessModel:
    """The model of `CODE`, `CODE@VERSION` or `CODE@derniere`. Raises UsageProblem listing what there is."""
    code, _, version = written.partition("@")
    model = catalogue.model(code, version or None)
    if model is not None:
        return model
    versions = sorted(known for name, known in catalogue.models if name == code)
    if versions:
        raise UsageProblem(
            f"Le modèle « {code} » n'a pas de version « {version} » dans ce catalogue : {', '.join(versions)}."
        )
    codes = sorted({name for name, _ in catalogue.models})
    near = difflib.get_close_matches(code, codes, n=1)
    hint = f" Vouliez-vous dire {near[0]} ?" if near else ""
    raise UsageProblem(f"Le modèle « {code} » n'est pas dans ce catalogue ({', '.join(codes)}).{hint}")
