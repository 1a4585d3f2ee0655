"""How codes, figures and instants read on the screens, in French. Pure: no query, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as in_french
from sidoba_engine.business_model import Indicator
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.filing_status import FilingStatus

NARROW, FIXED = "\u202f", "\u00a0"
MISSING = "non renseigné"

FILING_STATUSES = {
    FilingStatus.TO_START: "À initier",
    FilingStatus.IN_PROGRESS: "En cours",
    FilingStatus.TO_REVIEW: "À vérifier, prête à signer",
    FilingStatus.SIGNED: "Signée",
    FilingStatus.ACCEPTED: "Acceptée",
    FilingStatus.REOPENED: "Rouverte",
    FilingStatus.CLOSED: "Close",
    FilingStatus.CANCELLED: "Annulée",
}
RUN_STATUSES = {
    "en_attente": "En attente",
    "en_cours": "En cours",
    "termine": "Terminé",
    "echoue": "Échoué",
    "annule": "Annulé",
}
RUN_KINDS = {
    "structure": "Données de la structure",
    "cda": "Documents d'usagers",
    "fhir": "Données d'usagers (FHIR)",
}
DOCUMENT_STATUSES = {
    "accepte": "Accepté",
    "accepte_avec_avertissement": "Accepté, à confirmer",
    "refuse": "Refusé",
    "inchange": "Inchangé",
    "retire": "Retiré",
}
DOCUMENT_TYPES = {
    "cle-valeur": "Données de la structure",
    "cda-tddui": "Document d'usager (CDA)",
    "fhir-tddui": "Données d'usager (FHIR)",
}
SEVERITIES = {"bloquante": "Bloquante", "avertissement": "À confirmer", "information": "Pour information"}
ORIGINS = {"api": "Logiciel", "saisie": "Saisie", "calcul": "Calcul", "reprise": "Reprise"}
ZONES = {
    "Europe/Paris": "heure de Paris",
    "America/Guadeloupe": "heure de Guadeloupe",
    "America/Martinique": "heure de Martinique",
    "America/Cayenne": "heure de Guyane",
    "America/Marigot": "heure de Saint-Martin",
    "America/St_Barthelemy": "heure de Saint-Barthélemy",
    "America/Miquelon": "heure de Saint-Pierre-et-Miquelon",
    "Indian/Reunion": "heure de La Réunion",
    "Indian/Mayotte": "heure de Mayotte",
    "Pacific/Noumea": "heure de Nouvelle-Calédonie",
    "Pacific/Tahiti": "heure de Tahiti",
    "Pacific/Wallis": "heure de Wallis-et-Futuna",
}
TALLY_PARTS = (
    ("acceptes", "accepte", "accepté", "acceptés"),
    ("acceptes_avec_avertissement", "accepte_avec_avertissement", "accepté, à confirmer", "acceptés, à confirmer"),
    ("refuses", "refuse", "refusé", "refusés"),
    ("inchanges", "inchange", "inchangé", "inchangés"),
)
"""The parts of a tally: its key, the status of the documents that compose it, and how they read."""


def day(value: date) -> str:
    """`1er juin 2025`."""
    return ("1er" if value.day == 1 else str(value.day)) + in_french(value, " F Y")


def moment(instant: datetime, zone: str) -> str:
    """`23 novembre 2025 à 17 h 05`, where the establishment is."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{day(local.date())} à {local.hour}{FIXED}h{FIXED}{local.minute:02d}"


def closing(instant: datetime, zone: str) -> str:
    """`30 juin 2026 à minuit (heure de Paris)`: midnight ends the day before it, and the place is said."""
    local = instant.astimezone(ZoneInfo(zone))
    place = ZONES.get(zone, f"heure de {zone.rsplit('/', 1)[-1].replace('_', ' ')}")
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return f"{day(local.date() - timedelta(days=1))} à minuit ({place})"
    return f"{moment(instant, zone)} ({place})"


def number(value: int | Decimal, *, decimals: int | None = None) -> str:
    """`39 937,5` with narrow spaces; as many decimals as the number has, unless told."""
    text = f"{value:,.{decimals}f}" if decimals is not None else f"{value:,}"
    whole, _, rest = text.partition(".")
    rest = rest if decimals is not None else rest.rstrip("0")
    return whole.replace(",", NARROW) + ("," + rest if rest else "")


def counted(count: int, one: str, many: str) -> str:
    """`1 document`, `12 documents`."""
    return f"{number(count)}{FIXED}{one if count < 2 else many}"


def value_in_words(indicator: Indicator, value: object) -> str:
    """A value as staff read it: with its unit, `oui` or `non`, a day in words, the label of a code.

    The code itself is added when staff know it (`01`, `354`), not when it is the wire that needs it (`public`).
    """
    if isinstance(value, bool):
        return "oui" if value else "non"
    text = str(value)
    if indicator.type in ("entier", "decimal"):
        return _quantity(Decimal(text), indicator.unit)
    if indicator.type == "date":
        return day(date.fromisoformat(text))
    label = _labels(indicator).get(text)
    if label is None:
        return text
    return label if text.isalpha() or "_" in text else f"{label} ({text})"


def wait_in_words(shortest_s: int, longest_s: int) -> str:
    """`de 2 s à 10 s`."""
    return f"de {_duration(shortest_s)} à {_duration(longest_s)}"


def _quantity(value: Decimal, unit: str | None) -> str:
    if unit is None:
        return number(value)
    if unit == "année":
        return str(value)
    if unit == "euro":
        return number(value, decimals=0 if value == value.to_integral_value() else 2) + f"{FIXED}€"
    if not _takes_plural(unit):
        return f"{number(value)} {unit}" if unit.islower() and len(unit) > 2 else f"{number(value)}{FIXED}{unit}"
    return f"{number(value)} {unit if abs(value) < 2 else unit + 's'}"


def _takes_plural(unit: str) -> bool:
    """A French common noun does; a symbol (`ETP`, `km`, `%`) does not."""
    return unit.isalpha() and unit.islower() and len(unit) > 2 and unit[-1] not in "sxz"


def _labels(indicator: Indicator) -> Mapping[str, str]:
    if indicator.code_labels:
        return indicator.code_labels
    value_set = installed_catalogue().value_sets.get((indicator.values_from or {}).get("nom", ""))
    return value_set.labels if value_set else {}


def _duration(seconds: int) -> str:
    return f"{seconds}{FIXED}s" if seconds < 90 else f"{round(seconds / 60)}{FIXED}min"
