"""Corrections of CDA anomalies: what a machine can repair without inventing a fact.

A correction is certain when the document itself, or the code system, leaves one reading only; it is to be confirmed by
a person as soon as something else may have been meant. Nothing is offered where the repair would choose a fact.

Operations (`correction.operations` on the wire; API contract §1: `op`, `chemin`, `valeur`):

    replace, add    the attribute is given that value, or added with it
    prefix          that text is put before the value
    format          the same moment, written in that form
    trim            the white space around the value is taken away
    case            the value is put in `majuscules` or `minuscules`

The last four repeat nothing of the value: they are what is written for a personal one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sidoba_engine.anomaly import Fix
from sidoba_engine.catalogue import Catalogue
from sidoba_engine.checks.spellings import spelled_number
from sidoba_engine.facts import Facts
from sidoba_engine.formats.cda.entry_names import INTERNAL_REFERENCE
from sidoba_engine.formats.cda.kinds.attributes import is_decimal
from sidoba_engine.formats.cda.names import ID, TEMPLATE_ID, local_name
from sidoba_engine.formats.cda.places import paths_of
from sidoba_engine.formats.cda.repair.code_knowledge import CodeKnowledge, knowledge_of, plain, says_as_much
from sidoba_engine.formats.cda.repair.missing_prefixes import known_finess, missing_prefix
from sidoba_engine.formats.cda.repair.moment_spellings import form_of, hl7_spelling
from sidoba_engine.formats.cda.run import Element, Finding

REPLACE, ADD, PREFIX, FORMAT, TRIM, CASE = "replace", "add", "prefix", "format", "trim", "case"
UPPER, LOWER = "majuscules", "minuscules"

STRUCTURAL = frozenset({"classCode", "moodCode", "determinerCode", "typeCode", "inversionInd", "contextControlCode"})
"""Attributes that say what an element is, not what is so of a person."""
_TAKEN_FROM_CODE = frozenset({"displayName", "codeSystemName"})
_BOOLEANS = {"1": "true", "0": "false"}
_MOST_REFERENCES = 20
"""References to one identifier that are corrected with it; a document with more is left to a person."""
_LISTING = frozenset(
    {
        "attribut_dans", "attribut_dans_jeu", "attributs_fixes", "code_de_systeme", "jeu_de_valeurs", "dans_un_jeu",
        "nul_ou_attribut", "duree",
    }
)  # fmt: skip
"""Kinds of checks that admit the values of a list."""
_MOMENTS = frozenset({"effectiveTime", "time", "low", "high", "center", "birthTime", "value"})
_MAIL = re.compile(r"[^\s:@]+@[^\s:@]+\.[^\s:@]+")
_PHONE = re.compile(r"(?:\+[0-9]{2}|0)[0-9 .()-]{8,18}")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to do with one attribute. `value` is the whole new value; `operation` says it without the rest of it."""

    value: str
    certain: bool = True
    operation: str = REPLACE
    argument: str = ""


