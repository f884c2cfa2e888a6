"""One port of a target that was looked at: that of the service, or of health checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlbcheck.inspection.question import HostQuestion
from nlbcheck.language import tell
from nlbcheck.model import (
    Code,
    Confidence,
    Direction,
    Finding,
    Json,
    Leg,
    Remedy,
    Resource,
    Verdict,
)
from nlbcheck.model.inspected import HostLook, HostRuling


@dataclass(frozen=True, slots=True)
class HostPort:
    """One port of the target: that of the service, or of health checks."""

    seen: HostLook
    question: HostQuestion
    port: int
    ruled_by_more: bool

    @property
    def leg(self) -> Leg:
        """The part of the path that ends at the port."""
        return Leg.BACK if self.port == self.question.port else Leg.HEALTH

    @property
    def place(self) -> str:
        """The target and port, as a sentence begins with it."""
        return tell(
            "{target}, port {port}"
            if self.leg is Leg.BACK
            else "{target}, port {port}, where health checks go",
            target=self.question.name,
            port=self.port,
        )

    @property
    def rulings(self) -> Sequence[HostRuling]:
        """What the firewall does with its packets."""
        return [item for item in self.seen.rulings if item.port == self.port]

    @property
    def doubts(self) -> Sequence[HostRuling]:
        """What the firewall does that is not understood."""
        return [item for item in self.rulings if item.verdict is Verdict.UNKNOWN]

    @property
    def is_sure(self) -> bool:
        """Whether it is seen that no rule hands connections on to another port or host."""
        inbound = [item for item in self.rulings if item.direction is Direction.REQUEST]
        return bool(inbound) and all(item.verdict is not Verdict.UNKNOWN for item in inbound)


def finding(
    at: HostPort,
    code: Code,
    summary: str,
    remedy: str,
    direction: Direction,
    subject: str = "",
    *,
    is_sure: bool = True,
    **evidence: Json,
) -> Finding:
    """Return what is wrong at a port."""
    return Finding(
        code,
        Verdict.FAIL,
        summary,
        at.leg,
        direction,
        None,
        Resource("target", f"{at.question.address}:{at.port}", at.question.name),
        {"host": at.seen.host, "port": at.port, **evidence},
        Remedy(remedy),
        Confidence.CERTAIN if is_sure else Confidence.LIKELY,
        subject,
    )
