"""The outbox: submissions on disk before their first byte leaves, until their run has ended.

One submission is two files of a private folder: `<id>.body` (the bytes as they leave, so that a resend is the same to
the byte) and `<id>.json` (target, idempotency key, state). The body is written and flushed first: an entry that can be
read is whole. An entry that ends keeps its second file only: the personal data of the body leave this machine's disk.

    a_envoyer ──▶ recu ──▶ termine
        └───────▶ refuse

No lock: two processes that resend the same entry use the same key, which the platform takes once.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from sidoba_client.errors import UsageProblem
from sidoba_client.private_files import TEMPORARY_SUFFIX, flush_folder, make_private_folder, write_durably
from sidoba_client.protocol import Body, Target, Webservice

ENTRY_SUFFIX = ".json"
BODY_SUFFIX = ".body"
LEFTOVER_AGE_S = 3600.0
"""A file younger than this without its entry may be one that another process is writing."""

KEPT_AFTER_END_S = 90 * 24 * 3600.0

_Way = tuple[str, str, Target, str]


class EntryState(StrEnum):
    """Where a submission stands. Only WAITING and RECEIVED still have their body."""

    WAITING = "a_envoyer"
    RECEIVED = "recu"
    ENDED = "termine"
    REFUSED = "refuse"


class Entry(msgspec.Struct, frozen=True):
    """One submission. `digest` is that of the body once decompressed, `sent_digest` that of the bytes on disk.

    `receipt` is the platform's JSON, as it came; `outcome` the last status of the run, `refusal_…` the public code
    and the sentence of a refusal or of the last failure.
    """

    id: str
    key: str
    stored_at: str
    platform: str
    client_id: str
    campaign: str
    finess: str
    webservice: str
    sources: list[str]
    media_type: str
    encoding: str | None
    digest: str
    sent_digest: str
    size: int
    state: EntryState = EntryState.WAITING
    attempts: int = 0
    receipt: str | None = None
    run_id: str | None = None
    filing_id: str | None = None
    outcome: str | None = None
    refusal_code: str | None = None
    refusal_detail: str | None = None
    changed_at: str | None = None

    @property
    def target(self) -> Target:
        """Where it goes."""
        return Target(self.campaign, self.finess, Webservice(self.webservice))

    @property
    def is_open(self) -> bool:
        """Something remains to be done or known."""
        return self.state in {EntryState.WAITING, EntryState.RECEIVED}


class Outbox:
    """The entries of one state folder. Raises UsageProblem when the folder cannot be written."""

    def __init__(self, state_folder: Path) -> None:
        self.folder = state_folder / "outbox"
        self._twins: dict[_Way, str] | None = None
        try:
            make_private_folder(state_folder)
            make_private_folder(self.folder)
        except OSError as error:
            raise UsageProblem(
                f"La boîte d'envoi {self.folder} ne peut pas être créée ({error.strerror}) : donnez un dossier où"
                " écrire avec SIDOBA_STATE_DIR."
            ) from None

    def store(self, target: Target, body: Body, *, sources: list[str], platform: str, client_id: str) -> Entry:
        """Put a submission on disk under a new key, flushed, before anything leaves.

        The same body already waiting for the same target is given back instead: asking twice sends once.
        """
        same = (platform, client_id, target, body.digest)
        waiting = self.reread(self._known_twins().get(same, ""))
        if waiting is not None and waiting.state is EntryState.WAITING:
            return waiting
        entry = Entry(
            id=uuid.uuid4().hex[:12],
            key=str(uuid.uuid4()),
            stored_at=_now(),
            platform=platform,
            client_id=client_id,
            campaign=target.campaign,
            finess=target.finess,
            webservice=target.webservice.value,
            sources=sources,
            media_type=body.media_type,
            encoding=body.encoding,
            digest=body.digest,
            sent_digest=hashlib.sha256(body.content).hexdigest(),
            size=body.size,
        )
        try:
            write_durably(self._body_path(entry.id), body.content)
            self._write(entry)
        except OSError as error:
            self._body_path(entry.id).unlink(missing_ok=True)
            raise UsageProblem(
                f"L'envoi ne peut pas être gardé dans {self.folder} ({error.strerror}) : rien n'est parti. Libérez de"
                " la place, ou choisissez un autre dossier avec SIDOBA_STATE_DIR."
            ) from None
        self._known_twins()[same] = entry.id
        return entry

    def entries(self) -> list[Entry]:
        """All entries, oldest first; one that cannot be read is left alone and out of the list."""
        found = [self._read(path) for path in self.folder.glob(f"*{ENTRY_SUFFIX}")]
        return sorted((entry for entry in found if entry is not None), key=lambda entry: (entry.stored_at, entry.id))

    def reread(self, entry_id: str) -> Entry | None:
        """The entry of that id as it is on disk now."""
        return self._read(self._entry_path(entry_id)) if entry_id else None

    def find(self, name: str) -> Entry | None:
        """The entry of that id, or of that processing run."""
        return next((entry for entry in self.entries() if name in {entry.id, entry.run_id}), None)

    def body(self, entry: Entry) -> Body:
        """The bytes to send, checked against what was stored. Raises UsageProblem when they are gone or altered."""
        try:
            content = self._body_path(entry.id).read_bytes()
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() != entry.sent_digest:
            raise UsageProblem(
                f"Le contenu de l'envoi {entry.id} a disparu de la boîte d'envoi ou a été modifié : renvoyez les"
                " fichiers avec `sidoba send`."
            )
        return Body(content, entry.media_type, entry.encoding, entry.digest, entry.size)

    def update(self, entry: Entry, **changes: object) -> Entry:
        """Write what changed, in one step; an entry that ends loses its body."""
        changed: Entry = msgspec.structs.replace(entry, **changes, changed_at=_now())
        self._write(changed)
        if not changed.is_open:
            self._body_path(entry.id).unlink(missing_ok=True)
            flush_folder(self.folder)
        return changed

    def sweep(self) -> None:
        """Remove what a crash left behind (bodies without an open entry, half-written files) and entries long ended."""
        now = time.time()
        for path in self.folder.iterdir():
            if path.suffix == TEMPORARY_SUFFIX:
                is_useless, age = True, LEFTOVER_AGE_S
            elif path.suffix == BODY_SUFFIX:
                is_useless, age = not self._is_awaited(path.stem), LEFTOVER_AGE_S
            else:
                entry = self._read(path) if path.suffix == ENTRY_SUFFIX else None
                is_useless, age = entry is not None and not entry.is_open, KEPT_AFTER_END_S
            if is_useless and _is_older(path, now - age):
                path.unlink(missing_ok=True)

    def unreadable(self) -> list[Path]:
        """Entries that are there and cannot be read: left alone, with their bodies."""
        return [path for path in sorted(self.folder.glob(f"*{ENTRY_SUFFIX}")) if self._read(path) is None]

    def _is_awaited(self, entry_id: str) -> bool:
        path = self._entry_path(entry_id)
        if not path.exists():
            return False
        entry = self._read(path)
        return entry is None or entry.is_open

    def _known_twins(self) -> dict[_Way, str]:
        """What waits, by where it goes and what it holds; read once, so that storing many stays linear."""
        if self._twins is None:
            self._twins = {
                (entry.platform, entry.client_id, entry.target, entry.digest): entry.id
                for entry in self.entries()
                if entry.state is EntryState.WAITING
            }
        return self._twins

    def _write(self, entry: Entry) -> None:
        write_durably(self._entry_path(entry.id), msgspec.json.encode(entry))

    def _read(self, path: Path) -> Entry | None:
        try:
            return msgspec.json.decode(path.read_bytes(), type=Entry)
        except (OSError, msgspec.MsgspecError):
            return None

    def _entry_path(self, entry_id: str) -> Path:
        return self.folder / f"{entry_id}{ENTRY_SUFFIX}"

    def _body_path(self, entry_id: str) -> Path:
        return self.folder / f"{entry_id}{BODY_SUFFIX}"


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_older(path: Path, horizon: float) -> bool:
    try:
        return path.stat().st_mtime < horizon
    except OSError:
        return False
