"""FHIRPath (N1) compiled to closures: `compile_expression` once, `holds` or `evaluate` on each node."""

from sidoba_engine.formats.fhir.path.compiler import Compiled, compile_expression
from sidoba_engine.formats.fhir.path.evaluation import Environment
from sidoba_engine.formats.fhir.path.nodes import Node, NodeTypes, TypeModel
from sidoba_engine.formats.fhir.path.outcome import (
    EvaluationError,
    ExpressionSyntaxError,
    NotEvaluatedError,
    Outcome,
    State,
    TooCostlyError,
)

__all__ = [
    "Compiled",
    "Environment",
    "EvaluationError",
    "ExpressionSyntaxError",
    "Node",
    "NodeTypes",
    "NotEvaluatedError",
    "Outcome",
    "State",
    "TooCostlyError",
    "TypeModel",
    "compile_expression",
]
