"""The command line's own texts in French: help pages and usage errors, which the toolkit writes in English."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_WORDS = {
    "Usage: ": "Usage : ",
    "\nArguments:\n": "\nArguments :\n",
    "\nOptions:\n": "\nOptions :\n",
    "\nCommands:\n": "\nCommandes :\n",
    "[required]": "[obligatoire]",
    "Show this message and exit.": "Affiche cette aide.",
    "[default: ": "[par défaut : ",
}


class FrenchCommand(TyperCommand):
    """A command whose help page is in French."""

    def get_help(self, ctx: Any) -> str:
        """The help page."""
        return _translated(super().get_help(ctx))


class FrenchGroup(TyperGroup):
    """Commands whose help page is in French, in the order they are declared."""

    def get_help(self, ctx: Any) -> str:
        """The help page."""
        return _translated(super().get_help(ctx))


def usage_sentence(error: typer.TyperException) -> str:
    """A usage error of the toolkit, as a French sentence that says how to repair it."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "sidoba-server"
    return f"{_fault(error)} Voir `{path} --help`."


def _fault(error: typer.TyperException) -> str:
    """The toolkit's errors differ by what they carry: `possibilities`, `option_name`, `param_type`, a bad value."""
    option, parameter = getattr(error, "option_name", None), getattr(error, "param", None)
    named = parameter.opts[0] if parameter is not None else "un argument"
    if hasattr(error, "possibilities"):
        return f"Option inconnue : {option}."
    if option is not None:
        return f"L'option {option} demande une valeur, ou n'en admet pas."
    if hasattr(error, "param_type"):
        return f"Il manque {named}."
    if isinstance(error, typer.BadParameter):
        return f"Valeur inadmissible pour {named}."
    if "No such command" in error.message:
        return f"Commande inconnue : {error.message.split(chr(39))[1]}."
    return "La commande manque, ou ses arguments sont mal placés."


def _translated(help_page: str) -> str:
    for english, french in _WORDS.items():
        help_page = help_page.replace(english, french)
    return help_page
