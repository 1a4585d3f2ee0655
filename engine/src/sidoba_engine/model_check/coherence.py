"""A model whose form is right, checked against itself: R-MOD-009 to R-MOD-021."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sidoba_engine.business_model import digest_of, entity_of, wire_model
from sidoba_engine.checks.controls import KINDS
from sidoba_engine.checks.judgement import Judgement
from sidoba_engine.checks.value_fault import shown
from sidoba_engine.expressions import MAX_LENGTH, ExpressionError, Kind, compile_condition
from sidoba_engine.model_check.form import Formed
from sidoba_engine.model_check.near import Nearest

UNDECLARED = "R-MOD-009"
LEVEL = "R-MOD-010"
ENTITY = "R-MOD-011"
MEANINGLESS = "R-MOD-012"
CROSSED = "R-MOD-013"
NO_CODES = "R-MOD-014"
VALUE_SET = "R-MOD-015"
EXPRESSION = "R-MOD-016"
UNKNOWN_KEY = "R-MOD-017"
OTHER_ENTITY = "R-MOD-018"
KEYS = "R-MOD-019"
AGGREGATION = "R-MOD-020"
DIGEST = "R-MOD-021"

_NUMERIC = frozenset({"entier", "decimal"})
_MEANING = {
    "min": _NUMERIC,
    "max": _NUMERIC,
    "valeurs": frozenset({"code"}),
    "valeurs_de": frozenset({"code"}),
    "format": frozenset({"texte"}),
}
"""Attributes that only some types have."""

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*+(?:\.[A-Za-z_]\w*+)*+(?!\s*\()")
_WORDS = frozenset({"and", "or", "not", "true", "false"})
_ROOTS = ("structure", "usager")
Data = Mapping[str, Any]


class CoherenceCheck:
    """The checks of one model; `pointer` is where it stands. `broken` collects the controls that do not compile."""

    def __init__(self, judgement: Judgement, formed: Formed, pointer: str, near: Nearest) -> None:
        self._judgement = judgement
        self._near = near
        self._catalogue = judgement.catalogue
        self._formed = formed
        self._data = formed.data
        self._pointer = pointer
        self.broken: set[str] = set()
        self._entities = {entity["code"] for entity in self._list("entites")} | set(_ROOTS)
        self._kinds = {indicator["cle"]: KINDS[indicator["type"]] for indicator in self._list("indicateurs")}

    def run(self) -> None:
        """Run them all."""
        code, level = self._data.get("code"), self._data.get("niveau")
        if code and level and not code.endswith(f"-{level}"):
            self._judgement.report(LEVEL, f"{self._pointer}/code", value=code, code=code, niveau_donnees=level)
        for indicator in self._list("indicateurs"):
            self._check_indicator(indicator, self._formed.place("indicateurs", indicator["cle"]))
        for control in self._list("controles"):
            self._check_control(control, self._formed.place("controles", control["id"]))

    def check_digest(self) -> None:
        """R-MOD-021, for a model whose content is right."""
        told = self._data.get("empreinte")
        expected = digest_of(wire_model(self._data))
        if told is not None and told != expected:
            self._judgement.report(DIGEST, f"{self._pointer}/empreinte", value=shown(told), expected=(expected,))

    def _list(self, name: str) -> list[dict[str, Any]]:
        return list(self._data.get(name, ()))

    def _declared(self, pointer: str, member: str, value: str, known: Any) -> None:
        if value not in known:
            near = self._near(value, [str(name) for name in known])
            self._judgement.report(
                UNDECLARED, f"{pointer}/{member}", value=shown(value), membre=member, valeur=shown(value), proche=near
            )

    def _check_indicator(self, indicator: Data, pointer: str) -> None:
        key = indicator["cle"]
        self._declared(pointer, "section", indicator["section"], [one["code"] for one in self._list("sections")])
        if "source" in indicator and "sources" in self._data:
            self._declared(pointer, "source", indicator["source"], self._data["sources"])
        self._check_entity(indicator, pointer)
        for attribute, types in _MEANING.items():
            if attribute in indicator and indicator["type"] not in types:
                self._judgement.report(
                    MEANINGLESS, f"{pointer}/{attribute}", attribut=attribute, cle=key, type_cle=indicator["type"]
                )
        if "min" in indicator and "max" in indicator and indicator["min"] > indicator["max"]:
            self._judgement.report(
                CROSSED, f"{pointer}/min", cle=key, min=shown_number(indicator["min"]),
                max=shown_number(indicator["max"]),
            )  # fmt: skip
        if indicator["type"] == "code":
            self._check_codes(indicator, pointer)
        if "agregation" in indicator:
            self._check_aggregation(indicator, f"{pointer}/agregation")

    def _check_entity(self, indicator: Data, pointer: str) -> None:
        own = entity_of(indicator["cle"])
        named = indicator.get("entite", own)
        self._declared(pointer, "entite" if "entite" in indicator else "cle", named, self._entities)
        if (named in _ROOTS) != (own == "structure") or (named not in _ROOTS and named != own):
            self._judgement.report(ENTITY, f"{pointer}/cle", cle=indicator["cle"], entite=shown(named))

    def _check_codes(self, indicator: Data, pointer: str) -> None:
        reference = indicator.get("valeurs_de")
        if not indicator.get("valeurs") and reference is None:
            self._judgement.report(NO_CODES, pointer, cle=indicator["cle"])
        if reference is None or reference.get("nature") != "reference" or "nom" not in reference:
            return
        value_set, asked = self._catalogue.value_sets.get(reference["nom"]), reference.get("filtre")
        if value_set is None or not value_set.codes(asked):
            self._judgement.report(
                VALUE_SET,
                f"{pointer}/valeurs_de",
                value=shown(reference["nom"]),
                nom=shown(reference["nom"]),
                filtre=shown(asked) if asked else "sans filtre",
            )

    def _check_aggregation(self, indicator: Data, pointer: str) -> None:
        aggregation = indicator["agregation"]
        cause = self._fault_of_aggregation(aggregation)
        if cause is not None:
            self._judgement.report(AGGREGATION, pointer, cle=indicator["cle"], cause=cause)

    def _fault_of_aggregation(self, aggregation: Data) -> str | None:
        if aggregation.get("operation") in ("sum", "mean") and "champ" not in aggregation:
            return "champ_absent"
        drawn_from = self._catalogue.model(str(aggregation.get("modele")))
        if drawn_from is None:
            return None
        if "champ" in aggregation and aggregation["champ"] not in drawn_from.indicators:
            return "champ_inconnu"
        kinds = {key: KINDS[one.type] for key, one in drawn_from.indicators.items()}
        try:
            compile_condition(aggregation.get("condition", "true"), kinds)
        except ExpressionError:
            return "condition"
        return None

    # Controls

    def _check_control(self, control: Data, pointer: str) -> None:
        entity = control.get("entite", "structure")
        self._declared(pointer, "entite", entity, self._entities)
        read: dict[str, None] = {}
        for attribute in ("quand", "expression"):
            if attribute in control:
                read |= dict.fromkeys(self._check_expression(control, attribute, f"{pointer}/{attribute}"))
        for key in read:
            of = entity_of(key)
            if key in self._kinds and of not in _ROOTS and of != entity:
                self._judgement.report(
                    OTHER_ENTITY, f"{pointer}/expression", controle=control["id"], entite=entity, cle=key
                )
        if "cles" in control and control["id"] not in self.broken and set(control["cles"]) != set(read):
            self._judgement.report(
                KEYS, f"{pointer}/cles", expected=sorted(read), controle=control["id"], lues=", ".join(sorted(read))
            )

    def _check_expression(self, control: Data, attribute: str, pointer: str) -> Iterator[str]:
        """The keys that the expression reads, whether the model has them or not."""
        text = control[attribute]
        try:
            compile_condition(text, self._kinds)
        except ExpressionError as error:
            self.broken.add(control["id"])
            unknown = [key for key in keys_named(text) if key not in self._kinds]
            for key in unknown:
                self._judgement.report(
                    UNKNOWN_KEY, pointer, value=shown(key), controle=control["id"], cle=shown(key),
                    proche=self._near(key, self._kinds),
                )  # fmt: skip
            if not unknown or not self._compiles_otherwise(text, unknown):
                self._judgement.report(
                    EXPRESSION, pointer, value=shown(text), attribut=attribute, controle=control["id"],
                    cause=shown(str(error)),
                )  # fmt: skip
        yield from keys_named(text)

    def _compiles_otherwise(self, text: str, unknown: list[str]) -> bool:
        """True when unknown keys are all that is wrong, whatever they hold."""
        for kind in Kind:
            try:
                compile_condition(text, self._kinds | dict.fromkeys(unknown, kind))
            except ExpressionError:
                continue
            return True
        return False


def keys_named(text: str) -> list[str]:
    """The names in an expression that may be keys, in its order, whether it is well written or not.

    >>> keys_named('present(a) and e.b == "c"')
    ['a', 'e.b']
    """
    names = _NAME.findall(_QUOTED.sub('""', text[:MAX_LENGTH]))
    return list(dict.fromkeys(name for name in names if name not in _WORDS))


def shown_number(value: float) -> str:
    """A bound as a message writes it.

    >>> shown_number(2000.0), shown_number(0.5)
    ('2000', '0.5')
    """
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
