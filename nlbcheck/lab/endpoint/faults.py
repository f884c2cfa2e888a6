"""In which ways can AWS fail a caller, for tests of what happens then?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from threading import Lock

from nlbcheck.lab.endpoint.failures import CommonError


class Trouble(Enum):
    """What happens to a call instead of its answer, or before it."""

    THROTTLED = "throttled"
    DENIED = "denied"
    EXPIRED = "expired token"
    BROKEN = "HTTP 500"
    DROPPED = "dropped connection"
    SLOW = "slow answer"


REFUSALS = {
    Trouble.THROTTLED: CommonError.THROTTLED,
    Trouble.DENIED: CommonError.DENIED,
    Trouble.EXPIRED: CommonError.EXPIRED,
    Trouble.BROKEN: CommonError.BROKEN,
}
"""The troubles that are an error answer."""


@dataclass(frozen=True, slots=True)
class ApiFault:
    """A trouble, and which calls it meets."""

    trouble: Trouble
    operation: str | None = None
    """Only this call; None for every call."""
    times: int | None = None
    """Only the next so many calls; None until it is healed."""
    seconds: float = 0
    """How long a slow answer takes."""


class Faults:
    """The faults in force, the first one first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._left: list[tuple[ApiFault, int | None]] = []

    def inject(self, fault: ApiFault) -> None:
        """Put a fault behind those that are in force."""
        with self._lock:
            self._left.append((fault, fault.times))

    def heal(self) -> None:
        """End all faults."""
        with self._lock:
            self._left.clear()

    def meet(self, operation: str) -> ApiFault | None:
        """Return the fault that a call meets, which counts it."""
        with self._lock:
            for index, (fault, left) in enumerate(self._left):
                if fault.operation in (None, operation) and left != 0:
                    self._left[index] = (fault, None if left is None else left - 1)
                    return fault
        return None
