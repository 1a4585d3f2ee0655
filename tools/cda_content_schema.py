"""The content model written back as XML Schema, for the tests' oracle: the schema validator of lxml.

Two readers give the same form (`Structure`): one of the catalogue's compact notation, one of the reference file beside
the checkout. Neither shares code with the engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

HL7 = "urn:hl7-org:v3"
SCHEMA = "http://www.w3.org/2001/XMLSchema"
COUNTS = {"": (1, 1), "?": (0, 1), "*": (0, None), "+": (1, None), "{2,}": (2, None)}
TOKEN = re.compile(r"[()|]|[^\s()|]+")
ELEMENT = re.compile(r"([^=?*+{]+)(?:=([^?*+{]+))?(\?|\*|\+|\{2,\})?")
ATTRIBUTE = re.compile(r"([^=]+)=(?:(-)|([^=~!(]+)(?:\(([^)]*)\))?(!?)(?:([=~])(.+))?)")

Particle = tuple[Any, ...]
"""`("element", name, type or None, count)`, `("other", count)`, `("sequence" or "choice", particles, count)`."""


@dataclass
class TypeFacts:
    """One complex type as the schema says it."""

    base: str | None
    is_extension: bool
    abstract: bool
    mixed: bool
    content: Particle | None
    attributes: frozenset[tuple[Any, ...]]
    """(name, type, codes, use, fixed, default)"""


@dataclass
class Structure:
    """Everything of a content model, names with the prefixes of `namespaces` (none for HL7, `xs` for XML Schema)."""

    namespaces: dict[str, str]
    elements: dict[str, str]
    types: dict[str, TypeFacts]
    simples: dict[str, tuple[Any, ...]]
    """Name → (how, of what, facets)."""


def from_catalogue(structure: Mapping[str, Any]) -> Structure:
    """The catalogue's notation, read."""
    types = {
        name: TypeFacts(
            given.get("etend") or given.get("restreint"),
            "etend" in given,
            given.get("abstrait", False),
            given.get("mixte", False),
            _tidy(_written_content(given.get("contenu", ""))),
            frozenset(map(_written_attribute, given.get("attributs", "").split())),
        )
        for name, given in structure["types"].items()
    }
    simples: dict[str, tuple[Any, ...]] = {}
    for name, given in structure["simples"].items():
        facets = {"motif": "pattern", "longueur_min": "minLength", "min": "minInclusive", "max": "maxInclusive"}
        own = tuple(sorted((facets[key], str(value)) for key, value in given.items() if key in facets))
        if "liste" in given:
            simples[name] = ("list", given["liste"], ())
        elif "union" in given:
            simples[name] = ("union", given["union"], ())
        else:
            simples[name] = ("restriction", given["base"], own)
    for name, text in structure["valeurs"].items():
        base, _, codes = text.rpartition(") ")
        listed = tuple(sorted(("enumeration", code) for code in codes.split()))
        simples[name] = ("restriction", base.lstrip("(") or "cs", listed)
    return Structure(dict(structure["espaces"]), dict(structure["elements"]), types, simples)


def from_reference(data: Mapping[str, Any], namespaces: Mapping[str, str]) -> Structure:
    """The reference file, read, with the prefixes of `namespaces`."""
    prefixes = {uri: prefix for prefix, uri in namespaces.items()} | {SCHEMA: "xs"}

    def short(name: str) -> str:
        uri, _, local = name.rpartition("}")
        return f"{prefixes[uri[1:]]}:{local}" if uri else name

    def particle(given: Mapping[str, Any]) -> Particle:
        if "group" in given:
            return particle({**data["groups"][given["group"]][0], "occ": given["occ"]})
        count = given["occ"][0], None if given["occ"][1] == "*" else given["occ"][1]
        if "any" in given:
            return "other", count
        if "el" in given:
            written = None if given.get("ref") else short(given["type"]) if "type" in given else "xs:anyType"
            return "element", short(given["el"]), written, count
        how = "sequence" if "sequence" in given else "choice"
        return how, tuple(map(particle, given[how])), count

    def attribute(given: Mapping[str, Any]) -> tuple[Any, ...]:
        name, use = short(given["name"]), given.get("use", "optional")
        if use == "prohibited":
            return name, None, (), use, None, None
        own = given.get("simple", {})
        written = given.get("type") or own.get("base")
        codes = tuple(sorted(own.get("enum", ())))
        named = short(written) if written else "xs:anySimpleType"
        return name, named, codes, use, given.get("fixed"), given.get("default")

    def facts(given: Mapping[str, Any]) -> TypeFacts:
        base = given.get("extends") or given.get("restricts")
        content = particle(given["content"]) if "content" in given else None
        attributes = frozenset(map(attribute, given.get("attributes", ())))
        flags = given.get("abstract", False), given.get("mixed", False)
        return TypeFacts(short(base) if base else None, "extends" in given, *flags, _tidy(content), attributes)

    types = {short(name): facts(given) for name, given in data["complexTypes"].items()}
    elements = {}
    for name, given in data["elements"].items():
        elements[short(name)] = short(given.get("type", "")) or _capital(short(name))
        if "complex" in given:
            types[_capital(short(name))] = facts(given["complex"])
    simples = {short(name): _reference_simple(given, short) for name, given in data["simpleTypes"].items()}
    return Structure(dict(namespaces), elements, types, simples)


