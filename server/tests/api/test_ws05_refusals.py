"""WS05 and WS07, refused at the door: the public code, and nothing kept."""

from __future__ import annotations

import base64
import gzip
import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
import situations
import zstandard
from calling import FHIR, JSON, Caller, Scene, a_token, body_of, code_of, kept_rows
from sidoba_engine.filing_status import ACCEPTING_DATA, FilingStatus
from sidoba_server.core import clock

pytestmark = pytest.mark.django_db

BODY = b'{"modele":{"code":"ssiad-structure","version":"2026.0"},"donnees":{}}'


@pytest.fixture(params=["structure", "cda", "fhir"])
def door(request: pytest.FixtureRequest) -> str:
    """All doors take and refuse alike."""
    return str(request.param)


def refused(
    scene: Scene, door: str, body: bytes = BODY, *, address: str = "", caller: Caller | None = None, **more: Any
) -> tuple[int, str]:
    """Status and code of a refusal that left every table as it was."""
    before = kept_rows()
    kind = more.pop("kind", JSON if door == "structure" else FHIR)
    answer = (caller or scene.caller).post(address or scene.address(door), body, kind=kind, **more)
    assert kept_rows() == before
    return code_of(answer)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "CLE_IDEMPOTENCE_ABSENTE"),
        ("k" * 256, "CLE_IDEMPOTENCE_INVALIDE"),
        ("deux mots", "CLE_IDEMPOTENCE_INVALIDE"),
        ("clé", "CLE_IDEMPOTENCE_INVALIDE"),
        ("tab\tulation", "CLE_IDEMPOTENCE_INVALIDE"),
        ("\x7f", "CLE_IDEMPOTENCE_INVALIDE"),
    ],
)
def test_idempotency_key(scene: Scene, door: str, key: str | None, code: str) -> None:
    assert refused(scene, door, key=key) == (400, code)


def test_no_token(scene: Scene, door: str) -> None:
    assert refused(scene, door, caller=Caller()) == (401, "JETON_ABSENT")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "Token abc", "bearer"])
def test_other_credentials_are_no_token(scene: Scene, header: str) -> None:
    assert refused(scene, "structure", caller=Caller(), Authorization=header) == (401, "JETON_ABSENT")


@pytest.mark.parametrize("token", ["inconnu", "é" * 10, "a" * 4000, "deux mots"])
def test_unknown_token(scene: Scene, door: str, token: str) -> None:
    assert refused(scene, door, caller=Caller(token)) == (401, "JETON_INVALIDE")


def test_expired_token(scene: Scene, door: str) -> None:
    expired = Caller(a_token(scene.access, lives=-timedelta(seconds=1)))
    assert refused(scene, door, caller=expired) == (401, "JETON_INVALIDE")


def test_revoked_token(scene: Scene, door: str) -> None:
    scene.access.credential.accesstoken_set.all().delete()
    assert refused(scene, door) == (401, "JETON_INVALIDE")


def test_scope_missing(scene: Scene, door: str) -> None:
    reader = Caller(a_token(scene.access, scopes=["collecte:lire"]))
    assert refused(scene, door, caller=reader) == (403, "PORTEE_ABSENTE")


def test_scope_withdrawn_from_the_credential(scene: Scene, door: str) -> None:
    """A token already given does not keep what its credential has lost."""
    scene.access.credential.scopes = ["collecte:lire"]
    scene.access.credential.save()
    assert refused(scene, door) == (403, "PORTEE_ABSENTE")


@pytest.mark.parametrize("finess", ["01999999", "0199999940", "01999999A", "01-999999", "2C9999999", "é"])
def test_finess_badly_formed(scene: Scene, door: str, finess: str) -> None:
    address = f"/api/v1/campagnes/ssiad-2026/etablissements/{finess}/{door}"
    assert refused(scene, door, address=address) == (422, "FINESS_INVALIDE")


@pytest.mark.parametrize("code", ["inconnue", "ssiad-2026%20", "SSIAD-2026", "%F0%9F%98%80"])
def test_unknown_campaign(scene: Scene, door: str, code: str) -> None:
    address = f"/api/v1/campagnes/{code}/etablissements/019999994/{door}"
    assert refused(scene, door, address=address) == (404, "CAMPAGNE_INCONNUE")


