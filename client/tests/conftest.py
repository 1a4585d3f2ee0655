"""What the client's tests share: a platform over real HTTP, and the command with folders of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# The modules beside this one are imported by name, however the tests are started.
sys.path.insert(0, str(Path(__file__).parent))

from platform_fake import PlatformFake, running_platform
from sidoba_command import Sidoba


@pytest.fixture
def platform() -> Iterator[PlatformFake]:
    with running_platform() as fake:
        yield fake


@pytest.fixture
def sidoba(tmp_path: Path, platform: PlatformFake) -> Sidoba:
    return Sidoba(tmp_path, platform.url)


@pytest.fixture
def key_value_file(tmp_path: Path) -> Path:
    path = tmp_path / "structure.json"
    body = {"modele": {"code": "ssiad-structure", "version": "2026.0-brouillon"}, "donnees": {"nombre_de_places": 40}}
    path.write_text(json.dumps(body))
    return path


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def written(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return written
