"""Which healthy relay networks are the truths tried on? Each is what AWS answers, and its mapping table."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from nlbcheck.relays import Table, load
from tests.scenarios.article import article
from tests.scenarios.article_inspected import inspected
from tests.scenarios.cloud import Cloud, permission

Listening = tuple[int, str, int, str]
"""Listener port, target's address, target's port, the zone that it is registered in."""
_TWO = ((1, "a"), (2, "c"))
"""The third parts of two subnets' ranges, and their zones."""
_ARTICLE_TABLE = Path(__file__).parents[2] / "sample_configs" / "nlbcheck.yaml"


@dataclass(frozen=True, slots=True)
class Network:
    """A network that is in order."""

    cloud: Cloud
    document: str
    """The mapping table, in JSON or YAML."""

    @property
    def table(self) -> Table:
        """The mapping table as nlbcheck reads it."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "nlbcheck.yaml"
            path.write_text(self.document)
            return load(path)


def of_article() -> Network:
    """Return the article's network: clients behind a peering connection, a target behind a VPN."""
    return Network(article(), _ARTICLE_TABLE.read_text())


def through_firewalls() -> Network:
    """Return the article's network with an inspection VPC between the clients and the load balancer."""
    return Network(inspected(), _ARTICLE_TABLE.read_text())


def by_transit() -> Network:
    """Return a load balancer with security groups; a transit gateway joins it with clients and office."""
    cloud = Cloud()
    near, vpc = cloud.vpc("clients", "10.1.0.0/16"), cloud.vpc("relays", "10.2.0.0/16")
    seats = [_subnet(cloud, near, "10.1.1.0/24", "a"), _subnet(cloud, near, "10.1.2.0/24", "c")]
    nodes = [_subnet(cloud, vpc, "10.2.1.0/24", "a"), _subnet(cloud, vpc, "10.2.2.0/24", "c")]
    racks = [_subnet(cloud, vpc, "10.2.3.0/24", "a"), _subnet(cloud, vpc, "10.2.4.0/24", "c")]
    transit = cloud.transit_gateway("hub")
    tables = [cloud.transit_route_table(f"hub-{name}", transit) for name in ("clients", "relays", "office")]
    office = cloud.vpn_connection("office", transit, "10.9.0.0/16", bgp=True)
    doors = {
        "10.1.0.0/16": cloud.transit_vpc("clients", transit, near, *seats, table=tables[0]),
        "10.2.0.0/16": cloud.transit_vpc("relays", transit, vpc, *nodes, table=tables[1]),
        "10.9.0.0/16": cloud.transit_vpn("office", transit, office, tables[2]),
    }
    for table, (cidr, door) in product(tables, doors.items()):
        cloud.transit_route(table, cidr, door, "propagated")
    for home, subnets in ((near, seats), (vpc, nodes)):
        cloud.route(cloud.route_table(f"to-hub-{home}", home, *subnets), "10.0.0.0/8", transit)
    clients = cloud.security_group("clients", near)
    front = cloud.security_group("front", vpc, [permission("tcp", "10.1.0.0/16", port=(1000, 1999))])
    named = [{"GroupId": front, "UserId": cloud.account}]
    rules = [permission("tcp", port=port, groups=named) for port in (22, 80)]
    servers = cloud.security_group("servers", vpc, rules)
    cloud.instance("client", seats[0], "10.1.1.20", clients)
    cloud.instance("appliance", seats[1], "10.1.2.20", clients)
    cloud.instance("server-a", racks[0], "10.2.3.10", servers)
    cloud.instance("server-c", racks[1], "10.2.4.10", servers)
    static_ips = {nodes[0]: "10.2.1.10", nodes[1]: "10.2.2.10"}
    balancer = cloud.load_balancer("relay", static_ips, [front])
    rows = [(1022, "10.2.3.10", 22, "a"), (1080, "10.2.4.10", 80, "c"), (1122, "10.9.0.10", 22, "all")]
    return _relaying(cloud, balancer, rows, "10.1.1.20")