def write_schema(structure: Structure, folder: Path) -> etree.XMLSchema:
    """Write one schema a namespace into `folder` and load them."""
    spaces = {"": HL7, **structure.namespaces}
    for prefix in spaces:
        (folder / f"{prefix or 'hl7'}.xsd").write_text("\n".join(_schema_lines(structure, prefix, spaces)))
    return etree.XMLSchema(etree.parse(folder / "hl7.xsd"))


def _schema_lines(structure: Structure, prefix: str, spaces: Mapping[str, str]) -> Iterator[str]:
    declared = " ".join(f'xmlns{":" if name else ""}{name}="{uri}"' for name, uri in spaces.items())
    target = f'targetNamespace="{spaces[prefix]}" elementFormDefault="qualified"'
    yield f'<xs:schema xmlns:xs="{SCHEMA}" {declared} {target}>'
    for other in spaces:
        if other != prefix:
            yield f'<xs:import namespace="{spaces[other]}" schemaLocation="{other or "hl7"}.xsd"/>'
    if prefix == "sdtc":
        yield '<xs:attribute name="valueSet" type="oid"/><xs:attribute name="valueSetVersion" type="st"/>'
    if not prefix:
        yield from _group_lines(structure)
    for name, type_name in structure.elements.items():
        if _prefix(name) == prefix:
            yield f'<xs:element name="{_local(name)}" type="{type_name}"/>'
    copied = {name: name for name in (*structure.types, *structure.simples) if _prefix(name) == prefix}
    if prefix in ("pharm", "dicom"):
        data_types = (name for name in (*structure.types, *structure.simples) if _is_data_type(name))
        copied |= {name: f"{prefix}:{name}" for name in data_types}
    for source, name in copied.items():
        space = prefix if source != name else ""
        if source in structure.types:
            yield from _type_lines(structure.types[source], name, space)
        else:
            yield _simple_line(structure.simples[source], _local(name), space)
    yield "</xs:schema>"


def _group_lines(structure: Structure) -> Iterator[str]:
    """A schema declares elements of its own namespace only: those of HL7 inside other types are groups of one."""
    borrowed = {
        part
        for name, facts in structure.types.items()
        for part in (_elements_of(facts.content) if _prefix(name) and facts.content else ())
        if part[2] and not _prefix(part[1])
    }
    for _, name, type_name, _ in sorted(borrowed):
        inside = f'<xs:element name="{name}" type="{type_name}"/>'
        yield f'<xs:group name="{name}.{type_name}"><xs:sequence>{inside}</xs:sequence></xs:group>'


def _elements_of(particle: Particle) -> Iterator[Particle]:
    if particle[0] == "element":
        yield (*particle[:-1], ())
    elif particle[0] != "other":
        for part in particle[1]:
            yield from _elements_of(part)


def _type_lines(facts: TypeFacts, name: str, space: str) -> Iterator[str]:
    flags = f' mixed="{str(facts.mixed).lower()}" abstract="{str(facts.abstract).lower()}"'
    yield f'<xs:complexType name="{_local(name)}"{flags}>'
    foreign = bool(_prefix(name)) and not space
    how = "extension" if facts.is_extension else "restriction"
    if facts.base:
        yield f'<xs:complexContent><xs:{how} base="{_copied(facts.base, space)}">'
    if facts.content:
        inside = _particle_xml(facts.content, space, borrows=foreign)
        yield f"<xs:sequence>{inside}</xs:sequence>" if facts.content[0] in ("element", "other") else inside
    for attribute in sorted(facts.attributes, key=str):
        yield _attribute_xml(attribute, space)
    if facts.base:
        yield f"</xs:{how}></xs:complexContent>"
    yield "</xs:complexType>"


def _particle_xml(particle: Particle, space: str, *, borrows: bool) -> str:
    least, most = particle[-1]
    count = f'minOccurs="{least}" maxOccurs="{"unbounded" if most is None else most}"'
    if particle[0] == "other":
        return f'<xs:any namespace="##other" processContents="skip" {count}/>'
    if particle[0] != "element":
        inside = "".join(_particle_xml(part, space, borrows=borrows) for part in particle[1])
        return f"<xs:{particle[0]} {count}>{inside}</xs:{particle[0]}>"
    _, name, type_name, _ = particle
    if type_name is None:
        return f'<xs:element ref="{name}" {count}/>'
    if borrows and not _prefix(name):
        return f'<xs:group ref="{name}.{type_name}" {count}/>'
    return f'<xs:element name="{_local(name)}" type="{_copied(type_name, space)}" {count}/>'


