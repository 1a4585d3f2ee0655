"""`valeurs_de`: the codes of a reference list, all of them or those whose row satisfies a filter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sidoba_engine.catalogue import Catalogue, CatalogueError
from sidoba_engine.checks.value_sets import codes_of
from sidoba_engine.value_set import ValueSet

SET = ValueSet(
    name="essai",
    version="1",
    label="Essai",
    source="ce test",
    licence="MIT",
    rows=[
        {"code": "a1", "libelle": "A un", "famille": "a_x", "rang": 1},
        {"code": "a2", "libelle": "A deux", "famille": "a_y", "rang": 2},
        {"code": "b1", "libelle": "B un", "famille": ["b", "a_x"]},
    ],
)


@pytest.mark.parametrize(
    ("filter_text", "codes"),
    [
        (None, ("a1", "a2", "b1")),
        ("famille=a_x", ("a1", "b1")),
        ("famille=a_*", ("a1", "a2", "b1")),
        ("famille=b*", ("b1",)),
        ("rang=2", ("a2",)),
        ("famille=a", ()),
        ("absente=*", ()),
    ],
)
def test_a_filter(filter_text: str | None, codes: tuple[str, ...]) -> None:
    assert SET.codes(filter_text) == codes


def test_the_filters_of_the_published_models_hold_on_the_published_lists(catalogue: Catalogue) -> None:
    model = catalogue.model("setmin-usager", "2026.0-brouillon")
    assert model is not None
    keys = ("projet.besoin", "projet.prestation_directe", "evenement.type_evenement")
    every = {key: codes_of(model.indicators[key], catalogue) or () for key in keys}
    assert set(every["projet.prestation_directe"]) < set(every["evenement.type_evenement"])
    assert not set(every["projet.besoin"]) & set(every["evenement.type_evenement"])
    assert codes_of(model.indicators["situation_familiale"], catalogue) is None, "a list that is only named"


def test_a_value_that_the_filter_leaves_out_is_refused(body: Any, judge_one: Any, catalogue: Catalogue) -> None:
    model = catalogue.model("setmin-usager", "2026.0-brouillon")
    assert model is not None
    sent = body("setmin-usager")
    services = codes_of(model.indicators["projet.prestation_directe"], catalogue) or ()
    sent["donnees"]["projet"][0]["besoin"] = services[0]
    (anomaly,) = judge_one(sent).anomalies
    assert (anomaly.rule, anomaly.location.path) == ("R-KV-026", "/donnees/projet/0/besoin")


def test_a_list_that_is_not_there_is_a_fault_of_the_model(catalogue: Catalogue) -> None:
    model = catalogue.model("ssiad-structure", "2026.0-brouillon")
    assert model is not None
    known = model.indicators["departement"]
    for reference in ({"nature": "reference", "nom": "inconnue"}, {**(known.values_from or {}), "filtre": "code=zz"}):
        with pytest.raises(CatalogueError, match="departement"):
            codes_of(replace(known, values_from=reference), catalogue)
