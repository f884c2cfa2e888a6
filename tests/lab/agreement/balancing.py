"""Which load balancers stand in a random network, with which listeners, and what do security groups admit?"""

from __future__ import annotations

import random
from typing import Any

from tests.lab.agreement.network import ON_PREMISES, PORTS, Balancer, Draft, Machine, Place, Site
from tests.scenarios.cloud import permission

LISTENERS = (80, 443, 1001, 1002, 1003, 1004, 10022)


def balance(draft: Draft, chance: random.Random) -> None:
    """Add a load balancer or two."""
    for number in range(chance.choice((1, 1, 1, 1, 2))):
        draft.balancers.append(balancer(draft, chance, number))
    for site in draft.sites:
        for group in site.groups:
            admit(draft, chance, group, site, PORTS)
    for made in draft.balancers:
        if made.group:
            admit(draft, chance, made.group, made.site, LISTENERS)


def balancer(draft: Draft, chance: random.Random, number: int) -> Balancer:
    """Create a load balancer with listeners; the first have the lowest numbers."""
    cloud, site = draft.cloud, chance.choice(draft.sites)
    by_zone = {place.zone: place for place in chance.sample(site.places, len(site.places))}
    zones = chance.sample(sorted(by_zone), chance.randrange(1, len(by_zone) + 1))
    nodes = {by_zone[zone].address(5 + number): by_zone[zone] for zone in zones}
    group = None
    if chance.random() < 0.5:
        group = cloud.security_group(f"relay-{number}", site.id)
    arn = cloud.load_balancer(
        f"relay-{number}",
        {place.id: address for address, place in nodes.items()},
        [group] if group else [],
        cross_zone=chance.random() < 0.6,
    )
    made = Balancer(arn, site, nodes, group)
    for port in chance.sample(LISTENERS, chance.randrange(3, 6)):
        made.target_groups[port] = _target_group(draft, chance, made, f"tg-{number}-{port}")
        cloud.listener(arn, port, made.target_groups[port])
    return made


def _target_group(draft: Draft, chance: random.Random, balancer: Balancer, name: str) -> str:
    cloud = draft.cloud
    near = draft.inside(balancer.site)
    by_instance = bool(near) and chance.random() < 0.15
    kind = {"TargetType": "instance"} if by_instance else {}
    group = cloud.target_group(name, balancer.site.id, 22, **kind)
    reachable = (
        near if by_instance else [item for item in draft.machines if _reaches(draft, balancer.site, item)]
    )
    chosen = chance.sample(reachable, min(len(reachable), chance.choice((1, 1, 2, 3))))
    for machine in chosen:
        port = chance.choice((*PORTS, *PORTS, *PORTS, 8080))
        register(draft, balancer, group, machine, port, by_instance=by_instance)
    close = all(_is_close(draft, balancer.site, machine) for machine in chosen)
    attributes = cloud.attributes[group]
    preserves = by_instance or (close and chance.random() < 0.35)
    attributes["preserve_client_ip.enabled"] = str(preserves).lower()
    if chance.random() < 0.3:
        attributes["load_balancing.cross_zone.enabled"] = chance.choice(("true", "false"))
    return group


def register(
    draft: Draft, balancer: Balancer, group: str, machine: Machine, port: int, *, by_instance: bool = False
) -> None:
    """Register a machine as AWS would have it: in its own zone, or in all if it is none of the VPC."""
    inside = machine.place is not None and machine.place.site is balancer.site
    zone = machine.place.zone if machine.place and inside else "all"
    enabled = {place.zone for place in balancer.nodes.values()} | {"all"}
    state = "healthy" if zone in enabled else "unused"
    draft.cloud.register(group, machine.id if by_instance else machine.address, port, zone, state)


def _reaches(draft: Draft, site: Site, machine: Machine) -> bool:
    if machine.place is None:
        return draft.door(site) is not None
    return machine.place.site is site or draft.joined(site, machine.place.site) is not None


def _is_close(draft: Draft, site: Site, machine: Machine) -> bool:
    """Whether a client's address can be preserved."""
    if machine.place is None:
        return False
    joined = draft.joined(site, machine.place.site) or ""
    return machine.place.site is site or joined.startswith("pcx-")


def admit(draft: Draft, chance: random.Random, group: str, site: Site, ports: tuple[int, ...]) -> None:
    """Let a security group admit everybody, in one of the ways in which that is written."""
    found = draft.cloud.find("DescribeSecurityGroups", group)
    everybody = draft.ranges
    style = chance.random()
    if style < 0.4:
        found["IpPermissions"] = [permission("tcp", *everybody, port=port) for port in ports]
    elif style < 0.6:
        found["IpPermissions"] = [permission("tcp", *everybody, port=(1, 65535))]
    elif style < 0.75:
        whole = draft.cloud.prefix_list(f"everybody-{group}", *everybody)
        found["IpPermissions"] = [permission("tcp", port=(1, 65535), prefix_lists=[whole])]
    else:
        nodes = [f"{address}/32" for balancer in draft.balancers for address in balancer.nodes]
        named = references(draft, site)
        found["IpPermissions"] = [
            permission("tcp", ON_PREMISES, *nodes, port=port, groups=named) for port in ports
        ]
    if chance.random() < 0.2:
        found["IpPermissionsEgress"] = [permission("tcp", *everybody, port=(1, 65535))]


def references(draft: Draft, site: Site) -> list[dict[str, Any]]:
    """Return references to all security groups that rules of a VPC can name."""
    named: list[dict[str, Any]] = []
    for other in draft.sites:
        joined = draft.joined(site, other) if other is not site else ""
        if joined is None:
            continue
        extra: dict[str, Any] = {}
        if joined.startswith("pcx-"):
            status = draft.cloud.find("DescribeVpcPeeringConnections", joined)["Status"]["Code"]
            extra = {"VpcId": other.id, "VpcPeeringConnectionId": joined, "PeeringStatus": status}
        own = [balancer.group for balancer in draft.balancers if balancer.group and balancer.site is other]
        named += [{"GroupId": key, "UserId": draft.cloud.account} | extra for key in (*other.groups, *own)]
    return named


def node_places(draft: Draft) -> list[Place]:
    """Return the subnets of all nodes."""
    return [place for balancer in draft.balancers for place in balancer.nodes.values()]
