"""Strict JSON: what is read exactly, and each fault with its cause and its place."""

from __future__ import annotations

import json
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sidoba_engine.formats.json_reader import read_slowly
from sidoba_engine.formats.json_text import MAX_DEPTH, JsonCause, JsonFault, UnstorableNumber, read_json

SCALARS = st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def written(value: object) -> str:
    """JSON of a value, its decimals digit for digit: the slow and obvious writer."""
    match value:
        case Decimal():
            return format(value, "e")
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)}: {written(member)}" for key, member in value.items()) + "}"
        case list():
            return "[" + " ,".join(written(member) for member in value) + "]"
        case _:
            return json.dumps(value)


def fault_of(content: bytes) -> JsonFault:
    with pytest.raises(JsonFault) as fault:
        read_json(content)
    return fault.value


@given(VALUES)
def test_both_readers_give_back_the_exact_value(value: object) -> None:
    text = written(value)
    assert read_json(text.encode()).value == value
    assert read_slowly(text).value == value


@given(st.text(alphabet="{}[]\",:01.e-+ntrufalse \\/\n\tN'é", max_size=25))
@example("[1,2,]")
@example('{"a":1,"a":2}')
@example("\x00")
def test_the_two_readers_accept_the_same_texts(text: str) -> None:
    """The standard library, made as strict as we are, is the oracle."""
    try:
        json.loads(text, parse_constant=lambda name: UnstorableNumber(name))
        is_json = True
    except ValueError:
        is_json = False
    try:
        read_slowly(text)
        is_read_slowly = True
    except JsonFault:
        is_read_slowly = False
    try:
        read_json(text.encode())
        is_read = True
    except JsonFault:
        is_read = False
    assert is_read_slowly == is_json
    assert is_read == is_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12345678901234567890123", 12345678901234567890123),
        ("1.10", Decimal("1.10")),
        ("0.1", Decimal("0.1")),
        ("1e5", Decimal("1e5")),
        ("1e400", Decimal("1e400")),
        ('"\\ud83c\\udf33"', "🌳"),
        ('"\\u0000"', "\0"),
        ('"\u2028"', "\u2028"),
        ("[NaN, -Infinity]", [UnstorableNumber("NaN"), UnstorableNumber("-Infinity")]),
        ("1e99999999999999999999", UnstorableNumber("1e99999999999999999999")),
        ("1" * 4301, UnstorableNumber("1" * 40 + "…")),
    ],
)
def test_values_are_exact_and_what_cannot_be_kept_is_named(text: str, value: object) -> None:
    read = read_json(text.encode()).value
    assert read == value
    assert str(read) == str(value)


@pytest.mark.parametrize(
    ("content", "cause", "line", "column"),
    [
        (b"", JsonCause.EMPTY, 1, 1),
        (b" \n ", JsonCause.EMPTY, 2, 2),
        (b'{"a": 1', JsonCause.TRUNCATED, 1, 8),
        (b'{"a": tru', JsonCause.TRUNCATED, 1, 7),
        (b'{"a": "b', JsonCause.TRUNCATED, 1, 9),
        (b'{"a": "\\u00', JsonCause.TRUNCATED, 1, 12),
        (b'{"a": -', JsonCause.TRUNCATED, 1, 7),
        (b'{"a"', JsonCause.TRUNCATED, 1, 5),
        (b'{"a": 1} {', JsonCause.TRAILING, 1, 10),
        (b'{"a": 1,\n}', JsonCause.EXTRA_COMMA, 1, 8),
        (b"[1, ,2]", JsonCause.EXTRA_COMMA, 1, 5),
        (b'{"a": 1\n "b": 2}', JsonCause.MISSING_COMMA, 2, 2),
        (b'{"a" 1}', JsonCause.MISSING_COLON, 1, 6),
        (b'{"a": "b,\n"c": 1}', JsonCause.MISSING_QUOTE, 1, 7),
        (b"{a: 1}", JsonCause.UNQUOTED_KEY, 1, 2),
        (b"{'a': 1}", JsonCause.SINGLE_QUOTES, 1, 2),
        (b"{\"a\": 'b'}", JsonCause.SINGLE_QUOTES, 1, 7),
        (b'{"a": "\\x"}', JsonCause.ESCAPE, 1, 8),
        (b'{"a": "\\u12G4"}', JsonCause.ESCAPE, 1, 8),
        (b'{"a": "b\tc"}', JsonCause.CONTROL_CHARACTER, 1, 9),
        (b'{"a": 12,5}', JsonCause.NUMBER, 1, 9),
        (b'{"a": 012}', JsonCause.NUMBER, 1, 7),
        (b'{"a": 1.}', JsonCause.NUMBER, 1, 7),
        (b'{"a": +1}', JsonCause.NUMBER, 1, 7),
        (b'{"a": 0x1F}', JsonCause.NUMBER, 1, 7),
        (b'{"a": True}', JsonCause.UNKNOWN_WORD, 1, 7),
        (b'{"a": undefined}', JsonCause.UNKNOWN_WORD, 1, 7),
        (b'{"a": 1 // deux\n}', JsonCause.COMMENT, 1, 9),
        (b'{/* */"a": 1}', JsonCause.COMMENT, 1, 2),
        (b'{"a": 1;}', JsonCause.UNEXPECTED, 1, 8),
        (b'{"a": ]', JsonCause.UNEXPECTED, 1, 7),
        (b'{"\xc3\xa9\xc3\xa9": "\\ud83c"}', JsonCause.HALF_CHARACTER, 1, 9),
        (b'["\\udf33"]', JsonCause.HALF_CHARACTER, 1, 3),
        (b'["\\ud83c\\u0041"]', JsonCause.HALF_CHARACTER, 1, 3),
        (b"[\n" * 201, JsonCause.TOO_DEEP, 201, 1),
        (b'\xef\xbb\xbf{"a": 1}', JsonCause.BOM, 1, 1),
    ],
)
def test_each_fault_has_its_cause_and_its_place(content: bytes, cause: JsonCause, line: int, column: int) -> None:
    fault = fault_of(content)
    assert (fault.cause, fault.line, fault.column) == (cause, line, column)


