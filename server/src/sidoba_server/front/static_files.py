"""What `/static/` serves: the files of `stylesheet.static_folder()`, none of the 10 000 of the installed apps."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

from sidoba_server.front.stylesheet import static_folder, stylesheet_name


class FrontFinder(BaseFinder):
    """Finds the stylesheet of the pages and its icons; read by whitenoise when the server starts."""

    def check(self, **_: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False) -> Any:
        found = [str(file) for name, file in self._files() if name == path]
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        storage = FileSystemStorage(location=static_folder())
        return [(name, storage) for name, _ in self._files()]

    def _files(self) -> Iterable[tuple[str, Path]]:
        folder = static_folder()
        for name in (stylesheet_name(), stylesheet_name() + ".gz"):
            yield name, folder / name
        for icon in sorted((folder / "front" / "icons").rglob("*.svg")):
            yield str(icon.relative_to(folder)), icon
