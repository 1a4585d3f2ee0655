"""Progress, on a terminal only, on standard error: nothing of it reaches a file or a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from sidoba_client.cli.terminal import Terminal
from sidoba_client.wire import QueuePlace, Run

T = TypeVar("T")

STATUSES = {
    "en_attente": "en attente",
    "en_cours": "en cours",
    "termine": "terminé",
    "echoue": "en échec",
    "annule": "annulé",
}


class Teller(Protocol):
    """Told where a run stands, as often as it is asked."""

    def __call__(self, run: Run) -> None: ...


def counted(items: list[T], title: str, terminal: Terminal) -> Iterable[T]:
    """The items, with a bar that advances when there are several."""
    if len(items) < 2 or not terminal.shows_progress:
        return items
    return _with_bar(items, title)


@contextmanager
def told(name: str, terminal: Terminal) -> Iterator[Teller]:
    """Show a run's steps: a live line on a terminal, one line per change of status elsewhere."""
    if terminal.shows_progress:
        from rich.console import Console
        from rich.text import Text

        with Console(stderr=True).status(Text(f"{name} : envoyé")) as live:
            yield lambda run: live.update(Text(f"{name} : {step(run)}"))
        return
    seen: list[str] = []

    def tell(run: Run) -> None:
        if not seen or seen[-1] != run.status:
            seen.append(run.status)
            terminal.notice(f"{name} : {step(run)}")

    yield tell


def step(run: Run) -> str:
    """`en attente, position 14, entre 3 et 9 s`."""
    return ", ".join([STATUSES.get(run.status, run.status), *queue_words(run.queue)])


def queue_words(queue: QueuePlace | None) -> list[str]:
    """Rank and wait in words; empty when unknown."""
    if queue is None:
        return []
    words = [] if queue.position is None else [f"position {queue.position}"]
    if queue.wait is not None:
        words.append(f"attente estimée de {queue.wait.min:.0f} à {queue.wait.max:.0f} s")
    return words


def _with_bar(items: list[T], title: str) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(items, description=title)
