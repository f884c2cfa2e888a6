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
from nlbcheck.language import listed, plural, tell
from nlbcheck.model import Call, Code, Confidence, Json, Remedy, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path import remedy
from nlbcheck.path.health_asked import Asked
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen

_FAILING = (HealthState.UNHEALTHY, HealthState.UNHEALTHY_DRAINING)


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
    evidence: dict[str, Json] = {
        "target": _name(target),
        "state": target.state.value if target.state else None,
        "reason": target.reason,
        "description": target.description,
        "health_check_port": target.health_check_port,
        "health_check": asked.evidence,
        "health_check_blocked_by": list(paths.blocked_by),
    }
    if paths.elsewhere:
        evidence["health_check_blocked_from"] = {str(node): list(by) for node, by in paths.elsewhere.items()}
    if target.state is HealthState.HEALTHY:
        return Passed(evidence)
    if missing := _missing(asked, paths):
        return Unseen(missing, evidence)
    if target.state is HealthState.UNUSED:
        evidence |= {
            "used_by": list(group.balancer_arns or ()),
            "zone": target.zone,
            "balancer_zones": list(zones),
        }
    problem = _as_reported(target, _problem(asked, zones, paths, passing=passing))
    return Passed(evidence, problem) if problem.verdict is Verdict.WARN else Stopped(problem, evidence)


def _name(target: Target) -> str:
    return f"{target.id}:{target.port}"


def _missing(asked: Asked, paths: CheckPaths) -> NotVisible | None:
    """Return what is missing to tell what a target's state means."""
    group, target = asked.group, asked.target
    if target.state is None:
        fact = tell("the health of {target} in {group}", target=_name(target), group=group.name)
        return NotVisible(fact, "elbv2", "DescribeTargetHealth", group.account_region)
    if target.state not in _FAILING or paths.blocked_by or paths.elsewhere:
        return None
    return asked.hidden or paths.hidden


def _as_reported(target: Target, problem: Problem) -> Problem:
    """Return a problem with the reason that AWS gives for the target's state."""
    reason = target.description or target.reason
    if not reason:
        return problem
    summary = tell("{problem} AWS reports: {reason}.", problem=problem.summary, reason=reason.rstrip("."))
    return replace(problem, summary=summary)


def _problem(asked: Asked, zones: Sequence[str], paths: CheckPaths, *, passing: bool) -> Problem:
    group, target = asked.group, asked.target
    name = _name(target)
    match target.state:
        case HealthState.INITIAL:
            summary = tell(
                "Target {target} is initial. Connections may pass before it is known to be healthy.",
                target=name,
            )
            return Problem(Code.TARGET_INITIAL, summary, remedy.advice(_wait(asked)), Verdict.WARN)
        case HealthState.UNHEALTHY | HealthState.UNHEALTHY_DRAINING:
            return _unhealthy(asked, paths, passing=passing)
        case HealthState.UNAVAILABLE:
            summary = tell("AWS does not know the health of {target}.", target=name)
            fix = remedy.advice(tell("Try again later. If this lasts, check the AWS Health Dashboard."))
            return Problem(Code.TARGET_HEALTH_UNAVAILABLE, summary, fix, Verdict.UNKNOWN)
        case HealthState.DRAINING:
            summary = tell("Target {target} is being deregistered.", target=name)
            text = tell("Find out who deregistered it. Register it again if it should stay.")
            return Problem(Code.TARGET_DRAINING, summary, remedy.advice(text, _register(group, target)))
    return _unused(group, target, zones)


def _register(group: TargetGroup, target: Target) -> Call:
    return remedy.elbv2("RegisterTargets", TargetGroupArn=group.arn, Targets=[target.named])


def _wait(asked: Asked) -> str:
    """Say how many checks have to pass before a target is healthy."""
    check = asked.check
    if check.healthy_threshold is None or check.interval is None:
        return tell("Wait until it is healthy. The first health checks take minutes.")
    return tell(
        "Wait until it is healthy: {count} health checks must pass ({check}, every {interval} s).",
        count=check.healthy_threshold,
        check=asked,
        interval=check.interval,
    )


def _unhealthy(asked: Asked, paths: CheckPaths, *, passing: bool) -> Problem:
    """Say what failing checks mean; AWS has one health state of a target for all nodes."""
    if paths.blocked_by:
        codes = ", ".join(paths.blocked_by)
        summary = tell(
            "Health checks of {target} ({check}) fail. Their path is blocked by {codes}.",
            target=_name(asked.target),
            check=asked,
            codes=codes,
        )
        # What blocks the path has its own remedy.
        return replace(_failing(summary, None, passing=passing), subject=codes)
    if paths.elsewhere:
        return _failing(_from_others(asked, paths.elsewhere), None, passing=True)
    return _at_target(asked, passing=passing)


