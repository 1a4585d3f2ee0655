"""publiccode.yml holds what the standard 0.4 makes mandatory, within its lengths, and says the packages' licence."""

from __future__ import annotations

import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[2]
MANDATORY = (
    ("publiccodeYmlVersion",),
    ("name",),
    ("url",),
    ("platforms",),
    ("categories",),
    ("developmentStatus",),
    ("softwareType",),
    ("description",),
    ("legal", "license"),
    ("maintenance", "type"),
    ("maintenance", "contacts"),
    ("localisation", "localisationReady"),
    ("localisation", "availableLanguages"),
)


def test_publiccode_is_valid() -> None:
    content = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    for path in MANDATORY:
        value = content
        for name in path:
            assert name in value, ".".join(path)
            value = value[name]
    assert content["publiccodeYmlVersion"] == "0.4"
    assert urlsplit(content["url"]).scheme == "https"
    for language, texts in content["description"].items():
        assert len(texts["shortDescription"]) <= 150, language
        assert 150 <= len(texts["longDescription"]) <= 10_000, language
        assert all(len(feature) <= 100 for feature in texts["features"]), language


def test_one_licence_everywhere() -> None:
    said = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))["legal"]["license"]
    packages = [ROOT / name / "pyproject.toml" for name in (".", "catalogue", "engine", "client", "server")]
    licences = {tomllib.loads(path.read_text(encoding="utf-8"))["project"]["license"] for path in packages}
    assert licences == {said} == {"MIT"}
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("MIT License\n\nCopyright (c) 2026 sidoba contributors")
