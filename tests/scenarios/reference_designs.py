"""Networks as AWS's own pages draw them; each function's page says what must come of it."""

from __future__ import annotations

from collections.abc import Callable

from tests.path.networks import Network, one, table_of
from tests.path.test_dialled import facing
from tests.scenarios.article import CLIENT, NODES, SERVER_1, SERVER_2, article
from tests.scenarios.cloud import Cloud, acl_entry, made_id, permission
from tests.scenarios.mutations import balancer_attribute, group, named

ANYWHERE, EVERY_PORT, PUBLIC = "0.0.0.0/0", (1, 65535), "203.0.113.1"
Mistake = Callable[[Cloud], object]


def table(cloud: Cloud, name: str) -> str:
    return str(named(cloud, "DescribeRouteTables", name)["RouteTableId"])


def without(name: str, destination: str) -> Mistake:
    """Take a route out of a table."""

    def mutate(cloud: Cloud) -> None:
        found = named(cloud, "DescribeRouteTables", name)
        found["Routes"] = [
            item
            for item in found["Routes"]
            if destination not in (item.get("DestinationCidrBlock"), item.get("DestinationPrefixListId"))
        ]

    mutate.__name__ = f"{name} without {destination}"
    return mutate


def rules(cloud: Cloud, name: str, *permissions: dict[str, object]) -> None:
    named(cloud, "DescribeSecurityGroups", name)["IpPermissions"] = list(permissions)


def central_egress() -> Network:
    """https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#transit-gateway-nat-igw"""
    cloud = facing()
    spoke, net = one(cloud, 5)
    vpc = cloud.vpc("egress", "10.3.0.0/16")
    public = cloud.subnet("egress-public", vpc, "10.3.1.0/24", "a")
    private = cloud.subnet("egress-private", vpc, "10.3.2.0/24", "a")
    hub = cloud.transit_gateway("hub")
    known = table_of(cloud, "hub")
    door = cloud.transit_vpc("egress", hub, vpc, private, table=known)
    cloud.transit_route(known, ANYWHERE, door)
    cloud.transit_route(known, "10.3.0.0/16", door, "propagated")
    own = cloud.transit_vpc("spoke", hub, spoke, net, table=known)
    cloud.transit_route(known, "10.5.0.0/16", own, "propagated")
    cloud.route(cloud.route_table("spoke", spoke, net), ANYWHERE, hub)
    nat = cloud.nat_gateway("nat", public, "10.3.1.5")
    outside = cloud.route_table("egress-public", vpc, public)
    cloud.route(outside, ANYWHERE, cloud.internet_gateway("egress", vpc))
    cloud.route(outside, "10.5.0.0/16", hub)
    cloud.route(cloud.route_table("egress-private", vpc, private), ANYWHERE, nat)
    rules(cloud, "nlb", permission("tcp", "203.0.113.7/32", port=EVERY_PORT))
    return Network(cloud, "10.5.1.10", PUBLIC, 10022)


def attached_in_public(cloud: Cloud) -> None:
    """Make the attachment in the public subnet."""
    found = named(cloud, "DescribeTransitGatewayVpcAttachments", "egress")
    found["SubnetIds"] = [made_id("subnet", "egress-public")]


