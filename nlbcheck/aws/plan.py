"""What must be asked next, so that a relay's rows can be judged?

Three stages, each begun when nothing is left to ask in the one before, so that every stage asks for all rows
at once: who takes part, what surrounds them, and where their routes lead.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from itertools import product

from nlbcheck.aws.balancers import path_of
from nlbcheck.aws.gateways import VpnGateway
from nlbcheck.aws.kinds.balancers import (
    BALANCER_ATTRIBUTES,
    GROUP_ATTRIBUTES,
    LISTENER,
    LOAD_BALANCER,
    RULES,
    TARGET_GROUP,
    TARGETS,
)
from nlbcheck.aws.kinds.gateways import PEERING, VPN_CONNECTION, VPN_GATEWAY
from nlbcheck.aws.kinds.interfaces import INSTANCE, INTERFACE
from nlbcheck.aws.kinds.network import NETWORK_ACL, ROUTE_TABLE, SECURITY_GROUP, SUBNET, VPC
from nlbcheck.aws.kinds.transit import TRANSIT_VPC_ATTACHMENT
from nlbcheck.aws.needs import Need
from nlbcheck.aws.players import Players, Question, Spot, named
from nlbcheck.aws.routes_plan import middlemen, ways
from nlbcheck.aws.state import AwsState
from nlbcheck.model.facts import Absent, NotVisible


def next_needs(state: AwsState, question: Question, asked: Set[object]) -> list[Need]:
    """Return what to ask next, without what was asked already; nothing when all is known or refused.

    ``asked`` holds the identities of earlier needs.
    """
    players = Players(state, question)
    for stage in (_players, _surroundings, ways):
        needs = {need.identity: need for need in stage(players)}
        fresh = [need for identity, need in needs.items() if identity not in asked]
        if fresh:
            return fresh
    return []


def _players(players: Players) -> Iterator[Need]:
    """Ask for the client, the load balancer, its listeners, groups, nodes and targets."""
    yield from _client(players)
    balancer, account_region = players.balancer, players.question.account_region
    if balancer is None:
        yield Need(account_region, LOAD_BALANCER, "name", players.question.balancer)
        return
    yield Need(account_region, LISTENER, "load-balancer-arn", balancer.arn)
    yield Need(account_region, TARGET_GROUP, "load-balancer-arn", balancer.arn)
    yield Need(account_region, BALANCER_ATTRIBUTES, "load-balancer-arn", balancer.arn)
    yield Need(account_region, INTERFACE, "description", f"ELB {balancer.path}")
    for listener in players.listeners:
        # Only dual-stack load balancers have rules.
        if balancer.address_type != "ipv4":
            yield Need(account_region, RULES, "listener-arn", listener.arn)
    yield from _groups(players)
    yield from _targets(players)


def _client(players: Players) -> Iterator[Need]:
    client, account_region = players.question.client, players.client_place
    if client is None:
        return
    if client.startswith("i-"):
        yield Need(account_region, INSTANCE, "instance-id", client)
        yield Need(account_region, INTERFACE, "attachment.instance-id", client)
    elif client.startswith("eni-"):
        yield Need(account_region, INTERFACE, "network-interface-id", client)
    else:
        yield Need(account_region, INTERFACE, "addresses.private-ip-address", client)


def _groups(players: Players) -> Iterator[Need]:
    account_region = players.question.account_region
    known = players.state.target_groups(players.balancer) if players.balancer else ()
    if not isinstance(known, NotVisible):
        for name in sorted(players.question.groups):
            if not any(named(group, name) for group in known):
                yield Need(account_region, TARGET_GROUP, "name", name)
                if isinstance(players.state.target_group_named(name, account_region), Absent):
                    # ELB looks for whole names only: which group's name ends in this one, its list tells.
                    yield Need(account_region, TARGET_GROUP)
    for group in players.groups:
        yield Need(account_region, GROUP_ATTRIBUTES, "target-group-arn", group.arn)
        yield Need(account_region, TARGETS, "target-group-arn", group.arn)


def _targets(players: Players) -> Iterator[Need]:
    balancer, account_region = players.balancer, players.question.account_region
    vpcs = [(balancer.vpc_id, account_region)] if balancer else []
    vpcs += [(interface.vpc_id, players.client_place) for interface in players.client_interfaces]
    vpcs += [(vpc_id, where) for vpc_id, (where, _) in players.targets_by_vpc.items()]
    for vpc_id, where in vpcs:
        yield Need(where, VPC, "vpc-id", vpc_id)
    if players.strangers and balancer:
        # A target outside the VPC may be in a peered one.
        yield Need(account_region, PEERING, "requester-vpc-info.vpc-id", balancer.vpc_id)
        yield Need(account_region, PEERING, "accepter-vpc-info.vpc-id", balancer.vpc_id)
    for address, where in product(players.strangers, dict.fromkeys((account_region, players.client_place))):
        # No interface of any VPC may have what is taken for an address on-premises.
        yield Need(where, INTERFACE, "addresses.private-ip-address", address)
    for vpc_id, (where, addresses) in players.targets_by_vpc.items():
        for address in addresses:
            yield Need(where, INTERFACE, "addresses.private-ip-address", address, (("vpc-id", vpc_id),))
    for key in players.target_ids:
        if key.startswith("i-"):
            yield Need(account_region, INTERFACE, "attachment.instance-id", key)
            yield Need(account_region, INSTANCE, "instance-id", key)
        elif key.startswith("arn:"):
            yield Need(account_region, LOAD_BALANCER, "load-balancer-arn", key)
            yield Need(account_region, LISTENER, "load-balancer-arn", key)
            yield Need(account_region, INTERFACE, "description", f"ELB {path_of(key)}")


def _surroundings(players: Players) -> Iterator[Need]:
    """Ask for what surrounds each player: subnet, route table, network ACL, security groups, gateways."""
    for spot in (*players.spots, *middlemen(players)):
        yield Need(spot.account_region, VPC, "vpc-id", spot.vpc_id)
        yield Need(spot.account_region, SUBNET, "vpc-id", spot.vpc_id)
        yield Need(spot.account_region, ROUTE_TABLE, "association.subnet-id", spot.subnet_id)
        yield Need(spot.account_region, NETWORK_ACL, "association.subnet-id", spot.subnet_id)
        yield Need(spot.account_region, PEERING, "requester-vpc-info.vpc-id", spot.vpc_id)
        yield Need(spot.account_region, PEERING, "accepter-vpc-info.vpc-id", spot.vpc_id)
        yield Need(spot.account_region, VPN_GATEWAY, "attachment.vpc-id", spot.vpc_id)
        yield Need(spot.account_region, TRANSIT_VPC_ATTACHMENT, "vpc-id", spot.vpc_id)
        for group in spot.group_ids:
            yield Need(spot.account_region, SECURITY_GROUP, "group-id", group)
        if spot.instance_id:
            yield Need(spot.account_region, INSTANCE, "instance-id", spot.instance_id)
        yield from _defaults(players, spot)


def _defaults(players: Players, spot: Spot) -> Iterator[Need]:
    """Ask for what applies where a subnet has nothing of its own, and for who else may have an address."""
    subnet = players.subnet(spot)
    if subnet is not None and isinstance(players.state.route_table_of(subnet), NotVisible):
        yield Need(spot.account_region, ROUTE_TABLE, "association.main", "true", (("vpc-id", spot.vpc_id),))
    gateway = None
    vpc = players.state.vpc(spot.vpc_id)
    if not isinstance(vpc, (Absent, NotVisible)):
        gateway = players.state.vpn_gateway_of(vpc)
    if isinstance(gateway, VpnGateway) and players.strangers:
        yield Need(spot.account_region, VPN_CONNECTION, "vpn-gateway-id", gateway.id)
        yield Need(spot.account_region, ROUTE_TABLE, "association.gateway-id", gateway.id)
