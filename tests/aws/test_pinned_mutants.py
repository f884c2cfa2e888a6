"""One field that says nothing, of each kind that was once taken for a fact, and must not be again."""

from __future__ import annotations

import pytest

from tests.aws.mutants import Mutant, surer

PINNED: list[tuple[str, int, int, str, str]] = [
    # Whether a transit gateway is linked with the one that a VPC is attached to.
    (
        "trace peered hubs, near-hub without 0.0.0.0/0, 10.4.1.10 to 172.31.128.10",
        0,
        15,
        "TransitGatewayAttachments.1.TransitGatewayAttachmentId",
        "missing",
    ),
    (
        "trace peered hubs, near-hub without 0.0.0.0/0, 10.4.1.10 to 172.31.136.10",
        0,
        15,
        "TransitGatewayAttachments.1.ResourceType",
        "an unknown word",
    ),
    (
        "trace peered hubs, near-hub without 0.0.0.0/0, 10.4.1.10 to 172.31.136.10",
        1,
        16,
        "TransitGatewayVpcAttachments.0.VpcId",
        "of another type",
    ),
    (
        "trace peered hubs, no static route",
        0,
        15,
        "TransitGatewayAttachments.1.Association",
        "of another type",
    ),
    # Whether an attachment works by which a transit gateway joins two VPCs.
    ("agreement 2, 4", 0, 16, "TransitGatewayVpcAttachments.2.State", "an unknown word"),
    # Whether a route leads to a machine whose VPC is not known.
    ("trace transit, not associated", 0, 6, "NetworkInterfaces.1.InterfaceType", "missing"),
    # Whether connections pass where health checks are stopped.
    ("fault target-sg-names-client", 0, 6, "NetworkInterfaces.0.VpcId", "of another type"),
    (
        "trace application_target, no_inner_listener",
        0,
        6,
        "NetworkInterfaces.2.NetworkInterfaceId",
        "of another type",
    ),
    # By which address a client is known whose place is not seen: a NAT gateway may have given it another one.
    (
        "trace private_nat, as drawn, 100.64.0.10 to 10.0.2.10",
        0,
        6,
        "NetworkInterfaces.0.Ipv6Addresses",
        "of another type",
    ),
    (
        "trace private_nat, vpc-a-private without 10.0.2.0/24, 100.64.0.10 to 10.0.2.10",
        0,
        6,
        "NetworkInterfaces",
        "null",
    ),
    (
        "trace private_nat, vpc-a-private without 10.0.2.0/24, 100.64.0.10 to 10.0.2.10",
        0,
        10,
        "NatGateways.0.VpcId",
        "null",
    ),
    ("agreement 5, 4", 0, 6, "NetworkInterfaces.4.Groups", "of another type"),
    # Whether a client comes through an endpoint.
    ("a consumer in another account", 1, 1, "Vpcs.0.VpcId", "missing"),
    ("a consumer in another account", 1, 1, "Vpcs.0.OwnerId", "of another type"),
    ("by-endpoint", 0, 19, "VpcEndpoints.0.ServiceName", "missing"),
    # Whether a rule that names a group knows it over a peering connection.
    (
        "trace peered, stale reference",
        0,
        5,
        "SecurityGroups.3.IpPermissions.0.UserIdGroupPairs.0.PeeringStatus",
        "of another type",
    ),
    (
        "trace peered, stale reference",
        0,
        5,
        "SecurityGroups.3.IpPermissions.0.UserIdGroupPairs.0.PeeringStatus",
        "missing",
    ),
    (
        "trace peer group, as drawn, 192.168.1.214 to 172.31.128.10",
        1,
        8,
        "VpcPeeringConnections.0.AccepterVpcInfo.Region",
        "an unknown word",
    ),
    # In which subnet a transit gateway hands a packet over, by a table that is not seen.
    ("by transit, node's acl", 0, 15, "TransitGatewayAttachments", "of another type"),
    ("a consumer in another account", 1, 6, "NetworkInterfaces.1.Description", "an unknown word"),
    # Whether a listener wants a certificate of the client.
    ("fault client-certificate-required", 0, 22, "Listeners.0.MutualAuthentication.Mode", "of another type"),
    # Whether a packet stays in its sender's subnet.
    ("agreement 2, 3", 0, 1, "Vpcs.1.CidrBlockAssociationSet.0.CidrBlockState", "missing"),
    # Which endpoint an address belongs to.
    ("by-endpoint", 0, 6, "NetworkInterfaces.4.Description", "of another type"),
    # Whether a target that AWS calls unhealthy gets connections all the same.
    ("fault health-port-closed", 0, 29, "TargetHealthDescriptions.0.Target.Port", "of another type"),
    (
        "trace private_nat, vpc-a-private without 10.0.2.0/24, 100.64.0.10 to 10.0.2.10",
        0,
        10,
        "NatGateways.0.NatGatewayAddresses",
        "null",
    ),
    # Whether a NAT gateway leads on to where its VPC has no route that is seen.
    (
        "trace private_nat, vpc-a-private without 10.0.2.0/24, 100.64.0.10 to 10.0.2.10",
        0,
        3,
        "RouteTables.1.Routes",
        "null",
    ),
    # Whether a machine has a public address.
    ("trace internet", 0, 6, "NetworkInterfaces.0.Association.PublicIp", "missing"),
    # Whether a rule that names a group has another peer.
    (
        "trace dialled, client by one of two addresses",
        0,
        5,
        "SecurityGroups.4.IpPermissions.0.IpRanges",
        "null",
    ),
    # Whether a client comes through an endpoint of this load balancer.
    ("by-endpoint", 0, 20, "ServiceConfigurations.0.NetworkLoadBalancerArns", "missing"),
    # Whether an endpoint is the only path from a VPC whose route tables are not seen.
    ("a consumer", 0, 3, "RouteTables.6.Associations", "missing"),
    # How much of the connections a target group gets.
    ("fault weight-zero", 0, 22, "Listeners.0.DefaultActions.0.ForwardConfig", "null"),
    ("fault weight-zero", 0, 22, "Listeners.0.DefaultActions.0.ForwardConfig.TargetGroups", "missing"),
    # Whether the zone of a target is enabled.
    (
        "by transit, target's zone not enabled",
        0,
        30,
        "TargetHealthDescriptions.0.Target.AvailabilityZone",
        "missing",
    ),
    # Whether a virtual private gateway knows a prefix that no route table shows that is seen.
    ("article, vgw does not know", 0, 3, "RouteTables.4.Routes", "null"),
]


@pytest.mark.parametrize(("network", "recording", "answer", "path", "way"), PINNED)
def test_what_cannot_be_read_is_taken_for_no_fact(
    network: str, recording: int, answer: int, path: str, way: str
) -> None:
    steps = (int(step) if step.isdecimal() else step for step in path.split("."))
    assert not surer(Mutant(network, recording, answer, tuple(steps), way))
