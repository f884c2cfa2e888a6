"""Further networks as AWS's own pages draw them: hubs, peerings, private NAT gateways, endpoints, weights."""

from __future__ import annotations

from tests.path.networks import table_of
from tests.scenarios.article import CLIENT, NODES, SERVER_1, SERVER_2, article
from tests.scenarios.cloud import ANYWHERE, Cloud, made_id, permission
from tests.scenarios.mutations import group, listener, named
from tests.scenarios.reference_designs import Mistake, table, without

OFFICE, OTHER_CLIENT = "10.77.0.9", "192.168.1.99"
NAT_CLIENT, NAT_NODE = "100.64.0.10", "10.0.2.10"
CONSUMER, DOORS = "10.90.1.20", {"a": "10.90.1.70", "c": "10.90.2.70"}
FAR_REGION, THEIR_ACCOUNT = "us-east-1", "999999999999"


def hub_without(name: str, destination: str) -> Mistake:
    """Take a route out of a transit gateway's route table."""

    def mutate(cloud: Cloud) -> None:
        routes = cloud.transit_routes[table_of(cloud, name)]
        before = len(routes)
        routes[:] = [item for item in routes if item["DestinationCidrBlock"] != destination]
        assert len(routes) < before

    mutate.__name__ = f"{name} without {destination}"
    return mutate


def isolated() -> Cloud:
    """https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-isolated.html"""
    cloud = article()
    hub = cloud.transit_gateway("vpn")
    vpcs, vpn = cloud.transit_route_table("vpcs", hub), table_of(cloud, "vpn")
    nets = {"vpc-1": ["client-1a"], "vpc-2": ["private-1a-1", "private-1c-1"]}
    for name, cidr in (("vpc-1", "192.168.0.0/16"), ("vpc-2", "172.31.0.0/16")):
        subnets = [made_id("subnet", item) for item in nets[name]]
        own = cloud.transit_vpc(name, hub, made_id("vpc", name), *subnets, table=vpcs)
        cloud.transit_route(vpn, cidr, own, "propagated")
    office = cloud.vpn_connection("office", hub, "10.77.0.0/16", bgp=True)
    cloud.transit_route(vpcs, "10.77.0.0/16", cloud.transit_vpn("office", hub, office, vpn), "propagated")
    for name, peer in (("client", "172.31.0.0/16"), ("private-1a-1", "192.168.0.0/16"),
                       ("private-1c-1", "192.168.0.0/16")):  # fmt: skip
        without(name, peer)(cloud)
        cloud.route(table(cloud, name), ANYWHERE, hub)
    return cloud


def peered_hubs() -> tuple[Cloud, Cloud]:
    """https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-peering-scenario.html"""
    near, far = article(), Cloud(region=FAR_REGION)
    vpc = far.vpc("far", "10.4.0.0/16")
    net = far.subnet("far-1a", vpc, "10.4.1.0/24", "a")
    far.instance("far-client", net, "10.4.1.10", far.security_group("far-client", vpc))
    hubs = near.transit_gateway("near-hub"), far.transit_gateway("far-hub")
    tables = table_of(near, "near-hub"), table_of(far, "far-hub")
    subnets = [made_id("subnet", f"private-1{zone}-1") for zone in NODES]
    own = near.transit_vpc("vpc-2", hubs[0], made_id("vpc", "vpc-2"), *subnets, table=tables[0])
    theirs = far.transit_vpc("far", hubs[1], vpc, net, table=tables[1])
    near.transit_route(tables[0], "172.31.0.0/16", own, "propagated")
    far.transit_route(tables[1], "10.4.0.0/16", theirs, "propagated")
    sides = near.tgw_side(hubs[0]), far.tgw_side(hubs[1])
    near.transit_route(tables[0], ANYWHERE, near.transit_peering("link", hubs[0], tables[0], *sides))
    far.transit_route(tables[1], "172.31.0.0/16", far.transit_peering("link", hubs[1], tables[1], *sides))
    for zone in NODES:
        near.route(table(near, f"private-1{zone}-1"), ANYWHERE, hubs[0])
    far.route(far.route_table("far", vpc, net), ANYWHERE, hubs[1])
    return near, far


def far_group_named(near: Cloud) -> None:
    """Let the load balancer admit the group of the client in the other Region, by its id."""
    admit_group(near, made_id("sg", "far-client"))


def admit_group(cloud: Cloud, admitted: str, account: str | None = None) -> None:
    pair = {"GroupId": admitted, "UserId": account or cloud.account}
    rule = permission("tcp", port=10022, groups=[pair])
    front = cloud.security_group("front", made_id("vpc", "vpc-2"), [rule])
    cloud.balancers[0]["SecurityGroups"] = [front]


def longest_prefix() -> Cloud:
    """https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-partial-access.html"""
    cloud = article()
    vpc = cloud.vpc("vpc-c", "192.168.0.0/16")
    net = cloud.subnet("vpc-c-1a", vpc, "192.168.1.0/24", "a")
    cloud.instance("client-c", net, OTHER_CLIENT, cloud.security_group("client-c", vpc))
    other = cloud.peering("vpc-c-to-vpc-2", vpc, made_id("vpc", "vpc-2"))
    cloud.route(cloud.route_table("vpc-c", vpc, net), "172.31.0.0/16", other)
    for zone in NODES:
        name = f"private-1{zone}-1"
        without(name, "192.168.0.0/16")(cloud)
        cloud.route(table(cloud, name), f"{CLIENT}/32", made_id("pcx", "vpc-1-to-vpc-2"))
        cloud.route(table(cloud, name), "192.168.0.0/16", other)
    return cloud


def whole_subnet_to_the_first(cloud: Cloud) -> None:
    cloud.route(table(cloud, "private-1a-1"), "192.168.1.0/24", made_id("pcx", "vpc-1-to-vpc-2"))