def _attribute_xml(attribute: tuple[Any, ...], space: str) -> str:
    name, type_name, codes, use, fixed, default = attribute
    if ":" in name:
        return f'<xs:attribute ref="{name}"/>'
    told = "".join(f" {key}={quoteattr(text)}" for key, text in (("fixed", fixed), ("default", default)) if text)
    if use == "prohibited":
        return f'<xs:attribute name="{name}" use="prohibited"/>'
    if not codes:
        return f'<xs:attribute name="{name}" type="{_copied(type_name, space)}" use="{use}"{told}/>'
    listed = "".join(f"<xs:enumeration value={quoteattr(code)}/>" for code in codes)
    inline = f'<xs:simpleType><xs:restriction base="{type_name}">{listed}</xs:restriction></xs:simpleType>'
    return f'<xs:attribute name="{name}" use="{use}"{told}>{inline}</xs:attribute>'


def _simple_line(simple: tuple[Any, ...], name: str, space: str) -> str:
    how, of, facets = simple
    if how == "list":
        inside = f'<xs:list itemType="{_copied(of, space)}"/>'
    elif how == "union":
        inside = f'<xs:union memberTypes="{" ".join(_copied(part, space) for part in of.split())}"/>'
    else:
        told = "".join(f"<xs:{facet} value={quoteattr(value)}/>" for facet, value in facets)
        inside = f'<xs:restriction base="{_copied(of, space)}">{told}</xs:restriction>'
    return f'<xs:simpleType name="{name}">{inside}</xs:simpleType>'


def _written_content(text: str) -> Particle | None:
    tokens = TOKEN.findall(text)
    if not tokens:
        return None
    choice, rest = _written_choice(tokens)
    if rest:
        raise ValueError(rest)
    return choice


def _written_choice(tokens: list[str]) -> tuple[Particle, list[str]]:
    alternatives: list[Particle] = []
    items: list[Particle] = []
    while tokens and tokens[0] != ")":
        word, tokens = tokens[0], tokens[1:]
        if word == "|":
            alternatives.append(("sequence", tuple(items), (1, 1)))
            items = []
        elif word == "(":
            inside, tokens = _written_choice(tokens)
            tokens = tokens[1:]
            has_count = tokens and tokens[0] in COUNTS
            items.append((*inside[:-1], COUNTS[tokens[0] if has_count else ""]))
            tokens = tokens[1:] if has_count else tokens
        else:
            found = _whole(ELEMENT, word)
            name, type_name, count = found.groups(default="")
            other = name == "[autre]"
            items.append(("other", COUNTS[count]) if other else ("element", name, type_name or None, COUNTS[count]))
    alternatives.append(("sequence", tuple(items), (1, 1)))
    return ("choice", tuple(alternatives), (1, 1)) if len(alternatives) > 1 else alternatives[0], tokens


def _whole(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    """The match of the whole text. Raises ValueError."""
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return found


def _written_attribute(word: str) -> tuple[Any, ...]:
    found = _whole(ATTRIBUTE, word)
    name, removed, type_name, codes, needed, sign, value = found.groups()
    if removed:
        return name, None, (), "prohibited", None, None
    listed = tuple(sorted(codes.split("|"))) if codes else ()
    use = "required" if needed else "optional"
    return name, type_name, listed, use, value if sign == "=" else None, value if sign == "~" else None


def _reference_simple(given: Mapping[str, Any], short: Any) -> tuple[Any, ...]:
    if "list" in given:
        return "list", short(given["list"]), ()
    if "union" in given:
        return "union", " ".join(map(short, given["union"])), ()
    facets = [("enumeration", code) for code in given.get("enum", ())]
    facets += [("pattern", text) for text in given.get("pattern", ())]
    facets += [(name, given[name]) for name in ("minLength", "minInclusive", "maxInclusive") if name in given]
    return "restriction", short(given["base"]), tuple(sorted(facets))


def _tidy(particle: Particle | None) -> Particle | None:
    """Without elements that may not occur, nor groups that group nothing: two ways to write the same are the same."""
    if particle is None or particle[-1] == (0, 0):
        return None
    if particle[0] in ("element", "other"):
        return particle
    how, parts, count = particle
    kept = [part for part in map(_tidy, parts) if part]
    flat: list[Particle] = []
    for part in kept:
        flat += part[1] if part[0] == how and part[-1] == (1, 1) else [part]
    if len(flat) == 1 and (count == (1, 1) or flat[0][-1] == (1, 1)):
        only = flat[0]
        return only if count == (1, 1) else (*only[:-1], count)
    if len(flat) == 1 and how == "choice":
        how = "sequence"
    return (how, tuple(flat), count) if flat else None


def _prefix(name: str) -> str:
    return name.rpartition(":")[0]


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _capital(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{prefix}:{local[0].upper()}{local[1:]}"


def _copied(name: str, space: str) -> str:
    return f"{space}:{name}" if space and ":" not in name else name


def _is_data_type(name: str) -> bool:
    return ":" not in name and not name.startswith(("POCD", "StrucDoc", "all."))
