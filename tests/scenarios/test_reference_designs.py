"""What is said of the networks that AWS's own pages draw, as they are drawn and with a mistake in them?

The verdicts are AWS's words: each network's function names the page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address

import pytest

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.tracing import traced
from nlbcheck.model import Confidence, Verdict
from nlbcheck.path.reach import Reach, Trace
from tests.path.networks import Network
from tests.scenarios import reference_designs as designs
from tests.scenarios.cloud import Cloud
from tests.scenarios.mutations import health, named
from tests.scenarios.reference_designs import Mistake

OPEN, CLOSED, NO_REPLY, UNSURE = Reach.REACHABLE, Reach.BLOCKED, Reach.REPLY_BLOCKED, Reach.UNKNOWN


def narrow() -> Network:
    return designs.custom_acl(32768)


def nat_failed(cloud: Cloud) -> None:
    named(cloud, "DescribeNatGateways", "nat")["State"] = "failed"


CASES: list[tuple[Callable[[], Network], Mistake | None, Reach, set[str]]] = [
    (designs.central_egress, None, OPEN, set()),
    (designs.central_egress, designs.attached_in_public, CLOSED, {"internet-path-blocked"}),
    (designs.central_egress, designs.without("egress-public", "10.5.0.0/16"), NO_REPLY,
     {"route-leads-elsewhere"}),
    (designs.central_egress, designs.without("egress-private", "0.0.0.0/0"), CLOSED, {"route-missing"}),
    (designs.central_egress, nat_failed, CLOSED, {"route-blackhole"}),
    (designs.ingress_routing, None, UNSURE, {"not-visible"}),
    (designs.ingress_routing, designs.without("inspection", "0.0.0.0/0"), NO_REPLY,
     {"not-visible", "route-missing"}),
    (designs.ingress_routing, designs.reply_beside_the_firewall, NO_REPLY,
     {"not-visible", "middlebox-asymmetric"}),
    (designs.custom_acl, None, OPEN, set()),
    (narrow, None, OPEN, {"nacl-narrow-ephemeral"}),
    (designs.referenced, None, OPEN, set()),
    (designs.referenced, designs.referencing_off, CLOSED, {"sg-reference-not-seen"}),
    (designs.referenced, designs.referenced_outbound, CLOSED, {"sg-reference-not-seen"}),
    (designs.shared_services, None, OPEN, set()),
    (designs.shared_services, designs.spokes_not_propagated, NO_REPLY, {"transit-gateway-route-missing"}),
    (designs.prefix_listed, None, OPEN, set()),
    (designs.prefix_listed, designs.clients_not_listed, CLOSED, {"sg-denies", "route-missing"}),
    (designs.edge_to_edge, None, NO_REPLY, {"not-visible", "peering-no-transit"}),
    (designs.zonal, None, OPEN, set()),
    (designs.zonal, designs.zone_empty, CLOSED, {"zone-has-no-target"}),
    (designs.zonal, designs.zone_unhealthy, OPEN, {"target-unhealthy"}),
    (designs.local_traffic_policy, None, OPEN, {"connections-collide", "target-unhealthy"}),
    (designs.local_traffic_policy, designs.nodes_admit_only_the_balancer, CLOSED,
     {"sg-denies", "target-unhealthy"}),
    (designs.direct_connect_backup, None, OPEN, {"vpn-down"}),
    (designs.application_target, None, OPEN, set()),
    (designs.application_target, designs.no_inner_listener, CLOSED, {"listener-missing"}),
    (designs.application_target, designs.inner_admits_only_nodes, CLOSED, {"sg-denies"}),
]  # fmt: skip


def made(make: Callable[[], Network], mistake: Mistake | None) -> Network:
    network = make()
    if mistake:
        mistake(network.cloud)
    return network


def judged(network: Network, recording: Recording | None = None) -> Trace:
    state = AwsState(recording or network.cloud.recording())
    return traced(state, network.source, ip_address(network.destination), network.port)


@pytest.mark.parametrize(("make", "mistake", "reach", "codes"), CASES)
def test_what_aws_draws(
    make: Callable[[], Network], mistake: Mistake | None, reach: Reach, codes: set[str]
) -> None:
    found = judged(made(make, mistake))
    assert (found.reach, {str(item.code) for item in found.findings}) == (reach, codes)


@pytest.mark.parametrize(("make", "mistake", "reach", "_codes"), CASES)
def test_no_answer_taken_away_turns_it_round(
    make: Callable[[], Network], mistake: Mistake | None, reach: Reach, _codes: set[str]
) -> None:
    network = made(make, mistake)
    recording = network.cloud.recording()
    for operation in sorted({item.operation for item in recording.answers}):
        kept = tuple(item for item in recording.answers if item.operation != operation)
        found = judged(network, replace(recording, answers=kept))
        assert (reach is OPEN) <= (found.reach in (OPEN, UNSURE)), operation
        assert (reach is not OPEN) <= (found.reach is not OPEN), operation


def fixes(found: Trace) -> list[tuple[str, bool | None]]:
    return [
        (line, item.remedy.verified)
        for item in found.findings
        if item.remedy and item.verdict is Verdict.FAIL
        for line in item.remedy.commands
    ]


def test_the_default_route_leads_to_the_nat_gateway_of_the_egress_vpc() -> None:
    found = judged(made(designs.central_egress, designs.without("egress-private", "0.0.0.0/0")))
    ((command, verified),) = fixes(found)
    assert "--destination-cidr-block 0.0.0.0/0 --nat-gateway-id nat-" in command
    assert verified


def test_an_address_for_the_sender_would_not_open_an_internet_gateway_of_another_vpc() -> None:
    found = judged(made(designs.central_egress, designs.attached_in_public))
    (finding,) = found.findings
    assert finding.remedy
    assert "Elastic IP" not in finding.remedy.text
    assert "NAT gateway" in finding.remedy.text


def test_a_backup_that_is_down_is_no_cause_where_the_target_is_healthy() -> None:
    network = designs.direct_connect_backup()
    (finding,) = judged(network).findings
    assert finding.verdict is Verdict.WARN
    assert "perhaps Direct Connect" in finding.summary
    health(30080, "unhealthy", "Target.FailedHealthChecks")(network.cloud)
    found = [item for item in judged(network).findings if item.code == "vpn-down"]
    assert {item.confidence for item in found} == {Confidence.CERTAIN}
