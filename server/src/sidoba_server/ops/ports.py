"""Is the port free? Asked before anything is started, so that the answer is a sentence."""

from __future__ import annotations

import socket
import time

from sidoba_server.ops.exit_codes import Misused, Refused

HOST = "127.0.0.1"


def require_free(port: int, *, patience: float = 6.0) -> None:
    """Return once the port can be bound; a server just told to stop may hold it for some seconds. Raises Refused."""
    if not 1 <= port <= 65535:
        raise Misused(f"Le port {port} n'existe pas : donnez un nombre de 1 à 65535.")
    deadline = time.monotonic() + patience
    while not _is_free(port):
        if time.monotonic() > deadline:
            raise Refused(
                f"Le port {port} est déjà pris par un autre programme. Choisissez-en un autre : PORT={_another(port)}."
            )
        time.sleep(0.2)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise Refused(
                f"Le port {port} est réservé à l'administrateur de la machine. Choisissez-en un au-delà de 1023."
            ) from None
        except OSError:
            return False
        return True


def _another(port: int) -> int:
    return next((other for other in range(port + 1, min(port + 50, 65535)) if _is_free(other)), 8001)
