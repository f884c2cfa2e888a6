"""Given a position and a packet: what is met there, and where is the packet next?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.aws.state import AwsState
from nlbcheck.path import location
from nlbcheck.path.forwarding.next_hop import NEXT_HOPS, forward
from nlbcheck.path.forwarding.positions import AtRouteTarget, AtTransitGateway, AtTransitPeering, Forwarded
from nlbcheck.path.location import InVpc
from nlbcheck.path.packet import Packet
from nlbcheck.path.routes import RouteTarget, routed, transit_exit
from tests.path import networks
from tests.path.networks import Network
from tests.scenarios.cloud import made_id


def packet_of(made: Network) -> Packet:
    return Packet(ip_address(made.source), ip_address(made.destination), PortRange(443, 443))


def left(made: Network) -> tuple[AwsState, AtRouteTarget]:
    """Return where a packet is that has left its sender's subnet."""
    state = AwsState(made.cloud.recording())
    start = location.of_source(state, made.source)
    assert isinstance(start, InVpc)
    target = routed(state, start, ip_address(made.destination)).target
    assert target
    return state, AtRouteTarget(target, start)


def forwarded(made: Network) -> Forwarded:
    state, position = left(made)
    return forward(state, packet_of(made), position)


def kinds(found: Forwarded) -> list[str]:
    return [met.kind for met in found.met]


def test_every_kind_of_next_hop_is_known() -> None:
    assert set(NEXT_HOPS) == set(RouteTargetKind)


def test_inside_its_own_vpc_a_packet_is_delivered() -> None:
    assert forwarded(networks.inside()) == Forwarded(())


def test_a_peering_connection_and_a_vpn_gateway_are_the_last_that_is_met() -> None:
    peered = forwarded(networks.peered())
    assert (set(kinds(peered)), peered.onward) == ({"vpc-peering-connection"}, None)
    office = forwarded(networks.vpn())
    assert (kinds(office)[0], kinds(office)[-1], office.onward) == ("vpn-gateway", "on-premises", None)


def test_a_nat_gateway_sends_on_from_its_own_address_and_subnet() -> None:
    found = forwarded(networks.nat())
    assert kinds(found) == ["nat-gateway", "network-acl", "network-acl"]
    assert isinstance(found.onward, InVpc)
    assert found.onward.by_nat
    assert found.translated
    assert str(found.translated.source) == str(found.onward.address) == "10.1.9.5"


def test_a_transit_gateway_is_entered_by_the_vpc_s_attachment() -> None:
    position = forwarded(networks.transit()).onward
    assert isinstance(position, AtTransitGateway)
    assert position.passed == ((position.gateway_id, position.attachment_id),)


def test_over_a_link_a_packet_comes_to_the_other_transit_gateway_once() -> None:
    made = networks.hubs()
    state, _ = left(made)
    here = forwarded(made).onward
    assert isinstance(here, AtTransitGateway)
    link = AtTransitPeering(here, made_id("tgw-attach", "link-1"))
    there = forward(state, packet_of(made), link).onward
    assert isinstance(there, AtTransitGateway)
    assert there.gateway_id == made_id("tgw", "hub-2")
    assert len(there.passed) == 2
    again = AtTransitPeering(replace(here, before=there.passed), link.attachment_id)
    assert forward(state, packet_of(made), again).onward is None
    assert transit_exit(state, here.gateway_id, here.attachment_id, ip_address(made.destination))


def test_what_is_not_modelled_is_unknown() -> None:
    made = networks.inside()
    state, position = left(made)
    endpoint = AtRouteTarget(RouteTarget(RouteTargetKind.VPC_ENDPOINT, "vpce-1"), position.sent_from)
    (met,) = forward(state, packet_of(made), endpoint).met
    assert "vpce-1" in str(met.outcome)
