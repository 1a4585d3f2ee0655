"""Syntax tree → closures: done once per constraint; nothing of the tree is left at run time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sidoba_engine.formats.fhir.path import shapes
from sidoba_engine.formats.fhir.path.evaluation import EMPTY, Environment, Items, Run, Truth, single, truth_of
from sidoba_engine.formats.fhir.path.functions_collections import FAMILY as COLLECTIONS
from sidoba_engine.formats.fhir.path.functions_collections import holds_item, keys, union
from sidoba_engine.formats.fhir.path.functions_conversion import FAMILY as CONVERSIONS
from sidoba_engine.formats.fhir.path.functions_conversion import to_string
from sidoba_engine.formats.fhir.path.functions_fhir import FAMILY as FHIR
from sidoba_engine.formats.fhir.path.functions_fhir import is_operation, type_test
from sidoba_engine.formats.fhir.path.functions_text import FAMILY as TEXTS
from sidoba_engine.formats.fhir.path.nodes import UCUM, Node
from sidoba_engine.formats.fhir.path.operators import arithmetic, both, either, equal, equivalent, key_of, order
from sidoba_engine.formats.fhir.path.outcome import (
    FAILS,
    HOLDS,
    EvaluationError,
    NotEvaluatedError,
    Outcome,
    State,
    TooCostlyError,
)
from sidoba_engine.formats.fhir.path.parser import parse
from sidoba_engine.formats.fhir.path.registry import BuildTruth, Function
from sidoba_engine.formats.fhir.path.syntax import (
    Binary,
    Call,
    Expression,
    External,
    Index,
    Literal,
    Member,
    Special,
    TypeOperation,
    Unary,
    is_fixed,
)
from sidoba_engine.formats.fhir.path.values import Quantity

FUNCTIONS: Mapping[str, Function] = {
    **COLLECTIONS.functions,
    **TEXTS.functions,
    **CONVERSIONS.functions,
    **FHIR.functions,
}
"""Every function the engine evaluates; `now`, `today` and `timeOfDay` are not: the engine has no clock."""

_TRUTH_OPERATORS = frozenset(
    {"=", "!=", "~", "!~", "<", "<=", ">", ">=", "and", "or", "xor", "implies", "in", "contains"}
)
_KNOWN_VARIABLES = {
    "ucum": UCUM,
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
}


class Compiled:
    """A compiled expression.

    `unsupported` names the functions the engine does not evaluate: when there are any, the expression is never
    evaluated and every call raises NotEvaluatedError, so that its rule is reported as not executed.
    """

    __slots__ = ("_items", "_truth", "text", "unsupported")

    def __init__(self, text: str, items: Items, truth: Truth, unsupported: tuple[str, ...]) -> None:
        self.text = text
        self.unsupported = unsupported
        self._items = items
        self._truth = truth

    def evaluate(self, node: Node, environment: Environment) -> list[Any]:
        """The result: nodes, and FHIRPath values; raises EvaluationError, NotEvaluatedError and TooCostlyError."""
        if self.unsupported:
            raise NotEvaluatedError(self.unsupported[0])
        return list(self._items(node, Run(node, environment)))

    def holds(self, node: Node, environment: Environment) -> bool:
        """Whether the constraint holds; the empty collection is a failure, as for HL7's validator. Raises the same."""
        if self.unsupported:
            raise NotEvaluatedError(self.unsupported[0])
        return self._truth(node, Run(node, environment)) is True

    def outcome(self, node: Node, environment: Environment) -> Outcome:
        """The same as `holds`, with what prevented an answer told apart; raises nothing."""
        try:
            return HOLDS if self.holds(node, environment) else FAILS
        except NotEvaluatedError as reason:
            return Outcome(State.NOT_EVALUATED, str(reason))
        except EvaluationError as reason:
            return Outcome(State.ERROR, str(reason))
        except TooCostlyError:
            return Outcome(State.TOO_COSTLY)


def compile_expression(text: str, *, functions: Mapping[str, Function] = FUNCTIONS) -> Compiled:
    """Compile an expression, whatever the type it will be applied to; raises ExpressionSyntaxError.

    `functions` are those it may call; a call to another one is told in `Compiled.unsupported`.
    """
    expression = parse(text)
    compiler = _Compiler(functions)
    items, truth = compiler.items(expression), compiler.truth(expression)
    return Compiled(text, items, truth, tuple(dict.fromkeys(compiler.unsupported)))