def three_zones() -> Network:
    """Return a load balancer in three zones, with a target in each, and the client beside them."""
    cloud = Cloud()
    subnets = _one_vpc(cloud, "abc")
    nodes = {subnet: f"10.2.{number}.10" for number, subnet in enumerate(subnets, start=1)}
    balancer = cloud.load_balancer("relay", nodes)
    rows = [(2001, "10.2.1.30", 22, "a"), (2002, "10.2.2.30", 80, "b"), (2003, "10.2.3.30", 80, "c")]
    return _relaying(cloud, balancer, rows, "10.2.1.20")


def preserving() -> Network:
    """Return a load balancer that keeps client addresses, for targets in its own VPC."""
    cloud = Cloud()
    subnets = _one_vpc(cloud, "ac")
    nodes = {subnet: f"10.2.{number}.10" for number, subnet in enumerate(subnets, start=1)}
    balancer = cloud.load_balancer("relay", nodes)
    rows = [(3022, "10.2.1.30", 22, "a"), (3080, "10.2.2.30", 80, "c")]
    made = _relaying(cloud, balancer, rows, "10.2.1.20")
    for group in cloud.groups:
        cloud.attributes[group["TargetGroupArn"]]["preserve_client_ip.enabled"] = "true"
    return made


def chained() -> Network:
    """Return a load balancer before another one's node, as clusters and their front ends are joined."""
    cloud = Cloud()
    subnets = _one_vpc(cloud, "ac")
    nodes = {subnet: f"10.2.{number}.10" for number, subnet in enumerate(subnets, start=1)}
    balancer = cloud.load_balancer("relay", nodes)
    inner = cloud.load_balancer("inner", {subnets[0]: "10.2.1.40"})
    behind = cloud.target_group("behind", cloud.balancers[0]["VpcId"], 80)
    cloud.register(behind, "10.2.1.30", 80, "a")
    cloud.listener(inner, 80, behind)
    rows = [(4080, "10.2.1.40", 80, "a"), (4022, "10.2.2.30", 22, "c")]
    return _relaying(cloud, balancer, rows, "10.2.1.20")


def internet_facing() -> Network:
    """Return an internet-facing load balancer, and a client in another VPC behind a NAT gateway."""
    cloud = Cloud()
    near, vpc = cloud.vpc("clients", "10.1.0.0/16"), cloud.vpc("relays", "10.2.0.0/16")
    private, public = _subnet(cloud, near, "10.1.1.0/24", "a"), _subnet(cloud, near, "10.1.9.0/24", "a")
    nat = cloud.nat_gateway("nat", public, "10.1.9.5", "198.51.100.77")
    cloud.route(cloud.route_table("private", near, private), "0.0.0.0/0", nat)
    out = cloud.internet_gateway("clients", near)
    cloud.route(cloud.route_table("public", near, public), "0.0.0.0/0", out)
    nodes = [_subnet(cloud, vpc, "10.2.1.0/24", "a"), _subnet(cloud, vpc, "10.2.2.0/24", "c")]
    door = cloud.internet_gateway("relays", vpc)
    cloud.route(cloud.route_table("nodes", vpc, *nodes), "0.0.0.0/0", door)
    rack = _subnet(cloud, vpc, "10.2.3.0/24", "a")
    clients = cloud.security_group("clients", near)
    front = cloud.security_group("front", vpc, [permission("tcp", "198.51.100.77/32", port=(4000, 4999))])
    rules = [permission("tcp", port=port, groups=[{"GroupId": front}]) for port in (22, 80)]
    servers = cloud.security_group("servers", vpc, rules)
    cloud.instance("client", private, "10.1.1.20", clients)
    cloud.instance("server", rack, "10.2.3.10", servers)
    balancer = cloud.load_balancer("relay", {nodes[0]: "10.2.1.10", nodes[1]: "10.2.2.10"}, [front])
    cloud.balancers[0]["Scheme"] = "internet-facing"
    for number, zone in enumerate(cloud.balancers[0]["AvailabilityZones"], start=1):
        (address,) = zone["LoadBalancerAddresses"]
        address["IpAddress"] = f"198.51.100.{number}"
        interface = next(
            item
            for item in cloud.objects["DescribeNetworkInterfaces"]
            if item["PrivateIpAddress"] == address["PrivateIPv4Address"]
        )
        interface["Association"] = {"PublicIp": address["IpAddress"]}
    rows = [(4022, "10.2.3.10", 22, "a"), (4080, "10.2.3.10", 80, "a")]
    return _relaying(cloud, balancer, rows, "10.1.1.20")


