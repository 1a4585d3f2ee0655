"""The 202 controls against a slow and obvious interpreter: generated documents get the same verdict from both.

The interpreter shares nothing with the engine but the model's own text and the tables: it walks the syntax tree anew
for each value, computes with fractions, and reads the AGGIR tables row by row.
"""

from __future__ import annotations

import ast
import copy
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sidoba_engine.business_model import BusinessModel, Control, Indicator
from sidoba_engine.catalogue import installed_catalogue
from sidoba_engine.facts import Facts
from sidoba_engine.validation import judge
from sidoba_engine.value_choices import admitted_codes

CATALOGUE = installed_catalogue()
MODELS = [model for model in CATALOGUE.models.values() if model.version == "2026.0-brouillon"]
ROOTS = ("structure", "usager")
WRONG = ["x"]
"""A value of the wrong type, whatever the key."""

Outcomes = Counter[tuple[str, str, str]]
"""Control, outcome (`anomalie`, or why it was not run), key that was not read."""


class Unread(Exception):
    """A key without a valid value was read."""


class Interpreter:
    """One expression over one document: `values` by business key, `faulty` the keys whose value is wrong."""

    def __init__(self, values: Mapping[str, Any], faulty: set[str]) -> None:
        self.values = values
        self.faulty = faulty

    def of(self, text: str) -> Any:
        return self.node(ast.parse(text, mode="eval").body)

    def node(self, node: ast.AST) -> Any:
        match node:
            case ast.BoolOp(op=ast.And()):
                return all(self.node(value) for value in node.values)
            case ast.BoolOp():
                return any(self.node(value) for value in node.values)
            case ast.UnaryOp(op=ast.Not()):
                return not self.node(node.operand)
            case ast.UnaryOp():
                return -self.node(node.operand)
            case ast.BinOp():
                return self.arithmetic(node)
            case ast.Compare():
                return self.comparison(node)
            case ast.Call(func=ast.Name(id=name)):
                return self.function(name, node.args)
            case ast.Constant(value=str()):
                return node.value
            case ast.Constant():
                return Fraction(str(node.value))
            case _:
                return self.key(ast.unparse(node))

    def key(self, name: str) -> Any:
        if name in ("true", "false"):
            return name == "true"
        if name not in self.values:
            raise Unread(name)
        return self.values[name]

    def arithmetic(self, node: ast.BinOp) -> Fraction:
        left, right = Fraction(self.node(node.left)), Fraction(self.node(node.right))
        match node.op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case _:
                return left / right

    def comparison(self, node: ast.Compare) -> bool:
        left, right = self.node(node.left), self.node(node.comparators[0])
        if isinstance(left, date) and not (isinstance(left, datetime) and isinstance(right, datetime)):
            left, right = day(left), day(right)
        match node.ops[0]:
            case ast.Eq():
                return bool(left == right)
            case ast.NotEq():
                return bool(left != right)
            case ast.Lt():
                return bool(left < right)
            case ast.LtE():
                return bool(left <= right)
            case ast.Gt():
                return bool(left > right)
            case _:
                return bool(left >= right)

    def function(self, name: str, arguments: list[ast.expr]) -> Any:
        if name in ("present", "absent"):
            key = ast.unparse(arguments[0])
            if key in self.faulty:
                raise Unread(key)
            return (key in self.values) == (name == "present")
        given_values = [self.node(argument) for argument in arguments]
        match name:
            case "abs":
                return abs(given_values[0])
            case "year":
                return day(given_values[0]).year
            case "days":
                return (day(given_values[1]) - day(given_values[0])).days
            case "aggir":
                return gir(given_values)
            case _:
                return gir_pa(given_values)


def day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def gir(modalities: list[str]) -> int:
    table = CATALOGUE.tables["aggir"]
    for group in table["groupes"]:
        weights = [0 if m == "A" else group["poids"][m][rank] for rank, m in enumerate(modalities)]
        for threshold in group["seuils"]:
            if sum(weights) >= threshold["minimum"]:
                return int(table["gir"][threshold["rang"] - 1])
    return int(table["gir"][table["dernier_rang"] - 1])


def gir_pa(answers: list[str]) -> int:
    table = CATALOGUE.tables["aggir"]
    letters = [next(m["code"] for m in table["modalites"] if m["reponse"] == answer) for answer in answers]
    modalities = []
    for variable in table["variables"]:
        if variable["ponderee"]:
            parts = "".join(letters.pop(0) for _ in variable["codes_pa"])
            combined = table["composites"].get(variable["code"], {}).get("resultats", {})
            modalities.append(parts if len(parts) == 1 else combined[parts])
    return gir(modalities)


def slow_outcomes(model: BusinessModel, data: Mapping[str, Any]) -> Outcomes:
    """What each control must say of these data, instance by instance."""
    found: Outcomes = Counter()
    root_values, root_faulty = read(model, data, "")
    for control in model.controls:
        for label, element in instances(control, data):
            values, faulty = read(model, element, control.entity) if label else ({}, set())
            interpreter = Interpreter({**root_values, **values}, root_faulty | faulty)
            if outcome := outcome_of(control, interpreter, label):
                found[control.id, *outcome] += 1
    return found


