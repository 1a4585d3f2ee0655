"""The documents that are timed: the official example, the same with more care events, a large attachment, faults."""

from __future__ import annotations

import base64
import hashlib
import random
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OFFICIAL = ROOT / "corpus" / "official" / "CDA_TDDUI_Exemple_v1.0.1.xml"
CARE_EVENTS = b"1.2.250.1.213.1.1.2.248"
"""Template of the section of care events."""

_ENTRY = re.compile(rb"<entry>.*?</entry>", re.DOTALL)
_UUID = re.compile(rb'(?<=<id root=")[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}')
_NUMBERED = re.compile(rb"(?<=-)(EVN|TPPro)-([0-9]+)")
_BASE64 = re.compile(rb'(representation="B64">)[^<]*')
_CODE = re.compile(rb"""(<(?:value|code|name|sdtc:functionCode)\b[^>]*?\scode\s*=\s*["'])[^"']+""")
_PREFIXED = re.compile(rb'(extension=")[38](?=[0-9]{9,})')


def official() -> bytes:
    """The official example, byte for byte."""
    return OFFICIAL.read_bytes()


def with_events(content: bytes, times: int) -> bytes:
    """The same document with each of its care events that many times, every copy with identifiers of its own."""
    start = content.index(CARE_EVENTS)
    end = content.index(b"</section>", start)
    return content[:start] + _ENTRY.sub(lambda found: _copies(found[0], times), content[start:end]) + content[end:]


def _copies(entry: bytes, times: int) -> bytes:
    return b"\n".join([entry, *(_copy(entry, rank) for rank in range(1, times))])


def _copy(entry: bytes, rank: int) -> bytes:
    numbered = _NUMBERED.sub(lambda found: b"%s-%s%05d" % (found[1], found[2], rank), entry)
    return _UUID.sub(lambda found: _uuid(found[0], rank), numbered)


def _uuid(of: bytes, rank: int) -> bytes:
    name = hashlib.sha256(b"%s %d" % (of, rank)).hexdigest().upper()
    return "-".join((name[:8], name[8:12], name[12:16], name[16:20], name[20:32])).encode()


def with_attachment(content: bytes, octets: int) -> bytes:
    """The same document with a joined document of that many bytes, no two lines of it alike, on one line of base64."""
    encoded = base64.b64encode(b"%PDF-1.5\n" + random.Random(1).randbytes(octets - 9))
    return _BASE64.sub(lambda found: found[1] + encoded, content)


def without_prefixes(content: bytes) -> bytes:
    """The same document, no identifier of it with its prefix (3 or 8): the anomalies that carry a correction."""
    return _PREFIXED.sub(rb"\1", content)


def with_wrong_codes(content: bytes) -> bytes:
    """The same document, the code of every value, name and trade of it unknown: as many anomalies as it can have."""
    head, body = content.split(b"<structuredBody", 1)
    return head + b"<structuredBody" + _CODE.sub(rb"\1FAUX-1", body)
