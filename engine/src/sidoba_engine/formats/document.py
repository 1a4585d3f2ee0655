"""What every reader gives back: one `Document` per item found in the bytes, with its places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sidoba_engine.anomaly import Anomaly, Location
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.verdict import DocumentType, DocumentVersion, ServiceUserIdentity


def _no_line(path: str) -> Location:
    return Location(path)


@dataclass(slots=True)
class Document:
    """One item as read: a key-value payload, or one CDA document (alone, or out of a bundle).

    `content` is None when the item could not be read as its type: then `anomalies` says why and nothing else is judged.
    `locate` turns a path into a `Location` with line and column; it may be slow: it is called for anomalies only.
    """

    index: int
    type: DocumentType
    content: Any
    anomalies: list[Anomaly] = field(default_factory=list)
    locate: Callable[[str], Location] = _no_line
    model: BusinessModel | None = None
    service_user: ServiceUserIdentity | None = None
    version: DocumentVersion | None = None
    file_name: str | None = None
