"""What does the load balancer think of a target's health?

States and reasons:
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html. When no target
is healthy all of them get connections:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from nlbcheck.aws.resources.target_group import HealthState, Target, TargetGroup, TargetType
from nlbcheck.model import Call, Code, Confidence, Json, Remedy, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import remedy
from nlbcheck.path.health_asked import Asked
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen


@dataclass(frozen=True, slots=True)
class CheckPaths:
    """What is known of the paths of a target's health checks."""

    blocked_by: Sequence[str] = ()
    """The findings on the path from the node that is asked about."""
    elsewhere: Mapping[Address, Sequence[str]] = field(default_factory=dict)
    """The other nodes whose checks are stopped, each with the findings on its path."""
    hidden: NotVisible | None = None
    """What is missing to tell whether another node's checks are stopped."""


def check(asked: Asked, zones: Sequence[str], paths: CheckPaths, *, passing: bool) -> Outcome:
    """Say what a target's health means for connections.

    ``zones`` are the load balancer's; ``passing`` says that connections get through whatever the health.
    """
    group, target = asked.group, asked.target
    name = f"{target.id}:{target.port}"
    evidence: dict[str, Json] = {
        "target": name,
        "state": target.state.value if target.state else None,
        "reason": target.reason,
        "description": target.description,
        "health_check_port": target.health_check_port,
        "health_check": asked.evidence,
        "health_check_blocked_by": list(paths.blocked_by),
    }
    if paths.elsewhere:
        evidence["health_check_blocked_from"] = {str(node): list(by) for node, by in paths.elsewhere.items()}
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
            fix = remedy.advice(f"Wait until it is healthy{_after(asked)}.")
            return Passed(evidence, Problem(Code.TARGET_INITIAL, summary, fix, Verdict.WARN))
        case HealthState.UNHEALTHY | HealthState.UNHEALTHY_DRAINING:
            return _unhealthy(asked, said, paths, evidence, passing=passing)
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


def _after(asked: Asked) -> str:
    """Say how many checks have to pass before a target is healthy."""
    check = asked.check
    if check.healthy_threshold is None or check.interval is None:
        return "; the first checks take minutes"
    return f": {check.healthy_threshold} checks have to pass ({asked}, every {check.interval} s)"


def _unhealthy(
    asked: Asked, said: str, paths: CheckPaths, evidence: dict[str, Json], *, passing: bool
) -> Outcome:
    """Say what failing checks mean; AWS has one health state of a target for all nodes."""
    told = f"Health checks of {asked.target.id}:{asked.target.port} ({asked}) fail{said}"
    if paths.blocked_by:
        # What blocks the path has its own remedy.
        problem = _problem(f"{told}: their path is blocked by {', '.join(paths.blocked_by)}.", None, passing)
        problem = replace(problem, subject=", ".join(paths.blocked_by))
    elif paths.elsewhere:
        problem = _problem(f"{told}: {_from_others(paths.elsewhere)}", None, passing=True)
    elif asked.hidden or paths.hidden:
        missing = asked.hidden or paths.hidden
        return Unseen(missing, evidence) if missing else Passed(evidence)
    else:
        problem = _at_target(asked, told, passing=passing)
    return Passed(evidence, problem) if problem.verdict is Verdict.WARN else Stopped(problem, evidence)


def _problem(summary: str, fix: Remedy | None, passing: bool) -> Problem:
    return Problem(Code.TARGET_UNHEALTHY, summary, fix, Verdict.WARN if passing else Verdict.FAIL)


def _from_others(elsewhere: Mapping[Address, Sequence[str]]) -> str:
    nodes = " and ".join(f"{node} ({', '.join(by)})" for node, by in elsewhere.items())
    return (
        f"those from the node {nodes} are stopped on their path, and a target has one health state for all "
        "nodes. That explains it here, where nothing in AWS blocks them."
    )


def _at_target(asked: Asked, told: str, *, passing: bool) -> Problem:
    """Return what failing checks mean whose path nothing in AWS blocks."""
    free = "though nothing in AWS blocks their path"
    if asked.is_of_connections:
        text = (
            "Look at the target: is the process up, does a firewall on the host or on premises drop the node?"
        )
        return _problem(f"{told}, {free}.", remedy.advice(text), passing)
    text = f"Ask the target as the check does ({asked}), from inside the VPC, and see what it answers."
    if asked.group.type is TargetType.ALB:
        text += " The Application Load Balancer answers by itself where its own targets do not: 502 or 503."
    if asked.is_of_service:
        summary = f"{told}, {free}: likely the service does not answer as it should."
        problem = _problem(summary, remedy.advice(text), passing)
        return replace(problem, confidence=Confidence.LIKELY)
    summary = (
        f"{told}, {free}. They ask something else than connections do, so this alone proves nothing of "
        "connections: when no target is healthy, all of them get connections."
    )
    return _problem(summary, remedy.advice(text), passing=True)


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
            summary = f"Target {name} is unused: it is stopped, terminated or in another invalid state{said}."
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
            summary = f"Target {name} is unused: AWS reports that no listener forwards to {group.name}{said}."
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
