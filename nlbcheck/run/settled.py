"""What will health checks have found out, some time after a change?

A recording tells the health of the moment. Where the path of a target's checks is closed afterwards from each
node that checks it, it becomes unhealthy; where it was closed and is open then, its checks begin anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.resources.target_group import TARGETS
from nlbcheck.aws.writes.edited import EditedState, Object
from nlbcheck.diagnosis.survey import Survey
from nlbcheck.model import Json, Leg, Verdict
from nlbcheck.path.walk import TargetWalk, Walk

_OF_HEALTH_ITSELF = ("health-check", "target-health")
"""Hops that tell what checks ask and have found, not where they go."""
_UNHEALTHY: Mapping[str, Json] = {"State": "unhealthy", "Reason": "Target.FailedHealthChecks"}
_INITIAL: Mapping[str, Json] = {"State": "initial", "Reason": "Elb.InitialHealthChecking"}

Registration = tuple[str, str, int | None]
"""A target group's ARN, with the id and port of one of its targets."""


@dataclass(frozen=True, slots=True)
class CheckedPaths:
    """Whose health checks do not arrive, or do not come back."""

    closed: frozenset[Registration]
    """From every node that was walked."""
    open: frozenset[Registration]
    """From every node that was walked, they do."""


def checked(survey: Survey) -> CheckedPaths:
    """Return what a survey says of the paths of health checks."""
    verdicts: defaultdict[Registration, set[Verdict]] = defaultdict(set)
    for walk in (walk for row in survey.rows for walk in row.walks if walk):
        for item in walk.targets:
            verdicts[_registration(item)] |= set(_verdicts(walk, item))
    closed = (key for key, found in verdicts.items() if found == {Verdict.FAIL})
    fine = (key for key, found in verdicts.items() if found == {Verdict.PASS})
    return CheckedPaths(frozenset(closed), frozenset(fine))


def _registration(item: TargetWalk) -> Registration:
    return item.group.arn, item.target.id, item.target.port


def _verdicts(walk: Walk, item: TargetWalk) -> Iterator[Verdict]:
    """Yield one verdict on the path of a node's checks of a target, there and back."""
    name = f"{item.target.id}:{item.target.port}"
    hops = [
        hop.verdict
        for path in walk.paths
        if path.leg is Leg.HEALTH and path.target == name
        for hop in path.hops
        if hop.kind not in _OF_HEALTH_ITSELF
    ]
    if Verdict.FAIL in hops:
        yield Verdict.FAIL
    elif hops:
        yield Verdict.UNKNOWN if Verdict.UNKNOWN in hops else Verdict.PASS


def settled(recording: Recording, now: CheckedPaths, then: CheckedPaths) -> Recording:
    """Return a recording with the health that targets will have: ``then`` is after it, ``now`` before."""
    state = EditedState(recording)
    for arn in {registration[0] for registration in (*then.closed, *then.open)}:
        response = state.recorded(TARGETS, arn)
        if response is None:
            continue
        changed = [_changed(arn, item, now.closed, then) for item in response["TargetHealthDescriptions"]]
        if changed != response["TargetHealthDescriptions"]:
            state.respond(TARGETS, arn, {**response, "TargetHealthDescriptions": changed})
    return state.recording


def _changed(arn: str, item: Object, closed_now: Collection[Registration], then: CheckedPaths) -> Object:
    key = (arn, item["Target"].get("Id"), item["Target"].get("Port"))
    health = item.get("TargetHealth", {}).get("State")
    if key in then.closed and health in ("healthy", "initial"):
        return {**item, "TargetHealth": dict(_UNHEALTHY)}
    if key in then.open and key in closed_now and health == "unhealthy":
        return {**item, "TargetHealth": dict(_INITIAL)}
    return item
