"""Which call is meant by a name that the AWS CLI, IAM or another SDK has for it?

botocore says ``elbv2`` and ``DescribeLoadBalancers``, IAM ``elasticloadbalancing``, the CLI
``describe-load-balancers``:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html,
https://docs.aws.amazon.com/cli/latest/reference/elbv2/describe-load-balancers.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SERVICES = {
    "ec2": "ec2",
    "elbv2": "elbv2",
    "sts": "sts",
    "elasticloadbalancing": "elbv2",
    "elasticloadbalancingv2": "elbv2",
    "amazonec2": "ec2",
    "securitytokenservice": "sts",
}
_BREAK = re.compile(r"[-_\s]+")


def service(name: str) -> str:
    """Return what botocore calls a service; one that is none of nlbcheck's keeps its name."""
    return _SERVICES.get(_BREAK.sub("", name.lower()), name)


def operation(name: str) -> str:
    """Return what botocore calls an operation."""
    return _in_capitals(name.rpartition(":")[2])


def parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call's parameters by their names in botocore."""
    return {_in_capitals(name): value for name, value in given.items()}


def _in_capitals(name: str) -> str:
    """Return ``DescribeVpcs`` for ``describe-vpcs``, ``describe_vpcs`` and ``describeVpcs``."""
    words = _BREAK.split(name.strip().strip("-"))
    return "".join(word[:1].upper() + word[1:] for word in words)
