"""Are a target group's health checks such as AWS takes, and the lab can make?"""

from __future__ import annotations

from nlbcheck.aws.resources.target_group import TargetGroup
from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.lab.emulation.remarks import Remarks

LAST_PORT = 65535
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
_LIMITS = {
    "port": (1, LAST_PORT),
    "interval": (5, 300),
    "timeout": (2, 120),
    "healthy_threshold": (2, 10),
    "unhealthy_threshold": (2, 10),
}


def check(group: TargetGroup, remarks: Remarks) -> None:
    """Raise InputError for numbers that AWS does not take; ``remarks`` is told of a port that is not told."""
    name = printable(group.name)
    for field, (least, most) in _LIMITS.items():
        value = getattr(group.health_check, field)
        if isinstance(value, int) and not least <= value <= most:
            what = field.replace("_", " ")
            raise InputError(
                f"target group {name}: the health check's {what} is {value}, expected {least} to {most}"
            )
    if group.health_check.port is None:
        remarks.say(
            f"the snapshot does not tell the port of the health checks of {name}, or not as traffic-port or "
            "a number: the lab checks the port that each target is registered with"
        )
