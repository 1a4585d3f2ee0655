"""The control language: what it says, what it refuses, and the same answers as a slow and obvious interpreter."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sidoba_engine.assessments.aggir import grid_from_table
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.expressions import (
    ExpressionError,
    FaultyKey,
    FunctionNotBuilt,
    Kind,
    Operands,
    compile_condition,
    compile_expression,
)

KINDS = {
    "a": Kind.NUMBER,
    "b": Kind.NUMBER,
    "c": Kind.NUMBER,
    "oui": Kind.BOOLEAN,
    "non": Kind.BOOLEAN,
    "texte": Kind.TEXT,
    "debut": Kind.DATE,
    "fin": Kind.DATE,
    "evenement.debut": Kind.DATE,
    "evenement.duree": Kind.NUMBER,
}
VALUES: dict[str, Any] = {
    "a": 3,
    "b": Decimal("12.5"),
    "oui": True,
    "non": False,
    "texte": "354",
    "debut": date(2024, 6, 1),
    "fin": date(2025, 5, 31),
    "evenement.duree": 15,
}


def value_of(text: str, **values: Any) -> object:
    faulty = values.pop("faulty", frozenset())
    return compile_expression(text, KINDS).evaluate(Operands(VALUES | values, faulty))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-a + 1", -2),
        ("7 / 2", Fraction(7, 2)),
        ("1 / 3 + 1 / 3 + 1 / 3 == 1", True),
        ("0.1 + 0.2 == 0.3", True),
        ("b * b * b * b * b * b * b * b == 596046447.75390625", True),
        ("b / 4", Decimal("3.125")),
        ("a / b", Fraction(6, 25)),
        ("b / 3 + 1 / 3", Fraction(9, 2)),
        ("0.10000000000000000000001 > 0.1", True),
        ("b * 2 == 25", True),
        ("a + oui == 4", True),
        ("oui == (texte == \"354\" or texte == '209')", True),
        ("non == false and not non", True),
        ("abs(a - 5)", 2),
        ("a + a + b + oui", Decimal("19.5")),
        ("year(debut) + 1 == year(fin)", True),
        ("days(debut, fin)", 364),
        ("debut < fin", True),
        ("present(a) and absent(c)", True),
        ("evenement.duree >= 15", True),
        ("present(evenement.debut)", False),
        ("(texte == 'é𝔸' or\n 0.30000000000000000001 > 0.3) and texte == 'ü' or b == 12.50", True),
    ],
)
def test_arithmetic_logic_and_functions(text: str, value: object) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("absent(c) or c > 1", True),
        ("present(c) and c > 1", False),
        ("oui or c > 1", True),
        ("non and c > 1", False),
        ("non and c > 1 and a > 1", False),
        ("a > 1 or c > 1 or non", True),
    ],
)
def test_a_key_that_is_not_reached_is_not_missing(text: str, value: object) -> None:
    assert value_of(text) is value


@pytest.mark.parametrize("text", ["c > 1", "c > 1 or oui", "c > 1 and non", "a + c", "abs(c)", "not c > 1"])
def test_a_key_that_is_read_and_missing_is_named(text: str) -> None:
    with pytest.raises(KeyError, match="c"):
        value_of(text)


@pytest.mark.parametrize("text", ["c > 1", "present(c)", "absent(c)", "present(c) and oui"])
def test_a_faulty_key_is_neither_present_nor_absent(text: str) -> None:
    with pytest.raises(KeyError, match="c"):
        value_of(text, faulty={"c"})


def test_numbers_are_never_rounded() -> None:
    long = Decimal("0." + "1" * 60)
    assert value_of("c + 1000000 - 1000000 == c", c=long) is True
    assert value_of("c * c", c=long) == Fraction(long) ** 2
    assert value_of("c == b", c=long, b=long + Decimal("1E-60")) is False


def test_division_by_zero() -> None:
    for text in ("a / (b - 12.5) > 1", "a / 0 > 1", "a / (3 - a) == 0"):
        with pytest.raises(ZeroDivisionError):
            value_of(text)


def test_the_dates_of_an_interval_are_read_in_their_order() -> None:
    with pytest.raises(KeyError, match="debut"):
        compile_expression("days(debut, fin)", KINDS).evaluate(Operands({}))


def test_a_grid_needs_its_tables_and_admits_its_answers_only(catalogue: Catalogue) -> None:
    eight = f"aggir({', '.join(['texte'] * 8)})"
    with pytest.raises(FunctionNotBuilt, match="aggir"):
        value_of(f"{eight} == 1")
    grid = grid_from_table(catalogue.tables["aggir"])
    expression = compile_expression(eight, KINDS, aggir=grid)
    assert [expression.evaluate(Operands({"texte": modality})) for modality in "ABC"] == [6, 4, 1]
    with pytest.raises(FaultyKey, match="texte"):
        expression.evaluate(Operands({"texte": "D"}))
    with pytest.raises(ExpressionError, match="code"):
        compile_expression(f"aggir({', '.join(['a'] * 8)})", KINDS, aggir=grid)


PARIS_NOON = datetime(2025, 1, 14, 12, tzinfo=timezone(timedelta(hours=1)))
UTC_ELEVEN = datetime(2025, 1, 14, 11, tzinfo=timezone.utc)  # noqa: UP017
UTC_NIGHT = datetime(2025, 1, 14, 23, 30, tzinfo=timezone.utc)  # noqa: UP017


@pytest.mark.parametrize(
    ("left", "right", "operator"),
    [
        (PARIS_NOON, UTC_ELEVEN, "=="),
        (UTC_NIGHT, datetime(2025, 1, 15, 0, 15, tzinfo=timezone(timedelta(hours=1))), ">"),
        (UTC_NIGHT, date(2025, 1, 14), "=="),
        (date(2025, 1, 14), datetime(2025, 1, 15, 0, 15, tzinfo=timezone(timedelta(hours=1))), "<"),
    ],
)
def test_two_times_are_instants_and_a_day_makes_both_days_as_written(left: date, right: date, operator: str) -> None:
    assert value_of(f"debut {operator} fin", debut=left, fin=right) is True


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a +",
        "1 < 2 < 3",
        "a ** 2",
        "a // 2",
        "a % 2",
        "a & 1",
        "~a",
        "+a == 1",
        "a if oui else b",
        "lambda: 1",
        "[a][0]",
        "{a}",
        "(a, b)",
        "a := 1",
        "a; b",
        "__import__('os')",
        "a.__class__",
        "texte.upper()",
        "f'{a}'",
        "b'354' == texte",
        "r'354' == texte",
        "True == oui",
        "None == a",
        "a is b",
        "a in b",
        "1_000 == a",
        "0x10 == a",
        "1e5 == a",
        ".5 == a",
        "5. == a",
        "1j == a",
        "a == '\\x41'",
        "a # comment",
        "a == ١",
        "é == 1",
        "inconnue == 1",
        "evenement == 1",
        "max(a, b) == 1",
        "abs(a, b) == 1",
        "abs() == 1",
        "abs(x=1) == 1",
        "present(1)",
        "present(a + b)",
        "year(a) == 1",
        "days(debut, 1) == 1",
        "abs(texte) == 1",
        "texte == 354",
        "texte < '4'",
        "texte + 1 == 2",
        "debut == '2025-01-01'",
        "not a",
        "a and b",
        "-texte == 1",
        "a",
        "a + b",
        "(" * 150 + "oui" + ")" * 151,
        "not " * 200 + "oui",
        "a + " * 200 + "a == 1",
        "oui and " * 1000 + "oui",
    ],
)
def test_anything_else_is_not_of_the_language(text: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        compile_condition(text, KINDS)
    assert "Error" not in str(refusal.value) and "syntax" not in str(refusal.value)


def test_keys_are_given_in_the_order_of_the_text() -> None:
    assert compile_condition("b > a and present(c) and b > 1", KINDS).keys == ("b", "a", "c")


# The oracle: trees, an interpreter that reads them step by step, and their text with every parenthesis.

NUMBERS = st.deferred(
    lambda: (
        st.tuples(st.just("number"), st.decimals(0, 1000, places=2).map(str))
        | st.tuples(st.just("key"), st.sampled_from(["a", "b", "c"]))
        | st.tuples(st.sampled_from("+-*/"), NUMBERS, NUMBERS)
        | st.tuples(st.just("abs"), NUMBERS)
        | st.tuples(st.just("negative"), NUMBERS)
        | CONDITIONS
    )
)
CONDITIONS = st.deferred(
    lambda: (
        st.tuples(st.just("truth"), st.sampled_from(["true", "false"]))
        | st.tuples(st.just("key"), st.sampled_from(["oui", "non"]))
        | st.tuples(st.sampled_from(["present", "absent"]), st.sampled_from(["a", "b", "c", "oui", "texte"]))
        | st.tuples(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), NUMBERS, NUMBERS)
        | st.tuples(st.sampled_from(["and", "or"]), CONDITIONS, CONDITIONS)
        | st.tuples(st.just("not"), CONDITIONS)
    )
)
HELD = st.fixed_dictionaries(
    {},
    optional={
        "a": st.integers(-5, 5),
        "b": st.decimals(-5, 5, places=2),
        "c": st.just(0),
        "oui": st.booleans(),
        "non": st.booleans(),
        "texte": st.just("x"),
    },
)


def text_of(tree: Any) -> str:
    match tree:
        case ("number" | "key" | "truth", written):
            return str(written)
        case ("abs" | "present" | "absent" as name, inner):
            return f"{name}({inner if isinstance(inner, str) else text_of(inner)})"
        case ("negative", inner):
            return f"(-{text_of(inner)})"
        case ("not", inner):
            return f"(not {text_of(inner)})"
        case (operator, left, right):
            return f"({text_of(left)} {operator} {text_of(right)})"
    raise AssertionError(tree)


def slow_value(tree: Any, values: dict[str, Any], faulty: set[str]) -> Any:
    def of(inner: Any) -> Any:
        return slow_value(inner, values, faulty)

    match tree:
        case ("number", written):
            return Fraction(written)
        case ("truth", written):
            return written == "true"
        case ("key", name):
            return values[name]
        case ("present" | "absent" as function, name):
            if name in faulty:
                raise KeyError(name)
            return (name in values) == (function == "present")
        case ("abs", inner):
            return abs(Fraction(of(inner)))
        case ("negative", inner):
            return -Fraction(of(inner))
        case ("not", inner):
            return not of(inner)
        case ("and", left, right):
            return of(right) if of(left) else False
        case ("or", left, right):
            return True if of(left) else of(right)
        case (operator, left, right):
            first, second = Fraction(of(left)), Fraction(of(right))
            arithmetic = {"+": first + second, "-": first - second, "*": first * second}
            comparisons = {"==": first == second, "!=": first != second, "<": first < second}
            comparisons |= {"<=": first <= second, ">": first > second, ">=": first >= second}
            return first / second if operator == "/" else (arithmetic | comparisons)[operator]
    raise AssertionError(tree)


def outcome(evaluate: Any) -> object:
    try:
        return evaluate()
    except (KeyError, ZeroDivisionError) as error:
        return type(error), error.args if isinstance(error, KeyError) else ()


@settings(max_examples=500)
@given(CONDITIONS, HELD, st.sets(st.sampled_from(["a", "b", "c", "oui", "texte"])))
def test_the_same_answer_as_the_slow_interpreter(tree: Any, values: dict[str, Any], faulty: set[str]) -> None:
    held = {key: value for key, value in values.items() if key not in faulty}
    try:
        compiled = compile_condition(text_of(tree), KINDS)
    except ExpressionError as refusal:
        assert "dépasse" in str(refusal) or "imbrique" in str(refusal)
        return
    expected = outcome(lambda: slow_value(tree, held, faulty))
    assert outcome(lambda: compiled.evaluate(Operands(held, faulty))) == expected
