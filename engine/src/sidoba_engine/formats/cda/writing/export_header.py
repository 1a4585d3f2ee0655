"""What belongs to one export, and not to the record: identifiers of the document, its version, its times."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from sidoba_engine.formats.cda.names import hl7
from sidoba_engine.formats.cda.reading.source import Element, identifier_of, text_of
from sidoba_engine.formats.cda.timestamps import moment_of
from sidoba_engine.records.values import Identifier, Moment

TITLE = "Export du dossier usager informatisé"
_SERVICE_PERIOD = ("documentationOf", "serviceEvent", "effectiveTime")


@dataclass(frozen=True, slots=True)
class ExportHeader:
    """The document that carries a record.

    `document` is the OID of this very document, `series` the one that all its versions share; from `version` 2 on,
    `replaces` is the OID of the version before. The data run from `period_start` to `period_end`; `written_at`,
    `exported_at` (by the software) and `signed_at` are to the second, with their offset.
    """

    document: Identifier
    series: Identifier
    written_at: Moment
    period_start: Moment
    period_end: Moment | None = None
    exported_at: Moment | None = None
    signed_at: Moment | None = None
    version: int = 1
    replaces: Identifier | None = None
    title: str = TITLE


def read_export_header(root: etree._Element) -> ExportHeader | None:
    """The header of an opened document; None when one of the data that every header has is missing or unreadable."""
    document, series = identifier_of(root.find(hl7("id"))), identifier_of(root.find(hl7("setId")))
    written_at, period_start = _moment(root, "effectiveTime"), _moment(root, *_SERVICE_PERIOD, "low")
    if document is None or series is None or written_at is None or period_start is None:
        return None
    version = root.find(hl7("versionNumber"))
    number = "" if version is None else version.get("value", "")
    return ExportHeader(
        document=document,
        series=series,
        written_at=written_at,
        period_start=period_start,
        period_end=_moment(root, *_SERVICE_PERIOD, "high"),
        exported_at=_moment(root, "author", "time"),
        signed_at=_moment(root, "legalAuthenticator", "time"),
        version=int(number) if number.isascii() and number.isdigit() and len(number) <= 9 else 1,
        replaces=identifier_of(root.find(hl7("relatedDocument", "parentDocument", "id"))),
        title=text_of(root.find(hl7("title"))) or TITLE,
    )


def _moment(root: Element, *path: str) -> Moment | None:
    element = root.find(hl7(*path))
    return None if element is None else moment_of(element.get("value", ""))
