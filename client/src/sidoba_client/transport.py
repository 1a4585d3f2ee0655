"""Carries the protocol's requests over HTTP: token, patience, and faults of the network turned into ours.

Proxy and certificate authorities come from the environment (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE …), as everywhere.
A request is only ever repeated when repeating it is harmless: all those of `protocol` are (reads, token, and
submissions under an idempotency key).
"""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx2

from sidoba_client import __version__
from sidoba_client.credentials import Credentials
from sidoba_client.errors import Busy, UnexpectedAnswer, Unreachable, UsageProblem
from sidoba_client.protocol import Answer, Request, read_token, refusal, retry_delay, token_request

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 60.0
LARGEST_ANSWER = 64 * 1024 * 1024
RENEW_BEFORE_END_S = 30.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is tried, and the longest wait accepted between two tries, in seconds."""

    attempts: int = 4
    longest_wait_s: float = 60.0


class Transport:
    """One connection to one platform under one credential. Use as a context manager, or call `close`."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
        on_wait: Callable[[float], None] | None = None,
    ) -> None:
        self._credentials = credentials
        self._patience = patience or Patience()
        self._sleep = sleep
        self._on_wait = on_wait
        self._token: str | None = None
        self._token_ends_at = 0.0
        try:
            self._client = httpx2.Client(
                timeout=httpx2.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
                headers={"User-Agent": f"sidoba-client/{__version__}"},
            )
        except (OSError, ValueError, ImportError):
            # Read when the client is made: a proxy address of an unknown kind, a certificate file that is not one.
            raise UsageProblem(
                "La configuration réseau de l'environnement est inutilisable : vérifiez HTTPS_PROXY, ALL_PROXY,"
                " SSL_CERT_FILE et SSL_CERT_DIR."
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Release the connections."""
        self._client.close()

    def send(self, request: Request) -> Answer:
        """Send under a valid token, with patience.

        Returns the answer when it is a success; raises the ApiError that tells what happened otherwise.
        """
        answer = self._patiently(request, token=self._valid_token())
        if answer.status == 401:
            # Revoked or expired earlier than announced: once, with a fresh one.
            self._token = None
            answer = self._patiently(request, token=self._valid_token())
        if not 200 <= answer.status < 300:
            raise refusal(answer)
        return answer

    def _valid_token(self) -> str:
        if self._token is None or time.monotonic() >= self._token_ends_at:
            answer = self._patiently(
                token_request(self._credentials.client_id, self._credentials.client_secret), token=None
            )
            token = read_token(answer)
            self._token = token.access_token
            margin = min(RENEW_BEFORE_END_S, token.expires_in / 2)
            self._token_ends_at = time.monotonic() + token.expires_in - margin
        return self._token

    def _patiently(self, request: Request, *, token: str | None) -> Answer:
        correlation_id = secrets.token_hex(16)
        attempt = 1
        while True:
            answer: Answer | None = None
            fault: Unreachable | None = None
            try:
                answer = self._once(request, token=token, correlation_id=correlation_id)
            except _Repeatable as cut:
                fault = cut.error
            delay = retry_delay(answer, attempt=attempt, now=time.time())
            if delay is None and answer is not None:
                return answer
            if attempt >= self._patience.attempts or delay is None or delay > self._patience.longest_wait_s:
                if fault is not None:
                    raise fault
                if answer is not None:
                    raise _busy(answer, delay)
            attempt += 1
            if self._on_wait and delay:
                self._on_wait(delay)
            self._sleep(delay or 0.0)

    def _once(self, request: Request, *, token: str | None, correlation_id: str) -> Answer:
        headers = {**request.headers, "X-Correlation-Id": correlation_id}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            with self._client.stream(
                request.method,
                self._credentials.url + request.path,
                params=dict(request.query) or None,
                headers=headers,
                content=request.body,
            ) as response:
                body = _bounded(response)
                return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body)
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            unreachable, is_repeatable = _named(error, host=self._credentials.url, correlation_id=correlation_id)
            if is_repeatable:
                raise _Repeatable(unreachable) from None
            raise unreachable from None
        except httpx2.InvalidURL:
            raise UsageProblem(f"« {self._credentials.url} » n'est pas une adresse utilisable.") from None


class _Repeatable(Exception):
    def __init__(self, error: Unreachable) -> None:
        super().__init__()
        self.error = error


def _bounded(response: httpx2.Response) -> bytes:
    received = bytearray()
    for chunk in response.iter_bytes():
        received += chunk
        if len(received) > LARGEST_ANSWER:
            raise UnexpectedAnswer(
                "La réponse dépasse 64 Mio : ce n'est pas celle d'une plateforme de collecte.",
                code="REPONSE_INATTENDUE",
                status=response.status_code,
            )
    return bytes(received)


def _busy(answer: Answer, delay: float | None) -> Busy:
    """What the platform said (429, 503), with the wait it asked for, worked out."""
    error = refusal(answer)
    return Busy(
        error.detail,
        code=error.code,
        status=error.status,
        correlation_id=error.correlation_id,
        problem=error.problem,
        raw=error.raw,
        retry_after_s=delay,
    )


def _named(error: Exception, *, host: str, correlation_id: str) -> tuple[Unreachable, bool]:
    """Our error for a fault of the network, and whether trying again may help."""
    if _is_certificate_trouble(error):
        detail = (
            f"Le certificat de {host} n'est pas reconnu par cette machine. Si votre réseau inspecte le trafic, indiquez"
            " son autorité de certification dans SSL_CERT_FILE."
        )
        return Unreachable(detail, code="CERTIFICAT_NON_RECONNU", correlation_id=correlation_id), False
    match error:
        case httpx2.ProxyError():
            detail = "Le serveur mandataire (proxy) refuse la connexion : vérifiez HTTPS_PROXY et NO_PROXY."
        case httpx2.ConnectTimeout() | httpx2.ConnectError():
            detail = f"{host} est injoignable : vérifiez l'adresse, le réseau, et HTTPS_PROXY s'il y a un proxy."
        case httpx2.TimeoutException():
            detail = f"{host} n'a pas répondu à temps."
        case httpx2.UnsupportedProtocol() | httpx2.DecodingError():
            detail = f"La réponse de {host} est illisible : vérifiez l'adresse de la plateforme."
            return UnexpectedAnswer(detail, code="REPONSE_INATTENDUE", correlation_id=correlation_id), False
        case _:
            detail = f"La connexion avec {host} a été coupée avant la fin de la réponse."
    return Unreachable(detail, code="PLATEFORME_INJOIGNABLE", correlation_id=correlation_id), True


def _is_certificate_trouble(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
