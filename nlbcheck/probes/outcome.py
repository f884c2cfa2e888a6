"""What does a run of probes leave behind, finished or not?"""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nlbcheck.errors import VantageError
from nlbcheck.language import marked, tell
from nlbcheck.model import Flow, Observation, Status
from nlbcheck.model.flow import named

Watch = Callable[[int], None]
"""Called with the number of results that came in since the last call; with 0 once the run is under way."""

_DIAL_ERRORS = {
    errno.ECONNREFUSED: (Status.REFUSED, marked("the connection was refused")),
    errno.ETIMEDOUT: (Status.TIMED_OUT, marked("no answer within {seconds} s")),
    errno.ECONNRESET: (Status.RESET, marked("the connection was reset before it was established")),
}
_UNREACHABLE = {
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.EHOSTDOWN,
    errno.ENETDOWN,
    errno.EACCES,
    errno.EPERM,
    errno.EINVAL,  # a black hole of this machine's own routes: ip-route(8)
}
INTERRUPTED = marked("interrupted before it was done")
OUT_OF_TIME = marked("the time limit of the run was over before it was done")


@dataclass(frozen=True, slots=True)
class Observations:
    """The results, in the order of the flows, and whether all of them could be had."""

    results: tuple[Observation, ...]
    interrupted: bool


def unwatched(_count: int) -> None:
    """Watch nothing."""


def whole(flows: Sequence[Flow], results: Sequence[Observation | None], *, interrupted: bool) -> Observations:
    """Return the outcome of a run, in which what was not finished is interrupted."""
    why = tell(INTERRUPTED) if interrupted else tell(OUT_OF_TIME)
    return Observations(
        tuple(
            result or Observation(flow.check, Status.INTERRUPTED, attempts=0, error=why)
            for flow, result in zip(flows, results, strict=True)
        ),
        interrupted,
    )


def crashed(flow: Flow, why: str, attempts: int = 1) -> Observation:
    """Return the result of a probe that could not be made, by a fault of ours or of this machine."""
    return Observation(flow.check, Status.CRASHED, attempts=attempts, error=why)


def not_connected(flow: Flow, error: OSError, seconds: float, attempts: int) -> Observation:
    """Return the result of a connection that was not made within ``seconds``.

    One that the vantage point could not try is left undone, as by an interrupt: it says nothing of the flow.
    """
    if isinstance(error, VantageError):
        status, words = Status.INTERRUPTED, error.words
    elif error.errno in _DIAL_ERRORS:
        status, sentence = _DIAL_ERRORS[error.errno]
        words = tell(sentence, seconds=f"{seconds:.1f}")
    elif error.errno in _UNREACHABLE:
        status, words = (
            Status.UNREACHABLE,
            tell("{client} reports: {error}", client=named(flow.vantage), error=error.strerror),
        )
    else:
        status = Status.CRASHED
        words = tell("no connection could be started: {error}", error=error.strerror or error)
    return Observation(flow.check, status, total_ms=seconds * 1000, attempts=attempts, error=words)
