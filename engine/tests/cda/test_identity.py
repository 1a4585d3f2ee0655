"""Whom a document is about."""

from __future__ import annotations

import pytest
from lxml import etree
from sidoba_engine.formats.cda.identity import service_user_of
from sidoba_engine.verdict import ServiceUserIdentity

INS = '<id root="1.2.250.1.213.1.4.{}" extension="100000000000001"/>'
LOCAL = '<id root="1.2.250.1.999.1" extension="3019999994/42"/>'
OTHER = '<id root="1.2.250.1.999.2" extension="X7"/>'


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (INS.format(8), ("100000000000001", None)),
        (INS.format(9), ("100000000000001", None)),
        (INS.format(10) + LOCAL, ("100000000000001", "3019999994/42")),
        (LOCAL + INS.format(11), ("100000000000001", "3019999994/42")),
        (INS.format(2), (None, "1.2.250.1.213.1.4.2|100000000000001")),
        (OTHER + LOCAL, (None, "3019999994/42")),
        (OTHER, (None, "1.2.250.1.999.2|X7")),
        ('<id root="1.2.250.1.213.1.4.8" nullFlavor="UNK"/>' + OTHER, (None, "1.2.250.1.999.2|X7")),
        ('<id root="1.2.250.1.999.2" extension=" "/>', None),
        ("", None),
    ],
)
def test_identity(ids: str, expected: tuple[str | None, str | None] | None) -> None:
    root = etree.fromstring(
        f'<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole>{ids}</patientRole></recordTarget>'
        "</ClinicalDocument>"
    )
    identity = service_user_of(root)
    assert identity == (ServiceUserIdentity(*expected) if expected else None)
