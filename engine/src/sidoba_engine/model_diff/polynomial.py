"""Exact sums of products, the reduced form of the arithmetic of controls.

An atom is what is not taken apart: a key, a call, the inverse of a divisor. A polynomial keeps the atoms it has read,
even those that cancel out: the control cannot be run without them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Atom = tuple[Any, ...]
Monomial = tuple[Atom, ...]

HEAVIEST = 150
"""A product that would weigh more is kept as a product: multiplied out, a short text could give millions of terms."""

_ONE: Monomial = ()


@dataclass(frozen=True, slots=True)
class Polynomial:
    """`terms`: product of atoms → coefficient, none of them zero; `atoms`: all that was read.

    `weight` is about how many names and numbers are in it.
    """

    terms: Mapping[Monomial, Fraction]
    atoms: frozenset[Atom] = field(default_factory=frozenset)
    weight: int = field(default=1, compare=False)

    @staticmethod
    def constant(value: int | Fraction) -> Polynomial:
        """A number."""
        return Polynomial({_ONE: Fraction(value)} if value else {})

    @staticmethod
    def of(atom: Atom, weight: int = 1) -> Polynomial:
        """One atom."""
        return Polynomial({(atom,): Fraction(1)}, frozenset({atom}), weight)

    def __add__(self, other: Polynomial) -> Polynomial:
        terms = dict(self.terms)
        for monomial, coefficient in other.terms.items():
            terms[monomial] = terms.get(monomial, Fraction(0)) + coefficient
        kept = {monomial: value for monomial, value in terms.items() if value}
        return Polynomial(kept, self.atoms | other.atoms, self.weight + other.weight)

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + other.times(-1)

    def __mul__(self, other: Polynomial) -> Polynomial:
        weight = len(self.terms) * other.weight + len(other.terms) * self.weight
        if weight > HEAVIEST:
            factors = sorted((self.form, other.form), key=repr)
            return Polynomial.of(("produit", *factors), self.weight + other.weight)
        terms: dict[Monomial, Fraction] = {}
        for left, left_value in self.terms.items():
            for right, right_value in other.terms.items():
                monomial = tuple(sorted(left + right, key=repr))
                terms[monomial] = terms.get(monomial, Fraction(0)) + left_value * right_value
        kept = {monomial: value for monomial, value in terms.items() if value}
        return Polynomial(kept, self.atoms | other.atoms, weight)

    def times(self, factor: int | Fraction) -> Polynomial:
        """This, so many times; the factor is not zero."""
        terms = {monomial: value * factor for monomial, value in self.terms.items()}
        return Polynomial(terms, self.atoms, self.weight)

    def inverse(self) -> Polynomial:
        """One divided by this. A number other than zero is a number; anything else is an atom, which may not exist."""
        if not self.atoms and self.terms:
            return Polynomial.constant(1 / self.constant_term)
        divisor = self.scaled(either_sign=True)
        inverted = Polynomial.of(("inverse", divisor.form), self.weight)
        return inverted.times(divisor.leading / self.leading) if self.terms else inverted

    def absolute(self) -> Polynomial:
        """The absolute value: `abs(a - b)` and `abs(b - a)` are one."""
        if not self.atoms:
            return Polynomial.constant(abs(self.constant_term))
        inner = self.scaled(either_sign=True)
        size = Polynomial.of(("abs", inner.form), self.weight)
        return size.times(abs(self.leading / inner.leading)) if self.terms else size

    def scaled(self, *, either_sign: bool) -> Polynomial:
        """The same with a leading coefficient of 1 (or, unless `either_sign`, of 1 or -1)."""
        if not self.terms:
            return self
        leading = self.leading
        return self.times(1 / (leading if either_sign else abs(leading)))

    @property
    def leading(self) -> Fraction:
        """The coefficient of the first term, numbers last; 1 when there is none."""
        if not self.terms:
            return Fraction(1)
        return self.terms[min(self.terms, key=lambda monomial: (monomial == _ONE, repr(monomial)))]

    @property
    def constant_term(self) -> Fraction:
        """The number that stands alone in the sum."""
        return self.terms.get(_ONE, Fraction(0))

    @property
    def form(self) -> Atom:
        """What two equal polynomials share: terms in order, then the atoms that have cancelled out."""
        left = {atom for monomial in self.terms for atom in monomial}
        terms = sorted(((monomial, str(value)) for monomial, value in self.terms.items()), key=repr)
        return tuple(terms), tuple(sorted(self.atoms - left, key=repr))
