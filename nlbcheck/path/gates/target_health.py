"""What does the load balancer think of a target's health?

States and reasons:
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html. When no target
is healthy all of them get connections:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.aws.resources.target_group import HealthState, Target, TargetGroup
from nlbcheck.model import Call, Code, Json, Remedy, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen


def check(
    group: TargetGroup, target: Target, zones: Sequence[str], blocked_by: Sequence[str], *, passing: bool
) -> Outcome:
    """Say what a target's health means for connections.

    ``zones`` are the load balancer's, ``blocked_by`` the findings on the health check's path; ``passing``
    says that connections get through whatever the health.
    """
    name = f"{target.id}:{target.port}"
    evidence: dict[str, Json] = {
        "target": name,
        "state": target.state.value if target.state else None,
        "reason": target.reason,
        "description": target.description,
        "health_check_port": target.health_check_port,
        "health_check_blocked_by": list(blocked_by),
    }
    said = f" ({target.description or target.reason})" if target.description or target.reason else ""
    fact = NotVisible(
        f"the health of {name} in {group.name}", "elbv2", "DescribeTargetHealth", group.account_region
    )
    match target.state:
        case None:
            return Unseen(fact, evidence)
        case HealthState.HEALTHY:
            return Passed(evidence)
        case HealthState.INITIAL:
            summary = (
                f"Target {name} is initial{said}: connections may pass before it is known to be healthy."
            )
            fix = remedy.advice("Wait until it is healthy; the first checks take minutes.")
            return Passed(evidence, Problem(Code.TARGET_INITIAL, summary, fix, Verdict.WARN))
        case HealthState.UNHEALTHY | HealthState.UNHEALTHY_DRAINING:
            return _unhealthy(name, said, blocked_by, evidence, passing=passing)
        case HealthState.UNAVAILABLE:
            summary = f"AWS does not know the health of {name}{said}."
            fix = remedy.advice("Ask again; if it lasts, look at the AWS Health Dashboard.")
            return Stopped(Problem(Code.TARGET_HEALTH_UNAVAILABLE, summary, fix, Verdict.UNKNOWN), evidence)
        case HealthState.DRAINING:
            summary = f"Target {name} is being deregistered{said}."
            register = _register(group, target)
            fix = remedy.advice("Find out who deregistered it; register it again if it is to stay.", register)
            return Stopped(Problem(Code.TARGET_DRAINING, summary, fix), evidence)
    return _unused(group, target, zones, said, evidence)


def _register(group: TargetGroup, target: Target) -> Call:
    return remedy.elbv2("RegisterTargets", TargetGroupArn=group.arn, Targets=[target.named])


def _unhealthy(
    name: str, said: str, blocked_by: Sequence[str], evidence: dict[str, Json], *, passing: bool
) -> Outcome:
    if blocked_by:
        summary = f"Health checks of {name} fail{said}: their path is blocked by {', '.join(blocked_by)}."
        fix = None  # what blocks the path has its own
    else:
        summary = f"Health checks of {name} fail{said}, though nothing in AWS blocks their path."
        text = (
            "Look at the target: is the process up, does a firewall on the host or on premises drop the node?"
        )
        fix = remedy.advice(text)
    verdict = Verdict.WARN if passing else Verdict.FAIL
    problem = Problem(Code.TARGET_UNHEALTHY, summary, fix, verdict, subject=", ".join(blocked_by))
    return Passed(evidence, problem) if passing else Stopped(problem, evidence)


def _unused(
    group: TargetGroup, target: Target, zones: Sequence[str], said: str, evidence: dict[str, Json]
) -> Outcome:
    name = f"{target.id}:{target.port}"
    evidence |= {
        "used_by": list(group.balancer_arns or ()),
        "zone": target.zone,
        "balancer_zones": list(zones),
    }
    match target.reason:
        case "Target.InvalidState":
            summary = f"Target {name} is unused: its instance is stopped or terminated{said}."
            fix = remedy.advice("Start the instance, or register another one.")
        case "Target.IpUnusable":
            summary = f"Target {name} is unused: the address belongs to a load balancer{said}."
            fix = remedy.advice("Register the machine that is meant.")
        case "Target.NotRegistered":
            summary = f"Target {name} is not registered{said}."
            fix = remedy.advice("Register it.", _register(group, target))
        case _ if group.balancer_arns == ():
            summary = f"Target {name} is unused: no listener forwards to {group.name}{said}."
            fix = remedy.advice(f"Let a listener forward to {group.name}.")
        case _ if target.zone not in (None, "all", *zones):
            summary = f"Target {name} is unused: its zone {target.zone} is not enabled{said}."
            fix = remedy.advice(f"Enable {target.zone} at the load balancer, or move the target.")
        case _:
            summary = (
                f"Target {name} is unused: by AWS's last word no listener forwards to {group.name}{said}."
            )
            fix = remedy.advice("Let a listener forward to the group; if one does, ask again in a minute.")
    return Stopped(Problem(Code.TARGET_UNUSED, summary, fix), evidence)


def check_port(
    name: str, node: Address, port: int, blocked_by: Sequence[str], remedies: Sequence[Remedy]
) -> Outcome:
    """Say whether a node's health check is stopped where its connections pass."""
    evidence: dict[str, Json] = {
        "target": name,
        "node": str(node),
        "health_check_port": port,
        "blocked_by": list(blocked_by),
    }
    if not blocked_by:
        return Passed(evidence)
    summary = (
        f"Connections from {node} to {name} could pass, health checks on port {port} cannot: "
        f"{', '.join(blocked_by)}."
    )
    calls = [call for item in remedies for call in item.calls]
    fix = remedy.advice("Open the health check's path: " + " ".join(item.text for item in remedies), *calls)
    return Stopped(Problem(Code.HEALTH_CHECK_PORT_BLOCKED, summary, fix), evidence)
