"""A real browser on the real platform: server processes, a database of its own, Debian's Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_platform import TESTS, LivePlatform
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`BROWSER=0` skips these tests, by name."""
    if os.environ.get("BROWSER") == "0":
        for item in items:
            if item.path.is_relative_to(HERE):
                item.add_marker(pytest.mark.skip(reason="BROWSER=0: the browser journeys were not asked for"))


class ReviewPlatform(LivePlatform):
    """The platform with the scene of the review journey."""

    def _seed(self) -> dict[str, str]:
        paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
        made = subprocess.run(
            [sys.executable, str(HERE / "scene.py")],
            env={**self._environment, "PYTHONPATH": paths},
            stdout=subprocess.PIPE,
            check=True,
        )
        seeded: dict[str, str] = json.loads(made.stdout)
        return seeded

    @property
    def authorization(self) -> dict[str, str]:
        """None: people log in."""
        return {}


@pytest.fixture
def platform(fresh_database_url: str, tmp_path: Path) -> Iterator[ReviewPlatform]:
    """The platform running, its scene seeded; its database goes away with it."""
    with ReviewPlatform(tmp_path, fresh_database_url) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as the system installs it. Ended with this file: Django refuses to work beside its event loop."""
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if executable is None:
        pytest.fail("No browser: install the package `chromium`, or skip these journeys with BROWSER=0.")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=flags)
        yield chromium
        chromium.close()
