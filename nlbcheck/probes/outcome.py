"""What does a run of probes leave behind, finished or not?"""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nlbcheck.errors import VantageError
from nlbcheck.model import Flow, Observation, Status

Watch = Callable[[int], None]
"""Called with the number of results that came in since the last call; with 0 once the run is under way."""

_DIAL_ERRORS = {
    errno.ECONNREFUSED: (Status.REFUSED, "the connection was refused"),
    errno.ETIMEDOUT: (Status.TIMED_OUT, "no answer"),
    errno.ECONNRESET: (Status.RESET, "the connection was reset while it was made"),
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


@dataclass(frozen=True, slots=True)
class Observations:
    """The results, in the order of the flows, and whether all of them could be had."""

    results: tuple[Observation, ...]
    interrupted: bool


def unwatched(_count: int) -> None:
    """Watch nothing."""


def whole(flows: Sequence[Flow], results: Sequence[Observation | None], *, interrupted: bool) -> Observations:
    """Return the outcome of a run, in which what was not finished is interrupted."""
    why = "interrupted before it was done" if interrupted else "the run's time was over before it was done"
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
        status, words = _DIAL_ERRORS[error.errno]
        words = f"{words} within {seconds:.1f} s" if status is Status.TIMED_OUT else words
    elif error.errno in _UNREACHABLE:
        status, words = Status.UNREACHABLE, f"{flow.vantage} was told: {error.strerror}"
    else:
        status, words = Status.CRASHED, f"no connection could be started: {error.strerror or error}"
    return Observation(flow.check, status, total_ms=seconds * 1000, attempts=attempts, error=words)
