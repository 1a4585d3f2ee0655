"""The compiler: CDA rules of the catalogue → closures, dispatched together in one walk. Done once per catalogue."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from sidoba_engine.catalogue import Catalogue, CatalogueError, Rule
from sidoba_engine.formats.cda.content import model
from sidoba_engine.formats.cda.kinds import attributes, coded, generic, linked, own, typed
from sidoba_engine.formats.cda.kinds.fed_checks import FedCheck
from sidoba_engine.formats.cda.kinds.generic import KINDS
from sidoba_engine.formats.cda.kinds.parameters import Parameters
from sidoba_engine.formats.cda.run import Element, Run, TooManyFindingsError
from sidoba_engine.formats.cda.walk.dispatch import Dispatcher
from sidoba_engine.formats.cda.walk.fused_checks import Check, LocalCheck
from sidoba_engine.formats.cda.walk.projection import seen_by_all
from sidoba_engine.formats.cda.walk.selectors import SelectorError, Test, exists, parse, path_view

DOMAIN = "cda"
_KEPT_CATALOGUES = 4
_COMPILED: dict[str, CompiledRules] = {}

REGISTERED = (attributes, coded, generic, linked, model, own, typed)
"""The modules whose import registers the kinds of checks."""


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """The rules of one catalogue, ready to walk. `ids` are those compiled: the door's own rules are not among them."""

    dispatcher: Dispatcher
    ids: frozenset[str]

    def walk(self, root: Element, *, limit: Rule | None = None) -> Run:
        """Run every rule over the tree, in one pass.

        `limit` is the rule that says how many findings are kept (`anomalies`): the walk ends there, and it is found.
        """
        most = sys.maxsize if limit is None else int(limit.parameters["anomalies"])
        run = Run(root, most)
        try:
            run.visited = self.dispatcher.walk(root, run)
            for finish in run.last:
                finish()
        except TooManyFindingsError:
            if limit is not None:
                run.most += 1
                run.report(limit, root, limite=most)
        return run


def compiled_rules(catalogue: Catalogue) -> CompiledRules:
    """The compiled rules of that catalogue, kept by its digest. Raises CatalogueError when a rule cannot be read."""
    known = _COMPILED.get(catalogue.digest)
    if known is None:
        known = compile_rules(catalogue, catalogue.rules_of(DOMAIN))
        while len(_COMPILED) >= _KEPT_CATALOGUES:
            _COMPILED.pop(next(iter(_COMPILED)))
        _COMPILED[catalogue.digest] = known
    return known


def compile_rules(catalogue: Catalogue, rules: tuple[Rule, ...]) -> CompiledRules:
    """Compile some rules; those without `controle` belong to the door. Raises CatalogueError naming the rule."""
    dispatcher = Dispatcher()
    compiled = set()
    for rule in rules:
        if rule.check is None:
            continue
        try:
            _add(dispatcher, rule, catalogue)
        except SelectorError as error:
            raise CatalogueError(f"rule {rule.id}: {error}") from error
        compiled.add(rule.id)
    return CompiledRules(dispatcher, frozenset(compiled))


def _add(dispatcher: Dispatcher, rule: Rule, catalogue: Catalogue) -> None:
    parameters = Parameters(rule)
    factory = KINDS.get(str(rule.check))
    if factory is None:
        raise parameters.fault("unknown kind of check")
    made = factory(rule, parameters, catalogue)
    check = _conditional(made.check if isinstance(made, FedCheck) else made, parameters)
    parameters.close()
    for context in parameters.texts("contexte"):
        dispatcher.add(parse(context), check)
        for path, feed in made.feeds if isinstance(made, FedCheck) else ():
            dispatcher.add(parse(f"{context}/{path}"), feed)


def _conditional(check: Check, parameters: Parameters) -> Check:
    """The check run only where `quand` leads somewhere, and `sauf` nowhere."""
    wanted = parameters.texts("quand") if parameters.has("quand") else ()
    refused = parameters.texts("sauf") if parameters.has("sauf") else ()
    if not wanted and not refused:
        return check
    tests: list[tuple[Test, bool]] = [(exists(path), True) for path in wanted]
    tests += [(exists(path), False) for path in refused]

    def checked(element: Element, run: Run) -> None:
        for test, expected in tests:
            if test(element) is not expected:
                return
        check(element, run)

    views = [path_view(parse(path)) for path in (*wanted, *refused)]
    known = [view for view in views if view is not None]
    if isinstance(check, LocalCheck) and len(known) == len(views):
        return LocalCheck(checked, seen_by_all([check.view, *known]))
    return checked