@pytest.mark.parametrize("address", ["ssiad-2026%00/etablissements/019999994", "ssiad-2026/etablissements/%00"])
def test_addresses_no_row_can_have(scene: Scene, door: str, address: str) -> None:
    assert refused(scene, door, address=f"/api/v1/campagnes/{address}/{door}") == (404, "RESSOURCE_INCONNUE")


def test_mandate_of_another_vendor(scene: Scene, door: str) -> None:
    theirs = situations.an_establishment(finess="010000016")
    situations.a_credential_with_mandate(scene.campaign, theirs, software=situations.a_software(name="Autre DUI"))
    address = f"/api/v1/campagnes/ssiad-2026/etablissements/{theirs.finess}/{door}"
    assert refused(scene, door, address=address) == (404, "ETABLISSEMENT_INCONNU")


@pytest.mark.parametrize("how", ["ended", "revoked"])
def test_mandate_no_longer_in_force(scene: Scene, door: str, how: str) -> None:
    mandate = scene.access.software.mandates.get()
    if how == "ended":
        mandate.valid_until = clock.today_in_paris() - timedelta(days=1)
    else:
        mandate.revoked_at = clock.now()
    mandate.save()
    assert refused(scene, door) == (404, "ETABLISSEMENT_INCONNU")


def test_mandate_in_force_to_the_end_of_its_last_day_in_paris(scene: Scene) -> None:
    mandate = scene.access.software.mandates.get()
    mandate.valid_until = clock.today_in_paris()
    mandate.save()
    assert scene.send().status_code == 202


def test_mandate_for_another_report_type(scene: Scene, door: str) -> None:
    situations.a_campaign(code="rama-2026", model="rama-structure")
    address = f"/api/v1/campagnes/rama-2026/etablissements/019999994/{door}"
    assert refused(scene, door, address=address) == (403, "MANDAT_ABSENT")


@pytest.mark.parametrize(
    "period",
    [
        (date(2024, 5, 31), date(2025, 5, 31)),
        (date(2024, 6, 1), date(2025, 6, 1)),
        (date(2025, 6, 1), date(2026, 5, 31)),
    ],
)
def test_mandate_for_another_period(scene: Scene, door: str, period: tuple[date, date]) -> None:
    """A mandate covers a campaign when it covers its whole period."""
    situations.a_campaign(code="ssiad-autre", period=period)
    address = f"/api/v1/campagnes/ssiad-autre/etablissements/019999994/{door}"
    before = kept_rows()
    answer = scene.caller.post(address, BODY)
    assert code_of(answer) == (403, "MANDAT_ABSENT") and kept_rows() == before
    assert period[0].isoformat() in body_of(answer)["detail"] and "ssiad" in body_of(answer)["detail"]


def test_campaign_not_open_yet(scene: Scene, door: str) -> None:
    situations.a_campaign(window=(clock.now() + timedelta(seconds=30), clock.now() + timedelta(days=9)))
    assert refused(scene, door) == (409, "CAMPAGNE_PAS_OUVERTE")


def test_campaign_closed(scene: Scene, door: str) -> None:
    situations.a_campaign(window=(clock.now() - timedelta(days=9), clock.now()))
    assert refused(scene, door) == (409, "CAMPAGNE_CLOSE")


@pytest.mark.parametrize("status", sorted(set(FilingStatus) - ACCEPTING_DATA))
def test_filing_closed(scene: Scene, door: str, status: FilingStatus) -> None:
    filing = situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)
    filing.status = status
    filing.save()
    assert refused(scene, door) == (409, "COLLECTE_FERMEE")


@pytest.mark.parametrize("status", sorted(ACCEPTING_DATA))
def test_filing_still_open(scene: Scene, status: FilingStatus) -> None:
    filing = situations.a_filing(campaign=scene.campaign, establishment=scene.establishment)
    filing.status = status
    filing.save()
    assert scene.send().status_code == 202
    assert scene.filing.status == status, "only accepted data move it"


@pytest.mark.parametrize(
    ("door", "kind"),
    [
        ("structure", "text/plain"),
        ("structure", "application/fhir+json"),
        ("structure", "multipart/form-data; boundary=x"),
        ("structure", "application/x-www-form-urlencoded"),
        ("cda", "text/plain"),
        ("cda", "application/pdf"),
        ("fhir", "text/plain"),
    ],
)
def test_media_type(scene: Scene, door: str, kind: str) -> None:
    assert refused(scene, door, kind=kind) == (415, "TYPE_NON_ADMIS")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, zstd", "x", "é"])
