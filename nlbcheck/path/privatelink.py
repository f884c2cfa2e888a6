"""What does a packet meet that goes through an interface endpoint to a load balancer's node?

The endpoint's interface admits clients by its own security groups. The load balancer's inbound rules, where
they are applied, look at the client's own address, and targets see the node's:
https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html.
"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.vpc_endpoint import VpcEndpoint, endpoint_of
from nlbcheck.aws.state import AwsState
from nlbcheck.language import marked, tell
from nlbcheck.model import Confidence, Finding, Resource, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import stages
from nlbcheck.path.entrances import Entrance, same_zone
from nlbcheck.path.gates import vpc_endpoint as gate
from nlbcheck.path.location import InVpc, OutsideAws
from nlbcheck.path.outcome import Passed, Unseen
from nlbcheck.path.packet import Packet, References
from nlbcheck.path.passage import Passage
from nlbcheck.path.trail import Journal, Trail

_LOST = References(
    inbound=False,
    outbound=False,
    reason=marked("A reference does not match through an interface endpoint."),
)


def enter(
    state: AwsState, trail: Trail, client: InVpc | OutsideAws, by: Entrance, at_node: InVpc, packet: Packet
) -> InVpc | OutsideAws:
    """Walk from the client through an endpoint to a node; return whom the node sees as the client."""
    if by.among > 1:
        fact = tell(
            "which of {count} interface endpoints leads to {address}",
            count=by.among,
            address=at_node.address,
        )
        trail.record("vpc-endpoint", by.resource, Unseen(NotVisible(fact, "", "", None)))
        return hand_on(state, trail, client, by, at_node, packet)
    groups = client.groups if isinstance(client, InVpc) else ()
    to_endpoint = replace(packet, destination=by.at.address)
    own = _beside(trail)
    passage = Passage(state, own, to_endpoint, client, by.at, groups)
    stages.walk(passage)
    _adopt(trail, own, by)
    seen = passage.seen_as if isinstance(passage.seen_as, InVpc) else client
    return hand_on(state, trail, seen, by, at_node, packet)


def hand_on(
    state: AwsState, trail: Trail, client: InVpc | OutsideAws, by: Entrance, at_node: InVpc, packet: Packet
) -> InVpc | OutsideAws:
    """Take a packet from an endpoint's interface to a node; return whom the node sees as the client."""
    if not isinstance(by.state, NotVisible) or by.state not in by.doubts:
        trail.record("vpc-endpoint", by.resource, gate.check_state(by.endpoint_id, by.state))
    for doubt in by.doubts:
        trail.record("vpc-endpoint", by.resource, Unseen(doubt))
    if not same_zone(by.at, at_node):
        fact = tell(
            "which node {endpoint} leads to: it has no interface in the zone of {address}",
            endpoint=by.endpoint_id,
            address=at_node.address,
        )
        trail.record("vpc-endpoint", by.resource, Unseen(NotVisible(fact, "", "", None)))
    _admit(state, trail, client, by, at_node, packet)
    return replace(client, by_endpoint=True)


def _admit(
    state: AwsState,
    trail: Trail,
    client: InVpc | OutsideAws,
    by: Entrance,
    at_node: InVpc,
    packet: Packet,
) -> None:
    """Ask the load balancer's inbound rules, where they are applied."""
    balancer = at_node.balancer
    if balancer is None:
        return
    applied = balancer.rules_for_endpoints
    if balancer.group_ids and applied is False:
        nothing = Passed({"meaning": "inbound rules are not applied to what comes through endpoints"})
        trail.record("security-group", Resource("security-group", balancer.group_ids[0]), nothing)
        return
    groups = client.groups if isinstance(client, InVpc) else ()
    own = _beside(trail)
    passage = Passage(state, own, replace(packet, source=client.address), client, at_node, groups)
    passage.references = _LOST
    stages.enter_groups(passage)
    if own.stops and applied is None:
        fact = tell(
            "whether the inbound rules of {balancer} apply to connections through interface endpoints",
            balancer=balancer.name,
        )
        unknown = NotVisible(fact, "elbv2", "DescribeLoadBalancers", balancer.account_region)
        trail.record("security-group", at_node.resource, Unseen(unknown))
    else:
        _adopt(trail, own, by)


def _beside(trail: Trail) -> Trail:
    """Return a trail of the same leg, for what is to be looked at before it is noted."""
    return Trail(Journal(trail.journal.zone), trail.leg, trail.direction)


def _adopt(trail: Trail, own: Trail, by: Entrance) -> None:
    """Note what was met; what stops connections that may come another way is likely."""
    trail.hops += own.hops
    trail.journal.inspected |= own.journal.inspected
    for finding in own.journal.findings:
        closes = finding.verdict is Verdict.FAIL
        found = _likely(finding, by) if closes and by.doubts else finding
        trail.stops += [found] if closes else []
        trail.journal.add(found)


def _likely(finding: Finding, by: Entrance) -> Finding:
    told = tell(
        "{problem} The client likely connects through the interface endpoint {endpoint}.",
        problem=finding.summary,
        endpoint=by.endpoint_id,
    )
    return replace(finding, summary=told, confidence=Confidence.LIKELY)


def leave(state: AwsState, trail: Trail, client: InVpc | OutsideAws, by: Entrance, protocol: str) -> None:
    """Walk the answer from an endpoint back to the client: what lies before it is no network of the two."""
    trail.record("vpc-endpoint", by.resource, Passed({"interface": str(by.at.address)}))
    stages.walk_reply(state, trail, by.at, client, client, protocol)


def stay(state: AwsState, trail: Trail, at: InVpc, beyond: NotVisible) -> None:
    """Note what is known of an endpoint of which it is not visible where it leads to."""
    key = endpoint_of(at.interface) if isinstance(at.interface, NetworkInterface) else None
    endpoint = state.vpc_endpoint(key) if key else None
    if isinstance(endpoint, VpcEndpoint):
        resource = Resource("vpc-endpoint", endpoint.id, endpoint.name)
        trail.record("vpc-endpoint", resource, gate.check_state(endpoint.id, endpoint.state))
    trail.record("vpc-endpoint", Resource("vpc-endpoint", key or str(at.address)), Unseen(beyond))
