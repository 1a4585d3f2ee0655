"""The wrapper of WS05, `{"modele": {"code", "version"}, "donnees": {…}, "commentaires": {…}}`: R-KV-008 to R-KV-013.

A wrong wrapper ends the judgement: without a model there is nothing to judge by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sidoba_engine.anomaly import Fix
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.context import OTHER_MODEL
from sidoba_engine.checks.judgement import Judgement, child_pointer, replacement_fix
from sidoba_engine.checks.keys import nearest
from sidoba_engine.checks.value_fault import Replacement, shown

UNKNOWN_MEMBER = "R-KV-008"
BAD_MEMBER = "R-KV-009"
NO_MODEL = "R-KV-010"
UNKNOWN_MODEL = "R-KV-011"
UNKNOWN_VERSION = "R-KV-012"

MEMBERS = ("modele", "donnees", "commentaires")
MODEL_MEMBERS = ("code", "version")


@dataclass(frozen=True, slots=True)
class Wrapped:
    """What a wrapper holds; each member is None where it cannot be used."""

    model: BusinessModel | None
    data: dict[str, Any] | None
    comments: dict[str, Any]


def looks_wrapped(root: Mapping[str, object]) -> bool:
    """True when the object has one of the members that only a wrapper has."""
    return "modele" in root or "donnees" in root


def open_wrapper(judgement: Judgement, root: dict[str, Any], beside: BusinessModel | None) -> Wrapped:
    """Check the wrapper and give what it holds; `beside` is the model that holds when the wrapper names none."""
    is_wrapped = looks_wrapped(root)
    for name in root:
        if name not in MEMBERS and is_wrapped:
            _unknown_member(judgement, "", name, name)
    model = _named_model(judgement, root, beside)
    data = _object_member(judgement, root, "donnees", required=is_wrapped)
    comments = _object_member(judgement, root, "commentaires", required=False)
    return Wrapped(model, data, comments or {})


def check_expected_model(
    judgement: Judgement,
    model: BusinessModel,
    expected: BusinessModel | None,
    pointer: str,
    *,
    only_structure: bool = False,
) -> bool:
    """R-KV-013: the model must be the one asked for, of the campaign's report type, and of an establishment in WS05."""
    campaign = judgement.facts.campaign
    received = f"{model.code} {model.version}"
    if expected is not None and (expected.code, expected.version) != (model.code, model.version):
        wanted = f"{expected.code} {expected.version}"
    elif campaign is not None and model.report_type != campaign.report_type:
        wanted = f"{campaign.report_type}-{model.data_level}"
    elif only_structure and model.data_level != "structure":
        wanted = f"{model.report_type}-structure"
    else:
        return True
    judgement.report(OTHER_MODEL, pointer, value=received, expected=(wanted,), recu=received, attendu=wanted)
    return False


def _named_model(judgement: Judgement, root: Mapping[str, Any], beside: BusinessModel | None) -> BusinessModel | None:
    named = root.get("modele")
    if named is None:
        if beside is None:
            judgement.report(NO_MODEL, "")
        return beside
    if not isinstance(named, dict):
        _bad_member(judgement, "/modele", "modele", "objet")
        return None
    for name in named:
        if name not in MODEL_MEMBERS:
            _unknown_member(judgement, "/modele", name, f"modele.{name}")
    texts = {name: named.get(name) for name in MODEL_MEMBERS}
    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            _bad_member(judgement, f"/modele/{name}", f"modele.{name}", "texte")
    if not all(isinstance(text, str) and text.strip() for text in texts.values()):
        return None
    return _known_model(judgement, texts["code"], texts["version"])


def _known_model(judgement: Judgement, code: Any, version: Any) -> BusinessModel | None:
    catalogue = judgement.catalogue
    if model := catalogue.models.get((code, version)):
        return model
    versions = known_versions(catalogue, code)
    if not versions:
        codes = sorted({known for known, _ in catalogue.models})
        judgement.report(
            UNKNOWN_MODEL,
            "/modele/code",
            value=shown(code),
            expected=codes,
            recu=shown(code),
            proche=nearest(code[:80], codes),
            fix=_same_code(code, version, codes, catalogue),
        )
        return None
    judgement.report(
        UNKNOWN_VERSION,
        "/modele/version",
        value=shown(version),
        expected=versions,
        version=shown(version),
        modele=code,
        connues=", ".join(versions),
    )
    return None


def _same_code(code: str, version: str, codes: Iterable[str], catalogue: Catalogue) -> Fix | None:
    """The code that was only written in another case or with spaces around, when it has that version."""
    same = [known for known in codes if known.casefold() == code.strip().casefold()]
    meant = Replacement(same[0]) if len(same) == 1 and (same[0], version) in catalogue.models else None
    return replacement_fix("/modele/code", meant)


def known_versions(catalogue: Catalogue, code: str) -> tuple[str, ...]:
    """The versions of a model that the catalogue has, oldest first."""
    return tuple(sorted(version for known, version in catalogue.models if known == code))


def _object_member(
    judgement: Judgement, root: Mapping[str, Any], name: str, *, required: bool
) -> dict[str, Any] | None:
    value = root.get(name)
    if isinstance(value, dict):
        return value
    if value is not None or required:
        _bad_member(judgement, f"/{name}", name, "objet")
    return None


def _bad_member(judgement: Judgement, pointer: str, member: str, expected: str) -> None:
    judgement.report(BAD_MEMBER, pointer, membre=member, attendu=expected)


def _unknown_member(judgement: Judgement, parent: str, name: str, member: str) -> None:
    judgement.report(UNKNOWN_MEMBER, child_pointer(parent, name), at_key=True, membre=shown(member))
