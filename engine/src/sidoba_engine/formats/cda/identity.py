"""Who a document is about: the INS when it is given, and the identifier of the establishment's own record."""

from __future__ import annotations

import re

from lxml import etree

from sidoba_engine.formats.cda.names import INS_ROOTS, hl7
from sidoba_engine.verdict import ServiceUserIdentity

_PATIENT_IDS = hl7("recordTarget", "patientRole", "id")
_LOCAL_FORM = re.compile(r"3[0-9AB]{9}/.+")


def service_user_of(root: etree._Element) -> ServiceUserIdentity | None:
    """The identity of the service user; None when the document carries no usable identifier.

    The local identifier is the one of form `3FINESS/…` (guide TDDUI, recordTarget); without it, any other identifier
    stands in, with its issuer so that two establishments' numbers never meet.
    """
    ins = local = other = None
    for element in root.iterfind(_PATIENT_IDS):
        issuer, extension = element.get("root", ""), element.get("extension", "").strip()
        if not extension or element.get("nullFlavor"):
            continue
        if issuer in INS_ROOTS:
            ins = ins or extension
        elif _LOCAL_FORM.fullmatch(extension):
            local = local or extension
        else:
            other = other or f"{issuer}|{extension}"
    if ins is None and local is None and other is None:
        return None
    return ServiceUserIdentity(ins=ins, local_identifier=local or other)