def test_content_encoding(scene: Scene, door: str, encoding: str) -> None:
    assert refused(scene, door, Content_Encoding=encoding) == (415, "ENCODAGE_NON_ADMIS")


@pytest.mark.parametrize("mode", ["", "tout", "PARTIEL"])
def test_mode(scene: Scene, door: str, mode: str) -> None:
    assert refused(scene, door, address=f"{scene.address(door)}?mode={mode}") == (422, "PARAMETRE_INVALIDE")


@pytest.mark.parametrize("algorithm", ["sha-256", "sha-512", "SHA-256"])
def test_digest_of_something_else(scene: Scene, door: str, algorithm: str) -> None:
    other = hashlib.new(algorithm.lower().replace("-", ""), b"autre").digest()
    header = f"{algorithm}=:{base64.b64encode(other).decode()}:"
    assert refused(scene, door, Content_Digest=header) == (400, "EMPREINTE_DIFFERENTE")


def test_one_wrong_digest_among_two(scene: Scene) -> None:
    good = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    header = f"sha-256=:{good}:, sha-512=:{good}:"
    assert refused(scene, "structure", Content_Digest=header) == (400, "EMPREINTE_DIFFERENTE")


@pytest.mark.parametrize(
    "header", ["sha-256", "sha-256=abc", "sha-256=:é:", "sha-256=:a:", "sha-256=::", "=", "x;y", ","]
)
def test_digest_unreadable(scene: Scene, door: str, header: str) -> None:
    assert refused(scene, door, Content_Digest=header) == (400, "EMPREINTE_ILLISIBLE")


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b""),
        ("gzip", b"pas du gzip"),
        ("gzip", gzip.compress(BODY)[:-1]),
        ("gzip", gzip.compress(BODY)[:20]),
        ("gzip", gzip.compress(BODY)[:-8] + b"\x00" * 8),
        ("gzip", gzip.compress(BODY) + b"et la suite"),
        ("gzip", zstandard.compress(BODY)),
        ("zstd", b""),
        ("zstd", b"pas du zstd"),
        ("zstd", zstandard.compress(BODY)[:-1]),
        ("zstd", zstandard.compress(BODY)[:5]),
        ("zstd", zstandard.compress(BODY) + b"et la suite"),
        ("zstd", gzip.compress(BODY)),
        ("zstd", zstandard.ZstdCompressor(write_checksum=True).compress(BODY)[:-4] + b"\x00" * 4),
    ],
)
def test_compression_that_does_not_hold(scene: Scene, door: str, encoding: str, body: bytes) -> None:
    assert refused(scene, door, body, Content_Encoding=encoding) == (400, "CORPS_ILLISIBLE")


def test_window_past_what_the_coding_allows(scene: Scene) -> None:
    """RFC 9659: a zstd content coding holds in a window of 8 MiB; more would be memory at the sender's will."""
    parameters = zstandard.ZstdCompressionParameters(window_log=24)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    body = compressor.compress(b"\x00" * (9 * 1024 * 1024)) + compressor.flush()
    assert refused(scene, "structure", body, Content_Encoding="zstd") == (400, "CORPS_ILLISIBLE")


@pytest.mark.parametrize(("octets", "compress"), [(1001, None), (1001, gzip.compress), (1001, zstandard.compress)])
def test_past_the_size_limit(scene: Scene, door: str, settings: Any, octets: int, compress: Any) -> None:
    """The setting counts octets once decompressed."""
    settings.SIDOBA_MAX_BODY = 1000
    body = b" " * octets
    encoding = {None: "", gzip.compress: "gzip", zstandard.compress: "zstd"}[compress]
    sent = compress(body) if compress else body
    assert refused(scene, door, sent, Content_Encoding=encoding) == (413, "CORPS_TROP_GRAND")


def test_at_the_size_limit(scene: Scene, settings: Any) -> None:
    settings.SIDOBA_MAX_BODY = 1000
    assert scene.send(b" " * 1000).status_code == 202


def test_the_limit_is_told(scene: Scene, settings: Any) -> None:
    settings.SIDOBA_MAX_BODY = 5 * 1024 * 1024
    answer = scene.send(b" " * (5 * 1024 * 1024 + 1))
    assert code_of(answer) == (413, "CORPS_TROP_GRAND") and "5 Mio" in body_of(answer)["detail"]
