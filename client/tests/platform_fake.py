"""A small platform for the client's tests: real HTTP over real sockets, speaking the API contract (§1, §2, §4).

It keeps everything in memory, judges nothing, and misbehaves on demand: cuts a connection in the middle of an answer,
hangs, refuses with any problem. What it stored and what it was sent can be read back.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import socket
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs, unquote_plus
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from sidoba_engine.business_model import BusinessModel, model_from_data
from sidoba_engine.catalogue import Catalogue, installed_catalogue
from sidoba_engine.model_diff import diff_models
from sidoba_engine.model_diff.wire import diff_object
from sidoba_engine.model_questionnaire import questionnaire_of
from sidoba_engine.model_schema import schema_of
from sidoba_engine.verdict_json import encode

CLIENT_ID = "logiciel-de-test"
CLIENT_SECRET = "un secret : long & accentué é"
SUBMIT = re.compile(r"/api/v1/campagnes/([^/]+)/etablissements/([^/]+)/(structure|cda)")
CAMPAIGN = {
    "code": "ssiad-2026",
    "libelle": "SSIAD 2026",
    "type_rapport": "ssiad",
    "annee": 2026,
    "environnement": "bac_a_sable",
    "periode": {"debut": "2025-01-01", "fin": "2025-12-31"},
    "ouverture": "2026-03-02T00:00:00Z",
    "cloture": "2026-06-30T22:00:00Z",
    "statut": "ouverte",
    "modeles": [{"code": "ssiad-structure", "version": "2026.0-brouillon"}],
}
ACCESS = {
    "logiciel": {"nom": "DUI Exemple", "version": "4.2", "editeur": "Éditeur fictif"},
    "environnement": "bac_a_sable",
    "portees": ["campagnes:lire", "collecte:ecrire"],
    "mandats": [
        {"finess": "010000057", "type_rapport": "ssiad", "periode": CAMPAIGN["periode"], "jusqu_au": "2026-12-31"}
    ],
    "expire_le": "2027-01-01T00:00:00Z",
}


@dataclass
class Arrival:
    """One POST of data as it came: the bytes on the wire, the headers that matter, whether it was kept."""

    key: str
    path: str
    wire: bytes
    content: bytes
    headers: dict[str, str]


@dataclass
class Fault:
    """What to do to the next request whose path ends with `path`.

    `status` answers a problem instead; `cut` stores, then closes in the middle of the answer; `drop` closes before
    anything is read; `hold` waits for the event, before (`drop`, `status`) or after storing.
    """

    path: str
    status: int | None = None
    code: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut: bool = False
    drop: bool = False
    hold: threading.Event | None = None
    reached: threading.Event = field(default_factory=threading.Event)


class PlatformFake:
    """The application. `statuses` is what a run answers, one after the other, the last one for good."""

    def __init__(self) -> None:
        self.url = ""
        self.tokens: set[str] = set()
        self.token_requests = 0
        self.token_life = 600
        self.arrivals: list[Arrival] = []
        self.receipts: dict[str, tuple[bytes, str]] = {}
        self.faults: list[Fault] = []
        self.statuses = ["termine"]
        self.tally = {"recus": 1, "acceptes": 1, "acceptes_avec_avertissement": 0, "refuses": 0, "inchanges": 0}
        self.documents: list[bytes] = []
        self.campaigns = [CAMPAIGN]
        self.requests: list[str] = []
        self._lock = threading.Lock()

    def fail(self, path: str, **how: Any) -> Fault:
        """Plan one fault for the next request whose path ends so."""
        fault = Fault(path, **how)
        self.faults.append(fault)
        return fault

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        # A proxy is asked with the whole address.
        path = re.sub(r"^https?://[^/]+", "", environ["PATH_INFO"])
        fault = self._next_fault(path)
        if fault is not None and fault.drop:
            _hold(fault)
            _hang_up(environ)
        content = _read(environ)
        with self._lock:
            self.requests.append(f"{environ['REQUEST_METHOD']} {path}?{environ.get('QUERY_STRING', '')}")
        if fault is not None and fault.status is not None:
            _hold(fault)
            return _answer(start_response, fault.status, fault.body or _problem(fault), fault.headers)
        status, body, headers = self._route(environ, path, content)
        if fault is not None:
            _hold(fault)
        if fault is not None and fault.cut:
            head = f"HTTP/1.0 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            environ["test.connection"].sendall(head.encode() + body[: len(body) // 2])
            _hang_up(environ)
        return _answer(start_response, status, body, headers)

    def _next_fault(self, path: str) -> Fault | None:
        with self._lock:
            fault = next((fault for fault in self.faults if path.endswith(fault.path)), None)
            if fault is not None:
                self.faults.remove(fault)
            return fault

    def _route(self, environ: dict[str, Any], path: str, content: bytes) -> tuple[int, bytes, dict[str, str]]:
        if path == "/oauth/token":
            return self._token(environ)
        if environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ") not in self.tokens:
            return 401, _problem(Fault(path, 401, "JETON_INVALIDE")), {}
        if match := SUBMIT.fullmatch(path):
            return self._submit(environ, match, content)
        if path == "/api/v1/moi":
            return 200, json.dumps(ACCESS).encode(), {}
        if path == "/api/v1/campagnes":
            return self._page(environ, [json.dumps(campaign).encode() for campaign in self.campaigns], path)
        if path.startswith("/api/v1/modeles/"):
            return self._models(environ, path, content)
        return self._follow(environ, path)

    def _models(self, environ: dict[str, Any], path: str, content: bytes) -> tuple[int, bytes, dict[str, str]]:
        """WS02 and WS04, by the engine, as the platform answers them."""
        catalogue = installed_catalogue()
        if path == "/api/v1/modeles/ecart":
            command = json.loads(content)
            sides = [_model(catalogue, command[side]) for side in ("source", "cible")]
            return 200, encode(diff_object(diff_models(*sides, catalogue))), {}
        code, _, version = path.removeprefix("/api/v1/modeles/").partition("/versions/")
        model = catalogue.model(code, version)
        if model is None:
            return 404, _problem(Fault(path, 404, "MODELE_INCONNU")), {}
        write = {"application/schema+json": schema_of, "application/fhir+json": questionnaire_of}.get(
            environ.get("HTTP_ACCEPT", "")
        )
        return 200, encode(write(model, catalogue) if write else model.data), {}

    def _token(self, environ: dict[str, Any]) -> tuple[int, bytes, dict[str, str]]:
        self.token_requests += 1
        scheme, _, written = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        given = [unquote_plus(part) for part in base64.b64decode(written).decode().split(":")]
        if scheme != "Basic" or given != [CLIENT_ID, CLIENT_SECRET]:
            return 401, b'{"error": "invalid_client"}', {}
        token = uuid.uuid4().hex
        self.tokens.add(token)
        return (
            200,
            json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": self.token_life}).encode(),
            {},
        )

    def _submit(self, environ: dict[str, Any], match: re.Match[str], wire: bytes) -> tuple[int, bytes, dict[str, str]]:
        digest = base64.b64encode(hashlib.sha256(wire).digest()).decode()
        if environ.get("HTTP_CONTENT_DIGEST") != f"sha-256=:{digest}:":
            return 400, _problem(Fault("", 400, "EMPREINTE_DIFFERENTE")), {}
        content = gzip.decompress(wire) if environ.get("HTTP_CONTENT_ENCODING") == "gzip" else wire
        key = environ["HTTP_IDEMPOTENCY_KEY"]
        named = {name: value for name, value in environ.items() if name.startswith(("HTTP_", "CONTENT_"))}
        with self._lock:
            self.arrivals.append(Arrival(key, match[0], wire, content, named))
            receipt, known = self.receipts.get(key, (b"", ""))
            if receipt:
                same = known == hashlib.sha256(content).hexdigest()
                return (
                    (202, receipt, {"Idempotency-Replayed": "true"})
                    if same
                    else (422, _problem(Fault("", 422, "CLE_REUTILISEE")), {})
                )
            receipt = self._receipt(content)
            self.receipts[key] = receipt, hashlib.sha256(content).hexdigest()
        return 202, receipt, {"Retry-After": "1"}

    def _receipt(self, content: bytes) -> bytes:
        run, filing = str(uuid.uuid4()), str(uuid.uuid4())
        accuse = {
            "id": str(uuid.uuid4()),
            "recu_le": "2026-11-23T08:15:02.120Z",
            "empreinte": f"sha256:{hashlib.sha256(content).hexdigest()}",
            "octets": len(content),
            "signature": "e30.e30.AA",
        }
        return json.dumps(
            {
                "accuse": accuse,
                "collecte": {"id": filing, "href": f"/api/v1/collectes/{filing}"},
                "traitement": {"id": run, "href": f"/api/v1/traitements/{run}"},
                "file": {"position": 14, "attente_estimee_s": {"min": 3, "max": 9}},
            }
        ).encode()

    def _follow(self, environ: dict[str, Any], path: str) -> tuple[int, bytes, dict[str, str]]:
        receipts = [json.loads(receipt) for receipt, _ in self.receipts.values()]
        kind, _, rest = path.removeprefix("/api/v1/").partition("/")
        identifier, _, part = rest.partition("/")
        if kind == "traitements" and identifier in {receipt["traitement"]["id"] for receipt in receipts}:
            if part == "documents":
                return self._page(environ, self.documents, path)
            return 200, self._run(identifier), {"Retry-After": "0"}
        if kind == "collectes" and identifier in {receipt["collecte"]["id"] for receipt in receipts}:
            return 200, _filing(identifier), {}
        return 404, _problem(Fault(path, 404, "RESSOURCE_INCONNUE")), {}

    def _run(self, identifier: str) -> bytes:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        run: dict[str, Any] = {"id": identifier, "statut": status, "recu_le": "2026-11-23T08:15:02.120Z"}
        if status == "en_attente":
            run["file"] = {"position": 3, "attente_estimee_s": {"min": 1, "max": 2}}
        if status == "termine":
            run["bilan"] = self.tally
        return json.dumps(run).encode()

    def _page(self, environ: dict[str, Any], elements: list[bytes], path: str) -> tuple[int, bytes, dict[str, str]]:
        """Two elements a page, so that paging is seen."""
        after = int(parse_qs(environ.get("QUERY_STRING", "")).get("apres", ["0"])[0])
        page = elements[after : after + 2]
        following = (
            f'"https://ailleurs.example{path}?apres={after + 2}&limite=2"' if after + 2 < len(elements) else "null"
        )
        return 200, b'{"elements": [' + b", ".join(page) + b'], "suivant": ' + following.encode() + b"}", {}


def _model(catalogue: Catalogue, side: dict[str, Any]) -> BusinessModel:
    if "indicateurs" in side:
        return model_from_data(side)
    model = catalogue.model(side["code"], side["version"])
    assert model is not None
    return model


@contextmanager
def running_platform(tls: ssl.SSLContext | None = None) -> Iterator[PlatformFake]:
    """The platform on a free port of the loopback."""
    fake = PlatformFake()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.set_app(fake)
    fake.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        for fault in fake.faults:
            if fault.hold:
                fault.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False


class _Handler(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), "test.connection": self.connection}

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def log_message(self, *arguments: Any) -> None:
        """Silent."""


def _read(environ: dict[str, Any]) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return environ["wsgi.input"].read(length) if length else b""


def _hold(fault: Fault) -> None:
    fault.reached.set()
    if fault.hold is not None:
        fault.hold.wait(30)


def _hang_up(environ: dict[str, Any]) -> None:
    environ["test.connection"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


def _answer(start: Callable[..., Any], status: int, body: bytes, headers: dict[str, str]) -> list[bytes]:
    kind = "application/problem+json" if status >= 400 else "application/json"
    start(
        f"{status} X",
        [
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("X-Correlation-Id", "echange-42"),
            *headers.items(),
        ],
    )
    return [body]


def _problem(fault: Fault) -> bytes:
    return json.dumps(
        {
            "type": f"https://exemple/refus/{fault.code}",
            "title": "Refus",
            "status": fault.status,
            "detail": f"Détail de {fault.code}.",
            "code": fault.code,
            "correlation_id": "echange-42",
        }
    ).encode()


def _filing(identifier: str) -> bytes:
    return json.dumps(
        {
            "id": identifier,
            "campagne": "ssiad-2026",
            "etablissement": {"finess": "010000057", "nom": "SSIAD fictif"},
            "statut": "en_cours",
            "transitions_possibles": ["a_verifier", "annulee"],
            "completude": {
                "complete": False,
                "modeles": [
                    {
                        "code": "ssiad-structure",
                        "attendus": 43,
                        "recus": 40,
                        "acceptes": 39,
                        "obligatoires_manquants": ["x"],
                    }
                ],
                "usagers": {"annonces": 62, "recus": 60, "acceptes": 59},
            },
        }
    ).encode()