def outcome_of(control: Control, interpreter: Interpreter, label: str) -> tuple[str, str] | None:
    try:
        if control.when and not interpreter.of(control.when):
            return None
        return None if interpreter.of(control.expression) else ("anomalie", "")
    except Unread as unread:
        key = str(unread)
        entity, _, name = key.rpartition(".")
        shown = f"{label}.{name}" if entity and entity == control.entity else key
        return ("cle_fautive" if key in interpreter.faulty else "cle_absente"), shown
    except ZeroDivisionError:
        return "division_par_zero", label


def instances(control: Control, data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if control.entity in ROOTS:
        yield "", data
        return
    for index, element in enumerate(data.get(control.entity) or ()):
        yield f"{control.entity}[{index}]", element


def read(model: BusinessModel, owner: Mapping[str, Any], entity: str) -> tuple[dict[str, Any], set[str]]:
    values: dict[str, Any] = {}
    faulty: set[str] = set()
    for key, indicator in model.indicators.items():
        if (indicator.entity in ROOTS) != (entity == "") or (entity and indicator.entity != entity):
            continue
        value = owner.get(key.rpartition(".")[2])
        if value is WRONG or value == WRONG:
            faulty.add(key)
        elif value is not None:
            values[key] = operand(indicator, value)
    return values, faulty


def operand(indicator: Indicator, value: Any) -> Any:
    match indicator.type:
        case "entier" | "decimal":
            return Fraction(str(value))
        case "date":
            return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        case _:
            return value


def new_value(indicator: Indicator) -> st.SearchStrategy[Any]:
    """A valid value of an indicator, near those that the controls compare; or none, or one of the wrong type."""
    low = -(10**6) if indicator.minimum is None else indicator.minimum
    high = 10**6 if indicator.maximum is None else indicator.maximum
    match indicator.type:
        case "entier":
            whole_low, whole_high = int(low), int(high)
            valid: st.SearchStrategy[Any] = st.integers(whole_low, min(whole_high, whole_low + 60))
            valid |= st.integers(whole_low, whole_high)
        case "decimal":
            valid = st.decimals(low, high, places=1).map(float) | st.decimals(low, high, places=2).map(float)
        case "booleen":
            valid = st.booleans()
        case "date":
            valid = st.dates(date(2022, 1, 1), date(2026, 12, 31)).map(date.isoformat)
            if indicator.entity == "evenement":
                valid |= st.datetimes(datetime(2024, 1, 1), datetime(2025, 12, 31)).map(  # noqa: DTZ001 (with offset)
                    lambda moment: f"{moment.replace(microsecond=0).isoformat()}+02:00"
                )
        case "code" if codes := admitted_codes(indicator, CATALOGUE):
            valid = st.sampled_from(sorted(codes))
        case _:
            return st.none()
    return st.one_of(valid, valid, valid, valid, valid, st.none(), st.just(WRONG))


@st.composite
def documents(draw: st.DrawFn, model: BusinessModel) -> dict[str, Any]:
    """The model's example with some of its values changed, those that controls read together more often than not."""
    data = copy.deepcopy(dict(model.example))
    control = draw(st.sampled_from(model.controls))
    keys = {*control.keys, *draw(st.lists(st.sampled_from(sorted(model.indicators)), max_size=6))}
    for key in sorted(keys):
        indicator = model.indicators[key]
        if indicator.personal and indicator.format == "ins":
            continue
        owners = [data] if indicator.entity in ROOTS else (data.get(indicator.entity) or [])[:3]
        for owner in owners:
            if draw(st.booleans()):
                owner[key.rpartition(".")[2]] = draw(new_value(indicator))
    return data


def fast_outcomes(model: BusinessModel, data: Mapping[str, Any]) -> Outcomes:
    body = json.dumps({"modele": {"code": model.code, "version": model.version}, "donnees": data}).encode()
    (verdict,) = judge(body, catalogue=CATALOGUE, facts=Facts())
    own = {control.id for control in model.controls}
    found: Outcomes = Counter()
    for anomaly in verdict.anomalies:
        if anomaly.rule in own:
            found[anomaly.rule, "anomalie", ""] += 1
    for line in verdict.not_run:
        if line.rule in own:
            found[line.rule, line.reason, line.detail] += 1
    return found


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.code)
def test_generated_documents_get_the_same_verdict_from_both(model: BusinessModel) -> None:
    reached: Counter[str] = Counter()

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(documents(model))
    def compare(data: dict[str, Any]) -> None:
        fast = fast_outcomes(model, data)
        assert fast == slow_outcomes(model, data)
        reached.update(outcome for _, outcome, _ in fast)

    compare()
    assert {"anomalie", "cle_absente", "cle_fautive"} <= reached.keys(), "every outcome must have been compared"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.code)
def test_the_faulty_example_of_every_control_is_broken_for_both(model: BusinessModel) -> None:
    for control in model.controls:
        faulty = control.data["exemples"]["fautif"]
        data = copy.deepcopy(dict(model.example))
        for key, value in faulty.get("valeurs", faulty).items():
            owner, _, name = key.rpartition(".")
            (data[owner][faulty["instance"]] if owner else data)[name] = value
        expected = slow_outcomes(model, data)
        assert expected[control.id, "anomalie", ""] >= 1
        assert fast_outcomes(model, data) == expected


def test_all_the_controls_are_there() -> None:
    assert sum(len(model.controls) for model in MODELS) == 202
