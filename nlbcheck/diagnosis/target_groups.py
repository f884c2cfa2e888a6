"""Which target group does a row mean? In AWS, ``tg-10022`` may be called ``example-tg-10022``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.target_group import TARGET_GROUP, TargetGroup
from nlbcheck.aws.state import AwsState
from nlbcheck.language import either, tell
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.path.outcome import missing


def meant(
    state: AwsState, balancer: LoadBalancer, name: str, forwarded: Collection[str] = ()
) -> TargetGroup | Absent | NotVisible:
    """Return the target group of a load balancer's account and Region that a table's ``name`` means.

    That is the one of just this name behind the load balancer; else the one among ``forwarded`` (ARNs that
    the row's listener forwards to) whose name ends in it after a ``-``; else the only such one behind the
    load balancer; else the one of just this name anywhere; else the only one anywhere whose name ends in
    it. Which is meant is not visible where that leaves more than one.
    """
    exact = _exact(state, balancer, name)
    if exact is not None:
        return exact
    chosen = [arn for arn in forwarded if fits(name_in(arn), name)]
    if len(chosen) == 1:
        return of_listener(state, balancer, chosen[0])
    behind = [group for group in _ending(state, balancer, name) if _is_behind(group, balancer)]
    if not behind and not isinstance(state.target_groups(balancer), NotVisible):
        return _elsewhere(state, balancer, name)
    return _only(behind or _ending(state, balancer, name), name) or _hidden(state, balancer, name)


def of_listener(state: AwsState, balancer: LoadBalancer, arn: str) -> TargetGroup | NotVisible:
    """Return the target group with this ARN, which a listener of the load balancer forwards to."""
    found = state.target_group_behind(balancer, arn)
    if isinstance(found, TargetGroup):
        return found
    # A refusal of the list of the load balancer's groups is one of this group, too.
    hidden = missing(found)
    return state.unknown(hidden.fact, hidden.service, hidden.operation, balancer.account_region)


def _elsewhere(state: AwsState, balancer: LoadBalancer, name: str) -> TargetGroup | Absent | NotVisible:
    """Return the group that a name means where nothing behind the load balancer is called so."""
    named = state.target_group_named(name, balancer.account_region)
    if not isinstance(named, Absent):
        return named
    # ELB looks for whole names only: which group's name ends in this one, its list tells.
    listed = state.all_target_groups(balancer.account_region)
    found = _only(_ending(state, balancer, name), name)
    if found is not None:
        return found
    if isinstance(listed, NotVisible):
        return _hidden(state, balancer, name)
    what = tell("target group {group}", group=name)
    return Absent(what, "elbv2:DescribeTargetGroups", balancer.account_region)


def _ending(state: AwsState, balancer: LoadBalancer, name: str) -> list[TargetGroup]:
    return [group for group in _seen(state, balancer) if fits(group.name, name)]


def _only(groups: Sequence[TargetGroup], name: str) -> TargetGroup | NotVisible | None:
    """Return the one of some groups; nothing is guessed where there are several."""
    if len(groups) < 2:
        return groups[0] if groups else None
    fact = tell(
        "which target group the table means by {name}, {names} (write its whole name)",
        name=name,
        names=either([group.name for group in groups]),
    )
    return NotVisible(fact, "", "", None)


def _hidden(state: AwsState, balancer: LoadBalancer, name: str) -> NotVisible:
    what = tell("target group {group}", group=name)
    return state.unknown(what, "elbv2", "DescribeTargetGroups", balancer.account_region)


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
    """Return the group of just this name behind a load balancer."""
    state.target_groups(balancer)
    own = (group for group in _seen(state, balancer, {"name": name}) if _is_behind(group, balancer))
    return next(own, None)


def _is_behind(group: TargetGroup, balancer: LoadBalancer) -> bool:
    """Whether AWS says that a load balancer uses a group."""
    return balancer.arn in (group.balancer_arns or ())


def _seen(
    state: AwsState, balancer: LoadBalancer, wanted: Mapping[str, str] | None = None
) -> list[TargetGroup]:
    """Return the groups of the load balancer's account and Region that lookups have asked for."""
    groups = state.seen(TARGET_GROUP, wanted)
    return [group for group in groups if group.account_region == balancer.account_region]
