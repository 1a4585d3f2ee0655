"""The figures the demo's software sends: small, coherent ones for the SSIAD, average ones for the residence."""

from __future__ import annotations

from typing import Any

from sidoba_engine.catalogue import installed_catalogue

from sidoba_server.ops.demo.cast import EHPAD, MODEL_VERSION, RAMA_2026, SSIAD, SSIAD_2026, Place
from sidoba_server.ops.demo.documents import RESIDENTS

WEEKS = {"fi_2": 60, "fi_3": 86, "fi_5": 84, "fi_6": 120, "fi_7": 112, "fi_8": 48}
"""Weeks of care by intensity: with twelve people, at most 54 each."""


def ssiad_structure(place: Place = SSIAD) -> dict[str, Any]:
    """A service of ten places, and as many people as documents then sent."""
    weeks = sum(WEEKS.values())
    changed = {
        "annee_tarification": SSIAD_2026.period[1].year + 1,
        "nombre_de_places": 10,
        "places_personnes_agees": 9,
        "places_personnes_handicapees": 1,
        "places_equipe_specialisee_alzheimer": 0,
        "places_installees": 10,
        "file_active": len(RESIDENTS),
        "usagers_presents_debut": 6,
        "admissions": 6,
        "sorties": 3,
        "usagers_presents_fin": 9,
        "sorties_deces": 1,
        "sorties_hospitalisation": 1,
        "sorties_etablissement": 1,
        "sorties_autres": 0,
        "demandes_en_attente": 2,
        "refus": 1,
        "semaines_usagers": weeks,
        **{f"semaines_fi_{rank}": WEEKS.get(f"fi_{rank}", 0) for rank in range(1, 10)},
        "semaines_majorees_gir": 80,
        "semaines_majorees_diabete": 24,
        "interventions_planifiees": 3150,
        "interventions_realisees": 3104,
        "interventions_annulees": 46,
        "kilometres_parcourus": 14120.5,
        "part_socle": 86842.30,
        "forfait_structure_par_place": 8684.23,
    }
    return _figures("ssiad-structure", place, changed)


def rama_structure() -> dict[str, Any]:
    """The residence of the story."""
    return _figures("rama-structure", EHPAD, {"annee": RAMA_2026.period[0].year})


def _figures(code: str, place: Place, changed: dict[str, Any]) -> dict[str, Any]:
    """The catalogue's example of that model, as this establishment would have it."""
    model = installed_catalogue().model(code, MODEL_VERSION)
    assert model is not None  # noqa: S101 (the installed catalogue holds both models)
    identity = {"finess_et": place.finess, "finess_ej": place.manager_finess, "raison_sociale": place.name}
    return {**model.example, **identity, **changed}