@pytest.mark.parametrize(
    ("content", "detail", "position"),
    [
        ('{"a": "é"}'.encode("latin-1"), "latin-1", 8),
        ('{"a": "é"}'.encode("cp1252"), "latin-1", 8),
        ('{"a": 1}'.encode("utf-16"), "utf-16", 1),
        ('{"a": 1}'.encode("utf-16-be"), "utf-16", 1),
        ('{"a": 1}'.encode("utf-32"), "utf-32", 1),
        ('{"a": 1}'.encode("utf-32-le"), "utf-32", 1),
        ('{"a": "é'.encode()[:-1], "tronque", 8),
        (b'{"a": "\xff\x00\x01"}', "inconnu", 8),
        (b'["\xed\xa0\x80"]', "latin-1", 3),
    ],
)
def test_another_encoding_is_named(content: bytes, detail: str, position: int) -> None:
    fault = fault_of(content)
    assert (fault.cause, fault.detail, fault.position) == (JsonCause.ENCODING, detail, position)


def test_every_cause_is_reached() -> None:
    reached = {
        parameters[1]
        for mark in test_each_fault_has_its_cause_and_its_place.pytestmark  # type: ignore[attr-defined]
        for parameters in mark.args[1]
    }
    assert reached | {JsonCause.ENCODING} == set(JsonCause)


def test_keys_written_twice_are_counted_by_pointer() -> None:
    text = '{"a": 1, "b/c": [{"x": 1, "\\u0078": 2, "x": 3}], "a": 4, "d": {"a": 5}}'
    read = read_json(text.encode())
    assert read.duplicates == {"/a": 2, "/b~1c/0/x": 3}
    assert read.value == {"a": 4, "b/c": [{"x": 3}], "d": {"a": 5}}
    assert read.locate_key("/a").column == text.index('"a": 4') + 1


def test_the_deepest_text_that_is_read() -> None:
    assert read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH).duplicates == {}
    assert fault_of(b'{"a":' * (MAX_DEPTH + 1)).cause is JsonCause.TOO_DEEP


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_ten_thousand_levels_cost_no_more_than_their_text(opening: bytes) -> None:
    content = opening * 10_000
    tracemalloc.start()
    assert fault_of(content).cause is JsonCause.TOO_DEEP
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * len(content) + 500_000


@pytest.mark.parametrize("tail", [b'"]', b'\\ud800"]', b'" x'])
def test_fifty_megabytes_of_one_string_in_linear_time(tail: bytes) -> None:
    content = b'["' + b"a" * 50_000_000 + tail
    try:
        read_json(content)
    except JsonFault as fault:
        assert fault.column > 50_000_000
    else:
        assert tail == b'"]'
