"""Is every code of the vocabulary what some network leads to?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from ipaddress import ip_address

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.lab.faults import FAULTS
from nlbcheck.model import Check, Code, Finding, HostKey, Json, Node, Observation, Status
from nlbcheck.path.reach import trace
from nlbcheck.relays import Row
from tests.diagnosis.diagnosing import TABLE, diagnosed, mutated, result
from tests.path import front_doors, networks
from tests.path.telling import walked
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud
from tests.scenarios.faulty import report_on
from tests.scenarios.mutations import listener, named
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


def one_server_of_two() -> Iterable[Finding]:
    """Declare and pin two servers, and let one of them answer every connection."""
    first, *others = TABLE.rows
    server = next(row.target for row in others if row.target != first.target)
    spec = replace(first.spec, host_keys=(HostKey("SHA256:one"), HostKey("SHA256:two")))
    row = replace(first, targets=(first.target, server), spec=spec)
    table = replace(TABLE, rows=(row, *others))
    return diagnosed(
        article().recording(),
        lambda row, _node: result(row.check, Status.OK, fingerprint="SHA256:one", key_type="ssh-ed25519"),
        [row.name],
        table,
    ).findings


def preserving() -> Iterable[Finding]:
    """Keep client addresses, across zones."""
    made = NETWORKS["preserving"]()
    return walked(made.cloud, 3022, client="10.2.1.20").findings


def rejected_endpoint() -> Iterable[Finding]:
    """Reject the interface endpoint that the client dials."""
    state = AwsState(front_doors.consumed(state="rejected").recording())
    return trace(state, front_doors.CONSUMER, ip_address(front_doors.ENDPOINT), 10022).findings


def of_wire(ended: Status, **detail: Json) -> Iterable[Finding]:
    """Diagnose the first row behind a TLS listener that verifies clients, asked by HTTPS."""

    def tls(cloud: Cloud) -> None:
        listener(10022, Protocol="TLS", MutualAuthentication={"Mode": "verify"})(cloud)

    def wire(row: Row, _node: Node) -> Observation:
        if row.name != "tg-10022":
            return result(row.check, Status.OK)
        return replace(result(Check.HTTPS, ended), detail=detail)

    return diagnosed(mutated(tls), wire).findings


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
    Code.TARGET_NOT_SEEN: one_server_of_two,
    Code.CLIENT_CERTIFICATE_REQUIRED: partial(of_wire, Status.BAD_REPLY, tls_alert="certificate required"),
    Code.LISTENER_CERTIFICATE_INVALID: partial(of_wire, Status.OK, valid_for_days=-1, status=200),
    Code.SERVER_REPORTS_ERROR: partial(of_wire, Status.OK, status=503),
    Code.INTERNET_FIREWALL: behind_a_firewall,
}
"""How each code is reached: by a fault of the lab, or by a network of its own."""


def test_no_code_is_left_out() -> None:
    assert set(REACHED) == set(Code)


@pytest.mark.parametrize("code", REACHED)
def test_a_network_leads_to_the_code(code: Code) -> None:
    assert code in {finding.code for finding in REACHED[code]()}
