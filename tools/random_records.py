"""Records drawn at random, without fault: any part may be there or not, any value is one that a record may have.

The same seed gives the same record. Where `synthetic_records` tells plausible stories, this goes to the corners: texts
of any script full of markup characters, parts missing by half, all codes of all value sets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

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
    Resource,
    ServiceUser,
    SocialCover,
    Status,
    Stay,
    StayStep,
    Transport,
)
from sidoba_engine.records.assessments import AGGIR_KINDS, AGGIR_PA, AGGIR_PH, SERAFIN, SSIAD_SITUATION
from sidoba_engine.records.values import STRUCTURE_AUTHORITY
from synthetic_cda import ISSUER, ins_number
from synthetic_records import (
    ATTACHMENT_CODE,
    CARE_EVENT_CODE,
    PRACTITIONERS,
    SECTOR,
    SERAFIN_REFORM,
    SSIAD_REFORM,
    TEST_INS,
    Export,
    referring,
)

Drawn = TypeVar("Drawn")

WRITTEN_ON = date(2025, 6, 1)
ALPHABET = "abcéèÀŒß09 <>&\"'];-–’«»€ 漢字אבגд🙂\u0301"
QUESTIONS = {
    AGGIR_PA: "evaluation-aggir-pa",
    AGGIR_PH: "evaluation-aggir-ph",
    SSIAD_SITUATION: "evaluation-ssiad",
    SERAFIN: "serafin-besoins",
}


class RandomRecords:
    """One draw. `export` gives the whole; each other method one part."""

    def __init__(self, catalogue: Catalogue, seed: int) -> None:
        self.catalogue = catalogue
        self.draw = Random(seed)  # noqa: S311 (not for secrets)

    def export(self) -> Export:
        """A record, its header and the contents of its attachments."""
        attachments = tuple(self.attachment(rank) for rank in range(self.draw.randrange(3)))
        events = tuple(self.care_event(rank, attachments[:1]) for rank in range(self.draw.randrange(4)))
        kinds = [kind for kind in QUESTIONS for _ in range(self.draw.randrange(3) if kind != AGGIR_PA else 1)]
        record = Record(
            service_user=self.service_user(),
            establishment=Establishment(self.organization(), self.code("categorie-essms-ph"), SECTOR),
            software=RecordSoftware(Identifier(PRACTITIONERS, "3019999994/DUI-1"), self.text(), self.text()),
            social_covers=tuple(self.cover(rank) for rank in range(self.draw.randrange(3))),
            stays=tuple(self.stay(rank, () if rank else events) for rank in range(1 + self.draw.randrange(3))),
            care_events=events,
            assessments=tuple(self.assessment(rank, kind, attachments[1:]) for rank, kind in enumerate(kinds)),
            attachments=tuple(attachment for attachment, _ in attachments),
        )
        contents = {attachment.digest or "": content for attachment, content in attachments}
        return Export(record, self.header(), contents)

    def maybe(self, make: Callable[[], Drawn]) -> Drawn | None:
        """That, or nothing."""
        return make() if self.draw.random() < 0.5 else None

    def some(self, make: Callable[[], Drawn], *, least: int = 0, most: int = 2) -> tuple[Drawn, ...]:
        """A few of them."""
        return tuple(make() for _ in range(self.draw.randint(least, most)))

    def text(self) -> str:
        """A text whose white space is collapsed, as that of records is."""
        length = self.draw.randint(1, 30)
        return " ".join("".join(self.draw.choices(ALPHABET, k=length)).split()) or "·"

    def code(self, value_set: str, *among: str) -> Code:
        """A code of a value set."""
        found = self.catalogue.value_sets[value_set]
        code = self.draw.choice(among or tuple(found.labels))
        return Code(code, found.systems[code], found.labels[code])

    def flag(self) -> bool:
        """True or false."""
        return self.draw.random() < 0.5

    def day(self, first: date = date(2023, 1, 1), last: date = WRITTEN_ON) -> Moment:
        """A day, both bounds included."""
        return Moment((first + timedelta(days=self.draw.randint(0, (last - first).days))).isoformat())

    def time(self) -> Moment:
        """A time to the minute, the second or finer, with its offset or without."""
        clock = f"{self.draw.randrange(24):02d}:{self.draw.randrange(60):02d}"
        seconds = self.draw.choice(("", f":{self.draw.randrange(60):02d}", ":59.125"))
        offset = self.draw.choice(("+00:00", "+02:00", "-04:00", "-10:30", ""))
        return Moment(f"{self.day(last=date(2025, 5, 1))}T{clock}{seconds}{offset}")

    def period(self) -> tuple[Moment, Moment]:
        """Two times of one day, the second after the first."""
        day, start = self.day(last=date(2025, 5, 1)), self.draw.randrange(20)
        return Moment(f"{day}T{start:02d}:00:00+02:00"), Moment(f"{day}T{start + 1:02d}:30:00+02:00")

    def organization(self) -> Organization:
        """A structure, with or without a name."""
        finess = f"{self.draw.randrange(10**9):09d}"
        return Organization(Identifier(STRUCTURE_AUTHORITY, f"1{finess}"), self.maybe(self.text))

    def address(self) -> Address:
        """An address in lines or in parts."""
        use = self.maybe(lambda: self.draw.choice(("H", "HP", "HV", "WP", "TMP")))
        if self.flag():
            return Address(lines=self.some(self.text, least=1), use=use)
        parts = ("house_number", "street", "postal_code", "county", "state", "country")
        given: dict[str, Any] = {name: self.text() for name in parts if self.flag()}
        return Address(city=self.text(), use=use, **given)

    def contact(self) -> Contact:
        """A way to reach someone."""
        return Contact(f"tel:0{self.draw.randrange(10**8, 10**9)}", self.maybe(lambda: self.draw.choice(("H", "WP"))))

    def practitioner(self) -> Practitioner:
        """Someone, known by an identifier at least."""
        name = self.maybe(lambda: PersonName(self.text(), self.maybe(self.text), self.draw.choice(("M", "MME", None))))
        return Practitioner(
            Identifier(PRACTITIONERS, f"3019999994/P{self.draw.randrange(999)}"),
            name,
            self.maybe(lambda: self.code("specialite-auteur")),
            self.maybe(lambda: self.code("role-fonctionnel")),
            self.maybe(self.organization),
        )

    def participant(self) -> Practitioner:
        """Someone of whom only identifiers are told."""
        found = self.practitioner()
        return Practitioner(found.identifier, organization=found.organization)

    def place(self) -> Place:
        """A place by its name, its address or both."""
        return (
            Place(name=self.text(), address=self.maybe(self.address)) if self.flag() else Place(address=self.address())
        )

    def service_user(self) -> ServiceUser:
        """With an INS and what it makes compulsory, or without."""
        has_ins = self.flag()
        number = self.draw.randrange(324_000)
        partial = self.draw.choice((None, Moment("1947"), Moment("1947-04"), Moment("1947-04-03T10:30+01:00")))
        born_on = self.day(date(1920, 1, 1), date(1990, 1, 1))
        return ServiceUser(
            ins=Identifier(TEST_INS, ins_number(number)) if has_ins else None,
            social_security=self.maybe(lambda: Identifier("1.2.250.1.213.1.4.13", ins_number(number))),
            local_identifier=Identifier(ISSUER, "3019999994/U1"),
            other_identifiers=self.some(lambda: Identifier(f"{ISSUER}.9", str(self.draw.randrange(10**6))), most=1),
            birth_name=self.text(),
            used_name=self.maybe(self.text),
            given_names=self.text(),
            first_given_name=self.text(),
            used_given_name=self.maybe(self.text),
            sex=self.draw.choice(("F", "M") if has_ins else ("F", "M", "UN", None)),
            born_on=born_on if has_ins or self.flag() else partial,
            birth_order=self.draw.randint(1, 9) if not has_ins or self.flag() else None,
            birthplace=Address(county=self.text()) if has_ins else self.maybe(self.address),
            addresses=self.some(self.address),
            contacts=self.some(self.contact),
        )

    def stay(self, rank: int, events: tuple[CareEvent, ...]) -> Stay:
        """A stay and its links to care events."""
        before, after = date(2023, 12, 31), date(2024, 1, 1)

        def step(*, first: date = date(2023, 1, 1), last: date = WRITTEN_ON) -> StayStep | None:
            return self.maybe(lambda: StayStep(self.maybe(lambda: self.day(first, last)), self.text()))

        return Stay(
            identifier=_identifier("SEJOUR", rank),
            admitted_on=self.maybe(self.day),
            establishment=self.organization(),
            admission=step(last=before),
            planned_admission=step(last=before),
            discharge=step(first=after),
            planned_discharge=step(first=after),
            references=_links([event.identifier for event in events], CARE_EVENT_CODE),
        )

    def status(self, *codes: str) -> Status:
        """A status, with a reason when it is a cancellation."""
        code = self.code("statut-ressource", *codes)
        reason = self.code("motif-non-realisation") if code.code == "ANNULE" else None
        return Status(code, reason, self.maybe(self.time), self.maybe(self.practitioner))

    def care_event(self, rank: int, attachments: tuple[tuple[Attachment, bytes], ...]) -> CareEvent:
        """A care event of any kind, with its journeys."""
        status = self.status("PLANIFIE", "REALISE", "VALIDE", "ANNULE")
        is_done = self.flag() or (status.code is not None and status.code.code in ("REALISE", "VALIDE"))
        start, end = self.period()
        return CareEvent(
            identifier=_identifier("EVN", rank),
            is_done=is_done,
            starts_at=start,
            ends_at=end,
            kinds=self.some(self.care_event_kind),
            kind_text=self.maybe(self.text),
            label=self.maybe(self.text),
            status=self.maybe(lambda: status),
            practitioners=self.some(self.practitioner),
            place=self.maybe(self.place),
            establishment=self.maybe(self.organization),
            is_outside_provision=self.maybe(self.flag),
            includes_meal=self.maybe(self.flag),
            is_present=self.maybe(self.flag),
            resource=self.maybe(self.resource),
            updated_at=self.maybe(self.time),
            service_user_transports=tuple(
                self.transport("TPPat", 10 * rank + position) for position in range(self.draw.randrange(3))
            ),
            practitioner_transports=tuple(
                self.transport("TPPro", 10 * rank + position) for position in range(self.draw.randrange(3))
            ),
            comments=self.some(self.text),
            references=_links([attachment.identifier for attachment, _ in attachments], ATTACHMENT_CODE),
        )

    def care_event_kind(self) -> CareEventKind:
        """A kind of either reform."""
        if self.flag():
            return CareEventKind(self.code("type-evenement-ssiad"), self.maybe(lambda: SSIAD_REFORM))
        value_set = self.draw.choice(("serafin-prestations-directes", "serafin-prestations-indirectes"))
        return CareEventKind(self.code(value_set), SERAFIN_REFORM)

    def resource(self) -> Resource:
        """A resource, in detail where details exist."""
        code = self.code("ressource-utilisee")
        details = {"ORG-206": "detail-materiel-specialise", "ORG-207": "detail-ressource-immobiliere"}.get(code.code)
        return Resource(code, self.maybe(lambda: self.code(details)) if details else None)

    def transport(self, kind: str, rank: int) -> Transport:
        """A journey of the service user (`TPPat`) or of a professional (`TPPro`)."""
        mode = self.code("mode-de-transport", "ORG-202", "ORG-203", "ORG-204", "ORG-205", "GEN-092.06.08")
        is_vehicle, is_user = mode.code in ("ORG-202", "ORG-203"), kind == "TPPat"
        start, end = self.period()
        return Transport(
            identifier=_identifier(kind, rank),
            mode=mode,
            engine=self.maybe(lambda: self.code("type-motorisation")) if is_vehicle else None,
            nature=self.maybe(lambda: self.code("serafin-transports")) if is_vehicle and is_user else None,
            label=self.maybe(self.text),
            starts_at=start,
            ends_at=end,
            departure=self.maybe(self.place),
            destination=self.maybe(self.place),
            carrier=self.maybe(self.practitioner),
            practitioner=None if is_user else self.participant(),
            distance=self.maybe(lambda: self.quantity("km")),
            actual_budget=self.maybe(lambda: self.quantity("EUR")),
            planned_budget=self.maybe(lambda: self.quantity("EUR")),
            expected_duration=self.maybe(lambda: self.quantity("min")),
            needs_companion=self.maybe(self.flag) if is_user else None,
            needs_asepsis=self.maybe(self.flag) if is_user else None,
        )

    def quantity(self, unit: str) -> Quantity:
        """A number with as many decimals as it was given."""
        return Quantity(Decimal(self.draw.choice(("0", "4", "4.50", "0.001", "12345.678", "-1.0"))), unit)

    def assessment(self, rank: int, kind: str, attachments: tuple[tuple[Attachment, bytes], ...]) -> Assessment:
        """An assessment with someone to answer for it."""
        return Assessment(
            identifier=_identifier("EVAL", rank),
            kind=self.code("type-evaluation", kind),
            assessed_on=self.day(),
            label=self.text(),
            result=self.code("gir") if kind in AGGIR_KINDS else None,
            status=self.maybe(lambda: self.status("APPROUVE", "VALIDE", "TERMINE")),
            performer=self.practitioner(),
            author=self.maybe(self.practitioner),
            responsible=self.maybe(self.participant),
            items=tuple(self.item(kind, code) for code in self.catalogue.value_sets[QUESTIONS[kind]].labels),
            comments=self.some(self.text),
            references=_links([attachment.identifier for attachment, _ in attachments], ATTACHMENT_CODE),
        )

    def item(self, kind: str, code: str) -> AssessmentItem:
        """A question and its answer, of the type that its kind wants."""
        question = self.code(QUESTIONS[kind], code)
        if kind in AGGIR_KINDS:
            criteria = Criteria(self.flag(), self.maybe(self.flag), self.flag(), self.flag())
            answer = self.maybe(lambda: self.code("resultat-evaluation"))
            return AssessmentItem(question, answer, self.maybe(lambda: criteria))
        if kind == SSIAD_SITUATION:
            return AssessmentItem(question, self.maybe(lambda: False))
        return AssessmentItem(question, self.maybe(lambda: self.draw.randint(-5, 5)))

    def cover(self, rank: int) -> SocialCover:
        """A social cover with any of its parts."""

        def number() -> Identifier:
            return Identifier(f"{ISSUER}.7.{rank}", str(self.draw.randrange(10**9)))

        holder = PolicyHolder((number(),), self.maybe(self.text), self.some(self.address), self.some(self.contact))
        covered = CoveredPerson(self.code("lien-assure-beneficiaire"), self.some(number), self.maybe(self.text))
        return SocialCover(
            kind=self.code("couverture-sociale"),
            identifiers=(Identifier(ISSUER, f"CONTRAT-{rank}"),),
            insurer=Organization(self.organization().identifier, self.text()),
            insurer_identifiers=self.some(number),
            insurer_addresses=self.some(self.address),
            insurer_contacts=self.some(self.contact),
            covered=self.maybe(lambda: covered),
            holder=self.maybe(lambda: holder),
        )

    def attachment(self, rank: int) -> tuple[Attachment, bytes]:
        """A joined document and its content."""
        content = b"%PDF-1.7\n" + self.draw.randbytes(self.draw.randrange(200))
        attachment = Attachment(
            identifier=Identifier(f"{ISSUER}.2.{rank}"),
            title=self.text(),
            dated=self.maybe(self.day),
            media_type="application/pdf",
            digest=hashlib.sha256(content).hexdigest(),
            size=len(content),
        )
        return attachment, content

    def header(self) -> ExportHeader:
        """A first version, or one that replaces another."""
        version = self.draw.randint(1, 3)
        return ExportHeader(
            document=Identifier(f"{ISSUER}.1.{version}"),
            series=Identifier(f"{ISSUER}.1"),
            written_at=Moment(f"{WRITTEN_ON.isoformat()}T18:00:00+02:00"),
            period_start=self.day(last=date(2025, 1, 1)),
            period_end=self.maybe(lambda: Moment(WRITTEN_ON.isoformat())),
            exported_at=Moment(f"{WRITTEN_ON.isoformat()}T17:59:30+02:00"),
            signed_at=Moment(f"{WRITTEN_ON.isoformat()}T17:59:59+02:00"),
            version=version,
            replaces=Identifier(f"{ISSUER}.1.{version - 1}") if version > 1 else None,
            title=self.text(),
        )


def _identifier(kind: str, rank: int) -> Identifier:
    return Identifier(ISSUER, f"3019999994/U1-{kind}-{rank}")


def _links(identifiers: list[Identifier | None], code: Code) -> tuple[Reference, ...]:
    return tuple(link for identifier in identifiers for link in referring(identifier, code))
