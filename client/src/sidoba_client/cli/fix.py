"""`sidoba fix`: applies the certain corrections, and shows those that a person must confirm."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from sidoba_engine.business_model import BusinessModel
from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.facts import Environment, Facts
from sidoba_engine.verdict_json import encode

from sidoba_client.cli.exit_codes import ExitCode
from sidoba_client.cli.fix_report import report_lines, report_object
from sidoba_client.cli.french import FrenchCommand, command_app
from sidoba_client.cli.options import Format, Model, Quiet, terminal_of
from sidoba_client.cli.progress import counted
from sidoba_client.cli.terminal import OutputFormat, Terminal
from sidoba_client.errors import UsageProblem
from sidoba_client.inputs import GZIP_MAGIC, STDIN, ZIP_MAGIC, Input, find_files, read_inputs
from sidoba_client.model_choice import chosen_model
from sidoba_client.repairs import RepairedFile, repair_input

app = command_app()


@app.command(cls=FrenchCommand, help="Applique les corrections certaines (clé-valeur, CDA), montre les autres.")
def fix(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FICHIER…", help="Fichiers, dossiers, ou - ; .gz, .zip et NDJSON sont ouverts."),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montre tout et n'écrit rien.")] = False,
    folder: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DOSSIER", help="Écrit là, au lieu de réécrire les fichiers donnés."),
    ] = None,
    model: Model = None,
    environment: Annotated[
        Environment, typer.Option("--environment", help="Règles de bac_a_sable ou de production.")
    ] = Environment.SANDBOX,
    output: Format = OutputFormat.TEXT,
    quiet: Quiet = False,
) -> int:
    """Repair every file, write what changed, and tell what was done and what is left."""
    terminal = terminal_of(context, quiet=quiet)
    targets = _targets(files, folder)
    if not dry_run:
        _check_writable(targets, folder)
    catalogue = installed_catalogue()
    chosen = chosen_model(model, catalogue) if model else None
    repaired = list(_repaired(terminal, targets, catalogue=catalogue, facts=Facts(environment), model=chosen))
    if not dry_run:
        _write(repaired, targets, folder)
    # Repaired standard input goes to standard output; the report then goes to standard error.
    _show(terminal, repaired, output, is_piped=STDIN in targets and folder is None and not dry_run)
    return ExitCode.DONE if all(file.is_conformant for file in repaired) else ExitCode.REFUSED


def _targets(files: Iterable[str], folder: Path | None) -> dict[str, Path]:
    """For each file to read, the path under `folder` (or its own) where it is written."""
    targets = {}
    for given in files:
        for name in find_files([given]):
            relative = Path(name).relative_to(given) if Path(given).is_dir() else Path(Path(name).name)
            targets[name] = folder / relative if folder else Path(name)
    if len(set(targets.values())) < len(targets):
        raise UsageProblem("Plusieurs des fichiers donnés portent le même nom : traitez-les en plusieurs fois.")
    return targets


def _check_writable(targets: dict[str, Path], folder: Path | None) -> None:
    """A compressed file is not rewritten in its own form: nothing is repaired before that is known."""
    packed = [name for name in targets if name != STDIN and _is_packed(Path(name))] if folder is None else []
    if packed:
        raise UsageProblem(
            f"« {packed[0]} » est compressé : ajoutez -o DOSSIER, où les fichiers corrigés seront écrits dépliés, ou"
            " --dry-run pour ne rien écrire."
        )


def _is_packed(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(ZIP_MAGIC)).startswith((GZIP_MAGIC, ZIP_MAGIC))
    except OSError:
        return False  # reading it again will say why


def _repaired(
    terminal: Terminal,
    targets: Iterable[str],
    *,
    catalogue: Catalogue,
    facts: Facts,
    model: BusinessModel | None,
) -> Iterator[RepairedFile]:
    for item in read_inputs(counted(list(targets), "Correction", terminal), warn=terminal.notice, split_lines=False):
        yield repair_input(item, catalogue=catalogue, facts=facts, model=model)


def _write(repaired: Iterable[RepairedFile], targets: dict[str, Path], folder: Path | None) -> None:
    """In place, only what changed; under `folder`, everything, so that it can be sent as it is."""
    for file in repaired:
        if file.source.name == STDIN and folder is None:
            typer.get_binary_stream("stdout").write(file.content)
            continue
        target = _target_of(file.source, targets)
        if folder is not None or file.content != file.source.content:
            _replace(target, file.content)


def _target_of(source: Input, targets: dict[str, Path]) -> Path:
    """Where a file is written: a member of an archive in a folder named after it, `-` as `donnees.json` or `.xml`."""
    if source.name == STDIN:
        return targets[STDIN].with_name("donnees.xml" if source.content.lstrip()[:1] == b"<" else "donnees.json")
    if source.name in targets:
        target = targets[source.name]
        return target.with_suffix("") if target.suffix.lower() == ".gz" else target
    archive = next(name for name in targets if source.name.startswith(f"{name}/"))
    inside = Path(source.name.removeprefix(f"{archive}/"))
    root = targets[archive].with_suffix("")
    target = root / inside
    if not target.resolve().is_relative_to(root.resolve()):
        raise UsageProblem(f"« {source.name} » sort de son archive : rien n'en a été écrit.")
    return target


def _replace(path: Path, content: bytes) -> None:
    """Write the file whole or not at all, with the rights it had."""
    temporary = path.with_name(f".{path.name}.corrige")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise UsageProblem(f"« {path} » ne peut pas être écrit : {error.strerror}.") from None


def _show(terminal: Terminal, repaired: list[RepairedFile], output: OutputFormat, *, is_piped: bool) -> None:
    if output is OutputFormat.JSON and not is_piped:
        terminal.data(encode(report_object(repaired)))
        return
    for line in report_lines(repaired):
        terminal.text(line, beside=is_piped)