def ending_tls() -> Network:
    """Return a load balancer that ends TLS, for a web server, for SSH, and for one that speaks TLS, too."""
    cloud = Cloud()
    subnets = _one_vpc(cloud, "ac")
    nodes = {subnet: f"10.2.{number}.10" for number, subnet in enumerate(subnets, start=1)}
    balancer = cloud.load_balancer("relay", nodes)
    rows = [(5080, "10.2.1.30", 80, "a"), (5022, "10.2.2.30", 22, "c"), (5443, "10.2.2.30", 443, "c")]
    made = _relaying(cloud, balancer, rows, "10.2.1.20")
    for listener in cloud.listeners[balancer]:
        certificate = f"arn:aws:acm:{cloud.region}:{cloud.account}:certificate/{listener['Port']}"
        listener |= {
            "Protocol": "TLS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
            "Certificates": [{"CertificateArn": certificate}], "MutualAuthentication": {"Mode": "off"},
        }  # fmt: skip
    cloud.groups[-1]["Protocol"] = "TLS"
    return Network(cloud, made.document.replace('"listener": "TCP:', '"listener": "TLS:'))


def several_targets() -> Network:
    """Return a load balancer with two servers behind one listener, and each alone behind others."""
    cloud = Cloud()
    subnets = _one_vpc(cloud, "ac")
    nodes = {subnet: f"10.2.{number}.10" for number, subnet in enumerate(subnets, start=1)}
    balancer = cloud.load_balancer("relay", nodes)
    rows = [(6022, "10.2.1.30", 22, "a"), (6122, "10.2.2.30", 22, "c"), (6222, "10.2.1.30", 22, "a"),
            (6080, "10.2.1.30", 80, "a")]  # fmt: skip
    made = _relaying(cloud, balancer, rows, "10.2.1.20")
    cloud.register(cloud.groups[-4]["TargetGroupArn"], "10.2.2.30", 22, "c")
    document = json.loads(made.document)
    document["mappings"][0] |= {"target": ["10.2.1.30", "10.2.2.30"], "samples": 12}
    return Network(cloud, json.dumps(document, indent=2))


