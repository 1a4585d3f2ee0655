"""The definitions of FHIR as objects: base R4, the profiles laid over it, and what an element may say.

Everything is frozen and made once per process by `definitions`. `UNBOUNDED` stands for `*`, so that a count is compared
without a special case. Source of the vocabulary: https://hl7.org/fhir/R4/elementdefinition.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNBOUNDED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class AllowedType:
    """A type that an element may have, the profiles its value follows (one of them), and what a reference aims at."""

    code: str
    profiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Constraint:
    """An invariant; `expression` is FHIRPath, None when its publisher gave none."""

    key: str
    severity: str
    human: str
    expression: str | None


@dataclass(frozen=True, slots=True)
class Binding:
    """The value set that codes are taken from; `strength` is `required`, `extensible` or `preferred`."""

    strength: str
    value_set: str
    max_value_set: str | None = None


@dataclass(frozen=True, slots=True)
class ExactValue:
    """`fixed[x]` (the value is that one) or `pattern[x]` (the value holds that one)."""

    is_fixed: bool
    type: str
    value: Any


@dataclass(frozen=True, slots=True)
class Discriminator:
    """How slices are told apart: `kind` is `value`, `pattern`, `type`, `exists` or `profile`; `path` is FHIRPath."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Slicing:
    """`rules` is `open`, `closed` or `openAtEnd`."""

    discriminators: tuple[Discriminator, ...]
    rules: str
    is_ordered: bool


JsonNames = Mapping[str, "tuple[Element, str]"]
"""Member of a JSON object → the element it is, and the type its name says (`valueString` → `value`, `string`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An element of base R4; `children` when it is a backbone element, `content_reference` when it repeats another."""

    name: str
    path: str
    min: int
    max: int
    types: tuple[AllowedType, ...]
    is_choice: bool
    is_modifier: bool
    binding: Binding | None
    constraints: tuple[Constraint, ...]
    content_reference: str | None
    children: Mapping[str, Element] = field(repr=False)
    json_names: JsonNames = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class TypeDefinition:
    """A type of base R4: `kind` is `primitive-type`, `complex-type` or `resource`. Inherited elements are listed.

    `constraints` are its own and those of the types it derives from. `regex` and limits are those of primitives.
    """

    name: str
    kind: str
    base: str | None
    is_abstract: bool
    elements: Mapping[str, Element] = field(repr=False)
    json_names: JsonNames = field(repr=False)
    constraints: tuple[Constraint, ...]
    regex: str | None
    min_value: int | None
    max_value: int | None
    max_length: int | None


@dataclass(frozen=True, slots=True, eq=False)
class ProfileElement:
    """What a profile says of an element beyond base R4; one that says nothing only leads to those below it.

    `name` is the last step without `[x]`. `slices` are told apart as `slicing` says; a value that falls in a slice
    follows the sliced element and the slice. `constraints` are those that profiles add.
    """

    id: str
    path: str
    name: str
    slice_name: str | None
    min: int
    max: int
    types: tuple[AllowedType, ...]
    is_choice: bool
    is_modifier: bool
    must_support: bool
    exact: ExactValue | None
    binding: Binding | None
    constraints: tuple[Constraint, ...]
    slicing: Slicing | None
    slices: tuple[ProfileElement, ...] = field(repr=False)
    children: Mapping[str, ProfileElement] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Context:
    """Where an extension may stand: `kind` is `element`, `extension` or `fhirpath`."""

    kind: str
    expression: str


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A profile or an extension, merged with all it derives from. `elements` are those of the tree, by their id."""

    url: str
    id: str
    name: str
    version: str | None
    type: str
    kind: str
    base: str
    is_abstract: bool
    package: str
    contexts: tuple[Context, ...]
    root: ProfileElement = field(repr=False)
    elements: Mapping[str, ProfileElement] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Package:
    """Where definitions come from; `description` says when they are not the publisher's own."""

    name: str
    version: str | None
    canonical: str | None
    licence: str | None
    description: str


@dataclass(frozen=True, slots=True)
class IdentifierSystem:
    """What the value of an identifier of this system is.

    `kind`: `ins`, `rpps`, `finess`, `sirene`, `professionnel` or `structure` (national identifiers behind a digit that
    says which), `metier` (a service's number, then `code`), `local`. `usage`: `production`, `test`, `demonstration`.
    """

    system: str
    kind: str
    label: str
    code: str | None = None
    usage: str | None = None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Where the guide contradicts itself or FHIR: the `kind` of check it is about, on what, and why it is tolerated."""

    code: str
    kind: str
    targets: tuple[str, ...]
    reason: str
    source: str
    example: Any
    parameters: Mapping[str, Any]
