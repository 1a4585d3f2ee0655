"""AGGIR: from what a person does alone (A), in part (B) or not at all (C) to a GIR, from 1 to 6.

The algorithm is that of CASF annexes 2-1 and 2-2: the groups A to H are tried in their order, the weights of the eight
weighted variables are added, and the first threshold reached gives the *rang*, hence the GIR. The sub-variables of six
variables are combined by the tables of the guide (CNAMTS, January 2008). Weights, thresholds and combinations are data
of the catalogue (`tables.aggir`); nothing of them is written here.

The same person may be assessed by the grid for older people (PA: fifteen questions, thirteen of which weigh) or by
that for people with a disability (PH: ten questions, eight of which weigh), both answered qf0, qf2 or qf4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class UnknownAnswer(ValueError):
    """A modality or an answer that the grid does not have; the argument is its rank, from 0."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the algorithm gives: the group that decided, its total, the *rang* (1 to 13) and the GIR (1 to 6)."""

    group: str
    total: int
    rank: int
    gir: int


@dataclass(frozen=True, slots=True)
class _Group:
    code: str
    weights: tuple[Mapping[str, int], ...]
    thresholds: tuple[tuple[int, int], ...]
    """Minimum included → rank, highest first."""


@dataclass(frozen=True, eq=False)
class AggirGrid:
    """The grid of one version of the tables, ready to compute; results are kept (there are 6 561 at most)."""

    variables: tuple[str, ...]
    answers: Mapping[str, str]
    false_adverbs: tuple[tuple[str, int, int], ...]
    composites: Mapping[str, Mapping[str, str]]
    questions_pa: tuple[tuple[str, ...], ...]
    questions_ph: tuple[str, ...]
    groups: tuple[_Group, ...]
    last_rank: int
    gir_of_rank: tuple[int, ...]
    _known: dict[tuple[str, ...], Assessment] = field(default_factory=dict, repr=False)

    def assess(self, modalities: Sequence[str]) -> Assessment:
        """The assessment of the eight weighted variables, each A, B or C, in the order of `variables`.

        Raises UnknownAnswer.
        """
        given = tuple(modalities)
        found = self._known.get(given)
        if found is None:
            _check(given, self.modalities, len(self.variables))
            found = self._known[given] = self._computed(given)
        return found

    def assess_pa(self, answers: Sequence[str]) -> Assessment:
        """The assessment of the thirteen weighted questions of the PA grid, in the order of `questions_pa`.

        Raises UnknownAnswer.
        """
        rank, modalities = 0, []
        given = self._modalities(answers, sum(map(len, self.questions_pa)))
        for variable, questions in zip(self.variables, self.questions_pa, strict=True):
            parts = given[rank : rank + len(questions)]
            modalities.append(self.combine(variable, parts) if len(parts) > 1 else parts[0])
            rank += len(questions)
        return self.assess(modalities)

    def assess_ph(self, answers: Sequence[str]) -> Assessment:
        """The assessment of the eight weighted questions of the PH grid, in the order of `questions_ph`.

        Raises UnknownAnswer.
        """
        return self.assess(self._modalities(answers, len(self.questions_ph)))

    def combine(self, variable: str, parts: Sequence[str]) -> str:
        """The modality of a variable from those of its sub-variables, in their order."""
        return self.composites[variable]["".join(parts)]

    def modality(self, adverbs: Iterable[bool]) -> str:
        """The modality that the four adverbs give (spontaneously, totally, correctly, usually): True when done so.

        >>> grid_of_the_text = AggirGrid((), {}, (("A", 0, 0), ("B", 1, 3), ("C", 4, 4)), {}, (), (), (), 13, ())
        >>> [grid_of_the_text.modality(done) for done in ([True] * 4, [True, False, True, True], [False] * 4)]
        ['A', 'B', 'C']
        """
        wrong = sum(1 for done in adverbs if not done)
        return next(code for code, low, high in self.false_adverbs if low <= wrong <= high)

    @property
    def modalities(self) -> frozenset[str]:
        """The modalities there are."""
        return frozenset(self.answers.values())

    def _modalities(self, answers: Sequence[str], expected: int) -> tuple[str, ...]:
        given = tuple(answers)
        _check(given, self.answers, expected)
        return tuple(self.answers[answer] for answer in given)

    def _computed(self, modalities: tuple[str, ...]) -> Assessment:
        total, group = 0, self.groups[-1]
        for group in self.groups:
            total = sum(weights.get(modality, 0) for weights, modality in zip(group.weights, modalities, strict=True))
            for minimum, rank in group.thresholds:
                if total >= minimum:
                    return Assessment(group.code, total, rank, self.gir_of_rank[rank - 1])
        return Assessment(group.code, total, self.last_rank, self.gir_of_rank[self.last_rank - 1])


def grid_from_table(table: Mapping[str, Any]) -> AggirGrid:
    """The grid of `tables.aggir` in the catalogue; raises KeyError for what is missing."""
    weighted = [variable for variable in table["variables"] if variable["ponderee"]]
    return AggirGrid(
        variables=tuple(variable["code"] for variable in weighted),
        answers={modality["reponse"]: modality["code"] for modality in table["modalites"]},
        false_adverbs=tuple((modality["code"], *modality["adverbes_faux"]) for modality in table["modalites"]),
        composites={name: composite["resultats"] for name, composite in table["composites"].items()},
        questions_pa=tuple(tuple(variable["codes_pa"]) for variable in weighted),
        questions_ph=tuple(variable["code_ph"] for variable in weighted),
        groups=tuple(_group(entry, len(weighted)) for entry in table["groupes"]),
        last_rank=table["dernier_rang"],
        gir_of_rank=tuple(table["gir"]),
    )


def _group(entry: Mapping[str, Any], variables: int) -> _Group:
    weights = tuple({code: entry["poids"][code][rank] for code in entry["poids"]} for rank in range(variables))
    return _Group(entry["code"], weights, tuple((line["minimum"], line["rang"]) for line in entry["seuils"]))


def _check(given: tuple[str, ...], known: Iterable[str], expected: int) -> None:
    for rank, answer in enumerate(given):
        if answer not in known:
            raise UnknownAnswer(rank)
    if len(given) != expected:
        raise UnknownAnswer(len(given))
