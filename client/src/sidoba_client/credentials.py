"""Who we are for the platform: from the environment, or from a file only its owner can read.

Environment: SIDOBA_URL, SIDOBA_CLIENT_ID, SIDOBA_CLIENT_SECRET (each wins over the file).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from sidoba_client.errors import UsageProblem
from sidoba_client.private_files import make_private_folder, write_durably

FILE_NAME = "credentials.json"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """Address of the platform (its root, no trailing slash) and the client credentials; the secret is never shown."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)


class _Stored(msgspec.Struct):
    url: str = ""
    client_id: str = ""
    client_secret: str = ""


def platform_url(written: str, *, environment: Mapping[str, str] = os.environ) -> str:
    """The root of the platform out of what was typed (`https://…`, with or without `/api/v1`).

    Raises UsageProblem when it is no such address, or when the secret would travel in clear.
    """
    parts = urlsplit(written.strip())
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise UsageProblem(f"« {written} » n'est pas une adresse de plateforme : https://… est attendu.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageProblem("L'adresse de la plateforme ne porte ni identifiant, ni « ? », ni « # ».")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and environment.get("SIDOBA_ALLOW_HTTP") != "1":
        raise UsageProblem(
            "En http, le secret et les données passeraient en clair : utilisez https (ou, pour un essai sur un réseau"
            " fermé, SIDOBA_ALLOW_HTTP=1)."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/api/v1')}"


def load_credentials(folder: Path, environment: Mapping[str, str] = os.environ) -> Credentials:
    """The credentials in force. Raises UsageProblem saying what is missing and how to give it."""
    stored = _read(folder / FILE_NAME)
    url = environment.get("SIDOBA_URL") or stored.url
    client_id = environment.get("SIDOBA_CLIENT_ID") or stored.client_id
    secret = environment.get("SIDOBA_CLIENT_SECRET") or stored.client_secret
    missing = [
        name
        for name, value in (("SIDOBA_URL", url), ("SIDOBA_CLIENT_ID", client_id), ("SIDOBA_CLIENT_SECRET", secret))
        if not value
    ]
    if missing:
        raise UsageProblem(
            "Accès à la plateforme incomplet : lancez `sidoba login --url … --client-id …`,"
            f" ou donnez {', '.join(missing)} dans l'environnement."
        )
    return Credentials(platform_url(url, environment=environment), client_id, secret)


def store_credentials(folder: Path, credentials: Credentials) -> Path:
    """Write the file (0600, in a folder 0700), replacing what was there in one step."""
    make_private_folder(folder)
    stored = _Stored(credentials.url, credentials.client_id, credentials.client_secret)
    path = folder / FILE_NAME
    write_durably(path, msgspec.json.encode(stored))
    return path


def _read(path: Path) -> _Stored:
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise UsageProblem(f"{path} est lisible par d'autres que vous : lancez `chmod 600 {path}`.")
        return msgspec.json.decode(path.read_bytes(), type=_Stored)
    except FileNotFoundError:
        return _Stored()
    except OSError as error:
        raise UsageProblem(f"{path} ne peut pas être lu : {error.strerror}.") from None
    except msgspec.MsgspecError:
        raise UsageProblem(f"{path} est abîmé : relancez `sidoba login`.") from None
