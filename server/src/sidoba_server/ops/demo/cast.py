"""Who plays in the demo: fictitious establishments, campaigns, software and people. Nothing here exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Place:
    """An establishment and the legal entity that manages it."""

    finess: str
    name: str
    category: str
    department: str
    manager_finess: str
    manager_name: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A campaign: what is collected, for which period, from whom."""

    code: str
    label: str
    report_type: str
    year: int
    period: tuple[date, date]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff, and what they may do where."""

    email: str
    name: str
    role: str
    place: Place


_RIVERS = ("010000016", "Association des Trois Rivières")
_MILL = ("010000024", "Fondation du Vieux Moulin")

SSIAD = Place("019999994", "SSIAD des Trois Rivières", "354", "01", *_RIVERS)
EHPAD = Place("019999986", "Résidence du Vieux Moulin", "500", "01", *_MILL)
SECOND_SSIAD = Place("019999978", "SSIAD du Haut Plateau", "354", "01", *_RIVERS)
SECOND_EHPAD = Place("019999960", "Résidence des Glycines", "500", "01", *_MILL)
WITHOUT_MANDATE = Place("019999952", "SSIAD de la Combe", "354", "01", "010000032", "Mutuelle de la Combe")
OFFICIAL = Place("480787529", "SSIAD Les Chênes Verts", "354", "48", "480000017", "Association Les Chênes Verts")
"""The establishment of the official CDA example; the key of its number is false, as there."""

PLACES = (SSIAD, EHPAD, SECOND_SSIAD, SECOND_EHPAD, WITHOUT_MANDATE, OFFICIAL)

MODEL_VERSION = "2026.0-brouillon"
"""The version of the models that all the campaigns of the story collect; later drafts of the catalogue stay apart."""

SSIAD_2026 = Collection(
    "ssiad-2026",
    "Activité des SSIAD, tarification 2026",
    "ssiad",
    2026,
    (date(2024, 6, 1), date(2025, 5, 31)),
    (SSIAD, SECOND_SSIAD, WITHOUT_MANDATE),
)
RAMA_2026 = Collection(
    "rama-2026",
    "Rapport d'activité médicale annuel des EHPAD 2025",
    "rama",
    2026,
    (date(2025, 1, 1), date(2025, 12, 31)),
    (EHPAD, SECOND_EHPAD),
)
SSIAD_2024 = Collection(
    "ssiad-2024",
    "Activité des SSIAD, tarification 2024 (période de l'exemple officiel)",
    "ssiad",
    2024,
    (date(2022, 6, 1), date(2023, 5, 31)),
    (OFFICIAL,),
)
COLLECTIONS = (SSIAD_2026, RAMA_2026, SSIAD_2024)

PEOPLE = (
    Person("camille.verificatrice@ssiad.example", "Camille Ferrand", "verificateur", SSIAD),
    Person("dominique.directeur@ssiad.example", "Dominique Aubry", "signataire", SSIAD),
    Person("sacha.verificateur@ehpad.example", "Sacha Villeneuve", "verificateur", EHPAD),
)

VENDOR, SOFTWARE, SOFTWARE_VERSION = "Éditions Fictives", "DUI Démo", "4.2"
