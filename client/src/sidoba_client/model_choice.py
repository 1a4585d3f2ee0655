"""`CODE[@VERSION]`: the business model named on a command line, in the installed catalogue, on the platform or in a
file."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from sidoba_engine.anomaly import Severity
from sidoba_engine.business_model import BusinessModel, model_from_data
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.judgement import Judgement
from sidoba_engine.checks.keys import report_duplicates
from sidoba_engine.facts import Facts
from sidoba_engine.formats.json_text import JsonFault, read_json
from sidoba_engine.model_check import inline_model

from sidoba_client.errors import UsageProblem

if TYPE_CHECKING:
    from sidoba_client.platform import Platform

_TOLD = 5
"""Faults of a model told in one error."""


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


def code_and_version(written: str) -> tuple[str, str]:
    """`CODE@VERSION` as the platform's addresses take it; without version, the latest."""
    code, _, version = written.partition("@")
    return code, version or "derniere"


def published_model(platform: Platform, written: str) -> BusinessModel:
    """The model as the platform publishes it."""
    return model_from_data(msgspec.json.decode(platform.model(*code_and_version(written))))


def model_in_file(name: str, catalogue: Catalogue) -> BusinessModel:
    """The model that a file holds. Raises UsageProblem saying what keeps it from being one."""
    try:
        json = read_json(Path(name).read_bytes())
    except OSError as error:
        raise UsageProblem(f"Le fichier « {name} » ne peut pas être lu : {error.strerror}.") from None
    except JsonFault as fault:
        place = f"ligne {fault.line}, colonne {fault.column}"
        raise UsageProblem(f"Le fichier « {name} » n'est pas du JSON lisible ({place}).") from None
    judgement = Judgement(json, catalogue, Facts())
    report_duplicates(judgement)
    model = inline_model(judgement, json.value, "")
    if model is None:
        raise UsageProblem(f"Le fichier « {name} » ne contient pas un modèle métier bien formé. {_faults(judgement)}")
    return model


def _faults(judgement: Judgement) -> str:
    found = [one for one in judgement.findings.anomalies if one.severity is Severity.BLOCKING]
    told = [f"{one.location.path or '/'} (ligne {one.location.line}) : {one.message}" for one in found[:_TOLD]]
    return " ".join(told) + (f" Et {len(found) - _TOLD} autres fautes." if len(found) > _TOLD else "")
