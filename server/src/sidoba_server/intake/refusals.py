"""Refusals at the door: key, length, digest, compression. Nothing is kept of what they refuse."""

from __future__ import annotations

from sidoba_server.core.refusals import Refusal


class KeyMissing(Refusal, code="CLE_IDEMPOTENCE_ABSENTE"):
    """No `Idempotency-Key`."""


class KeyInvalid(Refusal, code="CLE_IDEMPOTENCE_INVALIDE"):
    """Not 1 to 255 visible ASCII characters."""


class KeyReused(Refusal, code="CLE_REUTILISEE"):
    """The key served another body or address. Fact: `recu_le`."""


class BodyIncomplete(Refusal, code="CORPS_INCOMPLET"):
    """Fewer or more bytes than announced. Facts: `recus`, `annonces`."""


class BodyTooLarge(Refusal, code="CORPS_TROP_GRAND"):
    """Past the limit once decompressed. Fact: `limite`."""


class BodyUnreadable(Refusal, code="CORPS_ILLISIBLE"):
    """The compression does not hold. Fact: `encodage`."""


class EncodingNotAccepted(Refusal, code="ENCODAGE_NON_ADMIS"):
    """Fact: `encodage`."""


class DigestDiffers(Refusal, code="EMPREINTE_DIFFERENTE"):
    """Fact: `algorithme`."""


class DigestUnreadable(Refusal, code="EMPREINTE_ILLISIBLE"):
    """`Content-Digest` is not as RFC 9530 writes it."""
