"""The software of the story: a DUI that speaks to the platform over HTTP only, as any vendor's would."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

import httpx2
import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from sidoba_server.ops.demo.progress import Progress
from sidoba_server.ops.exit_codes import Refused

RUN_PATIENCE_S = 60.0


class StoryBroken(Refused):
    """The platform did not answer what the story needs: the demo fails, and says where."""


@dataclass(slots=True)
class Software:
    """Its calls, each told to `progress`. `http` has the platform as base address."""

    http: httpx2.Client
    progress: Progress

    def authenticate(self, *, client_id: str, client_secret: str) -> dict[str, Any]:
        """Get a token (client credentials), used from then on."""
        answer = self.http.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, auth=(client_id, client_secret)
        )
        token = self._told(answer, expected=200)
        self.http.headers["Authorization"] = f"Bearer {token['access_token']}"
        return token

    def read(self, path: str, *, expected: int = 200, **query: str) -> dict[str, Any]:
        """GET under /api/v1."""
        return self._told(self.http.get(f"/api/v1{path}", params=query), expected=expected)

    def send(self, path: str, body: bytes, *, media_type: str) -> dict[str, Any]:
        """POST a payload under a fresh idempotency key; the receipt."""
        headers = {"Content-Type": media_type, "Idempotency-Key": str(uuid4())}
        return self._told(self.http.post(f"/api/v1{path}", content=body, headers=headers), expected=202)

    def verify(self, receipt: dict[str, Any]) -> None:
        """The receipt is signed by the platform, over exactly what it says. Raises StoryBroken."""
        said = {name: value for name, value in receipt["accuse"].items() if name != "signature"}
        keys = self._told(self.http.get("/oauth/jwks"), expected=200)
        try:
            signed = jws.deserialize_compact(
                receipt["accuse"]["signature"], KeySet.import_key_set(cast(KeySetSerialization, keys))
            )
        except (JoseError, ValueError) as fault:
            raise StoryBroken("La signature du reçu ne se vérifie pas avec les clés de la plateforme.") from fault
        if msgspec.json.decode(signed.payload) != said:
            raise StoryBroken("La signature du reçu porte sur autre chose que le reçu.")

    def follow(self, receipt: dict[str, Any]) -> dict[str, Any]:
        """Ask for the run until it has ended (WS06). Raises StoryBroken when it takes too long or fails."""
        address, deadline, before = receipt["traitement"]["href"], time.monotonic() + RUN_PATIENCE_S, ""
        while True:
            answer = self.http.get(address)
            run: dict[str, Any] = answer.json()
            if answer.status_code != 200 or run["statut"] != before:
                self._told(answer, expected=200)
                before = run["statut"]
            if before == "termine":
                return run
            if before in ("echoue", "annule") or time.monotonic() > deadline:
                raise StoryBroken(f"Le traitement {run['id']} en est resté à « {before} ».")
            time.sleep(0.2)

    def _told(self, answer: httpx2.Response, *, expected: int) -> dict[str, Any]:
        self.progress.call(answer.request.method, answer.request.url.raw_path.decode(), answer.status_code)
        if answer.status_code != expected:
            raise StoryBroken(f"Réponse {answer.status_code} au lieu de {expected} : {_said(answer)}")
        content: dict[str, Any] = answer.json()
        return content


def _said(answer: httpx2.Response) -> str:
    """What a refusal says of itself."""
    try:
        problem = answer.json()
    except ValueError:
        return answer.text[:200]
    return " ".join(str(problem.get(name, "")) for name in ("code", "detail", "error", "correlation_id")).strip()
