"""VPC Block Public Access: which connections over an internet gateway does it close, and what is excluded?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.path.reach import Reach, Trace, trace
from tests.path import networks
from tests.path.networks import Network
from tests.path.test_clients import internet_facing
from tests.scenarios.cloud import made_id

BOTH, INGRESS = "block-bidirectional", "block-ingress"
ALL, EGRESS = "allow-bidirectional", "allow-egress"
OPEN, CLOSED, UNSURE = Reach.REACHABLE, Reach.BLOCKED, Reach.UNKNOWN


def inbound() -> Network:
    """Return the article's load balancer, internet-facing, and a client in the internet."""
    return Network(internet_facing(), "198.51.100.7", "203.0.113.1", 10022)


MAKE: dict[str, tuple[Callable[[], Network], str, str]] = {
    "in": (inbound, made_id("vpc", "vpc-2"), made_id("subnet", "private-1a-1")),
    "out": (networks.internet, made_id("vpc", "vpc-1"), made_id("subnet", "net-1")),
    "nat": (networks.nat_internet, made_id("vpc", "vpc-1"), made_id("subnet", "public")),
}
CASES = [
    # mode, what is excluded, how; connections from outside, from inside, by a NAT gateway
    ("off", None, "", OPEN, OPEN, OPEN),
    (BOTH, None, "", CLOSED, CLOSED, CLOSED),
    (INGRESS, None, "", CLOSED, CLOSED, OPEN),
    (BOTH, "vpc", ALL, OPEN, OPEN, OPEN),
    (BOTH, "vpc", EGRESS, CLOSED, OPEN, OPEN),
    (BOTH, "subnet", ALL, OPEN, OPEN, UNSURE),
    (BOTH, "subnet", EGRESS, CLOSED, OPEN, UNSURE),
    (INGRESS, "vpc", ALL, OPEN, OPEN, OPEN),
    (INGRESS, "subnet", ALL, OPEN, OPEN, OPEN),
    (INGRESS, "vpc", EGRESS, CLOSED, CLOSED, OPEN),
    (BOTH, "other", ALL, CLOSED, CLOSED, CLOSED),
    ("block-everything", None, "", UNSURE, UNSURE, UNSURE),
]


def found(made: Network) -> Trace:
    return trace(AwsState(made.cloud.recording()), made.source, ip_address(made.destination), made.port)


@pytest.mark.parametrize("way", MAKE)
@pytest.mark.parametrize("case", CASES)
def test_modes_and_exclusions(way: str, case: tuple[str, str | None, str, Reach, Reach, Reach]) -> None:
    mode, excluded, how, *reaches = case
    make, vpc, subnet = MAKE[way]
    made = make()
    made.cloud.block_mode = mode
    if excluded:
        resource = {"vpc": vpc, "subnet": subnet, "other": made_id("subnet", "of-others")}[excluded]
        made.cloud.exclude("vpc" if excluded == "vpc" else "subnet", resource, how)
    result = found(made)
    assert result.reach is dict(zip(MAKE, reaches, strict=True))[way]
    codes = {OPEN: set(), CLOSED: {"internet-path-blocked"}, UNSURE: {"not-visible"}}[result.reach]
    assert {item.code for item in result.findings} == codes


@pytest.mark.parametrize(
    ("state", "reach"),
    [
        ("create-complete", OPEN),
        ("update-complete", OPEN),
        ("delete-complete", CLOSED),
        ("create-failed", CLOSED),
        ("disable-complete", CLOSED),
        ("create-in-progress", UNSURE),
        ("delete-in-progress", UNSURE),
        ("unheard-of", UNSURE),
    ],
)
def test_the_state_of_an_exclusion(state: str, reach: Reach) -> None:
    made = networks.internet()
    made.cloud.block_mode = BOTH
    made.cloud.exclude("vpc", made_id("vpc", "vpc-1"), ALL, state)
    assert found(made).reach is reach


@pytest.mark.parametrize("way", MAKE)
def test_a_snapshot_without_the_answer_is_unknown_and_names_the_permission(way: str) -> None:
    made = MAKE[way][0]()
    recording = made.cloud.recording()
    answers = tuple(item for item in recording.answers if "BlockPublicAccess" not in item.operation)
    state = AwsState(replace(recording, answers=answers))
    result = trace(state, made.source, ip_address(made.destination), made.port)
    assert result.reach is UNSURE
    (finding,) = result.findings
    assert finding.evidence["permission"] == "ec2:DescribeVpcBlockPublicAccessOptions"
    assert "ec2:DescribeVpcBlockPublicAccessOptions" in finding.summary


def test_the_exclusions_matter_only_where_something_is_blocked() -> None:
    made = networks.internet()
    recording = made.cloud.recording()
    answers = tuple(item for item in recording.answers if not item.operation.endswith("AccessExclusions"))
    assert len(answers) < len(recording.answers)
    state = AwsState(replace(recording, answers=answers))
    assert trace(state, made.source, ip_address(made.destination), made.port).reach is OPEN


@pytest.mark.parametrize(
    ("way", "mode", "excluded", "allowed"),
    [
        ("in", BOTH, ("SubnetId", "subnet", "private-1a-1"), ALL),
        ("in", INGRESS, ("SubnetId", "subnet", "private-1a-1"), ALL),
        ("out", BOTH, ("SubnetId", "subnet", "net-1"), EGRESS),
        ("out", INGRESS, ("SubnetId", "subnet", "net-1"), ALL),
        ("nat", BOTH, ("VpcId", "vpc", "vpc-1"), EGRESS),
    ],
)
def test_the_remedy_excludes_as_little_as_possible_and_is_proven(
    way: str, mode: str, excluded: tuple[str, str, str], allowed: str
) -> None:
    made = MAKE[way][0]()
    made.cloud.block_mode = mode
    result = traced(AwsState(made.cloud.recording()), made.source, ip_address(made.destination), made.port)
    (remedy,) = [item.remedy for item in result.findings]
    assert remedy
    (call,) = remedy.calls
    key, kind, name = excluded
    assert call.parameters == {key: made_id(kind, name), "InternetGatewayExclusionMode": allowed}
    assert remedy.verified is True
    assert f"--internet-gateway-exclusion-mode {allowed}" in remedy.commands[0]


def test_an_organization_that_forbids_exclusions_is_to_be_asked() -> None:
    made = networks.internet()
    made.cloud.block_mode = BOTH
    recording = made.cloud.recording()
    for answer in recording.answers:
        if answer.operation == "DescribeVpcBlockPublicAccessOptions":
            answer.response["VpcBlockPublicAccessOptions"]["ExclusionsAllowed"] = "not-allowed"
    result = trace(AwsState(recording), made.source, ip_address(made.destination), made.port)
    (remedy,) = [item.remedy for item in result.findings]
    assert remedy
    assert remedy.calls == ()
    assert "organization" in remedy.text
