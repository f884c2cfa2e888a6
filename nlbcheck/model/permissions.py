"""Which IAM policy allows what is missing, and nothing else?

None of the calls can be restricted to some resources:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nlbcheck.model.json import Json

_PREFIXES = {"elbv2": "elasticloadbalancing"}


def action(service: str, operation: str) -> str:
    """Return the IAM action that allows a call: ``elasticloadbalancing:DescribeTargetHealth``."""
    return f"{_PREFIXES.get(service, service)}:{operation}"


def policy(statements: Mapping[str, Iterable[str]]) -> dict[str, Json]:
    """Return the policy that allows actions, statement by statement, each with its name."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": name, "Effect": "Allow", "Action": sorted(set(actions)), "Resource": "*"}
            for name, actions in statements.items()
        ],
    }