class CdaFixes:
    """The corrections of the findings of one document."""

    def __init__(self, root: Element, catalogue: Catalogue, facts: Facts) -> None:
        self._root = root
        self._catalogue = catalogue
        self._facts = facts

    def of(self, finding: Finding, path: str) -> Fix | None:
        """The correction of a finding placed at `path` (that of the element, or of its attribute), if there is one."""
        attribute = _attribute_of(finding)
        if attribute is None or attribute.startswith("{"):
            return None
        written = finding.element.get(attribute)
        proposal = self._absent(finding, attribute) if written is None else self._wrong(finding, attribute, written)
        if proposal is None or proposal.value == written:
            return None
        place = path if path.endswith(f"/@{attribute}") else f"{path}/@{attribute}"
        operation = _operation(proposal, is_there=written is not None, is_hidden=_is_personal(finding))
        if operation is None:
            return None
        repeated = self._repeated(finding.element) if proposal.operation == PREFIX else []
        if len(repeated) > _MOST_REFERENCES:
            return None
        name, argument = operation
        places = [place, *(f"{one}/@{attribute}" for one in paths_of(repeated).values())]
        return Fix(tuple({"op": name, "chemin": one, "valeur": argument} for one in places), proposal.certain)

    def _absent(self, finding: Finding, attribute: str) -> Proposal | None:
        """What an attribute that is not there can only be."""
        if attribute == "codeSystem":
            return self._system(finding, None)
        if attribute in STRUCTURAL and finding.rule.check == "attribut_dans":
            (only, *others) = self._codes.admitted(finding.rule, attribute) or ("",)
            return Proposal(only) if only and not others else None
        return self._said_by_code(finding, attribute, "") if attribute in _TAKEN_FROM_CODE else None

    def _wrong(self, finding: Finding, attribute: str, written: str) -> Proposal | None:
        check = finding.rule.check
        if check in ("attribut_motif", "horodatage"):
            return self._by_pattern(finding, attribute, written)
        if check == "formes":
            return _contact(written)
        if attribute in _TAKEN_FROM_CODE:
            return self._said_by_code(finding, attribute, written)
        if check == "modele_de_contenu":
            return _listed(written, finding.expected)
        if check not in _LISTING:
            return None
        return self._of_a_list(finding, attribute, written)

    def _of_a_list(self, finding: Finding, attribute: str, written: str) -> Proposal | None:
        rule = finding.rule
        admitted = (
            self._codes.admitted(rule, attribute) if attribute != "unit" else tuple(rule.parameters.get("unites", ()))
        )
        if rule.parameters.get("decimal") or (rule.check == "duree" and attribute == "value"):
            return _number(written)
        found = _listed(written, admitted)
        if found is not None:
            system = finding.element.get("codeSystem")
            if attribute == "code" and not self._codes.is_admitted_couple(rule, found.value, system):
                return None
            is_certain = attribute != "unit" or found.operation == TRIM  # the case of a unit may change its meaning
            return Proposal(found.value, is_certain, found.operation, found.argument)
        if attribute == "codeSystem":
            return self._system(finding, written)
        if attribute in STRUCTURAL and len(admitted) == 1:
            return Proposal(admitted[0], certain=False)
        return None

    def _system(self, finding: Finding, written: str | None) -> Proposal | None:
        """The system of a code that the catalogue knows in that system only, or that the rule knows so."""
        code = finding.element.get("code")
        known = self._codes.systems(code)
        if finding.rule.check == "attribut_rempli":
            return Proposal(next(iter(known)), certain=False) if len(known) == 1 else None
        wanted = set(finding.expected) or set(self._codes.admitted(finding.rule, "codeSystem"))
        if len(wanted) != 1 or not wanted <= known:
            return None
        (system,) = wanted
        has_other_meaning = written in known or (
            not (written or "").strip() and len(known) > 1 and not finding.expected
        )
        return Proposal(system, certain=not has_other_meaning)

    def _said_by_code(self, finding: Finding, attribute: str, written: str) -> Proposal | None:
        """The label of a code, or the name of its system: they only repeat it.

        A label that is that of another code contradicts this one: a person says which is right.
        """
        element, expected = finding.element, finding.expected
        if finding.rule.check == "attribut_rempli" and attribute == "displayName":
            expected = self._codes.labels(element.get("code"), element.get("codeSystem"))
            return Proposal(expected[0]) if len(expected) == 1 else None
        near = [label for label in expected if plain(label) == plain(written)]
        if len(near) == 1 and written.strip():
            return Proposal(near[0])
        if len(expected) != 1:
            return None
        source = "codeSystem" if attribute == "codeSystemName" else "code"
        fixed = self._codes.fixed_with(finding.rule).get(source)
        is_only_one = fixed is not None and element.get(source) == fixed
        others = self._codes.codes_labelled(written, element.get("codeSystem")) - {element.get("code")}
        return Proposal(expected[0], certain=not others and (is_only_one or says_as_much(written, expected[0])))

    def _by_pattern(self, finding: Finding, attribute: str, written: str) -> Proposal | None:
        """A moment in another spelling, an identifier without its figure, or mere white space around the value."""
        pattern = finding.rule.parameters.get("motif")
        admits = re.compile(pattern, re.ASCII).fullmatch if isinstance(pattern, str) else None

        def is_admitted(value: str) -> bool:
            return admits is None or admits(value) is not None

        if local_name(str(finding.element.tag)) in _MOMENTS:
            moment = hl7_spelling(written)
            if moment is not None and is_admitted(moment[0]):
                return Proposal(moment[0], moment[1], FORMAT, form_of(moment[0]))
        trimmed = written.strip()
        if trimmed != written and admits is not None and trimmed and is_admitted(trimmed):
            return Proposal(trimmed, operation=TRIM)
        if attribute == "extension":
            return self._prefixed(finding.element, written, is_admitted)
        return None

    def _prefixed(self, element: Element, written: str, admits: Callable[[str], bool]) -> Proposal | None:
        if element.getparent() is self._root:
            return None  # the identity of the document itself, which others refer to
        found = missing_prefix(written, element.get("root", ""), admits=admits, known=lambda: self._finess)
        return None if found is None else Proposal(found[0] + written, found[1], PREFIX, found[0])

    def _repeated(self, element: Element) -> list[Element]:
        """The identifiers of internal references that repeat this one: they are to stay equal to it."""
        return [found for found in self._references.get(_identity(element), ()) if found is not element]

    @cached_property
    def _codes(self) -> CodeKnowledge:
        return knowledge_of(self._catalogue)

    @cached_property
    def _finess(self) -> frozenset[str]:
        called = self._facts.establishment_finess
        return known_finess(self._root) | ({called} if called else set())

    @cached_property
    def _references(self) -> Mapping[tuple[str | None, str | None], Sequence[Element]]:
        found: defaultdict[tuple[str | None, str | None], list[Element]] = defaultdict(list)
        for template in self._root.iter(TEMPLATE_ID):
            parent = template.getparent()
            if template.get("root") == INTERNAL_REFERENCE and parent is not None:
                for identifier in parent.iterchildren(ID):
                    found[_identity(identifier)].append(identifier)
        return found


