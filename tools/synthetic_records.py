"""Synthetic records: fictitious service users of every shape of a TDDUI export; same arguments, same records.

`Synthesis` makes the parts of a record, `synthetic_shapes` the records of the committed corpus. Nothing in them breaks
a rule, save what is inherent to test data (R-CDA-047: the INS authority is the test one), and the controls of
`ssiad-usager` hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sidoba_engine.assessments.aggir import AggirGrid, grid_from_table
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.formats.cda.writing import ExportHeader
from sidoba_engine.records import (
    Address,
    Assessment,
    AssessmentItem,
    Attachment,
    CareEvent,
    CareEventKind,
    Code,
    Contact,
    CoveredPerson,
    Criteria,
    Establishment,
    Identifier,
    Moment,
    Organization,
    PersonName,
    Place,
    PolicyHolder,
    Practitioner,
    Quantity,
    Record,
    RecordSoftware,
    Reference,
    ServiceUser,
    SocialCover,
    Status,
    Stay,
    StayStep,
    Transport,
)
from sidoba_engine.records.assessments import AGGIR_PA, SERAFIN, SSIAD_SITUATION
from sidoba_engine.records.values import STRUCTURE_AUTHORITY
from synthetic_cda import CITIES, GIVEN_NAMES, ISSUER, SURNAMES, ins_number

FINESS = "019999994"
LAST_DAY = date(2024, 9, 30)
"""Last day of activity of the corpus; the documents are written that evening."""
TEST_INS = "1.2.250.1.213.1.4.10"
PRACTITIONERS = "1.2.250.1.71.4.2.1"
CISIS = "1.2.250.1.213.1.1.4.322"
SSIAD_REFORM = Code("GEN-364", CISIS, "Réforme SSIAD")
SERAFIN_REFORM = Code("GEN-363", CISIS, "Réforme SERAFIN")
CARE_EVENT_CODE = Code("GEN-367", CISIS, "Agenda de l'usager")
ATTACHMENT_CODE = Code("55107-7", "2.16.840.1.113883.6.1", "Document attaché")
SECTOR = Code("SA41", "1.2.250.1.71.4.2.4", "Autre établissement du domaine social ou médico-social")
EMPTY_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
)
CRITERIA = {
    "qf0": Criteria(True, True, True, True),
    "qf2": Criteria(True, False, True, True),
    "qf4": Criteria(False, False, False, False),
}
"""Answer of an AGGIR question → adverbs that give it."""
NO_REASON = "GEN-365"


@dataclass(frozen=True, slots=True)
class Export:
    """What a document is written from."""

    record: Record
    header: ExportHeader
    contents: Mapping[str, bytes] = field(default_factory=dict)


class Synthesis:
    """The records of one fictitious service user, by its number; `draw` decides what is left to chance."""

    def __init__(self, catalogue: Catalogue, number: int, *, finess: str = FINESS, last_day: date = LAST_DAY) -> None:
        self.catalogue = catalogue
        self.number = number
        self.finess = finess
        self.last_day = last_day
        self.draw = Random(f"{finess} {number}")  # noqa: S311 (not for secrets)
        self.grid: AggirGrid = grid_from_table(catalogue.tables["aggir"])
        self.entered_on = last_day - timedelta(days=60 + number % 30)

    def code(self, value_set: str, code: str) -> Code:
        """A code of a value set of the catalogue, with its system and its label."""
        found = self.catalogue.value_sets[value_set]
        return Code(code, found.systems[code], found.labels[code])

    def drawn(self, value_set: str, among: Sequence[str] = ()) -> Code:
        """A code of a value set, at random."""
        return self.code(
            value_set, self.draw.choice(tuple(among) or tuple(self.catalogue.value_sets[value_set].labels))
        )

    def identifier(self, kind: str, rank: int) -> Identifier:
        """An identifier in the form of the guide: `3FINESS/local-EVN-1`."""
        return Identifier(ISSUER, f"3{self.finess}/{self.number:06d}-{kind}-{rank}")

    def organization(self, name: str = "SSIAD de synthèse") -> Organization:
        """The establishment."""
        return Organization(Identifier(STRUCTURE_AUTHORITY, f"1{self.finess}"), name)

    def practitioner(self, *, is_nurse: bool = True) -> Practitioner:
        """Someone of the establishment, known by its own number there."""
        profession = self.code("specialite-auteur", "G15_60") if is_nurse else None
        name = PersonName("CARRÉ", "Claire", "MME") if is_nurse else PersonName("NOËL", "Paul")
        return Practitioner(
            Identifier(PRACTITIONERS, f"3{self.finess}/P{1 + self.number % 9}{'I' if is_nurse else 'A'}"),
            name,
            profession,
            self.code("role-fonctionnel", "353"),
            self.organization(),
        )

    def service_user(self) -> ServiceUser:
        """The service user, with an INS of the test authority."""
        ins = ins_number(self.number)
        first, second = GIVEN_NAMES[0 if self.number % 2 else 1][self.number // 2 % 5]
        surname = SURNAMES[self.number // 3 % len(SURNAMES)]
        return ServiceUser(
            ins=Identifier(TEST_INS, ins),
            local_identifier=Identifier(ISSUER, f"3{self.finess}/{self.number:06d}"),
            birth_name=surname,
            used_name=surname,
            given_names=f"{first} {second}",
            first_given_name=first,
            used_given_name=first,
            sex="F" if self.number % 2 else "M",
            born_on=Moment(f"19{ins[1:3]}-{ins[3:5]}-{self.number % 28 + 1:02d}"),
            birthplace=Address(county=ins[5:10]),
            addresses=(self.home(),),
            contacts=(Contact("tel:0199000000", "H"),),
        )

    def home(self) -> Address:
        """Where the service user lives."""
        postcode, city = CITIES[self.number % len(CITIES)]
        house = str(self.number % 90 + 1)
        return Address(house_number=house, street="rue de la Fontaine", postal_code=postcode, city=city, use="H")

    def stay(self, rank: int = 1, *, entered_on: date | None = None, left_on: date | None = None) -> Stay:
        """A stay, still running unless it has an end."""
        entered = entered_on or self.entered_on
        discharge = None if left_on is None else StayStep(day(left_on), f"Fin de la prise en charge n° {rank}")
        return Stay(
            identifier=self.identifier("SEJOUR", rank),
            admitted_on=day(entered - timedelta(days=3)),
            establishment=self.organization(),
            admission=StayStep(day(entered), f"Premiers soins à domicile, prise en charge n° {rank}"),
            discharge=discharge,
        )

    def care_event(self, rank: int, on: date, kind: Code | None = None) -> CareEvent:
        """A visit done in the morning of that day, by default by a nursing assistant."""
        code = kind or self.code("type-evenement-ssiad", "MED-1296")
        return CareEvent(
            identifier=self.identifier("EVN", rank),
            is_done=True,
            starts_at=at(on, 8, 0),
            ends_at=at(on, 8, 20 + self.draw.randrange(40)),
            kinds=(CareEventKind(code, SSIAD_REFORM),),
            label=f"Visite n° {rank}",
            status=Status(self.code("statut-ressource", "REALISE"), at=at(on, 12, 0)),
            practitioners=(self.practitioner(is_nurse=code.code == "MED-1298"),),
            place=Place(address=self.home()),
            establishment=self.organization(),
            updated_at=at(on, 12, 30),
        )

    def service_user_transport(self, rank: int, on: date) -> Transport:
        """The journey of the service user to a day centre and its measures."""
        return Transport(
            identifier=self.identifier("TPPat", rank),
            mode=self.code("mode-de-transport", "ORG-203"),
            engine=self.drawn("type-motorisation"),
            nature=self.drawn("serafin-transports"),
            label=f"Trajet n° {rank} vers l'accueil de jour",
            starts_at=at(on, 9, 0),
            ends_at=at(on, 9, 25),
            departure=Place(name="Domicile", address=self.home()),
            destination=Place(name="Accueil de jour de synthèse"),
            carrier=Practitioner(Identifier(PRACTITIONERS, f"3{self.finess}/TAXI"), organization=self.organization()),
            distance=Quantity(Decimal("12.5"), "km"),
            actual_budget=Quantity(Decimal("31.40"), "EUR"),
            planned_budget=Quantity(Decimal("30"), "EUR"),
            expected_duration=Quantity(Decimal("25"), "min"),
            needs_companion=True,
            needs_asepsis=False,
        )

    def practitioner_transport(self, rank: int, on: date) -> Transport:
        """The journey of a professional to the service user."""
        return Transport(
            identifier=self.identifier("TPPro", rank),
            mode=self.code("mode-de-transport", "ORG-202"),
            engine=self.drawn("type-motorisation"),
            label=f"Tournée du matin, étape {rank}",
            starts_at=at(on, 7, 40),
            ends_at=at(on, 7, 58),
            practitioner=Practitioner(self.practitioner().identifier, organization=self.organization()),
            distance=Quantity(Decimal(self.draw.randrange(5, 200)) / 10, "km"),
            expected_duration=Quantity(Decimal("15"), "min"),
        )

    def aggir(self, kind: str, rank: int, on: date) -> Assessment:
        """An AGGIR assessment by one of the two grids; its GIR is what the algorithm gives."""
        value_set = "evaluation-aggir-pa" if kind == AGGIR_PA else "evaluation-aggir-ph"
        answers = {
            code: self.draw.choice(("qf0", "qf2", "qf4")) for code in self.catalogue.value_sets[value_set].labels
        }
        weighted = self.grid.questions_pa if kind == AGGIR_PA else (self.grid.questions_ph,)
        given = [answers[code] for codes in weighted for code in codes]
        found = self.grid.assess_pa(given) if kind == AGGIR_PA else self.grid.assess_ph(given)
        items = (
            AssessmentItem(self.code(value_set, code), self.code("resultat-evaluation", answer), CRITERIA[answer])
            for code, answer in answers.items()
        )
        return self._assessment(kind, rank, on, items=tuple(items), result=self.code("gir", f"MED-{338 + found.gir}"))

    def situation(self, rank: int, on: date) -> Assessment:
        """A SSIAD situation: some reasons, or none of them."""
        codes = tuple(self.catalogue.value_sets["evaluation-ssiad"].labels)
        met = {code for code in codes if code != NO_REASON and self.draw.random() < 0.3} or {NO_REASON}
        items = (AssessmentItem(self.code("evaluation-ssiad", code), code in met) for code in codes)
        return self._assessment(SSIAD_SITUATION, rank, on, items=tuple(items))

    def serafin(self, rank: int, on: date) -> Assessment:
        """SERAFIN needs, each with a level."""
        codes = self.draw.sample(tuple(self.catalogue.value_sets["serafin-besoins"].labels), 5)
        items = (AssessmentItem(self.code("serafin-besoins", code), self.draw.randrange(5)) for code in codes)
        return self._assessment(SERAFIN, rank, on, items=tuple(items))

    def cover(self, *, is_holder: bool = True) -> SocialCover:
        """The social cover of the service user, as the holder of the policy or as one of the family."""
        number = Identifier("1.2.250.1.213.1.4.13", ins_number(self.number + 1))
        holder = PolicyHolder((number,), f"{SURNAMES[self.number % 10]} Louise", (self.home(),), ())
        return SocialCover(
            kind=self.code("couverture-sociale", "GEN-412"),
            identifiers=(Identifier(ISSUER, f"CONTRAT-{self.number}-{int(is_holder)}"),),
            insurer=Organization(Identifier(STRUCTURE_AUTHORITY, f"1{self.finess}"), "Caisse de synthèse"),
            insurer_addresses=(Address(lines=("1 place du Marché", "63300 THIERS"), use="WP"),),
            insurer_contacts=(Contact("tel:0199000001", "WP"),),
            covered=CoveredPerson(self.code("lien-assure-beneficiaire", "SELF" if is_holder else "FAMDEP")),
            holder=None if is_holder else holder,
        )

    def attachment(self, rank: int, on: date, content: bytes = EMPTY_PDF) -> Attachment:
        """A joined document."""
        return Attachment(
            identifier=Identifier(f"{ISSUER}.{self.number}.{rank}"),
            title=f"Compte rendu n° {rank}",
            dated=day(on),
            media_type="application/pdf",
            digest=hashlib.sha256(content).hexdigest(),
            size=len(content),
        )

    def record(self) -> Record:
        """The record of that service user, still without stay, care event or assessment."""
        return Record(
            service_user=self.service_user(),
            establishment=Establishment(self.organization(), self.code("categorie-essms-ph", "354"), SECTOR),
            software=RecordSoftware(
                Identifier(PRACTITIONERS, f"3{self.finess}/DUI-1"), "Éditeur fictif", "DUI d'essai"
            ),
        )

    def header(self, *, version: int = 1, since: date | None = None) -> ExportHeader:
        """The header of the export written on the evening of the last day."""
        series = f"{ISSUER}.{self.finess.replace('A', '0').replace('B', '0').lstrip('0')}.{self.number}"
        return ExportHeader(
            document=Identifier(f"{series}.{version}"),
            series=Identifier(series),
            written_at=at(self.last_day, 18, 30),
            period_start=day(since or self.entered_on),
            period_end=day(self.last_day),
            version=version,
            replaces=Identifier(f"{series}.{version - 1}") if version > 1 else None,
        )

    def _assessment(
        self, kind: str, rank: int, on: date, *, items: tuple[AssessmentItem, ...], result: Code | None = None
    ) -> Assessment:
        code = self.code("type-evaluation", kind)
        return Assessment(
            identifier=self.identifier("EVAL", rank),
            kind=code,
            assessed_on=day(on),
            label=code.label,
            result=result,
            status=Status(self.code("statut-ressource", "VALIDE"), at=day(on)),
            performer=self.practitioner(),
            items=items,
        )


def day(on: date) -> Moment:
    """A day as records write it."""
    return Moment(on.isoformat())


def at(on: date, hour: int, minute: int) -> Moment:
    """A time of that day, in French summer time."""
    return Moment(f"{on.isoformat()}T{hour:02d}:{minute:02d}:00+02:00")


def referring(identifier: Identifier | None, code: Code) -> tuple[Reference, ...]:
    """A link to another part of the record."""
    return () if identifier is None else (Reference(identifier, code),)
