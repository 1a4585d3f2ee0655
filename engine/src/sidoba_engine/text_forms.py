"""The form of formatted texts as regular expressions that every dialect reads alike: for JSON Schema and FHIR.

The checks of the engine say more (keys of identifiers); a text that they find right has the form given here.
"""

from __future__ import annotations

FORMS = {
    "finess": r"(?:[0-9]{2}|2[AB])[0-9]{7}",
    "ins": r"[1-478][0-9]{2}(?:0[1-9]|1[0-2]|[2-9][0-9])(?:[0-9]{2}|2[AB])[0-9]{8}",
    "siren": r"[0-9]{9}",
    "siret": r"[0-9]{14}",
    "rpps": r"[0-9]{11}",
    "adeli": r"[0-9AB]{9}",
    "code_commune": r"(?:[0-9]{2}|2[AB])[0-9]{3}",
    "cim10": r"[A-Za-z][0-9]{2}(?:\.[0-9A-Za-z+]{1,4})?",
}
"""Name of a format of the models → its form, not anchored."""
