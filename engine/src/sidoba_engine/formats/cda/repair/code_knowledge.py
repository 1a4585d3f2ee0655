"""What the catalogue tells of codes, for those who repair them: their systems, their labels, what rules fix together.

Worked out once per catalogue, when the first anomaly asks for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache

from sidoba_engine.catalogue import Catalogue, Rule

DOMAIN = "cda"


@lru_cache(maxsize=4)
def knowledge_of(catalogue: Catalogue) -> CodeKnowledge:
    """The one knowledge of that catalogue."""
    return CodeKnowledge(catalogue)


class CodeKnowledge:
    """Answers about codes. A couple is a code and its code system (an OID)."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._admitted: dict[tuple[str, str], tuple[str, ...]] = {}

    def admitted(self, rule: Rule, attribute: str) -> tuple[str, ...]:
        """The values that a rule admits in an attribute, when it lists them."""
        key = rule.id, attribute
        if key not in self._admitted:
            self._admitted[key] = self._listed(rule, attribute)
        return self._admitted[key]

    def _listed(self, rule: Rule, attribute: str) -> tuple[str, ...]:
        given = rule.parameters.get("valeurs", rule.parameters.get("codes", ()))
        if isinstance(given, Mapping):
            given = given.get(attribute, ())
        if given:
            return (given,) if isinstance(given, str) else tuple(given)
        if rule.check == "texte_dans_jeu" or attribute == "codeSystem":
            return ()
        return tuple(dict.fromkeys(code for name in _sets_of(rule) for code in self._catalogue.value_sets[name].labels))

    def fixed_with(self, rule: Rule) -> Mapping[str, str]:
        """The attributes whose one value is fixed where the rule applies, by this rule or another."""
        fixed: dict[str, str] = {}
        for context in _contexts(rule):
            fixed |= self._fixed.get(context, {})
        return fixed

    def systems(self, code: str | None) -> frozenset[str]:
        """The code systems in which the catalogue knows that code."""
        return self._systems.get(code or "", frozenset())

    def labels(self, code: str | None, system: str | None) -> tuple[str, ...]:
        """The official labels of a couple."""
        return tuple(self._catalogue.official_labels.get((code or "", system or ""), ()))

    def is_admitted_couple(self, rule: Rule, code: str, system: str | None) -> bool:
        """Whether a rule on coded elements takes that couple; a rule on a mere attribute says nothing of the system."""
        names = _sets_of(rule) if rule.check != "attribut_dans_jeu" else ()
        wanted = rule.parameters.get("systeme")
        if wanted is not None:
            return bool(system == wanted)
        return not names or any((code, system) in self._catalogue.value_sets[name].couples for name in names)

    def codes_labelled(self, label: str, system: str | None) -> frozenset[str]:
        """The codes of a system that have that label, letter case, accents and punctuation apart."""
        return self._labelled.get((plain(label), system or ""), frozenset())

    @cached_property
    def _systems(self) -> Mapping[str, frozenset[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for value_set in self._catalogue.value_sets.values():
            for code, system in value_set.systems.items():
                found[code].add(system)
        for fixed in self._fixed.values():
            if "code" in fixed and "codeSystem" in fixed:
                found[fixed["code"]].add(fixed["codeSystem"])
        return {code: frozenset(systems) for code, systems in found.items()}

    @cached_property
    def _labelled(self) -> Mapping[tuple[str, str], frozenset[str]]:
        found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for (code, system), labels in self._catalogue.official_labels.items():
            for label in labels:
                found[plain(label), system].add(code)
        return {key: frozenset(codes) for key, codes in found.items()}

    @cached_property
    def _fixed(self) -> Mapping[str, Mapping[str, str]]:
        """Context → attribute → the one value it may have."""
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for rule in self._catalogue.rules_of(DOMAIN):
            for name, value in _fixed_by(rule):
                for context in _contexts(rule):
                    found[context][name] = value
        return found


def plain(text: str) -> str:
    """A label as people compare it: letters without accents nor case, and figures.

    >>> plain(" Date de dernière mise-à-jour "), plain("Féminin") == plain("FEMININ")
    ('datededernieremiseajour', True)
    """
    return "".join(letter for letter in unicodedata.normalize("NFKD", text).casefold() if letter.isalnum())


def says_as_much(label: str, other: str) -> bool:
    """True when all words of one label are in the other: one is the other, shortened or completed.

    >>> says_as_much("Service", "Service numérique référencé"), says_as_much("Séjour", "Chambre")
    (True, False)
    """
    words, others = ({plain(word) for word in re.split(r"[\s'’-]+", text)} - {""} for text in (label, other))
    return bool(words and others) and (words <= others or others <= words)


def _fixed_by(rule: Rule) -> Iterator[tuple[str, str]]:
    values = rule.parameters.get("valeurs")
    if rule.check == "attributs_fixes" and isinstance(values, Mapping):
        yield from values.items()
    elif rule.check == "attribut_dans" and isinstance(values, list) and len(values) == 1:
        yield rule.parameters["attribut"], values[0]


def _contexts(rule: Rule) -> tuple[str, ...]:
    given = rule.parameters.get("contexte", ())
    return (given,) if isinstance(given, str) else tuple(given)


def _sets_of(rule: Rule) -> tuple[str, ...]:
    given = rule.parameters.get("jeu", rule.parameters.get("jeux", ()))
    return (given,) if isinstance(given, str) else tuple(given)
