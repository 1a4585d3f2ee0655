"""What can go wrong on the way to the platform, by type.

    ClientError
    ├── UsageProblem            the command, a file or a setting is wrong: nothing was asked of the platform
    └── ApiError                the platform, or the way to it
        ├── Unreachable         nothing is wrong with the data: try again later, the outbox keeps them
        │   ├── Busy            429 or 503, with the wait it asked for
        │   ├── PlatformFault   5xx
        │   ├── DamagedInTransit   the body did not arrive whole
        │   └── UnexpectedAnswer   what answered does not speak the contract
        ├── NotAllowed          403: known, but without the right
        │   └── CredentialsRefused   401: not known
        └── Refused             any other 4xx: the request itself must change
            └── NotFound        404

Texts are French and final. None of them holds a secret or the name of a library.
"""

from __future__ import annotations

from sidoba_client.wire import Anomaly, Problem


class ClientError(Exception):
    """Root of all that this package raises on purpose; `str()` is a French sentence for the person at the keyboard."""


class UsageProblem(ClientError):
    """The command, a file or a setting is wrong; nothing left this machine."""


class ApiError(ClientError):
    """A request did not give what was asked.

    `code` is the platform's public code, or one of ours when no answer came; `correlation_id` names the exchange in the
    platform's log; `problem` is the answer as the platform wrote it (`raw`), when there was one.
    """

    def __init__(
        self,
        detail: str,
        *,
        code: str,
        status: int | None = None,
        correlation_id: str | None = None,
        problem: Problem | None = None,
        raw: bytes | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.status = status
        self.correlation_id = correlation_id
        self.problem = problem
        self.raw = raw
        self.retry_after_s = retry_after_s

    @property
    def anomalies(self) -> list[Anomaly]:
        """The anomalies that came with the refusal, if any."""
        return self.problem.anomalies if self.problem else []


class Unreachable(ApiError):
    """The platform could not be asked, or could not answer; the data are not at fault."""


class Busy(Unreachable):
    """The platform asks to come back later (429, 503); `retry_after_s` says when."""


class PlatformFault(Unreachable):
    """The platform failed (5xx)."""


class DamagedInTransit(Unreachable):
    """The body that arrived is not the one that left: resend it."""


class UnexpectedAnswer(Unreachable):
    """What answered is not a platform that speaks the contract (a proxy's page, a moved address)."""


class NotAllowed(ApiError):
    """The credential is known and has no right to this."""


class CredentialsRefused(NotAllowed):
    """The credential is not known, expired or revoked."""


class Refused(ApiError):
    """The platform refused the request: it must change before it is sent again."""


class NotFound(Refused):
    """Nothing of that name that this credential may see."""
