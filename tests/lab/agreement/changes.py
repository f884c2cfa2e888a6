"""Which random changes can a network suffer? Each is a value, so that it can be left out again."""

from __future__ import annotations

import random
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

from tests.lab.agreement.network import LISTENERS, MACHINES, NODES, OUTSIDE, OUTSIDE_RANGE, SITES, SUBNETS, Draft
from tests.scenarios.cloud import acl_entry, permission

Arguments = tuple[Any, ...]
Change = tuple[str, Arguments]
_RANGES = (
    *SITES.values(), OUTSIDE_RANGE, "0.0.0.0/0", "10.0.0.0/8", "10.2.0.0/17", "10.3.1.0/24", "10.1.1.0/24",
    "10.1.1.10/32", "10.2.1.0/24", "10.2.3.10/32", "10.9.0.0/24", "10.2.1.10/32", "10.2.2.10/32",
)  # fmt: skip
_PORTS = ((22, 22), (80, 80), (1, 1023), (1024, 65535), (0, 65535), (1001, 1003))


def route(draft: Draft, subnet: str, cidr: str, target: str) -> None:
    """Add, replace or take away a static route."""
    table = draft.cloud.find("DescribeRouteTables", draft.tables[subnet])
    static = [item for item in table["Routes"] if item.get("Origin") == "CreateRoute"]
    for item in static:
        if item.get("DestinationCidrBlock") == cidr:
            table["Routes"].remove(item)
    site = SUBNETS[subnet][0]
    # AWS takes no route more specific than the local one to what leads out of the VPC.
    if ip_network(cidr).subnet_of(ip_network(SITES[site])) or target == "nothing":
        return
    ids = {"transit": draft.transit, "gateway": draft.gateway}
    peerings = [key for pair, key in draft.peerings.items() if site in pair]
    if target.startswith("peering"):
        key = peerings[int(target[-1]) % len(peerings)] if peerings else ""
    else:
        key = ids.get(target, "")
    if target == "gateway" and site != "b":
        key = ""
    if target == "blackhole":
        draft.cloud.route(table["RouteTableId"], cidr, draft.transit, "blackhole")
    elif key:
        draft.cloud.route(table["RouteTableId"], cidr, key)


def acl(draft: Draft, subnet: str, number: int, egress: bool, action: str, cidr: str, ports: Any) -> None:
    """Add a rule to a subnet's network ACL."""
    entries = draft.cloud.find("DescribeNetworkAcls", draft.acls[subnet])["Entries"]
    if not any((item["RuleNumber"], item["Egress"]) == (number, egress) for item in entries):
        entries.append(acl_entry(number, egress, action, cidr, tuple(ports) if ports else None))


def group(draft: Draft, name: str, egress: bool, rules: Any) -> None:
    """Replace a security group's rules of one direction."""
    if name not in draft.groups:
        return
    made = []
    for peer, ports in rules:
        named = [{"GroupId": draft.groups[peer], "UserId": draft.cloud.account}] if peer in draft.groups else []
        cidrs = [] if named else [peer if "/" in peer else "10.0.0.0/8"]
        made.append(permission("tcp", *cidrs, port=tuple(ports), groups=named))
    key = "IpPermissionsEgress" if egress else "IpPermissions"
    draft.cloud.find("DescribeSecurityGroups", draft.groups[name])[key] = made


def peering(draft: Draft, place: int, status: str) -> None:
    """Let a peering connection be in another state."""
    keys = list(draft.peerings.values())
    if keys:
        found = draft.cloud.find("DescribeVpcPeeringConnections", keys[place % len(keys)])
        found["Status"] = {"Code": status, "Message": status}


def tunnels(draft: Draft, first: str, second: str) -> None:
    """Let tunnels be up or down."""
    telemetry = draft.cloud.find("DescribeVpnConnections", draft.vpn)["VgwTelemetry"]
    for tunnel, status in zip(telemetry, (first, second), strict=True):
        tunnel["Status"] = status


def selector(draft: Draft, side: str, cidr: str) -> None:
    """Negotiate a narrower range."""
    draft.cloud.find("DescribeVpnConnections", draft.vpn)["Options"][side] = cidr


