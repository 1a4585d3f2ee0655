"""The exchange with the platform, without any input or output: requests to build, answers to read, what to try again.

Source: API contract, §1 (common rules) and §2 (webservices). `transport` carries what is built here.
"""

from __future__ import annotations

import base64
import email.utils
import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

import msgspec

from sidoba_client.errors import (
    ApiError,
    Busy,
    CredentialsRefused,
    DamagedInTransit,
    NotAllowed,
    NotFound,
    PlatformFault,
    Refused,
    UnexpectedAnswer,
)
from sidoba_client.wire import OAuthError, Page, Problem, Receipt, Token

API = "/api/v1"
JSON = "application/json"
FHIR_JSON = "application/fhir+json"
FHIR_XML = "application/fhir+xml"
COMPRESS_ABOVE = 64 * 1024
"""Bodies larger than this many bytes leave compressed."""

PAGE_SIZE = 100
TRANSIT_CODES = frozenset({"CORPS_INCOMPLET", "EMPREINTE_DIFFERENTE"})
TRY_AGAIN_STATUSES = frozenset({429, 503})
BACK_OFF_S = 0.5
LONGEST_BACK_OFF_S = 30.0

T = TypeVar("T")


class Webservice(StrEnum):
    """The webservices that take data, by the last part of their address."""

    STRUCTURE = "structure"
    CDA = "cda"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a submission goes: one webservice of one campaign for one establishment."""

    campaign: str
    finess: str
    webservice: Webservice

    @property
    def path(self) -> str:
        """Path of the submission's address."""
        return f"{_filing_path(self.campaign, self.finess)}/{self.webservice.value}"


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes that leave, and what they are once decompressed (`digest`: hexadecimal SHA-256, `size`: bytes)."""

    content: bytes
    media_type: str
    encoding: str | None
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` starts at the platform's root."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def correlation_id(self) -> str | None:
        """The name of this exchange in the platform's log."""
        return self.headers.get("x-correlation-id")


def pack(content: bytes, media_type: str) -> Body:
    """The body for `content`: compressed when large, always the same bytes for the same content."""
    encoding = "gzip" if len(content) > COMPRESS_ABOVE else None
    sent = gzip.compress(content, compresslevel=6, mtime=0) if encoding else content
    return Body(sent, media_type, encoding, hashlib.sha256(content).hexdigest(), len(content))


