"""Bodies on a real wire, read by the real server: cut, chunked, too big, bombs. Nothing kept, memory flat."""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
import os
import zlib
from collections.abc import Iterator

import pytest
import situations
import zstandard
from live_platform import Answer, LivePlatform, chunked

MIB = 1024 * 1024
LIMIT = 200 * MIB
FLAT = 60 * MIB
PIECE = os.urandom(64 * 1024)
CHUNKED = {"Transfer-Encoding": "chunked"}


@pytest.fixture(scope="module")
def body() -> bytes:
    return situations.a_structure_body()


@pytest.fixture(params=["structure", "cda"])
def address(request: pytest.FixtureRequest, live_platform: LivePlatform) -> str:
    return live_platform.address(request.param)


def refused(
    platform: LivePlatform, address: str, pieces: Iterator[bytes] | list[bytes], **more: object
) -> tuple[int, str]:
    """The refusal, once sure that nothing of the body was kept."""
    before = platform.kept_rows()
    answer = platform.exchange(address, pieces, **more)  # type: ignore[arg-type]
    assert platform.kept_rows() == before
    return answer.refusal


def received(answer: Answer, body: bytes) -> None:
    assert answer.status == 202, answer.content
    assert answer.json["accuse"]["empreinte"] == "sha256:" + hashlib.sha256(body).hexdigest()


def announced(body: bytes, length: int | None = None) -> dict[str, str]:
    return {"Content-Length": str(len(body) if length is None else length)}


class TestWhole:
    """Bodies that arrive, in every way HTTP has."""

    def test_announced(self, live_platform: LivePlatform, address: str, body: bytes) -> None:
        received(live_platform.exchange(address, [body], headers=announced(body)), body)

    @pytest.mark.parametrize("size", [1, 7, 1000, 100_000])
    def test_chunked_without_any_length(self, live_platform: LivePlatform, body: bytes, size: int) -> None:
        pieces = chunked(body[start : start + size] for start in range(0, len(body), size))
        received(live_platform.exchange(live_platform.address("structure"), pieces, headers=CHUNKED), body)

    def test_chunked_with_extension_and_trailer(self, live_platform: LivePlatform, body: bytes) -> None:
        pieces = [f"{len(body):X};a=b\r\n".encode() + body + b"\r\n0\r\nX-Trailer: fin\r\n\r\n"]
        received(live_platform.exchange(live_platform.address("structure"), pieces, headers=CHUNKED), body)

    def test_byte_by_byte(self, live_platform: LivePlatform, body: bytes) -> None:
        pieces = [body[n : n + 1] for n in range(len(body))]
        received(live_platform.exchange(live_platform.address("structure"), pieces, headers=announced(body)), body)

    def test_our_side_closed_once_all_is_sent(self, live_platform: LivePlatform, body: bytes) -> None:
        answer = live_platform.exchange(live_platform.address("structure"), [body], headers=announced(body), cut=True)
        received(answer, body)

    def test_empty(self, live_platform: LivePlatform, address: str) -> None:
        received(live_platform.exchange(address, [], headers=announced(b"")), b"")
        received(live_platform.exchange(address, chunked([]), headers=CHUNKED), b"")
        received(live_platform.exchange(address, [], headers={}), b"")

    def test_expecting_to_be_told_to_go_on(self, live_platform: LivePlatform, body: bytes) -> None:
        headers = {**announced(body), "Expect": "100-continue"}
        received(live_platform.exchange(live_platform.address("structure"), [body], headers=headers), body)

    @pytest.mark.parametrize("encoding", ["gzip", "zstd"])
    def test_compressed_and_chunked(self, live_platform: LivePlatform, body: bytes, encoding: str) -> None:
        packed = gzip.compress(body) if encoding == "gzip" else zstandard.compress(body)
        headers = {**CHUNKED, "Content-Encoding": encoding}
        pieces = chunked(packed[start : start + 50] for start in range(0, len(packed), 50))
        received(live_platform.exchange(live_platform.address("structure"), pieces, headers=headers), body)

    def test_several_members_across_chunks(self, live_platform: LivePlatform, body: bytes) -> None:
        members = [gzip.compress(body[start : start + 300]) for start in range(0, len(body), 300)]
        headers = {**CHUNKED, "Content-Encoding": "gzip"}
        answer = live_platform.exchange(live_platform.address("structure"), chunked(members), headers=headers)
        received(answer, body)

    def test_read_back_by_the_worker_as_sent(self, live_platform: LivePlatform) -> None:
        """Several blocks, none of them compressible."""
        sent = os.urandom(3 * MIB + 17)
        answer = live_platform.exchange(live_platform.address("structure"), [sent], headers=announced(sent))
        received(answer, sent)