def ingress_routing() -> Network:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/gateway/getting-started.html"""
    cloud = facing()
    vpc, gateway = made_id("vpc", "vpc-2"), made_id("igw", "internet")
    subnet = cloud.subnet("inspection", vpc, "172.31.250.0/28", "a")
    endpoint = cloud.firewall_endpoint("inspection", subnet, "172.31.250.5")
    cloud.route(cloud.route_table("inspection", vpc, subnet), ANYWHERE, gateway)
    edge = cloud.route_table("edge", vpc)
    named(cloud, "DescribeRouteTables", "edge")["Associations"] = [
        {"Main": False, "RouteTableAssociationId": made_id("rtbassoc", "edge"), "RouteTableId": edge,
         "GatewayId": gateway, "AssociationState": {"State": "associated"}},
    ]  # fmt: skip
    cloud.route(edge, "172.31.128.0/24", endpoint)
    without("private-1a-1", ANYWHERE)(cloud)
    cloud.route(table(cloud, "private-1a-1"), ANYWHERE, endpoint)
    return Network(cloud, "198.51.100.7", PUBLIC, 10022)


def reply_beside_the_firewall(cloud: Cloud) -> None:
    without("private-1a-1", ANYWHERE)(cloud)
    cloud.route(table(cloud, "private-1a-1"), ANYWHERE, made_id("igw", "internet"))


def custom_acl(lowest: int = 1024) -> Network:
    """https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html"""
    cloud = article()
    subnet, ports = made_id("subnet", "private-1a-1"), (lowest, 65535)
    entries = [
        acl_entry(100, False, "allow", ANYWHERE, (10022, 10022)),
        acl_entry(140, False, "allow", ANYWHERE, ports),
        acl_entry(100, True, "allow", "172.31.0.0/16", (22, 22)),
        acl_entry(140, True, "allow", ANYWHERE, (1024, 65535)),
    ]
    cloud.network_acl("custom", made_id("vpc", "vpc-2"), subnet, entries=entries)
    return Network(cloud, CLIENT, NODES["a"], 10022)


def referenced() -> Network:
    """https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html"""
    cloud = article()
    hub = cloud.transit_gateway("hub")
    named(cloud, "DescribeTransitGateways", "hub")["Options"]["SecurityGroupReferencingSupport"] = "enable"
    known = table_of(cloud, "hub")
    nets = {"vpc-1": ["client-1a"], "vpc-2": ["private-1a-1", "private-1c-1"]}
    for name, cidr in (("vpc-1", "192.168.0.0/16"), ("vpc-2", "172.31.0.0/16")):
        keys = [made_id("subnet", item) for item in nets[name]]
        attachment = cloud.transit_vpc(name, hub, made_id("vpc", name), *keys, table=known)
        cloud.transit_route(known, cidr, attachment, "propagated")
    for name, cidr in (("client", "172.31.0.0/16"), ("private-1a-1", "192.168.0.0/16")):
        without(name, cidr)(cloud)
        cloud.route(table(cloud, name), cidr, hub)
    clients = {"GroupId": named(cloud, "DescribeSecurityGroups", "client")["GroupId"],
               "UserId": cloud.account, "VpcId": made_id("vpc", "vpc-1")}  # fmt: skip
    front = cloud.security_group(
        "front", made_id("vpc", "vpc-2"), [permission("tcp", port=10022, groups=[clients])]
    )
    cloud.balancers[0]["SecurityGroups"] = [front]
    return Network(cloud, CLIENT, NODES["a"], 10022)


def referencing_off(cloud: Cloud) -> None:
    found = named(cloud, "DescribeTransitGatewayVpcAttachments", "vpc-1")
    found["Options"]["SecurityGroupReferencingSupport"] = "disable"


def referenced_outbound(cloud: Cloud) -> None:
    """Let the client's group send to the load balancer's group alone, by its id."""
    front = {"GroupId": named(cloud, "DescribeSecurityGroups", "front")["GroupId"], "UserId": cloud.account}
    named(cloud, "DescribeSecurityGroups", "client")["IpPermissionsEgress"] = [
        permission("tcp", port=10022, groups=[front])
    ]


def shared_services() -> Network:
    """https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#transit-gateway-isolated-shared"""
    cloud = referenced().cloud
    rules(cloud, "front", permission("tcp", "192.168.0.0/16", port=10022))
    spokes = cloud.transit_route_table("spokes", made_id("tgw", "hub"))
    cloud.transit_route(spokes, "172.31.0.0/16", made_id("tgw-attach", "vpc-2"), "propagated")
    found = named(cloud, "DescribeTransitGatewayAttachments", "vpc-1")
    found["Association"]["TransitGatewayRouteTableId"] = spokes
    known = cloud.transit_routes[table_of(cloud, "hub")]
    known[:] = [item for item in known if item["DestinationCidrBlock"] != "172.31.0.0/16"]
    return Network(cloud, CLIENT, NODES["a"], 10022)


def spokes_not_propagated(cloud: Cloud) -> None:
    cloud.transit_routes[table_of(cloud, "hub")].clear()


def prefix_listed() -> Network:
    """https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html"""
    cloud = article()
    there = cloud.prefix_list("relays", "172.31.128.0/24", "172.31.136.0/24")
    here = cloud.prefix_list("clients", "192.168.1.0/24")
    peering = made_id("pcx", "vpc-1-to-vpc-2")
    for name, destination, listed in (
        ("client", "172.31.0.0/16", there), ("private-1a-1", "192.168.0.0/16", here),
    ):  # fmt: skip
        without(name, destination)(cloud)
        cloud.route(table(cloud, name), listed, peering)
    vpc = made_id("vpc", "vpc-2")
    front = cloud.security_group("front", vpc, [permission("tcp", port=10022, prefix_lists=[here])])
    cloud.balancers[0]["SecurityGroups"] = [front]
    return Network(cloud, CLIENT, NODES["a"], 10022)


