"""Do a target's health checks prove the path to it, where what lies on that is not modelled?"""

from __future__ import annotations

from nlbcheck.aws.resources.target_group import HealthState
from nlbcheck.path.health_asked import Asked
from nlbcheck.path.location import Location, OutsideAws
from nlbcheck.path.selected import Selected


def by_health(selected: Selected, destination: Location, port: int, protocol: str) -> bool | None:
    """Whether health checks of a target outside AWS pass on the same port, and so on the same path.

    None where AWS's answer does not say whether they pass, or which port they ask.
    """
    state, checked = selected.target.state, Asked(selected.group, selected.target).port
    if selected.imagined or not isinstance(destination, OutsideAws) or protocol != "tcp":
        return False
    if state not in (HealthState.HEALTHY, None) or checked not in (port, None):
        return False
    return None if state is None or checked is None else True
