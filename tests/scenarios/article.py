"""What did AWS answer about the article's network? ``python -m tests.scenarios.article`` writes the file."""

from __future__ import annotations

from pathlib import Path

from nlbcheck.aws import recording
from tests.scenarios.cloud import Cloud, permission

SNAPSHOT = Path(__file__).parents[2] / "sample_configs" / "snapshot.json"

NODES = {"a": "172.31.128.10", "c": "172.31.136.10"}
CLIENT = "192.168.1.214"
SERVER_1, SERVER_2, SERVER_3 = "172.31.129.10", "172.31.137.10", "10.0.0.10"
ROWS = (
    # listener port, port of the target, target, zone
    (10022, 22, SERVER_1, "a"),
    (10080, 80, SERVER_1, "a"),
    (20022, 22, SERVER_2, "c"),
    (20080, 80, SERVER_2, "c"),
    (30080, 80, SERVER_3, "all"),
)


def article() -> Cloud:
    """Return the network: clients in VPC-1, the NLB in VPC-2, and a target behind a VPN."""
    cloud = Cloud()
    vpc1 = cloud.vpc("vpc-1", "192.168.0.0/16")
    vpc2 = cloud.vpc("vpc-2", "172.31.0.0/16")
    client_net = cloud.subnet("client-1a", vpc1, "192.168.1.0/24", "a")
    node_nets = {
        "a": cloud.subnet("private-1a-1", vpc2, "172.31.128.0/24", "a"),
        "c": cloud.subnet("private-1c-1", vpc2, "172.31.136.0/24", "c"),
    }
    target_nets = {
        "a": cloud.subnet("target-1a", vpc2, "172.31.129.0/24", "a"),
        "c": cloud.subnet("target-1c", vpc2, "172.31.137.0/24", "c"),
    }

    peering = cloud.peering("vpc-1-to-vpc-2", vpc1, vpc2)
    gateway = cloud.vpn_gateway("on-premises", vpc2)
    cloud.vpn_connection("on-premises", gateway, "10.0.0.0/16")
    cloud.route(cloud.route_table("client", vpc1, client_net), "172.31.0.0/16", peering)
    for zone, subnet in node_nets.items():
        table = cloud.route_table(f"private-1{zone}-1", vpc2, subnet)
        cloud.route(table, "192.168.0.0/16", peering)
        cloud.propagate(table, gateway)
    cloud.route(cloud.route_table("targets", vpc2, *target_nets.values()), "192.168.0.0/16", peering)

    admins = cloud.security_group("client", vpc1, [permission("tcp", "192.168.0.0/16", port=22)])
    nodes = [f"{address}/32" for address in NODES.values()]
    servers = cloud.security_group(
        "targets", vpc2, [permission("tcp", *nodes, port=22), permission("tcp", *nodes, port=80)]
    )
    cloud.instance("client", client_net, CLIENT, admins)
    cloud.instance("target-server-1", target_nets["a"], SERVER_1, servers)
    cloud.instance("target-server-2", target_nets["c"], SERVER_2, servers)

    balancer = cloud.load_balancer("example-nlb", {node_nets[zone]: NODES[zone] for zone in NODES})
    for listener_port, port, server, zone in ROWS:
        # The group of listener 30080 was made with default port 22; its target is registered with 80.
        default_port = 22 if listener_port == 30080 else port
        group = cloud.target_group(f"example-tg-{listener_port}", vpc2, default_port)
        cloud.register(group, server, port, zone)
        cloud.listener(balancer, listener_port, group)
    return cloud


if __name__ == "__main__":
    recording.write(SNAPSHOT, article().recording())
