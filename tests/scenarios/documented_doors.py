"""Further networks as AWS's own pages draw them: NAT instances, public access, appliances, peers' groups."""

from __future__ import annotations

from nlbcheck.aws.recording import Recording
from tests.path.test_dialled import behind_nat, facing
from tests.scenarios.accounts import THEIRS, divided
from tests.scenarios.article import article
from tests.scenarios.cloud import ANYWHERE, Cloud, made_id, permission
from tests.scenarios.documented_ways import admit_group
from tests.scenarios.mutations import instance_is, peering_is
from tests.scenarios.reference_designs import table, without

INSIDE = "172.31.140.10"


def nat_instance() -> Cloud:
    """https://docs.aws.amazon.com/vpc/latest/userguide/VPC_NAT_Instance.html"""
    cloud = facing()
    vpc = made_id("vpc", "vpc-1")
    public = cloud.subnet("public", vpc, "192.168.200.0/24", "a")
    own = cloud.security_group("nat-instance", vpc, [permission("-1", "192.168.0.0/16")])
    cloud.instance("nat-instance", public, "192.168.200.5", own)
    interface = cloud.find("DescribeNetworkInterfaces", made_id("eni", "nat-instance-eth0"))
    interface |= {"SourceDestCheck": False, "Association": {"PublicIp": "203.0.113.7"}}
    gateway = cloud.internet_gateway("clients", vpc)
    cloud.route(cloud.route_table("public", vpc, public), ANYWHERE, gateway)
    cloud.route(table(cloud, "client"), ANYWHERE, interface["NetworkInterfaceId"])
    return cloud


def nat_instance_checked(cloud: Cloud) -> None:
    checked(cloud, "nat-instance")


def checked(cloud: Cloud, name: str) -> None:
    cloud.find("DescribeNetworkInterfaces", made_id("eni", f"{name}-eth0"))["SourceDestCheck"] = True


nat_instance_stopped = instance_is("nat-instance", "stopped")
nat_instance_stopped.__name__ = "nat instance stopped"


def public_access(mode: str = "block-bidirectional", *excluded: tuple[str, str, str]) -> Cloud:
    """https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-basics.html"""
    cloud = facing()
    behind_nat(cloud)
    cloud.block_mode = mode
    for kind, name, how in excluded:
        cloud.exclude(kind, made_id(kind, name), how)
    return cloud


def excluded(kind: str, name: str, how: str) -> Cloud:
    """Exclude the client's VPC for egress, and something of the load balancer's."""
    return public_access("block-bidirectional", ("vpc", "vpc-1", "allow-egress"), (kind, name, how))


def both_excluded() -> Cloud:
    return excluded("vpc", "vpc-2", "allow-bidirectional")


def one_subnet_excluded() -> Cloud:
    return excluded("subnet", "private-1a-1", "allow-bidirectional")


def excluded_for_egress() -> Cloud:
    return excluded("vpc", "vpc-2", "allow-egress")


def ingress_blocked() -> Cloud:
    return public_access("block-ingress", ("vpc", "vpc-2", "allow-bidirectional"))


def between_subnets() -> Cloud:
    """https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html"""
    cloud = article()
    vpc = made_id("vpc", "vpc-2")
    clients = cloud.subnet("clients", vpc, "172.31.140.0/24", "a")
    seat = cloud.subnet("appliance", vpc, "172.31.141.0/24", "a")
    cloud.instance("inside", clients, INSIDE, cloud.security_group("inside", vpc))
    every = cloud.security_group("appliance", vpc, [permission("-1", ANYWHERE)])
    cloud.instance("appliance", seat, "172.31.141.5", every)
    interface = cloud.find("DescribeNetworkInterfaces", made_id("eni", "appliance-eth0"))
    interface["SourceDestCheck"] = False
    door = str(interface["NetworkInterfaceId"])
    cloud.route(cloud.route_table("clients", vpc, clients), "172.31.128.0/24", door)
    cloud.route(table(cloud, "private-1a-1"), "172.31.140.0/24", door)
    return cloud


def appliance_checked(cloud: Cloud) -> None:
    checked(cloud, "appliance")


def inside_group_named(cloud: Cloud) -> None:
    admit_group(cloud, made_id("sg", "inside"))


reply_past_the_appliance = without("private-1a-1", "172.31.140.0/24")


def peer_group() -> tuple[Recording, ...]:
    """https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html"""
    return peer_group_over("active")


def peer_group_over(status: str) -> tuple[Recording, ...]:
    """Return what both accounts answer, with the peering connection in this state."""
    cloud = article()
    admit_group(cloud, made_id("sg", "client"), THEIRS)
    peering_is(status)(cloud)
    return divided(cloud, {made_id("vpc", "vpc-1"): THEIRS})


def peer_group_gone() -> tuple[Recording, ...]:
    return peer_group_over("deleted")


def peer_not_seen() -> tuple[Recording, ...]:
    return peer_group()[:1]
