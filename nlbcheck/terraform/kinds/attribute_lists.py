"""How are attributes of load balancers and target groups listed?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlbcheck.aws.writes.edited import Object

CROSS_ZONE = "load_balancing.cross_zone.enabled"


def attribute_list(values: Mapping[str, Any]) -> list[Object]:
    """Return attributes as AWS lists them: every value is text."""
    return [
        {"Key": key, "Value": str(value).lower() if isinstance(value, (bool, int)) else value}
        for key, value in values.items()
        if value is not None
    ]
