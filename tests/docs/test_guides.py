"""The commands of README.md and of the guides of docs/editeur, run as they are written against a running demo.

The `bash` blocks of a page run in order, in one shell; a `text` block right after one of them is its exact output.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from sidoba_server.ops.database import wipe_embedded

ROOT = Path(__file__).resolve().parents[2]
README, GUIDES = ROOT / "README.md", ROOT / "docs" / "editeur"
FRENCH_HALF = "\n# En français\n"
STORY_TOLD_WITHIN_S, STOPPED_WITHIN_S, GUIDE_READ_WITHIN_S = 150.0, 60.0, 150.0

pytestmark = pytest.mark.timeout(420)

_BLOCK = re.compile(r"^```bash\n(?P<code>.*?)^```\n(?:\n```text\n(?P<output>.*?)^```\n)?", re.MULTILINE | re.DOTALL)
_MARK = "----- end of block {} -----"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of commands; `output` is None when the page does not say what it prints."""

    code: str
    output: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the shell gave: the output of each block begun, its errors and its exit code."""

    outputs: list[str]
    errors: str
    exit_code: int


@pytest.fixture(scope="module")
def demo_home() -> Iterator[Path]:
    """The SIDOBA_HOME of a demo whose story has ended and which stays up for the tests of this module."""
    home = Path(tempfile.mkdtemp(prefix="sidoba-guide-"))
    log = home / "demo.log"
    command = [str(Path(sys.executable).with_name("sidoba-server")), "demo"]
    environment = _own_environment() | {"SIDOBA_HOME": str(home), "PORT": str(_free_port()), "ONCE": "0"}
    with log.open("w") as output:
        demo = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_for(home / "demo.json", demo, log)
        yield home
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(STOPPED_WITHIN_S)
        wipe_embedded(home)
        shutil.rmtree(home, ignore_errors=True)


def test_the_readme_runs_as_it_is_written(demo_home: Path, tmp_path: Path) -> None:
    outcome = _follow(blocks_of(_halves_of_the_readme()[0]), demo_home, tmp_path)
    assert "1 reçu(s) : 1 accepté(s)" in outcome.outputs[1]
    assert "3 reçu(s) : 0 accepté(s), 3 accepté(s) avec avertissement, 0 refusé(s)" in outcome.outputs[1]


def test_both_halves_of_the_readme_give_the_same_commands() -> None:
    english, french = _halves_of_the_readme()
    assert blocks_of(english) == blocks_of(french) != []


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed (apt install curl)")
@pytest.mark.parametrize(("page", "outputs"), [("premier-envoi.md", 13), ("modeles-metiers.md", 9)])
def test_a_guide_runs_as_it_is_written(page: str, outputs: int, demo_home: Path, tmp_path: Path) -> None:
    blocks = blocks_of((GUIDES / page).read_text(encoding="utf-8"))
    assert sum(block.output is not None for block in blocks) >= outputs
    outcome = _follow(blocks, demo_home, tmp_path)
    secret = json.loads((demo_home / "demo.json").read_text())["client_secret"]
    assert secret not in "".join(outcome.outputs) + outcome.errors


def test_a_page_that_lies_is_seen(tmp_path: Path) -> None:
    page = "```bash\necho 202\n```\n\n```text\n202\n```\n\n```bash\nfalse\n```\n\n```bash\necho never\n```\n"
    blocks = blocks_of(page)
    assert blocks == [Block("echo 202\n", "202\n"), Block("false\n", None), Block("echo never\n", None)]
    outcome = run(blocks, environment=os.environ)
    assert outcome.exit_code == 1
    assert outcome.outputs == ["202\n", ""]


def blocks_of(page: str) -> list[Block]:
    """The blocks of a page, in order."""
    return [Block(found["code"], found["output"]) for found in _BLOCK.finditer(page)]


def run(blocks: list[Block], *, environment: Mapping[str, str]) -> Outcome:
    """Run all blocks at the root of the repository, in one shell that stops at the first command that fails."""
    script = "set -euo pipefail\n" + "".join(
        f"{block.code}\necho '{_MARK.format(rank)}'\n" for rank, block in enumerate(blocks)
    )
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=GUIDE_READ_WITHIN_S,
    )
    return Outcome(re.split(_MARK.format(r"\d+") + "\n", done.stdout), done.stderr, done.returncode)


def _follow(blocks: list[Block], demo_home: Path, folder: Path) -> Outcome:
    """Run the blocks as a reader would, in folders of the test; each output that the page tells must be that one."""
    kept = {name: str(folder / name.lower()) for name in ("SIDOBA_CONFIG_DIR", "SIDOBA_STATE_DIR")}
    environment = _own_environment() | kept | {"SIDOBA_HOME": str(demo_home), "TMPDIR": str(folder)}
    outcome = run(blocks, environment=environment)
    for block, output in zip(blocks, outcome.outputs, strict=False):
        if block.output is not None:
            assert output == block.output, f"{block.code}\n{outcome.errors}"
    assert outcome.exit_code == 0, outcome.errors
    return outcome


def _halves_of_the_readme() -> tuple[str, str]:
    english, _, french = README.read_text(encoding="utf-8").partition(FRENCH_HALF)
    return english, french


def _own_environment() -> dict[str, str]:
    """The developer's environment without its settings, and without a proxy on the way to this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIDOBA_")}
    kept.pop("DATABASE_URL", None)
    return kept | {"NO_PROXY": "127.0.0.1"}


def _wait_for(result: Path, demo: subprocess.Popen[bytes], log: Path) -> None:
    """Until the story has ended; fails with the end of what the demo said."""
    limit = time.monotonic() + STORY_TOLD_WITHIN_S
    while not result.exists():
        if demo.poll() is not None or time.monotonic() > limit:
            pytest.fail(f"the demo did not come to the end of its story:\n{log.read_text()[-3000:]}")
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
