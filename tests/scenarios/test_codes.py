"""Is every code of the vocabulary what some network leads to?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.lab.faults import FAULTS
from nlbcheck.model import Code, Finding
from nlbcheck.path.reach import trace
from tests.path import front_doors, networks
from tests.path.telling import walked
from tests.scenarios.article import article
from tests.scenarios.faulty import report_on
from tests.scenarios.mutations import named
from tests.scenarios.truth import CASES
from tests.scenarios.truth_networks import NETWORKS

Findings = Callable[[], Iterable[Finding]]


def of_fault(name: str) -> Findings:
    """Diagnose a network with one of the lab's faults."""

    def findings() -> Iterable[Finding]:
        report = report_on(CASES[name].network, name)
        return (*report.findings, *report.table)

    return findings


def registered_for_one_zone() -> Iterable[Finding]:
    """Register the target on premises for a zone, which AWS accepts, instead of for all."""
    cloud = article()
    group = next(arn for arn in cloud.targets if "-30080/" in arn)
    cloud.targets[group][0]["Target"]["AvailabilityZone"] = "ap-northeast-1a"
    return walked(cloud, 30080).findings


def preserving() -> Iterable[Finding]:
    """Keep client addresses, across zones."""
    made = NETWORKS["preserving"]()
    return walked(made.cloud, 3022, client="10.2.1.20").findings


def rejected_endpoint() -> Iterable[Finding]:
    """Reject the interface endpoint that the client dials."""
    state = AwsState(front_doors.consumed(state="rejected").recording())
    return trace(state, front_doors.CONSUMER, ip_address(front_doors.ENDPOINT), 10022).findings


def behind_a_firewall() -> Iterable[Finding]:
    """Let the firewall of the server's internet gateway drop what is opened from outside."""
    made = networks.internet()
    named(made.cloud, "DescribeVpcs", "vpc-9")["NetworkFirewallAssociations"] = [
        {"FirewallArn": "arn", "FirewallOnboardingStatus": "active", "FirewallMode": "enforce"}
    ]
    named(made.cloud, "DescribeSubnets", "net-9")["NetworkFirewallConnectivityType"] = "outbound-only"
    state = AwsState(made.cloud.recording())
    return trace(state, made.source, ip_address(made.destination), made.port).findings


REACHED: Mapping[Code, Findings] = {
    **{Code(FAULTS[name].finding): of_fault(name) for name in CASES},
    Code.CONNECTIONS_COLLIDE: preserving,
    Code.ENDPOINT_NOT_AVAILABLE: rejected_endpoint,
    Code.TARGET_NEEDS_ZONE_ALL: registered_for_one_zone,
    Code.INTERNET_FIREWALL: behind_a_firewall,
}
"""How each code is reached: by a fault of the lab, or by a network of its own."""


def test_no_code_is_left_out() -> None:
    assert set(REACHED) == set(Code)


@pytest.mark.parametrize("code", REACHED)
def test_a_network_leads_to_the_code(code: Code) -> None:
    assert code in {finding.code for finding in REACHED[code]()}