def _attribute_of(finding: Finding) -> str | None:
    """The attribute at fault; that of a contact, whose rule looks at the whole element."""
    if finding.rule.check == "formes":
        return "value" if local_name(str(finding.element.tag)) == "telecom" else None
    return finding.attribute


def _is_personal(finding: Finding) -> bool:
    """Whether nothing of the value may be shown."""
    return bool(finding.rule.parameters.get("personnel")) or finding.rule.check == "formes"


def _operation(proposal: Proposal, *, is_there: bool, is_hidden: bool) -> tuple[str, str] | None:
    """The operation and its argument; None when it would show a personal value."""
    if not is_there:
        return None if is_hidden else (ADD, proposal.value)
    if proposal.operation == PREFIX or (is_hidden and proposal.operation != REPLACE):
        return proposal.operation, proposal.argument
    return None if is_hidden else (REPLACE, proposal.value)


@lru_cache(maxsize=512)
def _by_case(admitted: tuple[str, ...]) -> Mapping[str, Sequence[str]]:
    """The values of a list by what they are in lower case."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for value in admitted:
        found[value.casefold()].append(value)
    return dict(found)


def _listed(written: str, admitted: tuple[str, ...]) -> Proposal | None:
    """The one value of a list that differs by white space or by letter case only."""
    trimmed, by_case = written.strip(), _by_case(admitted)
    if _BOOLEANS.get(trimmed) in admitted[:2]:
        return Proposal(_BOOLEANS[trimmed])
    same = by_case.get(trimmed.casefold(), ())
    if trimmed in same:
        return Proposal(trimmed, operation=TRIM)
    if len(same) != 1:
        return None
    if trimmed == written:
        for way, changed in ((UPPER, written.upper()), (LOWER, written.lower())):
            if changed == same[0]:
                return Proposal(same[0], operation=CASE, argument=way)
    return Proposal(same[0])


def _number(written: str) -> Proposal | None:
    """A decimal number in French spelling."""
    meant = spelled_number(written, whole=False)
    if meant is None or not is_decimal(str(meant.value)):
        return None
    return Proposal(str(meant.value), meant.certain)


def _contact(written: str) -> Proposal | None:
    """A mail address tells that it is one; a number may be that of a telephone or of a fax."""
    if written != written.strip():
        return None
    if _MAIL.fullmatch(written):
        return Proposal(f"mailto:{written}", operation=PREFIX, argument="mailto:")
    if _PHONE.fullmatch(written):
        return Proposal(f"tel:{written}", certain=False, operation=PREFIX, argument="tel:")
    return None


def _identity(element: Element) -> tuple[str | None, str | None]:
    return element.get("root"), element.get("extension")
