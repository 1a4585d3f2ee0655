"""A model against the reference that it names: R-MOD-030 to R-MOD-047, one anomaly for each difference.

The differences are those of the gap from the model to its reference; here they get a place and a severity. What the
model leaves out is "none", save what says nothing of the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sidoba_engine.anomaly import Fix
from sidoba_engine.business_model import WIRE_ORDER, BusinessModel, Indicator
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.judgement import Judgement
from sidoba_engine.checks.value_fault import shown
from sidoba_engine.model_check.coherence import shown_number
from sidoba_engine.model_check.form import Formed
from sidoba_engine.model_check.near import Nearest
from sidoba_engine.model_diff import diff_models
from sidoba_engine.model_diff.changes import AttributeChange, ControlChange, ModelDiff
from sidoba_engine.model_diff.indicators import CARDINALITY
from sidoba_engine.model_diff.migration import are_same
from sidoba_engine.value_choices import admitted_codes

NO_REFERENCE = "R-MOD-030"
NO_VERSION = "R-MOD-031"
KEY_MISSING = "R-MOD-032"
KEY_UNKNOWN = "R-MOD-033"
KEY_RENAMED = "R-MOD-034"
TYPE = "R-MOD-035"
UNIT = "R-MOD-036"
LOOSER = "R-MOD-037"
STRICTER = "R-MOD-038"
CODES = "R-MOD-039"
CODE_LABELS = "R-MOD-040"
ENTITY = "R-MOD-041"
OTHER_ATTRIBUTE = "R-MOD-042"
WORDING = "R-MOD-043"
CONTROL_MISSING = "R-MOD-044"
CONTROL_UNKNOWN = "R-MOD-045"
CONTROL_OTHER = "R-MOD-046"
HEAD = "R-MOD-047"

NONE = "aucun"
_QUOTED = 12
_RANGES = frozenset({"obligatoire", "min", "max", "format"})
_WORDINGS = frozenset({"libelle", "section", "origine", "calcule_de", "source", "confiance", "aide"})
_CODE_LISTS = frozenset({"valeurs", "valeurs_de"})
_HEAD = tuple(name for name in WIRE_ORDER if name not in ("code", "version", "entites", "indicateurs", "controles"))


def find_reference(judgement: Judgement, data: Mapping[str, Any], near: Nearest) -> BusinessModel | None:
    """The model of the catalogue that this one says it is; R-MOD-030 or R-MOD-031 when there is none."""
    catalogue, code, version = judgement.catalogue, data["code"], data["version"]
    if found := catalogue.models.get((code, version)):
        return found
    known = sorted(held for name, held in catalogue.models if name == code)
    if known:
        judgement.report(
            NO_VERSION, "/version", value=version, expected=known,
            modele=code, version=version, connues=", ".join(known),
        )  # fmt: skip
        return None
    codes = sorted({name for name, _ in catalogue.models})
    judgement.report(NO_REFERENCE, "/code", value=code, expected=codes, recu=code, proche=near(code, codes))
    return None


def check_agreement(
    judgement: Judgement, formed: Formed, model: BusinessModel, reference: BusinessModel, near: Nearest
) -> None:
    """Compare a model, the root of its document, with its reference."""
    _Agreement(judgement, formed, diff_models(model, reference, judgement.catalogue), near).run()


class _Agreement:
    def __init__(self, judgement: Judgement, formed: Formed, diff: ModelDiff, near: Nearest) -> None:
        self._judgement = judgement
        self._catalogue: Catalogue = judgement.catalogue
        self._formed = formed
        self._diff = diff
        self._near = near
        self._names = {rename.before: rename.after for rename in diff.renames}

    def run(self) -> None:
        self._check_keys()
        for change in self._diff.changes:
            self._check_change(change)
        self._check_controls()
        self._check_head()

    def _place(self, key: str) -> str:
        return self._formed.place("indicateurs", key)

    def _check_keys(self) -> None:
        report, reference = self._judgement.report, self._diff.target
        for addition in self._diff.additions:
            if ("indicateurs", addition.key) in self._formed.named:
                continue  # it is there, with a fault of its own
            report(
                KEY_MISSING,
                "/indicateurs",
                expected=(addition.key,),
                cle=addition.key,
                libelle=reference.indicators[addition.key].label,
                exigence="obligatoire" if addition.required else "facultatif",
            )
        for key in self._diff.removals:
            near = self._near(key, reference.indicators)
            report(KEY_UNKNOWN, f"{self._place(key)}/cle", value=key, cle=key, proche=near)
        for rename in self._diff.renames:
            place = f"{self._place(rename.before)}/cle"
            report(
                KEY_RENAMED, place, value=rename.before, expected=(rename.after,),
                fix=_replacement(place, rename.after, certain=False),
                cle=rename.before, attendu=rename.after, raison=rename.reason,
            )  # fmt: skip

    def _check_change(self, change: AttributeChange) -> None:
        if change.attribute == CARDINALITY:
            self._report_entity(change)
        elif change.attribute in _CODE_LISTS:
            self._check_codes(change)
        elif change.attribute in _WORDINGS:
            if change.before is not None:
                self._report_attribute(WORDING, change)
        else:
            self._report_attribute(self._rule_of(change), change)

    def _rule_of(self, change: AttributeChange) -> str:
        match change.attribute:
            case "type":
                return TYPE
            case "unite":
                return UNIT
            case attribute if attribute in _RANGES:
                # From the model to its reference: what breaks on the way is what only the model lets through.
                return LOOSER if change.breaks else STRICTER
            case _:
                return OTHER_ATTRIBUTE

    def _report_attribute(self, rule: str, change: AttributeChange) -> None:
        place = f"{self._place(change.key)}/{change.attribute}"
        received, expected = _said(change.before), _said(change.after)
        is_plain = not isinstance(change.after, dict | list)
        self._judgement.report(
            rule,
            place,
            value=received if change.before is not None else None,
            expected=(expected,) if is_plain and change.after is not None else (),
            fix=_repair(place, change) if is_plain else None,
            attribut=change.attribute,
            cle=change.key,
            recu=received,
            attendu=expected,
        )

    def _check_codes(self, change: AttributeChange) -> None:
        """Once per key, on the first of the two attributes that say the codes; by the codes, not by who lists them."""
        key = change.key
        if change.attribute == "valeurs_de" and any(
            other.key == key and other.attribute == "valeurs" for other in self._diff.changes
        ):
            return
        place = f"{self._place(key)}/{change.attribute}"
        own, wanted = (
            self._codes(model.indicators[name])
            for model, name in ((self._diff.source, key), (self._diff.target, self._names.get(key, key)))
        )
        extra, missing = (_quoted(code for code in one if code not in other) for one, other in
                          ((own, wanted), (wanted, own)))  # fmt: skip
        if own == wanted or not (extra or missing):
            self._judgement.report(CODE_LABELS, place, cle=key)
        else:
            self._judgement.report(
                CODES, place, expected=tuple(wanted), cle=key, en_trop=extra or NONE, manquants=missing or NONE
            )

    def _codes(self, indicator: Indicator) -> Mapping[str, str]:
        """The codes; for a list that is not held, what names it."""
        codes = admitted_codes(indicator, self._catalogue)
        if codes is None:
            name = (indicator.values_from or {}).get("nom", "")
            return {f"« {name} »" if name else "tout texte": ""}
        return codes

    def _report_entity(self, change: AttributeChange) -> None:
        place = "/entites"
        if change.before is not None:
            place = f"{self._formed.place('entites', change.key)}/{CARDINALITY}"
        self._judgement.report(
            ENTITY, place, value=change.before, expected=(change.after,) if change.after else (),
            entite=change.key, recu=change.before or NONE, attendu=change.after or NONE,
        )  # fmt: skip

    def _check_controls(self) -> None:
        report, controls = self._judgement.report, self._diff.controls
        messages = {control.id: control.data["message"] for control in self._diff.target.controls}
        for name in controls.added:
            if ("controles", name) in self._formed.named:
                continue
            place = "/controles"
            report(CONTROL_MISSING, place, expected=(name,), controle=name, texte=shown(messages[name]))
        for name in controls.removed:
            report(CONTROL_UNKNOWN, self._formed.place("controles", name), value=shown(name), controle=shown(name))
        for change in controls.changed:
            self._report_control(change)

    def _report_control(self, change: ControlChange) -> None:
        pointer = self._formed.place("controles", change.id)
        place = f"{pointer}/{change.attribute}"
        self._judgement.report(
            CONTROL_OTHER,
            place,
            value=shown(change.before) if change.before is not None else None,
            expected=(str(change.after),) if change.after is not None else (),
            controle=shown(change.id),
            attribut=change.attribute,
        )

    def _check_head(self) -> None:
        for name in _HEAD:
            told, wanted = self._formed.data.get(name), self._diff.target.data.get(name)
            if told is not None and not are_same(told, wanted):
                self._judgement.report(HEAD, f"/{name}", membre=name)


def _said(value: Any) -> str:
    """The value of an attribute as a message writes it."""
    match value:
        case None:
            return NONE
        case bool():
            return "true" if value else "false"
        case int() | float():
            return shown_number(value)
        case _:
            return shown(value)


def _repair(place: str, change: AttributeChange) -> Fix:
    """The reference's own value in place of the model's."""
    if change.after is None:
        return Fix(({"op": "remove", "path": place},), True)
    return _replacement(place, change.after, certain=True, adds=change.before is None)


def _replacement(place: str, value: Any, *, certain: bool, adds: bool = False) -> Fix:
    return Fix(({"op": "add" if adds else "replace", "path": place, "value": value},), certain)


def _quoted(codes: Iterable[str]) -> str:
    found = list(codes)
    return ", ".join(found[:_QUOTED]) + (f"… ({len(found)})" if len(found) > _QUOTED else "")