def prefixes(draft: Draft, cidrs: Any) -> None:
    """Let the gateway know other prefixes, which route tables learn from it."""
    draft.cloud.find("DescribeVpnConnections", draft.vpn)["Routes"] = [
        {"DestinationCidrBlock": cidr, "Source": "Static", "State": "available"} for cidr in cidrs
    ]
    for table in draft.cloud.objects["DescribeRouteTables"]:
        if table["PropagatingVgws"]:
            table["PropagatingVgws"].clear()
            origin = "EnableVgwRoutePropagation"
            table["Routes"] = [item for item in table["Routes"] if item["Origin"] != origin]
            draft.cloud.propagate(table["RouteTableId"], draft.gateway)


def no_propagation(draft: Draft, subnet: str) -> None:
    """Let a route table learn nothing from the gateway."""
    table = draft.cloud.find("DescribeRouteTables", draft.tables[subnet])
    table["PropagatingVgws"] = []
    table["Routes"] = [item for item in table["Routes"] if item["Origin"] != "EnableVgwRoutePropagation"]


def association(draft: Draft, site: str, place: int | None) -> None:
    """Associate an attachment with another route table, or with none."""
    if site in draft.attachments:
        found = draft.cloud.find("DescribeTransitGatewayAttachments", draft.attachments[site])
        found.pop("Association", None)
        if place is not None:
            found["Association"] = {
                "TransitGatewayRouteTableId": draft.transit_tables[place], "State": "associated",
            }  # fmt: skip


def transit_route(draft: Draft, place: int, cidr: str, site: str) -> None:
    """Add, replace or take away a route of the transit gateway."""
    table = draft.transit_tables[place]
    routes = draft.cloud.transit_routes[table]
    routes[:] = [item for item in routes if item["DestinationCidrBlock"] != cidr]
    if site == "blackhole":
        draft.cloud.transit_route(table, cidr, None)
    elif site in draft.attachments:
        draft.cloud.transit_route(table, cidr, draft.attachments[site])


def stands(draft: Draft, site: str, zones: Any) -> None:
    """Let the transit gateway stand in some subnets of a VPC only."""
    found = draft.cloud.find("DescribeTransitGatewayVpcAttachments", draft.attachments[site])
    found["SubnetIds"] = [draft.subnets[f"{site}{zone}"] for zone in zones]


def attachment(draft: Draft, site: str, state: str) -> None:
    """Let an attachment be in another state."""
    for call in ("DescribeTransitGatewayAttachments", "DescribeTransitGatewayVpcAttachments"):
        draft.cloud.find(call, draft.attachments[site])["State"] = state


def attribute(draft: Draft, port: int | None, key: str, value: str) -> None:
    """Set an attribute of a target group, or of the load balancer."""
    arn = draft.target_groups[port] if port else draft.balancer
    draft.cloud.attributes[arn][key] = value


def no_listener(draft: Draft, port: int) -> None:
    """Delete a listener."""
    listeners = draft.cloud.listeners[draft.balancer]
    listeners[:] = [item for item in listeners if item["Port"] != port]


def health(draft: Draft, port: int, place: int, state: str) -> None:
    """Let a target have another health."""
    targets = draft.cloud.targets[draft.target_groups[port]]
    if targets:
        targets[place % len(targets)]["TargetHealth"] = {"State": state}


def target(draft: Draft, port: int, address: str | None, number: int, zone: str) -> None:
    """Register another target in the place of a group's, or none."""
    arn = draft.target_groups[port]
    draft.cloud.targets[arn].clear()
    if address:
        outside = not address.startswith("10.2.")
        draft.cloud.register(arn, address, number, "all" if outside else zone)


def weights(draft: Draft, port: int, other: int, shares: Any) -> None:
    """Let a listener divide its connections between two groups."""
    for listener in draft.cloud.listeners[draft.balancer]:
        if listener["Port"] == port:
            action = listener["DefaultActions"][0]
            action.pop("TargetGroupArn", None)
            action["ForwardConfig"] = {
                "TargetGroups": [
                    {"TargetGroupArn": draft.target_groups[key], "Weight": share}
                    for key, share in zip((port, other), shares, strict=True)
                ]
            }


def state(draft: Draft, code: str) -> None:
    """Let the load balancer be in another state."""
    draft.cloud.balancers[0]["State"] = {"Code": code}


def stop(draft: Draft, name: str) -> None:
    """Stop an instance."""
    for reservation in draft.cloud.objects["DescribeInstances"]:
        for instance in reservation["Instances"]:
            if instance["PrivateIpAddress"] == MACHINES[name][1]:
                instance["State"] = {"Code": 80, "Name": "stopped"}


def _rules(chance: random.Random) -> Arguments:
    peers = (*_RANGES, "a", "b", "c", "balancer")
    return tuple((chance.choice(peers), chance.choice(_PORTS)) for _ in range(chance.randrange(4)))


