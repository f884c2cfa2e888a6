"""Given a place and a packet: what is met there, and where is the packet next?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from nlbcheck.aws.ports import PortRange
from nlbcheck.aws.resources.route_table import RouteTargetKind
from nlbcheck.aws.state import AwsState
from nlbcheck.path import location
from nlbcheck.path.forwarding.next_hop import NEXT_HOPS, forward
from nlbcheck.path.forwarding.step import AtRouteTarget, AtTransitGateway, AtTransitPeering, Step
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


def step(made: Network) -> Step:
    state, place = left(made)
    return forward(state, packet_of(made), place)


def kinds(found: Step) -> list[str]:
    return [met.kind for met in found.met]


def test_every_kind_of_next_hop_is_known() -> None:
    assert set(NEXT_HOPS) == set(RouteTargetKind)


def test_inside_its_own_vpc_a_packet_is_delivered() -> None:
    assert step(networks.inside()) == Step(())


def test_a_peering_connection_and_a_vpn_gateway_are_the_last_that_is_met() -> None:
    peered = step(networks.peered())
    assert (set(kinds(peered)), peered.onward) == ({"vpc-peering-connection"}, None)
    office = step(networks.vpn())
    assert (kinds(office)[0], kinds(office)[-1], office.onward) == ("vpn-gateway", "on-premises", None)


def test_a_nat_gateway_sends_on_from_its_own_address_and_subnet() -> None:
    found = step(networks.nat())
    assert kinds(found) == ["nat-gateway", "network-acl", "network-acl"]
    assert isinstance(found.onward, InVpc)
    assert found.onward.by_nat
    assert found.translated
    assert str(found.translated.source) == str(found.onward.address) == "10.1.9.5"


def test_a_transit_gateway_is_entered_by_the_vpc_s_attachment() -> None:
    place = step(networks.transit()).onward
    assert isinstance(place, AtTransitGateway)
    assert place.passed == ((place.gateway_id, place.attachment_id),)


def test_over_a_link_a_packet_comes_to_the_other_transit_gateway_once() -> None:
    made = networks.hubs()
    state, _ = left(made)
    here = step(made).onward
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
    state, place = left(made)
    endpoint = AtRouteTarget(RouteTarget(RouteTargetKind.VPC_ENDPOINT, "vpce-1"), place.sent_from)
    (met,) = forward(state, packet_of(made), endpoint).met
    assert "vpce-1" in str(met.outcome)
