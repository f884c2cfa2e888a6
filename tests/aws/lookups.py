"""Everything that the article's state is asked in tests, by name."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.model.facts import Absent, NotVisible
from tests.scenarios.article import CLIENT, NODES, SERVER_1, SERVER_2, SERVER_3
from tests.scenarios.cloud import made_id


def asked(state: AwsState) -> dict[str, Any]:
    """Ask everything; what follows from something that is not there is not asked."""
    found: dict[str, Any] = {}

    def ask(name: str, question: Callable[..., Any], *arguments: Any) -> Any:
        if not any(isinstance(argument, (Absent, NotVisible)) for argument in arguments):
            found[name] = question(*arguments)
            return found[name]
        return NotVisible(name, "", "", None)

    for name in ("vpc-1", "vpc-2"):
        vpc = ask(name, state.vpc, made_id("vpc", name))
        for question in (
            state.subnets_of,
            state.peerings_of,
            state.vpn_gateway_of,
        ):
            ask(f"{question.__name__} {name}", question, vpc)
        for address in (CLIENT, *NODES.values(), SERVER_1, SERVER_2, SERVER_3):
            if isinstance(vpc, Vpc) and vpc.contains(ip_address(address)):
                subnet = ask(f"subnet {address}", state.subnet_at, vpc, ip_address(address))
                ask(f"interface {address}", state.interface_at, vpc, ip_address(address))
                if isinstance(subnet, Subnet):
                    ask(f"route table {address}", state.route_table_of, subnet)
                    ask(f"network ACL {address}", state.network_acl_of, subnet)
        gateway = found.get(f"vpn_gateway_of {name}")
        if gateway is not None and not isinstance(gateway, (Absent, NotVisible)):
            ask("vpn connections", state.vpn_connections_of, gateway)
            ask("gateway route table", state.gateway_route_table, vpc, gateway.id)
    for group in ("client", "targets"):
        ask(f"group {group}", state.security_group, made_id("sg", group))
    client = ask("client", state.instance, made_id("i", "client"))
    if isinstance(client, Instance):
        ask("client's interfaces", state.interfaces_of_instance, client)
    ask("peering", state.peering, made_id("pcx", "vpc-1-to-vpc-2"))
    balancer = ask("balancer", state.load_balancer_named, "example-nlb")
    ask("attributes", state.balancer_attributes, balancer)
    ask("nodes", state.nodes, balancer)
    ask("listeners", state.listeners, balancer)
    for port in (10022, 30080, 40000):
        ask(f"listener {port}", state.listener_on, balancer, port)
    groups = ask("groups", state.target_groups, balancer)
    for group in groups if isinstance(groups, tuple) else ():
        ask(f"attributes {group.name}", state.group_attributes, group)
        ask(f"targets {group.name}", state.targets, group)
    return found
