"""What the entries of several sections share: status, comments, links to other parts of the record."""

from __future__ import annotations

from sidoba_engine.formats.cda.reading.people import author_of
from sidoba_engine.formats.cda.reading.source import Element, Source, children, code_of, first, identifier_of
from sidoba_engine.records.activity import Reference, Status


def read_status(source: Source, element: Element, path: str) -> Status:
    """The status of a care event or an assessment, with the reason of a cancellation."""
    found = children(element)
    value = first(found, "value")
    reason = first(children(first(children(value), "qualifier")), "value")
    return Status(
        code=source.code(value, f"{path}/code"),
        reason=source.code(reason, f"{path}/reason"),
        at=source.moment(first(found, "effectiveTime"), f"{path}/at"),
        author=author_of(source, first(found, "author"), f"{path}/author"),
    )


def read_comment(source: Source, element: Element) -> str | None:
    """The text of a comment, from the narrative."""
    return source.cited(first(children(element), "text"))


def read_reference(element: Element) -> Reference | None:
    """A link to another part of the record; None without identifier."""
    found = children(element)
    identifier = identifier_of(first(found, "id"))
    return None if identifier is None else Reference(identifier, code_of(first(found, "code")))