class TestCut:
    """The sender stops before the end: 400, nothing stored, and the same key serves again."""

    def test_half_of_what_was_announced(self, live_platform: LivePlatform, address: str, body: bytes) -> None:
        half = body[: len(body) // 2]
        code = refused(live_platform, address, [half], headers=announced(body), cut=True)
        assert code == (400, "CORPS_INCOMPLET")

    @pytest.mark.parametrize("sent", [0, 1, 65_535, 65_536, 65_537, 199_999])
    def test_wherever_it_is_cut(self, live_platform: LivePlatform, sent: int) -> None:
        content = b" " * 200_000
        where = live_platform.address("structure")
        code = refused(live_platform, where, [content[:sent]], headers=announced(content), cut=True)
        assert code == (400, "CORPS_INCOMPLET")

    @pytest.mark.parametrize(
        "pieces",
        [
            [b""],
            [b"5\r\nabcde\r\n"],
            [b"5\r\nabcde"],
            [b"5\r\nab"],
            [b"5\r\n"],
            [b"5"],
            [b"5\r\nabcde\r\n0"],
            [b"5\r\nabcde\r\n0\r\n"],
            [b"10000\r\n" + b"a" * 0x10000 + b"\r\n"],
            [b"10000\r\n" + b"a" * 0xFFFF],
        ],
        ids=[
            "nothing",
            "at a chunk's end",
            "before its end of line",
            "inside",
            "size only",
            "half a size",
            "last chunk cut",
            "no end of trailers",
            "a big chunk, no last one",
            "inside a big chunk",
        ],
    )
    def test_chunked(self, live_platform: LivePlatform, pieces: list[bytes]) -> None:
        where = live_platform.address("structure")
        assert refused(live_platform, where, pieces, headers=CHUNKED, cut=True) == (400, "CORPS_INCOMPLET")

    @pytest.mark.parametrize(
        "pieces",
        [
            [b"xyz\r\nabc\r\n0\r\n\r\n"],
            [b"-5\r\nabcde\r\n0\r\n\r\n"],
            [b"3\r\nabcde\r\n0\r\n\r\n"],
            [b"5\r\nabcde\r\n0\r\nmal forme\r\n\r\n"],
            [b"5\r\nabcde\r\n0\r\nContent-Length: 3\r\n\r\n"],
            [b"\r\n"],
        ],
        ids=["size that is none", "negative size", "more than its size", "bad trailer", "forbidden trailer", "no size"],
    )
    def test_chunks_that_are_none(self, live_platform: LivePlatform, pieces: list[bytes]) -> None:
        where = live_platform.address("structure")
        assert refused(live_platform, where, pieces, headers=CHUNKED, cut=True) == (400, "CORPS_INCOMPLET")

    def test_the_same_key_serves_for_the_whole(self, live_platform: LivePlatform, body: bytes) -> None:
        where = live_platform.address("structure")
        refused(live_platform, where, [body[:100]], headers=announced(body), cut=True, key="reprise")
        received(live_platform.exchange(where, [body], headers=announced(body), key="reprise"), body)

    @pytest.mark.parametrize("encoding", ["gzip", "zstd"])
    def test_compressed(self, live_platform: LivePlatform, address: str, body: bytes, encoding: str) -> None:
        """Cut on the wire, or cut before it was sent: told apart."""
        packed = gzip.compress(body) if encoding == "gzip" else zstandard.compress(body)
        half = packed[: len(packed) // 2]
        headers = {"Content-Encoding": encoding}
        on_the_wire = refused(live_platform, address, [half], headers={**headers, **announced(packed)}, cut=True)
        before = refused(live_platform, address, [half], headers={**headers, **announced(half)})
        assert (on_the_wire, before) == ((400, "CORPS_INCOMPLET"), (400, "CORPS_ILLISIBLE"))

    def test_what_follows_the_announced_length_is_not_of_the_body(
        self, live_platform: LivePlatform, body: bytes
    ) -> None:
        """It would be another request: this one stands as announced, and the rest is answered by nothing stored."""
        where = live_platform.address("structure")
        received(live_platform.exchange(where, [body + b"de trop"], headers=announced(body)), body)

    @pytest.mark.parametrize(
        "headers",
        [
            {"Content-Length": "5", "Transfer-Encoding": "chunked"},
            {"Transfer-Encoding": "identity", "Content-Length": "5"},
            {"Transfer-Encoding": "x"},
            {"Content-Length": "-1"},
            {"Content-Length": "cinq"},
            {"Content-Length": "5, 5"},
        ],
    )
    def test_lengths_that_contradict_themselves(self, live_platform: LivePlatform, headers: dict[str, str]) -> None:
        """Refused by the server before the application: never read one way by us and another by a proxy."""
        before = live_platform.kept_rows()
        answer = live_platform.exchange(live_platform.address("structure"), [], headers=headers)
        assert answer.status in (400, 501) and live_platform.kept_rows() == before
        assert b"gunicorn" not in answer.content.lower() and answer.headers["Server"] in (None, "sidoba")


class TestDigest:
    """`Content-Digest` against what really came."""

    @pytest.mark.parametrize("name", ["sha-256", "sha-512"])
    def test_of_a_chunked_body(self, live_platform: LivePlatform, body: bytes, name: str) -> None:
        digest = base64.b64encode(hashlib.new(name.replace("-", ""), body).digest()).decode()
        headers = {**CHUNKED, "Content-Digest": f"{name}=:{digest}:"}
        where = live_platform.address("structure")
        received(live_platform.exchange(where, chunked([body]), headers=headers), body)
        code = refused(live_platform, where, chunked([body, b" "]), headers=headers)
        assert code == (400, "EMPREINTE_DIFFERENTE")


class TestSize:
    """The limit of the setting, its default included; what it costs to refuse."""

    def test_one_octet_too_many_announced(self, live_platform: LivePlatform, address: str) -> None:
        """Told without waiting for it: the body is not even sent."""
        before = live_platform.forget_peaks()
        code = refused(live_platform, address, [], headers={"Content-Length": str(LIMIT + 1)})
        assert code == (413, "CORPS_TROP_GRAND")
        assert live_platform.memory_peak() - before < FLAT

    def test_one_octet_too_many_sent_all_the_same(self, live_platform: LivePlatform) -> None:
        """A sender who does not listen before having sent everything."""
        before = live_platform.forget_peaks()
        pieces = itertools.chain(itertools.repeat(PIECE, LIMIT // len(PIECE)), [b"x"])
        where = live_platform.address("cda")
        answer = _answer_or_reset(live_platform, where, pieces, {"Content-Length": str(LIMIT + 1)})
        assert answer is None or answer.refusal == (413, "CORPS_TROP_GRAND")
        assert live_platform.memory_peak() - before < FLAT

    def test_one_octet_too_many_chunked(self, live_platform: LivePlatform) -> None:
        """No length to go by: read up to the limit, then refused."""
        before = live_platform.forget_peaks()
        pieces = chunked(itertools.chain(itertools.repeat(PIECE, LIMIT // len(PIECE)), [b"x"]))
        where = live_platform.address("cda")
        assert refused(live_platform, where, pieces, headers=CHUNKED) == (413, "CORPS_TROP_GRAND")
        assert live_platform.memory_peak() - before < FLAT

    @pytest.mark.parametrize("encoding", ["gzip", "zstd", "zstd with a wide window"])
    def test_bombs(self, live_platform: LivePlatform, address: str, encoding: str) -> None:
        """2 GiB of zeros in a few hundred thousand octets, or in a few thousand."""
        bomb = _bomb(encoding)
        assert len(bomb) < 4 * MIB
        before = live_platform.forget_peaks()
        headers = {"Content-Encoding": encoding.split()[0], **announced(bomb)}
        status, code = refused(live_platform, address, [bomb], headers=headers)
        expected = (400, "CORPS_ILLISIBLE") if "wide" in encoding else (413, "CORPS_TROP_GRAND")
        assert (status, code) == expected
        assert live_platform.memory_peak() - before < FLAT

    def test_a_big_body_below_the_limit_is_received_in_flat_memory(self, live_platform: LivePlatform) -> None:
        before = live_platform.forget_peaks()
        pieces = chunked(itertools.repeat(PIECE, 60 * MIB // len(PIECE)))
        answer = live_platform.exchange(live_platform.address("cda"), pieces, headers=CHUNKED)
        assert answer.status == 202 and answer.json["accuse"]["octets"] == 60 * MIB
        assert live_platform.memory_peak() - before < FLAT


class TestRefusedBeforeTheBody:
    """A body nobody reads does not harm what follows on the connection, nor the sender's reading of the refusal."""

    @pytest.mark.parametrize("octets", [10, 100_000, 3 * MIB])
    def test_without_token(self, live_platform: LivePlatform, octets: int) -> None:
        headers = {"Authorization": "Bearer faux", "Content-Length": str(octets)}
        where = live_platform.address("structure")
        assert refused(live_platform, where, [b" " * octets], headers=headers) == (401, "JETON_INVALIDE")

    def test_establishment_of_others(self, live_platform: LivePlatform, body: bytes) -> None:
        where = live_platform.address("structure").replace(live_platform.seeded["finess"], "010000016")
        assert refused(live_platform, where, [body], headers=announced(body)) == (404, "ETABLISSEMENT_INCONNU")


def _bomb(encoding: str) -> bytes:
    zeros = b"\x00" * (8 * MIB)
    if encoding == "gzip":  # a part that ends on a full flush can be repeated as it is
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        parts = [packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)]
        return parts[0] + parts[1] * 255 + packer.flush()
    window = 27 if "wide" in encoding else 21
    parameters = zstandard.ZstdCompressionParameters(window_log=window)
    frame = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return b"".join(frame.compress(zeros) for _ in range(256)) + frame.flush()


def _answer_or_reset(
    platform: LivePlatform, address: str, pieces: Iterator[bytes], headers: dict[str, str]
) -> Answer | None:
    """What a sender reads who keeps sending: the refusal, or nothing when the connection was reset under it."""
    before = platform.kept_rows()
    try:
        return platform.exchange(address, pieces, headers=headers)
    except (ConnectionResetError, BrokenPipeError):
        return None
    finally:
        assert platform.kept_rows() == before
