"""The catalogue as the engine takes it: it loads, its examples pass and break as told, what is published is frozen.

The engine is only needed by these checks: the catalogue is written without it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from catalogue_problems import Data, Problems, require
from sidoba_engine.business_model import BusinessModel, Control
from sidoba_engine.catalogue import Catalogue, load_catalogue
from sidoba_engine.checks.compiled_model import compiled_model
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda.rules import compiled_rules
from sidoba_engine.validation import judge

DRAFT = "brouillon"


def check_loaded(problems: Problems, compiled: bytes, frozen: Iterable[Data]) -> None:
    """Load the compiled catalogue as a program does, then try its rules, its examples and its digests."""
    try:
        catalogue = load_catalogue(compiled)
        compiled_rules(catalogue)
        for model in catalogue.models.values():
            compiled_model(model, catalogue)
    except (ValueError, KeyError) as fault:
        problems.add("catalogue.json", f"the engine does not load it: {fault}")
        return
    check_frozen(problems, catalogue.models.values(), frozen)
    for model in catalogue.models.values():
        check_examples(problems, catalogue, model)


def check_frozen(problems: Problems, models: Iterable[BusinessModel], frozen: Iterable[Data]) -> None:
    """A version that is not a draft keeps, for ever, the digest written in ``empreintes.yaml``."""
    found = {(model.code, model.version): model for model in models}
    written: set[tuple[str, str]] = set()
    for line in frozen:
        if not require(problems, "empreintes.yaml", line, ("code", "version", "empreinte")):
            continue
        named = line["code"], line["version"]
        if named in written:
            problems.add("empreintes.yaml", f"{' '.join(named)} is written twice")
        written.add(named)
        if (model := found.get(named)) is None:
            problems.add("empreintes.yaml", f"{' '.join(named)} was published and is no longer in the catalogue")
        elif model.digest != line["empreinte"]:
            problems.add(" ".join(named), f"published as {line['empreinte']}, it is now {model.digest}: a published"
                         " version does not change, give the new content a new version")  # fmt: skip
        elif model.data["statut"] == DRAFT:
            problems.add(" ".join(named), "was published, it cannot be a draft again")
    for named in sorted(found.keys() - written):
        if found[named].data["statut"] != DRAFT:
            wanted = f'{{code: {named[0]}, version: "{named[1]}", empreinte: "{found[named].digest}"}}'
            problems.add(" ".join(named), f"is not a draft: write in empreintes.yaml {wanted}")


def check_examples(problems: Problems, catalogue: Catalogue, model: BusinessModel) -> None:
    """The example of a model has no anomaly; changed as a control says, it has that control's."""
    place = f"{model.code} {model.version}"
    if found := rules_broken(catalogue, model, model.example):
        problems.add(f"{place} exemple", f"breaks {', '.join(sorted(found))}")
    for control in model.controls:
        if control.id not in rules_broken(catalogue, model, faulty_example(model, control)):
            problems.add(f"{place} {control.id}", "its faulty example does not break it")


def rules_broken(catalogue: Catalogue, model: BusinessModel, data: Mapping[str, Any]) -> set[str]:
    """The rules that these data of a model break, offline."""
    body = {"modele": {"code": model.code, "version": model.version}, "donnees": data}
    verdicts = judge(msgspec.json.encode(body), catalogue=catalogue, facts=Facts())
    return {anomaly.rule for verdict in verdicts for anomaly in verdict.anomalies}


def faulty_example(model: BusinessModel, control: Control) -> Data:
    """The example of the model, changed as the faulty example of the control says."""
    faulty = control.data["exemples"]["fautif"]
    data: Data = copy.deepcopy(dict(model.example))
    is_placed = faulty.keys() == {"instance", "valeurs"}
    for key, value in (faulty["valeurs"] if is_placed else faulty).items():
        owner, _, field = key.rpartition(".")
        place = data[control.entity][faulty["instance"]] if owner else data
        place[field] = value
        if value is None:
            del place[field]
    return data