def private_nat() -> Cloud:
    """https://docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/private-nat-gateway.html"""
    cloud = Cloud()
    hub = cloud.transit_gateway("hub")
    known = table_of(cloud, "hub")
    for name, routable, far in (("vpc-a", "10.0.1.0/24", "10.0.2.0/24"),
                                ("vpc-b", "10.0.2.0/24", "10.0.1.0/24")):  # fmt: skip
        vpc = cloud.vpc(name, "100.64.0.0/16", routable)
        cloud.subnet(f"{name}-private", vpc, "100.64.0.0/24", "a")
        outer = cloud.subnet(f"{name}-routable", vpc, routable, "a")
        own = cloud.transit_vpc(name, hub, vpc, outer, table=known)
        cloud.transit_route(known, routable, own)
        cloud.route(cloud.route_table(f"{name}-routable", vpc, outer), far, hub)
    vpc, net = made_id("vpc", "vpc-a"), made_id("subnet", "vpc-a-private")
    cloud.instance("client", net, NAT_CLIENT, cloud.security_group("client", vpc))
    nat = cloud.nat_gateway("nat", made_id("subnet", "vpc-a-routable"), "10.0.1.125")
    private_gateway(cloud)
    cloud.route(cloud.route_table("vpc-a-private", vpc, net), "10.0.2.0/24", nat)
    vpc, net = made_id("vpc", "vpc-b"), made_id("subnet", "vpc-b-private")
    servers = cloud.security_group("targets", vpc, [permission("tcp", f"{NAT_NODE}/32", port=22)])
    cloud.instance("server", net, "100.64.0.20", servers)
    front = cloud.security_group("front", vpc, [permission("tcp", "10.0.1.125/32", port=10022)])
    balancer = cloud.load_balancer("nlb", {made_id("subnet", "vpc-b-routable"): NAT_NODE}, [front])
    behind = cloud.target_group("servers", vpc, 22)
    cloud.register(behind, "100.64.0.20", 22, "a")
    cloud.listener(balancer, 10022, behind)
    return cloud


def private_gateway(cloud: Cloud) -> None:
    """Make the NAT gateway a private one: it has no public address."""
    gateway = named(cloud, "DescribeNatGateways", "nat")
    gateway["ConnectivityType"] = "private"
    for address in gateway["NatGatewayAddresses"]:
        del address["PublicIp"], address["AllocationId"]
    del cloud.find("DescribeNetworkInterfaces", made_id("eni", "nat-eni"))["Association"]


def admits_before_translation(cloud: Cloud) -> None:
    rules = [permission("tcp", "100.64.0.0/16", port=10022)]
    named(cloud, "DescribeSecurityGroups", "front")["IpPermissions"] = rules


def past_the_nat_gateway(cloud: Cloud) -> None:
    without("vpc-a-private", "10.0.2.0/24")(cloud)
    cloud.route(table(cloud, "vpc-a-private"), "10.0.2.0/24", made_id("tgw", "hub"))
    del cloud.balancers[0]["SecurityGroups"]
    for interface in cloud.objects["DescribeNetworkInterfaces"]:
        if interface["PrivateIpAddress"] == NAT_NODE:
            interface["Groups"] = []


def zonal_endpoint() -> Cloud:
    """https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html"""
    cloud = article()
    balancer = cloud.balancers[0]
    cloud.attributes[balancer["LoadBalancerArn"]]["load_balancing.cross_zone.enabled"] = "false"
    cloud.register(group(cloud, 10022), SERVER_2, 22, "c")
    admit = [permission("tcp", "10.90.0.0/16", port=10022)]
    balancer["SecurityGroups"] = [cloud.security_group("front", made_id("vpc", "vpc-2"), admit)]
    balancer["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = "on"
    vpc = cloud.vpc("consumer", "10.90.0.0/16")
    nets = {zone: cloud.subnet(f"consumer-1{zone}", vpc, f"10.90.{number}.0/24", zone)
            for number, zone in enumerate(DOORS, 1)}  # fmt: skip
    cloud.instance("consumer", nets["a"], CONSUMER, cloud.security_group("consumer", vpc))
    door = cloud.security_group("door", vpc, admit)
    service = cloud.endpoint_service("offer", balancer["LoadBalancerArn"])
    interfaces = {nets[zone]: address for zone, address in DOORS.items()}
    endpoint = cloud.interface_endpoint("door", service, interfaces, [door])
    cloud.endpoint_connection(service, endpoint)
    return cloud


def zone_c_empty(cloud: Cloud) -> None:
    cloud.targets[group(cloud, 10022)].pop()


def provider_admits_others(cloud: Cloud) -> None:
    rules = [permission("tcp", "192.168.0.0/16", port=10022)]
    named(cloud, "DescribeSecurityGroups", "front")["IpPermissions"] = rules


def not_enforced(cloud: Cloud) -> None:
    provider_admits_others(cloud)
    cloud.balancers[0]["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = "off"


def door_closed(cloud: Cloud) -> None:
    named(cloud, "DescribeSecurityGroups", "door")["IpPermissions"] = []


def weighted(blue: int = 100, green: int = 0) -> Cloud:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html"""
    cloud = article()
    second = cloud.target_group("green", made_id("vpc", "vpc-2"), 8022)
    cloud.register(second, SERVER_1, 8022, "a")
    weights = [{"TargetGroupArn": group(cloud, 10022), "Weight": blue},
               {"TargetGroupArn": second, "Weight": green}]  # fmt: skip
    listener(10022, DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}])(cloud)
    cloud.groups[-1]["LoadBalancerArns"].append(cloud.balancers[0]["LoadBalancerArn"])
    return cloud
