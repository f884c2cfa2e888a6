"""What hands connections on in a random network: interface endpoints, load balancers behind others?"""

from __future__ import annotations

import random
from ipaddress import ip_address, ip_network

from tests.lab.agreement import balancing
from tests.lab.agreement.network import Balancer, Draft, Machine, Place, Site
from tests.scenarios.cloud import permission


def offer(draft: Draft, chance: random.Random) -> None:
    """Let some load balancers be services, with endpoints in VPCs that may be joined with them or not."""
    if chance.random() < 0.6:
        return
    for number, balancer in enumerate(draft.balancers):
        service = draft.cloud.endpoint_service(f"service-{number}", balancer.arn)
        made = next(item for item in draft.cloud.balancers if item["LoadBalancerArn"] == balancer.arn)
        if balancer.group:
            applied = chance.choice(("on", "on", "off"))
            made["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = applied
        for site in chance.sample(draft.sites, chance.randrange(1, len(draft.sites) + 1)):
            _open(draft, chance, balancer, site, service)


def _open(draft: Draft, chance: random.Random, balancer: Balancer, site: Site, service: str) -> None:
    """Create an endpoint in a VPC, with an interface in each zone that the service has, or in some."""
    served = {place.zone for place in balancer.nodes.values()}
    by_zone = {place.zone: place for place in site.places if place.zone in served}
    if not by_zone:
        return
    zones = chance.sample(sorted(by_zone), chance.randrange(1, len(by_zone) + 1))
    last = 70 + len(draft.doors)
    interfaces = {by_zone[zone].id: by_zone[zone].address(last) for zone in zones}
    name = f"door-{service}-{site.id}"
    group = draft.cloud.security_group(name, site.id)
    balancing.admit(draft, chance, group, site, balancing.LISTENERS)
    site.groups.append(group)
    state = chance.choice(("available",) * 9 + ("rejected", "pendingAcceptance"))
    endpoint = draft.cloud.interface_endpoint(name, service, interfaces, [group], state=state)
    draft.cloud.endpoint_connection(service, endpoint, state=state)
    draft.doors |= dict.fromkeys(interfaces.values(), (balancer, site))


def chain(draft: Draft, chance: random.Random) -> None:
    """Let a listener lead to another load balancer's node, or to an endpoint's interface.

    Not to an endpoint of the same load balancer: no kernel takes packets in that have its own address.
    """
    if chance.random() < 0.7:
        return
    outer = draft.balancers[0]
    if len(draft.balancers) < 2:
        draft.balancers.append(balancing.balancer(draft, chance, 55))
        _admit(draft, chance, draft.balancers[1])
    inner = draft.balancers[1]
    doors = [address for address, (behind, _) in draft.doors.items() if behind is not outer]
    places = inner.nodes | {address: _place_at(draft, address) for address in doors}
    near = [
        address
        for address, place in places.items()
        if place.site is outer.site or draft.joined(outer.site, place.site)
    ]
    free = [port for port in balancing.LISTENERS if port not in outer.target_groups]
    if not near or not free:
        return
    address = chance.choice(near)
    behind = draft.doors[address][0] if address in draft.doors else inner
    group = draft.cloud.target_group("onward", outer.site.id, 22)
    machine = Machine(address, place=places[address])
    balancing.register(draft, outer, group, machine, chance.choice(list(behind.target_groups)))
    preserves = chance.random() < 0.15
    draft.cloud.attributes[group]["preserve_client_ip.enabled"] = str(preserves).lower()
    outer.target_groups[free[0]] = group
    draft.cloud.listener(outer.arn, free[0], group)


def _admit(draft: Draft, chance: random.Random, inner: Balancer) -> None:
    """Let the load balancer's own security group admit everybody, and those of targets its nodes."""
    if inner.group:
        balancing.admit(draft, chance, inner.group, inner.site, balancing.LISTENERS)
    nodes = [f"{address}/32" for address in inner.nodes]
    for key in (key for site in draft.sites for key in site.groups):
        rules = draft.cloud.find("DescribeSecurityGroups", key)["IpPermissions"]
        rules.append(permission("tcp", *nodes, port=(1, 65535)))


def _place_at(draft: Draft, address: str) -> Place:
    return next(place for place in draft.places if ip_address(address) in ip_network(place.cidr))