def clients_not_listed(cloud: Cloud) -> None:
    cloud.prefix_lists[made_id("pl", "clients")] = ["192.168.2.0/24"]


def edge_to_edge() -> Network:
    """https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html"""
    cloud = article()
    gateway = cloud.vpn_gateway("office", made_id("vpc", "vpc-1"))
    cloud.vpn_connection("office", gateway, "10.77.0.0/16")
    cloud.propagate(table(cloud, "client"), gateway)
    cloud.route(table(cloud, "private-1a-1"), "10.77.0.0/16", made_id("pcx", "vpc-1-to-vpc-2"))
    return Network(cloud, "10.77.0.9", NODES["a"], 10022)


def zonal() -> Network:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html"""
    cloud = article()
    balancer_attribute("load_balancing.cross_zone.enabled", "false")(cloud)
    cloud.register(group(cloud, 10022), SERVER_2, 22, "c")
    return Network(cloud, CLIENT, NODES["c"], 10022)


def zone_empty(cloud: Cloud) -> None:
    cloud.targets[group(cloud, 10022)].pop()


def zone_unhealthy(cloud: Cloud) -> None:
    zone_empty(cloud)
    cloud.register(group(cloud, 10022), SERVER_2, 22, "c", "unhealthy")


def local_traffic_policy() -> Network:
    """https://docs.aws.amazon.com/eks/latest/best-practices/load-balancing.html"""
    cloud = article()
    found = group(cloud, 10022)
    kind = next(item for item in cloud.groups if item["TargetGroupArn"] == found)
    kind |= {"TargetType": "instance", "HealthCheckProtocol": "HTTP", "HealthCheckPort": "31022",
             "HealthCheckPath": "/healthz", "Matcher": {"HttpCode": "200-399"}}  # fmt: skip
    cloud.attributes[found]["preserve_client_ip.enabled"] = "true"
    cloud.targets[found].clear()
    for name, zone, state in (("target-server-1", "a", "healthy"), ("target-server-2", "c", "unhealthy")):
        cloud.register(found, made_id("i", name), 30022, zone, state)
        cloud.targets[found][-1]["HealthCheckPort"] = "31022"
    rules(cloud, "targets", permission("tcp", "192.168.0.0/16", port=30022),
          permission("tcp", *(f"{node}/32" for node in NODES.values()), port=31022))  # fmt: skip
    return Network(cloud, CLIENT, NODES["a"], 10022)


def nodes_admit_only_the_balancer(cloud: Cloud) -> None:
    nodes = [f"{node}/32" for node in NODES.values()]
    rules(cloud, "targets", permission("tcp", *nodes, port=30022), permission("tcp", *nodes, port=31022))


def application_target() -> Network:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html"""
    cloud = article()
    vpc, net = made_id("vpc", "vpc-2"), made_id("subnet", "target-1a")
    web = cloud.security_group("web", vpc, [permission("tcp", "192.168.0.0/16", "172.31.0.0/16", port=443)])
    inner = cloud.load_balancer("web", {net: "172.31.129.40"}, [web], kind="application")
    pods = cloud.target_group("web-pods", vpc, 80, Protocol="HTTP", HealthCheckProtocol="HTTP")
    servers = named(cloud, "DescribeSecurityGroups", "targets")
    servers["IpPermissions"].append(permission("tcp", "172.31.129.40/32", port=80))
    cloud.register(pods, SERVER_1, 80, "a")
    cloud.listener(inner, 443, pods, protocol="HTTPS")
    outer = cloud.target_group("to-web", vpc, 443, TargetType="alb", HealthCheckProtocol="HTTPS")
    cloud.attributes[outer]["preserve_client_ip.enabled"] = "true"
    cloud.register(outer, inner, 443, "all")
    cloud.listener(cloud.balancers[0]["LoadBalancerArn"], 443, outer)
    return Network(cloud, CLIENT, NODES["a"], 443)


def no_inner_listener(cloud: Cloud) -> None:
    cloud.listeners[cloud.balancers[1]["LoadBalancerArn"]].clear()


def inner_admits_only_nodes(cloud: Cloud) -> None:
    rules(cloud, "web", permission("tcp", *(f"{node}/32" for node in NODES.values()), port=443))


def direct_connect_backup() -> Network:
    """https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html"""
    cloud = article()
    for tunnel in named(cloud, "DescribeVpnConnections", "on-premises")["VgwTelemetry"]:
        tunnel |= {"Status": "DOWN", "StatusMessage": "IPSEC IS DOWN", "AcceptedRouteCount": 0}
    return Network(cloud, CLIENT, NODES["a"], 30080)
