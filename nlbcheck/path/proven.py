"""Do a target's health checks prove the path to it, where what lies on that is not modelled?"""

from __future__ import annotations

from nlbcheck.aws.resources.target_group import HealthState
from nlbcheck.path.health_asked import Asked
from nlbcheck.path.location import Location, OutsideAws
from nlbcheck.path.selected import Selected


def by_health(selected: Selected, destination: Location, port: int, protocol: str) -> bool:
    """Whether health checks of a target outside AWS pass on the same port, and so on the same path."""
    healthy = selected.target.state is HealthState.HEALTHY and not selected.imagined
    checked = Asked(selected.group, selected.target).port
    return healthy and isinstance(destination, OutsideAws) and protocol == "tcp" and port == checked
