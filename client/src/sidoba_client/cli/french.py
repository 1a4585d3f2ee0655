"""The command line's own texts in French: help pages and usage errors, which the toolkit writes in English."""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperCommand

_HELP = (
    ("Usage: ", "Usage : "),
    ("\nArguments:\n", "\nArguments :\n"),
    ("\nOptions:\n", "\nOptions :\n"),
    ("\nCommands:\n", "\nCommandes :\n"),
    ("[required]", "[obligatoire]"),
    ("Show this message and exit.", "Affiche cette aide."),
    ("[default:", "[par défaut :"),
)
_CHOICES = re.compile(r"'([^']+)'")


class FrenchCommand(TyperCommand):
    """A command whose help page is in French."""

    def get_help(self, ctx: Any) -> str:
        """The help page."""
        return in_french(super().get_help(ctx))


def command_app() -> typer.Typer:
    """The holder of one command."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def in_french(help_page: str) -> str:
    """A help page with its fixed words in French."""
    for english, french in _HELP:
        help_page = help_page.replace(english, french)
    return help_page


def usage_sentence(error: typer.TyperException) -> str:
    """A usage error of the toolkit, as a French sentence that says how to repair it."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "sidoba"
    return f"{_sentence(error)} Voir `{path} --help`."


def _sentence(error: typer.TyperException) -> str:
    option = getattr(error, "option_name", None)
    if hasattr(error, "possibilities"):
        near = getattr(error, "possibilities", None)
        return f"Option inconnue : {option}." + (f" Vouliez-vous dire {' ou '.join(sorted(near))} ?" if near else "")
    if option is not None:
        return f"L'option {option} demande une valeur, ou n'en admet pas."
    if hasattr(error, "param_type"):
        return f"Il manque {_parameter_name(error)}."
    if isinstance(error, typer.BadParameter):
        choices = _CHOICES.findall(error.message)[1:]
        admitted = f" : {', '.join(choices)}" if choices else ""
        return f"Valeur inadmissible pour {_parameter_name(error)}{admitted}."
    if "extra argument" in error.message:
        return f"Argument en trop : {error.message.rpartition('(')[2].rstrip(')')}."
    return "Il manque la commande."


def _parameter_name(error: typer.TyperException) -> str:
    parameter = getattr(error, "param", None)
    if parameter is None:
        return "un argument"
    if parameter.param_type_name == "option":
        return f"l'option {parameter.opts[0]}"
    return f"l'argument {parameter.metavar or parameter.name}"