def _failing(summary: str, fix: Remedy | None, *, passing: bool) -> Problem:
    return Problem(Code.TARGET_UNHEALTHY, summary, fix, Verdict.WARN if passing else Verdict.FAIL)


def _from_others(asked: Asked, elsewhere: Mapping[Address, Sequence[str]]) -> str:
    return plural(
        len(elsewhere),
        "Health checks of {target} ({check}) fail. The checks from node {nodes} are blocked on their path, "
        "and a target has one health state for all nodes. That explains the state here, where nothing in "
        "AWS blocks the checks.",
        "Health checks of {target} ({check}) fail. The checks from nodes {nodes} are blocked on their path, "
        "and a target has one health state for all nodes. That explains the state here, where nothing in "
        "AWS blocks the checks.",
        target=_name(asked.target),
        check=asked,
        nodes=listed([f"{node} ({', '.join(by)})" for node, by in elsewhere.items()]),
    )


def _at_target(asked: Asked, *, passing: bool) -> Problem:
    """Return what failing checks mean whose path nothing in AWS blocks."""
    told = tell(
        "Health checks of {target} ({check}) fail, although nothing in AWS blocks their path.",
        target=_name(asked.target),
        check=asked,
    )
    if asked.is_of_connections:
        text = tell(
            "Check the target. Is the process running? Does a firewall on the host or on premises drop "
            "packets from the node?"
        )
        return _failing(told, remedy.advice(text), passing=passing)
    if asked.is_of_service:
        summary = tell("{problem} The service likely does not answer as it should.", problem=told)
        problem = _failing(summary, _ask(asked), passing=passing)
        return replace(problem, confidence=Confidence.LIKELY)
    summary = tell(
        "{problem} The checks test something other than connections, so this alone proves nothing about "
        "connections: if no target is healthy, all targets get connections.",
        problem=told,
    )
    return _failing(summary, _ask(asked), passing=True)


def _ask(asked: Asked) -> Remedy:
    """Return how to find out what the target answers to its check."""
    text = tell(
        "From inside the VPC, send the target the same request as the health check ({check}), and look at "
        "the answer.",
        check=asked,
    )
    if asked.group.type is TargetType.ALB:
        text = tell(
            "{fix} If its own targets do not answer, the Application Load Balancer itself answers 502 or "
            "503.",
            fix=text,
        )
    return remedy.advice(text)


def _unused(group: TargetGroup, target: Target, zones: Sequence[str]) -> Problem:
    name = _name(target)
    match target.reason:
        case "Target.InvalidState":
            summary = tell(
                "Target {target} is unused: it is stopped, terminated or in another invalid state.",
                target=name,
            )
            fix = remedy.advice(tell("Start the instance, or register another one."))
        case "Target.IpUnusable":
            summary = tell("Target {target} is unused: its address belongs to a load balancer.", target=name)
            fix = remedy.advice(tell("Register the intended machine."))
        case "Target.NotRegistered":
            summary = tell("Target {target} is not registered.", target=name)
            fix = remedy.advice(tell("Register the target."), _register(group, target))
        case _ if group.balancer_arns == ():
            summary = tell(
                "Target {target} is unused: no listener forwards to {group}.", target=name, group=group.name
            )
            fix = remedy.advice(tell("Let a listener forward to {group}.", group=group.name))
        case _ if target.zone not in (None, "all", *zones):
            summary = tell(
                "Target {target} is unused: its zone {zone} is not enabled.", target=name, zone=target.zone
            )
            fix = remedy.advice(
                tell("Enable {zone} for the load balancer, or move the target.", zone=target.zone)
            )
        case _:
            summary = tell(
                "Target {target} is unused: AWS reports that no listener forwards to {group}.",
                target=name,
                group=group.name,
            )
            text = tell(
                "Let a listener forward to {group}. If a listener already does, try again in a minute.",
                group=group.name,
            )
            fix = remedy.advice(text)
    return Problem(Code.TARGET_UNUSED, summary, fix)


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
    summary = tell(
        "Connections from {node} to {target} could pass, but health checks on port {port} cannot: {codes}.",
        node=node,
        target=name,
        port=port,
        codes=", ".join(blocked_by),
    )
    calls = [call for item in remedies for call in item.calls]
    text = tell("Open the path of the health checks: {steps}", steps=" ".join(item.text for item in remedies))
    return Stopped(Problem(Code.HEALTH_CHECK_PORT_BLOCKED, summary, remedy.advice(text, *calls)), evidence)
