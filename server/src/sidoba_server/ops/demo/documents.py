"""The user documents the demo's software sends: TDDUI CDA exports of twelve invented people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from string import Template
from uuid import NAMESPACE_OID, uuid5
from xml.sax.saxutils import escape

from sidoba_server.ops.demo.cast import Place

ISSUER = "1.2.250.1.999.1.4"
"""Issuer of identifiers that no registration knows."""
WRITTEN_ON = date(2025, 5, 31)


@dataclass(frozen=True, slots=True)
class Resident:
    """An invented service user. `stay_days`: how long before the end of the period they were admitted."""

    number: int
    surname: str
    given: tuple[str, str]
    sex: str
    born: date
    birthplace: str
    stay_days: int

    @property
    def ins(self) -> str:
        """An identity number of the test authority: well formed, of nobody."""
        thirteen = f"{1 if self.sex == 'M' else 2}{self.born:%y%m}{self.birthplace}{self.number:03d}"
        return f"{thirteen}{97 - int(thirteen) % 97:02d}"


RESIDENTS = (
    Resident(1, "ARNOULD", ("Thérèse", "Louise"), "F", date(1937, 3, 14), "01053", 640),
    Resident(2, "BOISSEAU", ("Marcel", "Henri"), "M", date(1941, 11, 2), "01004", 512),
    Resident(3, "CARPENTIER", ("Simone", "Berthe"), "F", date(1932, 7, 29), "01034", 498),
    Resident(4, "DARROUX", ("Fernand", "Jules"), "M", date(1938, 1, 8), "69123", 410),
    Resident(5, "ESTÈVE", ("Colette", "Anne"), "F", date(1945, 5, 21), "01053", 377),
    Resident(6, "FOUGERAY", ("Raymonde", "Julie"), "F", date(1935, 9, 3), "71270", 352),
    Resident(7, "GARNERIN", ("André", "Joseph"), "M", date(1940, 12, 17), "01283", 301),
    Resident(8, "HUBERLAND", ("Ginette", "Paule"), "F", date(1943, 2, 25), "01004", 288),
    Resident(9, "IMBERT-COL", ("Lucienne", "Marthe"), "F", date(1930, 6, 11), "38185", 233),
    Resident(10, "JOLIVOT", ("Roger", "Pierre"), "M", date(1936, 10, 30), "01053", 190),
    Resident(11, "KERVELLA", ("Huguette", "Irène"), "F", date(1939, 4, 6), "29019", 144),
    Resident(12, "LAVERGNE", ("Georges", "Claude"), "M", date(1942, 8, 19), "01160", 97),
)


def document(resident: Resident, *, place: Place, birth_known: bool = True) -> bytes:
    """The export of that person by that establishment. Without `birth_known` the birth date is missing: R-CDA-033."""
    admission = WRITTEN_ON - timedelta(days=resident.stay_days)
    values = {
        "finess": place.finess,
        "establishment": place.name,
        "issuer": ISSUER,
        "set_id": f"{ISSUER}.{int(place.finess)}.{resident.number}",
        "document_id": f"{ISSUER}.{int(place.finess)}.{resident.number}.{WRITTEN_ON:%Y%m%d}",
        "local": f"{resident.number:06d}",
        "ins": resident.ins,
        "surname": resident.surname,
        "given": resident.given[0],
        "given_list": " ".join(resident.given),
        "sex": resident.sex,
        "sex_label": "Féminin" if resident.sex == "F" else "Masculin",
        "birthplace": resident.birthplace,
        "house": str(3 * resident.number),
        "postcode": "01000",
        "city": "BOURG-EN-BRESSE",
        "written_at": f"{WRITTEN_ON:%Y%m%d}091500+0200",
        "signed_at": f"{WRITTEN_ON:%Y%m%d}091400+0200",
        "admission": f"{admission:%Y%m%d}",
        "admission_text": f"{admission:%d/%m/%Y}",
        "last_day": f"{WRITTEN_ON:%Y%m%d}",
    }
    values |= {f"uuid{rank}": _uuid(place, resident, rank) for rank in range(1, 4)}
    safe = {name: escape(value, {'"': "&quot;"}) for name, value in values.items()}
    birth = f'value="{resident.born:%Y%m%d}"' if birth_known else 'nullFlavor="UNK"'
    template = Template(files(__package__).joinpath("document.xml").read_text(encoding="utf-8"))
    return template.substitute(safe, birth_time=f"<birthTime {birth}/>").encode()


def _uuid(place: Place, resident: Resident, rank: int) -> str:
    return str(uuid5(NAMESPACE_OID, f"{place.finess}:{resident.number}:{rank}")).upper()
