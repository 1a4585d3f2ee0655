"""Kinds of checks on coded elements: value sets, codes present once, codes that agree, official labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sidoba_engine.catalogue import Catalogue, Rule
from sidoba_engine.formats.cda.kinds.attributes import PRESENCE
from sidoba_engine.formats.cda.kinds.collecting import collector
from sidoba_engine.formats.cda.kinds.fed_checks import fed_from_below
from sidoba_engine.formats.cda.kinds.generic import LISTED_CODES, kind
from sidoba_engine.formats.cda.kinds.parameters import Parameters
from sidoba_engine.formats.cda.names import hl7
from sidoba_engine.formats.cda.run import Element, Run
from sidoba_engine.formats.cda.walk.fused_checks import Check, LocalCheck
from sidoba_engine.formats.cda.walk.projection import View
from sidoba_engine.value_set import ValueSet

_SEEN = View({"code": None, "codeSystem": None, "nullFlavor": PRESENCE})
_CODE, _NAME, _VALUE = hl7("code"), hl7("name"), hl7("value")

Couple = tuple[str | None, str | None]


@kind("code_de_systeme")
def code_of_system(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """@code is one of `codes`, @codeSystem is `systeme`."""
    codes, system = parameters.texts("codes"), parameters.text("systeme")
    admitted = frozenset(codes)

    def check(element: Element, run: Run) -> None:
        code, given = element.get("code"), element.get("codeSystem")
        if code not in admitted:
            run.report(rule, element, attribute="code", value=code, expected=codes)
        elif given != system:
            run.report(rule, element, attribute="codeSystem", value=given, expected=(system,))

    return LocalCheck(check, _SEEN)


@kind("dans_un_jeu")
def in_some_value_set(rule: Rule, parameters: Parameters, catalogue: Catalogue) -> Check:
    """@code and @codeSystem are a couple of one of the value sets `jeux`; `sans_nul: true` refuses a nullFlavor."""
    chosen = _value_sets(parameters, catalogue, parameters.texts("jeux"))
    couples = _couples(chosen)
    systems = {code: system for one in chosen for code, system in one.systems.items()}
    codes = tuple(dict.fromkeys(code for one in chosen for code in one.labels))
    expected = codes if len(codes) <= LISTED_CODES else ()
    filled = parameters.flag("sans_nul")

    def check(element: Element, run: Run) -> None:
        code, system = element.get("code"), element.get("codeSystem")
        if (code, system) not in couples:
            if code in systems:
                run.report(rule, element, attribute="codeSystem", value=system, expected=(systems[code],))
            else:
                run.report(rule, element, attribute="code", value=code, expected=expected)
        elif filled and (null := element.get("nullFlavor")) is not None:
            run.report(rule, element, attribute="nullFlavor", value=null)

    return LocalCheck(check, _SEEN)


@kind("jeu_restreint")
def narrowed_value_set(rule: Rule, parameters: Parameters, catalogue: Catalogue) -> Check:
    """Of the value set `jeu`, only `codes` are admitted here; what is outside the set is another rule's."""
    couples = _couples(_value_sets(parameters, catalogue, (parameters.text("jeu"),)))
    expected = parameters.texts("codes")
    refused = {(code, system) for code, system in couples if code not in expected}

    def check(element: Element, run: Run) -> None:
        code = element.get("code")
        if (code, element.get("codeSystem")) in refused:
            run.report(rule, element, attribute="code", value=code, expected=expected)

    return LocalCheck(check, _SEEN)


@kind("jeu_complet")
def whole_value_set(rule: Rule, parameters: Parameters, catalogue: Catalogue) -> Check:
    """Each code of the value set `jeu` is once, and once only, among the elements `chemin` leads to.

    `manquants` and `en_double` list the others.
    """
    (chosen,) = _value_sets(parameters, catalogue, (parameters.text("jeu"),))
    wanted = tuple(chosen.labels)
    everything = frozenset(wanted)

    def judge(element: Element, found: list[Element], run: Run) -> None:
        codes = [item.get("code") for item in found]
        if len(codes) == len(everything) and everything == set(codes):
            return
        times = Counter(codes)
        missing = [code for code in wanted if code not in times]
        doubled = [code for code in wanted if times[code] > 1]
        if missing or doubled:
            run.report(rule, element, expected=wanted, manquants=_listed(missing), en_double=_listed(doubled))

    return fed_from_below(rule, parameters.text("chemin"), judge)


