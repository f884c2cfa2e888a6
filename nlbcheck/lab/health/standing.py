"""What do passed and failed checks in a row make of a target?

https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nlbcheck.aws.resources.target_group import HealthState


@dataclass(frozen=True, slots=True)
class Standing:
    """A target's health, and how many checks in a row say otherwise."""

    state: HealthState = HealthState.INITIAL
    against: int = 0

    def after(self, *, passed: bool, to_rise: int, to_fall: int) -> Standing:
        """Return the standing after one more check; a new target is in service after its first pass."""
        healthy = self.state is HealthState.HEALTHY
        if passed == healthy and self.state is not HealthState.INITIAL:
            return replace(self, against=0)
        if passed and self.state is HealthState.INITIAL:
            return Standing(HealthState.HEALTHY)
        against = self.against + 1
        if against < (to_rise if passed else to_fall):
            return replace(self, against=against)
        return Standing(HealthState.HEALTHY if passed else HealthState.UNHEALTHY)