def by_endpoint() -> Network:
    """Return a load balancer that is a service, and a client in another VPC that dials its endpoint.

    Nothing else joins the two VPCs, and both have the same addresses.
    """
    cloud = Cloud()
    near, vpc = cloud.vpc("clients", "10.2.0.0/16"), cloud.vpc("relays", "10.2.0.0/16")
    seats = [cloud.subnet(f"clients-{zone}", near, f"10.2.{place}.0/24", zone) for place, zone in _TWO]
    nodes = [cloud.subnet(f"relays-{zone}", vpc, f"10.2.{place}.0/24", zone) for place, zone in _TWO]
    clients = cloud.security_group("clients", near)
    admitted = [permission("tcp", port=(5000, 5999), groups=[{"GroupId": clients}])]
    doors = cloud.security_group("doors", near, admitted)
    front = cloud.security_group("front", vpc, [permission("tcp", "10.2.1.20/32", port=(5000, 5999))])
    rules = [permission("tcp", port=port, groups=[{"GroupId": front}]) for port in (22, 80)]
    servers = cloud.security_group("servers", vpc, rules)
    client = cloud.instance("client", seats[0], "10.2.1.20", clients)
    cloud.instance("server", nodes[1], "10.2.2.30", servers)
    balancer = cloud.load_balancer("relay", {nodes[0]: "10.2.1.10", nodes[1]: "10.2.2.10"}, [front])
    cloud.balancers[0]["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = "on"
    service = cloud.endpoint_service("offer", balancer, acceptance=True)
    dialled = {seats[0]: "10.2.1.70", seats[1]: "10.2.2.70"}
    endpoint = cloud.interface_endpoint("door", service, dialled, [doors])
    cloud.endpoint_connection(service, endpoint)
    rows = [(5022, "10.2.2.30", 22, "c"), (5080, "10.2.2.30", 80, "c")]
    made = _relaying(cloud, balancer, rows, client)
    zones = {cloud.find("DescribeSubnets", key)["AvailabilityZone"]: own for key, own in dialled.items()}
    return Network(cloud, json.dumps({**json.loads(made.document), "static_ips": zones}, indent=2))


def guarded() -> Network:
    """Return a load balancer whose server has a database, too, which the clients may not reach."""
    cloud = Cloud()
    subnets = _one_vpc(cloud, "ac")
    nodes = {subnet: f"10.2.{number}.10" for number, subnet in enumerate(subnets, start=1)}
    made = _relaying(cloud, cloud.load_balancer("relay", nodes), [(7022, "10.2.1.30", 22, "a")], "10.2.1.20")
    forbidden = [{"address": "10.2.1.30", "port": 3306}]
    return Network(cloud, json.dumps({**json.loads(made.document), "forbidden": forbidden}, indent=2))


NETWORKS: Mapping[str, Callable[[], Network]] = {
    "article": of_article,
    "transit": by_transit,
    "three-zones": three_zones,
    "preserving": preserving,
    "chained": chained,
    "inspected": through_firewalls,
    "internet-facing": internet_facing,
    "tls": ending_tls,
    "several": several_targets,
    "by-endpoint": by_endpoint,
    "guarded": guarded,
}
"""Every network by its name."""


def hurried(made: Network) -> Network:
    """Return the network with health checks that find out sooner, within what AWS allows."""
    for group in made.cloud.groups:
        group["HealthCheckIntervalSeconds"] = 10
        group["HealthyThresholdCount"] = group["UnhealthyThresholdCount"] = 2
    return made


def _subnet(cloud: Cloud, vpc: str, cidr: str, zone: str) -> str:
    return cloud.subnet(f"net-{cidr}", vpc, cidr, zone)


def _one_vpc(cloud: Cloud, zones: str) -> list[str]:
    """Make a VPC with a subnet and a server in each zone, and a client in the first."""
    vpc = cloud.vpc("relays", "10.2.0.0/16")
    subnets = [_subnet(cloud, vpc, f"10.2.{number}.0/24", zone) for number, zone in enumerate(zones, start=1)]
    rules = [permission("tcp", "10.2.0.0/16", port=port) for port in (22, 80, 443)]
    machines = cloud.security_group("machines", vpc, rules)
    for number, subnet in enumerate(subnets, start=1):
        cloud.instance(f"server-{number}", subnet, f"10.2.{number}.30", machines)
    cloud.instance("client", subnets[0], "10.2.1.20", machines)
    return subnets


def _relaying(cloud: Cloud, balancer: str, rows: Iterable[Listening], client: str) -> Network:
    """Give a load balancer its listeners, each with a target group of its own, and write the table."""
    made = next(item for item in cloud.balancers if item["LoadBalancerArn"] == balancer)
    mappings = []
    for port, address, target_port, zone in rows:
        group = cloud.target_group(f"relay-tg-{port}", made["VpcId"], target_port)
        cloud.register(group, address, target_port, zone)
        cloud.listener(balancer, port, group)
        mappings.append(
            {
                "listener": f"TCP:{port}", "target_group": f"tg-{port}",
                "target_port": f"TCP:{target_port}", "target": address,
            }
        )  # fmt: skip
    zones = {
        zone["ZoneName"]: address.get("IpAddress") or address["PrivateIPv4Address"]
        for zone in made["AvailabilityZones"]
        for address in zone["LoadBalancerAddresses"]
    }
    document = {
        "load_balancer": made["LoadBalancerName"], "region": cloud.region, "client": client,
        "static_ips": zones, "mappings": mappings,
    }  # fmt: skip
    return Network(cloud, json.dumps(document, indent=2))