def token_request(client_id: str, client_secret: str) -> Request:
    """Ask for a token (`client_secret_basic`: both parts form-encoded first, RFC 6749, 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()
    return Request(
        "POST",
        "/oauth/token",
        headers={
            "Authorization": "Basic " + base64.b64encode(pair).decode(),
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": JSON,
        },
        body=b"grant_type=client_credentials",
    )


def access_request() -> Request:
    """`/moi`."""
    return _get(f"{API}/moi")


def campaigns_request(
    *, status: str = "ouverte", finess: str | None = None, report_type: str | None = None, after: str | None = None
) -> Request:
    """WS01, one page."""
    return _get(f"{API}/campagnes", statut=status, finess=finess, type_rapport=report_type, apres=after)


def submission_request(target: Target, body: Body, *, key: str) -> Request:
    """WS05 or WS07: the digest sent is that of the bytes as they leave (RFC 9530)."""
    sent_digest = base64.b64encode(hashlib.sha256(body.content).digest()).decode()
    headers = {
        "Content-Type": body.media_type,
        "Accept": JSON,
        "Idempotency-Key": key,
        "Content-Digest": f"sha-256=:{sent_digest}:",
    }
    if body.encoding:
        headers["Content-Encoding"] = body.encoding
    return Request("POST", target.path, headers=headers, body=body.content)


def run_request(run_id: str) -> Request:
    """WS06: one processing run."""
    return _get(f"{API}/traitements/{_part(run_id)}")


def documents_request(run_id: str, *, after: str | None = None) -> Request:
    """WS06: the documents of a run, one page."""
    return _get(f"{API}/traitements/{_part(run_id)}/documents", apres=after, limite=str(PAGE_SIZE))


def filing_request(filing_id: str) -> Request:
    """WS06: one filing."""
    return _get(f"{API}/collectes/{_part(filing_id)}")


def filing_of_request(campaign: str, finess: str) -> Request:
    """WS06: the filing of an establishment in a campaign."""
    return _get(f"{_filing_path(campaign, finess)}/collecte")


def model_request(code: str, version: str, *, media_type: str = JSON) -> Request:
    """WS02: a published model in one of its forms."""
    path = f"{API}/modeles/{_part(code)}/versions/{_part(version)}"
    return Request("GET", path, headers={"Accept": media_type})


def diff_request(command: bytes) -> Request:
    """WS04: the gap between two models, each named or whole."""
    return Request("POST", f"{API}/modeles/ecart", headers={"Content-Type": JSON, "Accept": JSON}, body=command)


def read(answer: Answer, expected: type[T]) -> T:
    """The answer as `expected`; raises the ApiError of a refusal, UnexpectedAnswer for anything else."""
    if not 200 <= answer.status < 300:
        raise refusal(answer)
    try:
        return msgspec.json.decode(answer.body, type=expected)
    except msgspec.MsgspecError:
        raise _not_the_contract(answer) from None


def read_token(answer: Answer) -> Token:
    """The token; raises CredentialsRefused when the identifier or the secret is wrong."""
    if answer.status in {400, 401}:
        try:
            reason = msgspec.json.decode(answer.body, type=OAuthError).error
        except msgspec.MsgspecError:
            raise refusal(answer) from None
        raise CredentialsRefused(
            "L'identifiant ou le secret est refusé : vérifiez-les dans l'espace éditeur, puis relancez `sidoba login`.",
            code=reason.upper(),
            status=answer.status,
            correlation_id=answer.correlation_id,
        )
    return read(answer, Token)


def read_receipt(answer: Answer, body: Body) -> Receipt:
    """The receipt; raises DamagedInTransit when it is not for the bytes that were sent."""
    receipt = read(answer, Receipt)
    acknowledged = receipt.acknowledgement
    if acknowledged.digest != f"sha256:{body.digest}" or acknowledged.size != body.size:
        raise DamagedInTransit(
            f"L'accusé {acknowledged.id} porte sur d'autres octets que ceux envoyés ({acknowledged.size} reçus,"
            f" {body.size} envoyés) : l'envoi reste en attente. Signalez-le à la plateforme.",
            code="ACCUSE_DIFFERENT",
            status=answer.status,
            correlation_id=answer.correlation_id,
        )
    return receipt


def next_cursor(page: Page) -> str | None:
    """Where the next page starts. Only the cursor is taken from the address given: a token never follows a link."""
    if not page.next:
        return None
    values = parse_qs(urlsplit(page.next).query).get("apres")
    return values[0] if values else None


def refusal(answer: Answer) -> ApiError:
    """The typed error for an answer that is not a success."""
    if answer.status < 400:
        return _not_the_contract(answer)
    try:
        problem = msgspec.json.decode(answer.body, type=Problem)
    except msgspec.MsgspecError:
        return _without_problem(answer)
    detail = problem.detail or problem.title or f"La plateforme a refusé la demande ({answer.status})."
    return _error_type(answer.status, problem.code)(
        detail,
        code=problem.code,
        status=answer.status,
        correlation_id=problem.correlation_id or answer.correlation_id,
        problem=problem,
        raw=answer.body,
        retry_after_s=_seconds(answer.headers.get("retry-after")),
    )


def retry_delay(answer: Answer | None, *, attempt: int, now: float) -> float | None:
    """Seconds to wait before trying again, None when trying again would change nothing.

    `answer` is None after a cut connection; `attempt` counts from 1; `now` is the time in seconds since 1970, for a
    Retry-After written as a date.
    """
    back_off = min(BACK_OFF_S * 2.0 ** (attempt - 1), LONGEST_BACK_OFF_S)
    if answer is None:
        return back_off
    if answer.status not in TRY_AGAIN_STATUSES:
        return None
    asked = retry_after(answer.headers, now=now)
    return back_off if asked is None else asked


def retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """The wait a Retry-After header asks for, in seconds (delta or HTTP date, RFC 9110, 10.2.3)."""
    written = headers.get("retry-after", "").strip()
    seconds = _seconds(written)
    if seconds is not None or not written:
        return seconds
    try:
        return max(0.0, email.utils.parsedate_to_datetime(written).timestamp() - now)
    except ValueError:
        return None


def _error_type(status: int, code: str) -> type[ApiError]:
    if code in TRANSIT_CODES:
        return DamagedInTransit
    if status in TRY_AGAIN_STATUSES:
        return Busy
    if status >= 500:
        return PlatformFault
    return {401: CredentialsRefused, 403: NotAllowed, 404: NotFound}.get(status, Refused)


def _without_problem(answer: Answer) -> ApiError:
    """Refusals of whatever stands in between (proxy, load balancer) have a status and no problem object."""
    status = answer.status
    detail = {
        401: "La plateforme ne reconnaît pas cet accès (401).",
        403: "La plateforme, ou un équipement sur le chemin, interdit cette demande (403).",
        404: "Rien à cette adresse (404) : vérifiez l'adresse de la plateforme.",
        407: "Le serveur mandataire (proxy) demande une authentification (407).",
        413: "L'envoi est trop grand pour la plateforme, ou pour un équipement sur le chemin (413).",
        429: "La plateforme demande de ralentir (429).",
    }.get(status, f"La plateforme n'a pas pu répondre ({status}).")
    return _error_type(status, "")(
        detail,
        code=f"HTTP_{status}",
        status=status,
        correlation_id=answer.correlation_id,
        retry_after_s=_seconds(answer.headers.get("retry-after")),
    )


def _not_the_contract(answer: Answer) -> UnexpectedAnswer:
    moved = answer.headers.get("location") if 300 <= answer.status < 400 else None
    detail = (
        f"L'adresse renvoie vers {moved} : indiquez l'adresse définitive avec `sidoba login --url`."
        if moved
        else "La réponse n'est pas celle d'une plateforme de collecte : vérifiez l'adresse, ou le proxy sur le chemin."
    )
    return UnexpectedAnswer(
        detail, code="REPONSE_INATTENDUE", status=answer.status, correlation_id=answer.correlation_id
    )


def _seconds(written: str | None) -> float | None:
    return float(written) if written and written.strip().isascii() and written.strip().isdigit() else None


def _filing_path(campaign: str, finess: str) -> str:
    return f"{API}/campagnes/{_part(campaign)}/etablissements/{_part(finess)}"


def _part(value: str) -> str:
    """One part of a path: whatever is given, it cannot become another address."""
    return quote(value, safe="").replace(".", "%2E") if value in {".", ".."} else quote(value, safe="")


def _get(path: str, **query: str | None) -> Request:
    given = {name: value for name, value in query.items() if value is not None}
    return Request("GET", path, query=given, headers={"Accept": JSON})
