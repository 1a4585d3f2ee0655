"""The attachment of a DocumentReference → the bytes of the document (R-ENV-012, R-ENV-014 to 021)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from sidoba_engine.anomaly import Anomaly
from sidoba_engine.formats.envelope import Envelope, member, shown

CONTENT_TYPES = frozenset({"application/xml", "text/xml"})
_WITHOUT_BLANKS = dict.fromkeys(map(ord, " \t\r\n"))
_ALPHABET = re.compile(r"[A-Za-z0-9+/]*")


def decoded_attachment(
    envelope: Envelope, pointer: str, *, reference: Mapping[str, Any], anomalies: list[Anomaly]
) -> bytes | None:
    """The document's bytes; None when there are none that can be trusted. Faults are added to `anomalies`."""
    contents = reference.get("content")
    if isinstance(contents, list) and len(contents) > 1:
        anomalies.append(envelope.anomaly("R-ENV-012", f"{pointer}/content", nombre=len(contents)))
        return None
    place = f"{pointer}/content/0/attachment"
    attachment = member(contents[0], "attachment") if isinstance(contents, list) and contents else None
    if not isinstance(attachment, Mapping):
        attachment = {}
    if "url" in attachment:
        anomalies.append(envelope.anomaly("R-ENV-014", f"{place}/url"))
    data = attachment.get("data")
    if not isinstance(data, str) or not data.strip():
        if "url" not in attachment:
            anomalies.append(envelope.anomaly("R-ENV-015", place))
        return None
    content = _from_base64(data)
    if isinstance(content, _Fault):
        anomalies.append(envelope.anomaly("R-ENV-016", f"{place}/data", cause=content.cause))
        return None
    _check_description(envelope, place, attachment=attachment, anomalies=anomalies)
    is_intact = _is_intact(envelope, place, attachment=attachment, content=content, anomalies=anomalies)
    return content if is_intact else None


class _Fault:
    """Why a text is not base64: one of the causes of R-ENV-016."""

    def __init__(self, cause: str) -> None:
        self.cause = cause


def _from_base64(data: str) -> bytes | _Fault:
    """Strict base64 (RFC 4648 §4); white space is let through, as the FHIR type does."""
    compact = data.translate(_WITHOUT_BLANKS)
    if compact.endswith("==="):
        return _Fault("remplissage")
    try:
        return binascii.a2b_base64(compact, strict_mode=True)
    except ValueError:
        return _Fault(_cause(compact))


def _cause(compact: str) -> str:
    body = compact.rstrip("=")
    if _ALPHABET.fullmatch(body):
        return "longueur" if len(body) % 4 == 1 or len(body) == len(compact) else "remplissage"
    if _ALPHABET.fullmatch(body.replace("-", "+").replace("_", "/")):
        return "alphabet_url"
    return "remplissage" if _ALPHABET.fullmatch(body.replace("=", "")) else "caractere"


def _check_description(
    envelope: Envelope, place: str, *, attachment: Mapping[str, Any], anomalies: list[Anomaly]
) -> None:
    content_type = attachment.get("contentType")
    if str(content_type).partition(";")[0].strip().lower() not in CONTENT_TYPES:
        received = shown(content_type, "aucun")
        anomalies.append(envelope.anomaly("R-ENV-020", f"{place}/contentType", recu=received))
    if not attachment.get("title"):
        anomalies.append(envelope.anomaly("R-ENV-021", place))


def _is_intact(
    envelope: Envelope, place: str, *, attachment: Mapping[str, Any], content: bytes, anomalies: list[Anomaly]
) -> bool:
    """Whether size and digest, where announced, are those of the bytes: altered bytes are not judged."""
    before = len(anomalies)
    size, digest = attachment.get("size"), attachment.get("hash")
    if size is not None and size != len(content):
        anomalies.append(envelope.anomaly("R-ENV-017", f"{place}/size", recu=len(content), attendu=shown(size, "")))
    if digest is not None:
        expected = base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode("ascii")
        if digest != expected:
            anomalies.append(envelope.anomaly("R-ENV-018", f"{place}/hash"))
    intact = len(anomalies) == before
    if digest is None:
        anomalies.append(envelope.anomaly("R-ENV-019", place))
    return intact
