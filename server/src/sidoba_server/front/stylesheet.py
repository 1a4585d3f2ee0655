"""The one stylesheet of the pages: the design system's components we use, under a neutral brand, then our own rules.

Built from the installed `django-dsfr` at first use, in a few milliseconds, and kept beside the other files of the
platform: nothing of the design system is copied into the tree, its fonts and its marks of the State are left out, and a
page asks for one small compressed file instead of 10 000 being collected.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

from django.conf import settings

COMPONENTS = (
    "core/core",
    "component/alert/alert",
    "component/badge/badge",
    "component/breadcrumb/breadcrumb",
    "component/button/button",
    "component/footer/footer",
    "component/form/form",
    "component/header/header",
    "component/input/input",
    "component/link/link",
    "component/notice/notice",
    "component/pagination/pagination",
    "component/skiplink/skiplink",
    "component/table/table",
)
_FONT_FACES = re.compile(r"@font-face\{[^}]*\}")
_ICON = re.compile(r"url\((?:\.\./)+icons/([a-z0-9/-]+\.svg)\)")
_MARKED_FONTS = re.compile(r"font-family:(?:Marianne|Spectral)[^;}]*")


@cache
def stylesheet_name() -> str:
    """The file's name under `/static/`, with the digest of what it holds: a browser may keep it for good."""
    return f"front/sidoba.{hashlib.sha256(_content()).hexdigest()[:12]}.css"


def static_folder() -> Path:
    """The folder that holds exactly what the pages need, filled if it is not yet."""
    folder = Path(settings.SIDOBA_HOME) / "static"
    sheet = folder / stylesheet_name()
    for name in icon_names():
        _write(folder / "front" / "icons" / name, _dsfr("icons", name).read_bytes())
    _write(sheet.with_name(sheet.name + ".gz"), gzip.compress(_content(), 9, mtime=0))
    _write(sheet, _content())
    return folder


def icon_names() -> list[str]:
    """The icons the stylesheet names, as paths under the design system's `icons/`."""
    return sorted({name for component in COMPONENTS for name in _ICON.findall(_component(component))})


@cache
def _content() -> bytes:
    parts = [_FONT_FACES.sub("", _component(component)) for component in COMPONENTS]
    borrowed = _MARKED_FONTS.sub("font-family:var(--police)", "\n".join(parts))
    own = (files("sidoba_server.front") / "static" / "front" / "sidoba.css").read_text(encoding="utf-8")
    return (_ICON.sub(r"url(icons/\1)", borrowed) + "\n" + own).encode()


def _component(name: str) -> str:
    return _dsfr(f"{name}.main.min.css").read_text(encoding="utf-8").removeprefix("\ufeff")


def _dsfr(*parts: str) -> Path:
    return Path(str(files("dsfr"))).joinpath("static", "dsfr", "dist", *parts)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, whichever process is first."""
    if path.exists() and path.stat().st_size == len(content):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)
