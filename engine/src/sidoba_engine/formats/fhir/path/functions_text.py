"""Texts (FHIRPath N1, section 5.6). Positions count characters from 0."""

from __future__ import annotations

from typing import Any

from sidoba_engine.formats.fhir.path.evaluation import Items, Run, Truth, single_integer, single_text
from sidoba_engine.formats.fhir.path.outcome import EvaluationError, NotEvaluatedError
from sidoba_engine.formats.fhir.path.pattern import Pattern, pattern_of
from sidoba_engine.formats.fhir.path.registry import Builder, Family
from sidoba_engine.formats.fhir.path.syntax import Expression, Literal

FAMILY = Family()


@FAMILY.values("indexOf", 1)
def _index_of(items: list[Any], _run: Run, part: list[Any]) -> list[Any]:
    text, wanted = single_text(items), single_text(part)
    return [] if text is None or wanted is None else [text.find(wanted)]


@FAMILY.values("substring", 1, 2)
def _substring(items: list[Any], _run: Run, start: list[Any], length: list[Any] | None = None) -> list[Any]:
    text, first = single_text(items), single_integer(start)
    if text is None or first is None or not 0 <= first < len(text):
        return []
    count = None if length is None else single_integer(length)
    return [text[first:] if count is None else text[first : first + max(0, count)]]


@FAMILY.truths("startsWith", 1)
def _starts_with(items: list[Any], _run: Run, prefix: list[Any]) -> bool | None:
    """False without a text, where the standard says empty: `ref-1` of R4 counts on it, and HL7's validator does so."""
    text, wanted = single_text(items), single_text(prefix)
    if wanted is None:
        return None
    return text is not None and text.startswith(wanted)


@FAMILY.truths("endsWith", 1)
def _ends_with(items: list[Any], _run: Run, suffix: list[Any]) -> bool | None:
    """False without a text, as `startsWith`."""
    text, wanted = single_text(items), single_text(suffix)
    if wanted is None:
        return None
    return text is not None and text.endswith(wanted)


@FAMILY.truths("contains", 1)
def _contains(items: list[Any], _run: Run, part: list[Any]) -> bool | None:
    text, wanted = single_text(items), single_text(part)
    return None if text is None or wanted is None else wanted in text


@FAMILY.values("upper")
def _upper(items: list[Any], _run: Run) -> list[Any]:
    text = single_text(items)
    return [] if text is None else [text.upper()]


@FAMILY.values("lower")
def _lower(items: list[Any], _run: Run) -> list[Any]:
    text = single_text(items)
    return [] if text is None else [text.lower()]


@FAMILY.values("trim")
def _trim(items: list[Any], _run: Run) -> list[Any]:
    text = single_text(items)
    return [] if text is None else [text.strip()]


@FAMILY.values("length")
def _length(items: list[Any], _run: Run) -> list[Any]:
    text = single_text(items)
    return [] if text is None else [len(text)]


@FAMILY.values("toChars")
def _to_chars(items: list[Any], run: Run) -> list[Any]:
    text = single_text(items)
    run.spend(len(text or ""))
    return list(text or "")


@FAMILY.values("replace", 2)
def _replace(items: list[Any], run: Run, part: list[Any], other: list[Any]) -> list[Any]:
    text, wanted, substitute = single_text(items), single_text(part), single_text(other)
    if text is None or wanted is None or substitute is None:
        return []
    run.spend((text.count(wanted) + 1) * (len(substitute) + 1) + len(text))
    return [text.replace(wanted, substitute)]


@FAMILY.values("split", 1)
def _split(items: list[Any], run: Run, separator: list[Any]) -> list[Any]:
    text, at = single_text(items), single_text(separator)
    if text is None or at is None:
        return []
    run.spend(len(text))
    return list(text.split(at) if at else text)


@FAMILY.values("join", 0, 1)
def _join(items: list[Any], run: Run, separator: list[Any] | None = None) -> list[Any]:
    texts = [single_text([item]) or "" for item in items]
    between = single_text(separator or []) or ""
    run.spend(sum(map(len, texts)) + len(between) * len(texts))
    return [between.join(texts)] if texts else []


@FAMILY.values("encode", 1)
def _encode(_items: list[Any], _run: Run, _scheme: list[Any]) -> list[Any]:
    raise NotEvaluatedError("encode")


@FAMILY.compiled_truth("matches", 1)
def _matches(builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Truth:
    """Whether a part of the text matches (the standard's reading; anchor with ^ and $ for the whole of it)."""
    return _matcher(builder, source, arguments[0], "{}")


@FAMILY.compiled_truth("matchesFull", 1)
def _matches_full(builder: Builder, source: Items, arguments: tuple[Expression, ...]) -> Truth:
    return _matcher(builder, source, arguments[0], "^(?:{})$")


def _matcher(builder: Builder, source: Items, argument: Expression, form: str) -> Truth:
    if isinstance(argument, Literal) and isinstance(argument.value, str):
        pattern: Pattern = pattern_of(form.replace("{}", argument.value))

        def matches_fixed(this: Any, run: Run) -> bool | None:
            text = single_text(source(this, run))
            return None if text is None else pattern.search(text, run.spend)

        return matches_fixed
    given = builder.items(argument)

    def matches(this: Any, run: Run) -> bool | None:
        text, written = single_text(source(this, run)), single_text(given(this, run))
        if text is None or written is None:
            return None
        if len(written) > 1000:
            raise EvaluationError("regular expression longer than 1 000 characters")
        run.spend(1000)
        return pattern_of(form.replace("{}", written)).search(text, run.spend)

    return matches
