"""One field of one network that says nothing: what made a certain fault of it once, and must not again."""

from __future__ import annotations

import pytest

from nlbcheck.aws.state import AwsState
from tests.aws.every_network import Known
from tests.aws.mutants import EACH, Field, network, places, surer

PRIVATE_NAT = "trace private_nat, as drawn, 100.64.0.10 to 10.0.2.10"
INGRESS = "trace ingress_routing, as drawn"
CLAIMED, CONSUMER, UNSEEN = "fault address-overlap", "a consumer", "a consumer that is not seen"
PEERED = "trace peered, longer route to another peer"
FORWARD = ("DescribeListeners", "Listeners", EACH, "DefaultActions", EACH, "ForwardConfig")
SUBNETS = ("DescribeSubnets", "Subnets", EACH)
INTERFACES = ("DescribeNetworkInterfaces", "NetworkInterfaces", EACH)
NAT = ("DescribeNatGateways", "NatGateways")
ADDRESSES = (*NAT, EACH, "NatGatewayAddresses")
SERVICES = ("DescribeVpcEndpointServiceConfigurations", "ServiceConfigurations")
PEERINGS = ("DescribeVpcPeeringConnections", "VpcPeeringConnections", EACH)
TABLES = ("DescribeRouteTables", "RouteTables", EACH)
ATTACHMENTS = ("DescribeTransitGatewayVpcAttachments", "TransitGatewayVpcAttachments")
ONCE: list[tuple[str, Field]] = [
    # What a NAT gateway does to the sender's address, wherever it is met.
    (PRIVATE_NAT, NAT),
    (PRIVATE_NAT, (*NAT, EACH, "NatGatewayId")),
    (PRIVATE_NAT, ADDRESSES),
    (PRIVATE_NAT, (*SUBNETS, "Ipv6CidrBlockAssociationSet")),
    ("trace both_excluded, as drawn, 192.168.1.214 to 203.0.113.2", (*ADDRESSES, EACH, "PublicIp")),
    # Which machine an address means, and who else claims it.
    (PEERED, (*INTERFACES, "VpcId")),
    (PEERED, (*INTERFACES, "Attachment")),
    ("trace private_nat, admits before translation, 100.64.0.10 to 10.0.2.10", (*INTERFACES, "Groups")),
    ("trace peer group, the peer not seen, 192.168.1.214 to 172.31.136.10", ("DescribeVpcs", "Vpcs")),
    (CLAIMED, ("DescribeVpnConnections", "VpnConnections", EACH, "VpnConnectionId")),
    (CLAIMED, ("DescribeVpnGateways", "VpnGateways", EACH, "VpcAttachments", EACH, "VpcId")),
    # Whether a client comes through an endpoint.
    (CONSUMER, ATTACHMENTS),
    (CONSUMER, (*PEERINGS, "RequesterVpcInfo", "VpcId")),
    (CONSUMER, (*PEERINGS, "AccepterVpcInfo")),
    (CONSUMER, (*INTERFACES, "VpcId")),
    ("by-endpoint", (*INTERFACES, "InterfaceType")),
    ("fault endpoint-sg", ("DescribeNetworkInterfaces", "NetworkInterfaces")),
    (UNSEEN, SERVICES),
    (UNSEEN, (*SERVICES, EACH, "ServiceId")),
    # What else joins two networks.
    (
        "trace peered hubs, no route in the VPC",
        ("DescribeTransitGatewayAttachments", "TransitGatewayAttachments", EACH, "Association"),
    ),
    # By which path a packet comes in.
    (
        "trace ingress_routing, as drawn",
        ("DescribeInternetGateways", "InternetGateways", EACH, "Attachments"),
    ),
    (INGRESS, (*TABLES, "RouteTableId")),
    # Whose a VPC is.
    ("shared vpc", ("DescribeVpcs", "Vpcs", EACH, "OwnerId")),
    # What a remedy would leave behind.
    ("fault hairpin", (*SUBNETS, "AvailabilityZone")),
    ("by transit, public target", ("DescribeTargetGroups", "TargetGroups", EACH, "TargetType")),
]


def verified(known: Known) -> set[bool | None]:
    found = known.ask(AwsState(known.whole)).findings
    return {item.remedy.verified for item in found if item.remedy and item.remedy.calls}


def test_what_cannot_be_tried_is_not_told_to_fail() -> None:
    name = "by transit, no listener"
    groups = ("DescribeTargetGroups", "TargetGroups", EACH)
    assert True in verified(network(name))
    tried = [
        mutant
        for (field, way), mutants in places(name).items()
        if field in (FORWARD, (*groups, "TargetGroupArn")) and way == "of another type"
        for mutant in mutants
    ]
    assert tried
    for mutant in tried:
        assert False not in verified(mutant.known()), mutant


@pytest.mark.parametrize(("name", "field"), ONCE, ids=[f"{name} {'.'.join(field)}" for name, field in ONCE])
def test_it_makes_no_certain_fault(name: str, field: Field) -> None:
    found = [mutant for (at, _), mutants in places(name).items() if at == field for mutant in mutants]
    assert found
    for mutant in found[:6]:
        assert not surer(mutant), mutant
