"""Places: for any value of any text, the line and the column where it is written."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from sidoba_engine.formats.json_places import JsonPlaces
from sidoba_engine.formats.json_reader import pointer_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=15,
)


def everything(value: object, tokens: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    yield tokens, value
    if isinstance(value, dict):
        for name, member in value.items():
            yield from everything(member, (*tokens, name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from everything(member, (*tokens, str(index)))


@given(VALUES, st.sampled_from([None, 0, 2]), st.booleans())
def test_the_value_is_written_at_its_place(value: object, indent: int | None, is_ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    lines = text.split("\n")
    places = JsonPlaces(text)
    for tokens, member in everything(value):
        place = places.value(pointer_of(list(tokens)))
        assert place.line is not None and place.column is not None
        rest = "\n".join([lines[place.line - 1][place.column - 1 :], *lines[place.line :]])
        assert json.JSONDecoder().raw_decode(rest)[0] == member


def test_columns_count_characters_and_keys_have_their_own_place() -> None:
    places = JsonPlaces('{"é🌳": 1,\r\n  "b" : [10, {"c":true}]}')
    assert (places.key("/b").line, places.key("/b").column) == (2, 3)
    assert (places.value("/b").line, places.value("/b").column) == (2, 9)
    assert (places.value("/é🌳").line, places.value("/é🌳").column) == (1, 8)
    assert (places.value("/b/1/c").line, places.value("/b/1/c").column) == (2, 19)


def test_what_is_missing_is_placed_on_its_nearest_ancestor() -> None:
    places = JsonPlaces('{"a": {"b": 1}}')
    for pointer in ("/a/x", "/a/x/y"):
        assert (places.value(pointer).path, places.value(pointer).column) == (pointer, 7)
    assert places.value("/a/b/z").column == 13
    assert places.value("/z").column == 1


def test_a_key_written_twice_is_placed_on_its_last_writing() -> None:
    assert JsonPlaces('{"a": 1,\n "a": 2}').key("/a").line == 2


def test_a_hundred_thousand_places_are_found_in_linear_time() -> None:
    text = "{" + ",\n".join(f'"k{number}": {{"v": [{number}]}}' for number in range(100_000)) + "}"
    places = JsonPlaces(text)
    assert [places.value(f"/k{number}").line for number in range(100_000)] == list(range(1, 100_001))