class _Compiler:
    def __init__(self, functions: Mapping[str, Function]) -> None:
        self.functions = functions
        self.unsupported: list[str] = []
        self.loops = 0
        self.slots = 0

    def items(self, expression: Expression) -> Items:
        if self.loops and isinstance(expression, Member | Call | Index) and is_fixed(expression):
            self.slots += 1
            return shapes.remembered(self._items(expression), self.slots)
        return self._items(expression)

    def _items(self, expression: Expression) -> Items:
        match expression:
            case Literal(value):
                constant = [] if value is None else [value]
                return lambda this, run: constant
            case Member():
                return self._member(expression)
            case Call():
                return self._call(expression)
            case Index(source, index):
                return shapes.at_index(self.items(source), self.items(index))
            case Special(name):
                return _special(name)
            case External(name):
                return _external(name)
            case Unary(operator, operand):
                return _signed(operator, self.items(operand))
            case TypeOperation(operator, operand, type_name):
                return self._typed(operator, self.items(operand), type_name)
            case Binary(operator, left, right):
                return self._binary(operator, left, right, expression)

    def truth(self, expression: Expression) -> Truth:
        """The closure for a boolean: without a collection in between whenever the shape allows."""
        match expression:
            case Literal(value) if isinstance(value, bool):
                return lambda this, run: value
            case Call(Member(None, name), "exists" | "empty" as asked, ()) if name[:1].islower():
                return shapes.presence(name, is_wanted=asked == "exists")
            case Call(_, "not", ()):
                return self._negated(expression)
            case Call() if (function := self._declared(expression)) is not None and function.build_truth is not None:
                return self._called_truth(function.build_truth, expression)
            case Binary(operator, left, right) if operator in _TRUTH_OPERATORS:
                return self._truth_operator(operator, left, right)
            case TypeOperation("is", operand, type_name):
                return is_operation(self.items(operand), type_test(type_name))
            case _:
                items = self.items(expression)
                return lambda this, run: truth_of(items(this, run))

    def looped_items(self, expression: Expression) -> Items:
        """See `Builder`: what does not depend on the item is worked out once."""
        self.loops += 1
        items = self.items(expression)
        self.loops -= 1
        return items

    def looped_truth(self, expression: Expression) -> Truth:
        """See `Builder`."""
        self.loops += 1
        truth = self.truth(expression)
        self.loops -= 1
        return truth

    def _member(self, member: Member) -> Items:
        if member.source is not None:
            return shapes.members_of(self.items(member.source), member.name)
        is_type = member.name[:1].isupper()
        return shapes.focus_or_members(member.name) if is_type else shapes.members_of_focus(member.name)

    def _source(self, call: Call) -> Items:
        return shapes.focus_items if call.source is None else self.items(call.source)

    def _declared(self, call: Call) -> Function | None:
        """The function, or None with its name noted when the engine does not evaluate it as it is written."""
        function = self.functions.get(call.name)
        if function is not None and function.least <= len(call.arguments) <= function.most:
            return function
        self.unsupported.append(f"{call.name}()")
        return None

    def _call(self, call: Call) -> Items:
        function = self._declared(call)
        if function is None:
            return lambda this, run: EMPTY
        if function.build_items is not None:
            return function.build_items(self, self._source(call), call.arguments)
        return shapes.items_of(self.truth(call))

    def _called_truth(self, build: BuildTruth, call: Call) -> Truth:
        try:
            return build(self, self._source(call), call.arguments)
        except NotEvaluatedError as reason:
            self.unsupported.append(str(reason))
            return lambda this, run: None

    def _negated(self, call: Call) -> Truth:
        operand = self.truth(call.source or Special("this"))

        def negated(this: Any, run: Run) -> bool | None:
            truth = operand(this, run)
            return None if truth is None else not truth

        return negated

    def _typed(self, operator: str, operand: Items, type_name: str) -> Items:
        test = type_test(type_name)
        if operator == "is":
            return shapes.items_of(is_operation(operand, test))

        def cast(this: Any, run: Run) -> list[Any]:
            items = operand(this, run)
            if len(items) > 1:
                raise EvaluationError("one item expected")
            return items if items and test(items[0]) else []

        return cast

    def _binary(self, operator: str, left: Expression, right: Expression, whole: Binary) -> Items:
        if operator in _TRUTH_OPERATORS:
            return shapes.items_of(self.truth(whole))
        one, other = self.items(left), self.items(right)
        if operator == "|":
            return lambda this, run: union(one(this, run), run, other(this, run))
        if operator == "&":
            return lambda this, run: [_text(one(this, run)) + _text(other(this, run))]
        return lambda this, run: arithmetic(operator, one(this, run), other(this, run))

    def _truth_operator(self, operator: str, left: Expression, right: Expression) -> Truth:
        if operator in ("and", "or", "xor", "implies"):
            return _logical(operator, self.truth(left), self.truth(right))
        if operator == "in":
            return self._membership(left, right)
        if operator == "contains":
            return self._membership(right, left)
        if operator in ("=", "!=") and self._is_truth(left) and self._is_truth(right):
            return shapes.same_truth(self.truth(left), self.truth(right), is_wanted=operator == "=")
        match operator, left, right:
            case "=", Member(None, name), Literal(str() as text) if name[:1].islower():
                return shapes.equals_text(name, text)
            case "=", _, Literal(str() as text):
                return shapes.path_equals_text(self.items(left), text)
        return _compared(operator, self.items(left), self.items(right))

    def _is_truth(self, expression: Expression) -> bool:
        """Whether it can only give a boolean, or nothing."""
        match expression:
            case Call(_, name, _):
                return name in self.functions and self.functions[name].build_truth is not None
            case Binary(operator, _, _):
                return operator in _TRUTH_OPERATORS
            case Literal(value):
                return isinstance(value, bool)
        return False

    def _membership(self, wanted: Expression, collection: Expression) -> Truth:
        one, many = self.items(wanted), self.items(collection)
        if not is_fixed(collection):
            return lambda this, run: holds_item(many(this, run), one(this, run), run)
        self.slots += 1
        slot = self.slots

        def among(this: Any, run: Run) -> bool | None:
            found = one(this, run)
            if len(found) == 1 and type(single(found)) is str:
                known = run.memo.get(slot)
                if known is None:
                    known = run.memo[slot] = keys(many(this, run), run)
                return key_of(found[0]) in known
            return holds_item(many(this, run), found, run)

        return among


