"""Record → document: the whole CDA export of one service user, without any anomaly when the record has none.

What a document must have and the record has not is told at once (`IncompleteRecordError`). Codes are written as the
record gives them: `validate` the document to know whether they are of their value sets. The same record and header
give the same bytes: no clock, no random number; identifiers that the guide wants and a record has not are derived from
those of their owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from sidoba_engine.formats.cda.names import HL7, SDTC, XSI
from sidoba_engine.formats.cda.writing.elements import IncompleteRecordError, Writing
from sidoba_engine.formats.cda.writing.export_header import ExportHeader, read_export_header
from sidoba_engine.formats.cda.writing.header import write_header
from sidoba_engine.formats.cda.writing.sections import write_body
from sidoba_engine.records import Record

__all__ = ["ExportHeader", "IncompleteRecordError", "read_export_header", "write_document"]

_NAMESPACES: Any = {None: HL7, "sdtc": SDTC, "xsi": XSI}


def write_document(record: Record, header: ExportHeader, *, contents: Mapping[str, bytes] | None = None) -> bytes:
    """The document, in UTF-8. `contents` holds the bytes of the attachments, by digest.

    Raises IncompleteRecordError. Characters that XML forbids are replaced by U+FFFD.
    """
    writing = Writing(contents or {})
    root = etree.Element(f"{{{HL7}}}ClinicalDocument", nsmap=_NAMESPACES)
    write_header(root, record, header, writing)
    write_body(root, record, writing)
    if writing.missing:
        raise IncompleteRecordError(writing.missing)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
