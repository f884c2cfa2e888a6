"""Which target group does a row mean? In AWS, ``tg-10022`` may be called ``example-tg-10022``."""

from __future__ import annotations

from collections.abc import Collection

from nlbcheck.aws.balancers import LoadBalancer, TargetGroup
from nlbcheck.aws.kinds.balancers import TARGET_GROUP
from nlbcheck.aws.state import AwsState
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path.outcome import missing


def meant(
    state: AwsState, balancer: LoadBalancer, name: str, forwarded: Collection[str] = ()
) -> TargetGroup | Absent | NotVisible:
    """Return the target group of a load balancer's account and Region that a table's ``name`` means.

    That is the one of just this name; else the one whose name ends in it after a ``-``; of several such the
    one among ``forwarded`` (ARNs that the row's listener forwards to), else the only one behind the load
    balancer. Which is meant is not visible where that leaves more than one.
    """
    exact = _exact(state, balancer, name)
    if exact is not None:
        return exact
    chosen = [arn for arn in forwarded if fits(name_in(arn), name)]
    if len(chosen) == 1:
        found = state.target_group(chosen[0])
        if isinstance(found, TargetGroup):
            return found
        # A refusal of the list of the load balancer's groups is one of this group, too.
        hidden = missing(found)
        return state.unknown(hidden.fact, hidden.service, hidden.operation, balancer.account_region)
    known = [group for group in state.seen(TARGET_GROUP) if group.account_region == balancer.account_region]
    fitting = [group for group in known if fits(group.name, name)]
    behind = [group for group in fitting if balancer.arn in group.balancer_arns]
    for groups in (fitting, behind):
        if len(groups) == 1:
            return groups[0]
    if fitting:
        names = " or ".join(group.name for group in fitting)
        return NotVisible(f"which group the table's {name} is, {names}: write its whole name", "", "", None)
    return _missing(state, balancer, name)


def is_meant(state: AwsState, balancer: LoadBalancer, name: str, arn: str) -> bool:
    """Whether a table's ``name`` may mean the group with this ARN."""
    exact = _exact(state, balancer, name)
    return exact.arn == arn if exact else fits(name_in(arn), name)


def fits(name_in_aws: str, name: str) -> bool:
    """Whether a target group of this name may be what a table calls ``name``."""
    return name_in_aws == name or name_in_aws.endswith(f"-{name}")


def name_in(arn: str) -> str:
    """Return the name that a target group's ARN carries: ``…:targetgroup/NAME/ID``.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
    """
    parts = arn.split("/")
    return parts[1] if len(parts) == 3 else arn


def _exact(state: AwsState, balancer: LoadBalancer, name: str) -> TargetGroup | None:
    groups = state.seen(TARGET_GROUP, {"name": name})
    return next((group for group in groups if group.account_region == balancer.account_region), None)


def _missing(state: AwsState, balancer: LoadBalancer, name: str) -> Absent | NotVisible:
    what = f"target group {name}"
    # Only a complete list proves that no other name ends in this one.
    if not isinstance(state.all_target_groups(balancer.account_region), NotVisible):
        return Absent(what, "elbv2:DescribeTargetGroups", balancer.account_region)
    return state.unknown(what, "elbv2", "DescribeTargetGroups", balancer.account_region)