def _special(name: str) -> Items:
    if name == "this":
        return shapes.focus_items
    if name == "index":
        return lambda this, run: [run.index]
    return lambda this, run: run.total


def _external(name: str) -> Items:
    if name in ("resource", "rootResource", "context"):
        return _surrounding(name)
    if name in _KNOWN_VARIABLES:
        constant = [_KNOWN_VARIABLES[name]]
        return lambda this, run: constant
    for prefix, folder in (("vs-", "ValueSet"), ("ext-", "StructureDefinition")):
        if name.startswith(prefix):
            url = [f"http://hl7.org/fhir/{folder}/{name[len(prefix) :]}"]
            return lambda this, run: url

    def variable(_this: Any, run: Run) -> list[Any]:
        if name not in run.environment.variables:
            raise NotEvaluatedError("%" + name)
        value = run.environment.variables[name]
        return value if isinstance(value, list) else [value]

    return variable


def _surrounding(name: str) -> Items:
    def surrounding(_this: Any, run: Run) -> list[Any]:
        environment = run.environment
        node = run.context
        if name == "resource":
            node = environment.resource
        elif name == "rootResource":
            node = environment.root_resource or environment.resource
        if node is None:
            raise NotEvaluatedError("%" + name)
        return [node]

    return surrounding


def _signed(operator: str, operand: Items) -> Items:
    def signed(this: Any, run: Run) -> list[Any]:
        value = single(operand(this, run))
        if value is None:
            return []
        if isinstance(value, Quantity):
            return [value if operator == "+" else Quantity(value.value.copy_negate(), value.unit)]
        return arithmetic("+" if operator == "+" else "-", [0], [value])

    return signed


def _text(items: list[Any]) -> str:
    value = single(items)
    text = "" if value is None else to_string(value)
    if text is None:
        raise EvaluationError("text expected")
    return text


def _logical(operator: str, left: Truth, right: Truth) -> Truth:
    if operator == "and":
        return lambda this, run: False if (one := left(this, run)) is False else both(one, right(this, run))
    if operator == "or":
        return lambda this, run: True if (one := left(this, run)) else either(one, right(this, run))
    if operator == "implies":
        return lambda this, run: True if (one := left(this, run)) is False else _implied(one, right(this, run))

    def exclusive(this: Any, run: Run) -> bool | None:
        one, other = left(this, run), right(this, run)
        return None if one is None or other is None else one is not other

    return exclusive


def _implied(condition: bool | None, conclusion: bool | None) -> bool | None:
    """`implies` when the condition is true or empty."""
    if conclusion:
        return True
    return conclusion if condition else None


def _compared(operator: str, left: Items, right: Items) -> Truth:
    if operator in ("=", "!="):
        wanted = operator == "="

        def is_equal(this: Any, run: Run) -> bool | None:
            answer = equal(left(this, run), right(this, run))
            return answer if wanted or answer is None else not answer

        return is_equal
    if operator in ("~", "!~"):
        alike = operator == "~"
        return lambda this, run: equivalent(left(this, run), right(this, run)) is alike
    accepted = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (1, 0)}[operator]

    def is_ordered(this: Any, run: Run) -> bool | None:
        answer = order(left(this, run), right(this, run))
        return None if answer is None else answer in accepted

    return is_ordered
