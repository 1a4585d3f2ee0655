"""The values of a filing as a form reads: by section, each with its label, its unit, its origin, its comment."""

from __future__ import annotations

from dataclasses import dataclass

from sidoba_engine.business_model import BusinessModel

from sidoba_server.filings.models import Comment, Filing, Value
from sidoba_server.filings.queries import standing_values
from sidoba_server.front.review.wording import MISSING, ORIGINS, value_in_words


@dataclass(frozen=True, slots=True)
class ValueShown:
    """One indicator; `is_missing` when it is required and has no value."""

    key: str
    label: str
    value: str
    is_missing: bool
    origin: str
    comment: str


@dataclass(frozen=True, slots=True)
class SectionShown:
    """One section of a model."""

    code: str
    title: str
    values: tuple[ValueShown, ...]


def sections_of(filing: Filing, models: list[BusinessModel]) -> tuple[SectionShown, ...]:
    """Every indicator of the models, filled or not: two queries."""
    standing = {(row.model_code, row.key): row for row in standing_values(filing)}
    comments = {(row.model_code, row.key): row.text for row in Comment.objects.filter(filing=filing)}
    return tuple(
        SectionShown(
            code=code,
            title=title,
            values=tuple(
                _shown(model, key, standing.get((model.code, key)), comments.get((model.code, key), ""))
                for key, indicator in model.indicators.items()
                if indicator.section == code
            ),
        )
        for model in models
        for code, title in model.sections
    )


def _shown(model: BusinessModel, key: str, row: Value | None, comment: str) -> ValueShown:
    indicator = model.indicators[key]
    return ValueShown(
        key=key,
        label=indicator.label,
        value=MISSING if row is None else value_in_words(indicator, row.value),
        is_missing=row is None and indicator.required,
        origin="" if row is None else ORIGINS[row.origin],
        comment=comment,
    )