@kind("codes_distincts")
def distinct_codes(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The elements `chemin` leads to have a code each, all different; the first that has not is shown."""

    def judge(element: Element, found: list[Element], run: Run) -> None:
        seen: set[str | None] = {None}
        for item in found:
            code = item.get("code")
            if code in seen:
                run.report(rule, item, context=element, attribute="code", value=code)
                return
            seen.add(code)

    return fed_from_below(rule, parameters.text("chemin"), judge)


@kind("code_selon_nom")
def code_according_to_name(rule: Rule, parameters: Parameters, catalogue: Catalogue) -> Check:
    """In a qualifier, the code of `name` chooses the value sets of `value`: `selon: {name: "set|other set"}`.

    A name that is not listed, or a value that is in none of the sets, is another rule's.
    """
    sets = {
        name: _couples(_value_sets(parameters, catalogue, text.split("|")))
        for name, text in parameters.mapping("selon").items()
    }
    everything = frozenset[Couple]().union(*sets.values())

    def check(element: Element, run: Run) -> None:
        names = {name.get("code") for name in element.iterchildren(_NAME)} & sets.keys()
        known = {
            couple
            for value in element.iterchildren(_VALUE)
            if (couple := (value.get("code"), value.get("codeSystem"))) in everything
        }
        if names and known and not any(name is not None and known & sets[name] for name in names):
            shown = next(iter(element.iterchildren(_VALUE)))
            run.report(rule, shown, context=element, attribute="code", value=shown.get("code"))

    return check


@kind("code_du_parent")
def code_of_parent(rule: Rule, parameters: Parameters, _: Catalogue) -> Check:
    """The elements `chemin` leads to have the code and system of the `code` of the context; each is judged alone."""
    collect = collector(parameters.text("chemin"))

    def check(element: Element, run: Run) -> None:
        own = list(element.iterchildren(_CODE))
        codes = {code.get("code") for code in own} - {None}
        systems = {code.get("codeSystem") for code in own} - {None}
        for found in collect(element):
            code = found.get("code")
            if code not in codes:
                run.report(rule, found, attribute="code", value=code, expected=sorted(map(str, codes)))
            elif (system := found.get("codeSystem")) not in systems:
                run.report(rule, found, attribute="codeSystem", value=system, expected=sorted(map(str, systems)))

    return check


@kind("libelle_officiel")
def official_label(rule: Rule, _parameters: Parameters, catalogue: Catalogue) -> Check:
    """@displayName is a label of the couple (code, system) in one of the value sets; an unknown couple passes."""
    labels = catalogue.official_labels

    def check(element: Element, run: Run) -> None:
        code = element.get("code")
        if code is None:
            return
        official = labels.get((code, element.get("codeSystem", "")))
        if official is None:
            return
        written = element.get("displayName")
        if written is not None and written not in official:
            run.report(rule, element, attribute="displayName", value=written, expected=sorted(official), code=code)

    return LocalCheck(check, _SEEN | View({"displayName": None}))


def _value_sets(parameters: Parameters, catalogue: Catalogue, names: Iterable[str]) -> list[ValueSet]:
    chosen = []
    for name in names:
        if name not in catalogue.value_sets:
            raise parameters.fault(f"unknown value set {name}")
        chosen.append(catalogue.value_sets[name])
    return chosen


def _couples(value_sets: Iterable[ValueSet]) -> frozenset[Couple]:
    return frozenset((code, one.systems.get(code)) for one in value_sets for code in one.labels)


def _listed(codes: list[str]) -> str:
    return ", ".join(codes) or "aucun"