def _addresses() -> list[str]:
    return [address for _, address in MACHINES.values()] + [OUTSIDE, *NODES.values()]


DRAWN: dict[str, tuple[Callable[..., None], Callable[[random.Random], Arguments]]] = {
    "route": (route, lambda r: (
        r.choice(list(SUBNETS)), r.choice(_RANGES),
        r.choice(["transit", "gateway", "peering0", "peering1", "blackhole", "nothing", "nothing"]),
    )),
    "acl": (acl, lambda r: (
        r.choice(list(SUBNETS)), r.randrange(1, 2000), r.random() < 0.5, r.choice(["allow", "deny", "deny"]),
        r.choice(_RANGES), r.choice([*_PORTS, None]),
    )),
    "group": (group, lambda r: (r.choice(["a", "b", "c", "balancer"]), r.random() < 0.3, _rules(r))),
    "peering": (peering, lambda r: (r.randrange(2), r.choice(["active", "pending-acceptance", "deleted"]))),
    "tunnels": (tunnels, lambda r: (r.choice(["UP", "DOWN"]), r.choice(["UP", "DOWN", "DOWN"]))),
    "selector": (selector, lambda r: r.choice([
        ("LocalIpv4NetworkCidr", "10.9.0.0/16"), ("LocalIpv4NetworkCidr", "10.9.1.0/24"),
        ("RemoteIpv4NetworkCidr", "10.2.1.0/24"), ("RemoteIpv4NetworkCidr", "10.2.0.0/16"),
    ])),
    "prefixes": (prefixes, lambda r: (r.choice([(), ("10.9.0.0/24",), ("10.9.1.0/24",), ("10.0.0.0/8",)]),)),
    "no_propagation": (no_propagation, lambda r: (r.choice(["b1", "b2", "b3", "b4"]),)),
    "association": (association, lambda r: (r.choice(["a", "b", "c", "vpn"]), r.choice([None, 0, 1, 2, 3]))),
    "transit_route": (transit_route, lambda r: (
        r.randrange(4), r.choice(_RANGES), r.choice(["a", "b", "c", "vpn", "blackhole", "nothing"]),
    )),
    "stands": (stands, lambda r: (r.choice("abc"), r.choice([(1,), (2,), (1, 2)]))),
    "attachment": (attachment, lambda r: (r.choice("abc"), r.choice(["available", "pendingAcceptance"]))),
    "cross_zone": (attribute, lambda r: (
        r.choice([None, *LISTENERS]), "load_balancing.cross_zone.enabled", r.choice(["true", "false", "false"]),
    )),
    "preserve": (attribute, lambda r: (r.choice(list(LISTENERS)), "preserve_client_ip.enabled", "true")),
    "no_listener": (no_listener, lambda r: (r.choice(list(LISTENERS)),)),
    "health": (health, lambda r: (
        r.choice(list(LISTENERS)), r.randrange(2), r.choice(["unhealthy", "initial", "draining", "healthy"]),
    )),
    "target": (target, lambda r: (
        r.choice(list(LISTENERS)), r.choice([None, *_addresses()[:8]]), r.choice((22, 80)), r.choice("ac"),
    )),
    "weights": (weights, lambda r: (
        r.choice(list(LISTENERS)), r.choice(list(LISTENERS)), r.choice([(1, 1), (0, 1), (1, 0), (0, 0), (3, 1)]),
    )),
    "state": (state, lambda r: (r.choice(["active", "active_impaired", "failed"]),)),
    "stop": (stop, lambda r: (r.choice(list(MACHINES)),)),
}  # fmt: skip
"""Every kind of change: what it does, and how its arguments are drawn."""
_OFTEN = {"route": 6, "acl": 5, "group": 6, "transit_route": 4, "preserve": 2, "cross_zone": 2, "stop": 0.3, "state": 0.2}


def draw(chance: random.Random) -> tuple[Change, ...]:
    """Return random changes: often few, so that much still works."""
    names = list(DRAWN)
    weighed = [_OFTEN.get(name, 1.0) for name in names]
    number = min(12, int(chance.expovariate(0.3)))
    chosen = chance.choices(names, weighed, k=number)
    return tuple((name, DRAWN[name][1](chance)) for name in chosen)


def apply(draft: Draft, changes: tuple[Change, ...]) -> None:
    """Make changes, in order."""
    for name, arguments in changes:
        DRAWN[name][0](draft, *arguments)
