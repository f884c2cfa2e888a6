"""Which random changes can a network suffer?

Only such as AWS would take: no route into a VPC's own range but to machines, routes of deleted peering
connections are blackholes, references to groups behind them are stale, a gateway without tunnels forgets
what it learned by BGP.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from ipaddress import IPv4Network

from tests.lab.agreement import balancing
from tests.lab.agreement.network import ON_PREMISES, OUTSIDE, Draft, Place, Site, learn
from tests.scenarios.cloud import ANYWHERE, Object, acl_entry, permission

Change = Callable[[Draft, random.Random], None]
_PORTS = (
    (22, 22),
    (80, 80),
    (1, 1023),
    (1024, 65535),
    (0, 65535),
    (1001, 1003),
    (1024, 32767),
    (32768, 60999),
)


def route(draft: Draft, chance: random.Random) -> None:
    """Add or replace a static route, or take one away."""
    site = chance.choice(draft.sites)
    table = draft.cloud.find("DescribeRouteTables", chance.choice(_used(site)))
    static = [item for item in table["Routes"] if item["Origin"] == "CreateRoute" and _cidr(item)]
    if static and chance.random() < 0.4:
        table["Routes"].remove(chance.choice(static))
        return
    cidr = ON_PREMISES if chance.random() < 0.25 else _some_range(draft, chance)
    if any(IPv4Network(cidr).subnet_of(IPv4Network(own)) for own in site.ranges):
        return
    table["Routes"] = [item for item in table["Routes"] if item not in static or _cidr(item) != cidr]
    ways = [peering for peering, pair in draft.peerings.items() if site in pair]
    ways += [draft.transit] if draft.transit and site.id in draft.attachments else []
    ways += [draft.gateway[0]] if draft.gateway and draft.gateway[1] is site else []
    ways += [gateway for gateway, owner in draft.exits.items() if owner is site]
    if ways:
        state = "blackhole" if chance.random() < 0.1 else "active"
        draft.cloud.route(table["RouteTableId"], cidr, chance.choice(ways), state)


def acl(draft: Draft, chance: random.Random) -> None:
    """Add a rule to a subnet's network ACL, or take one away."""
    place = _some_place(draft, chance)
    acls = draft.cloud.objects["DescribeNetworkAcls"]
    found = next(item for item in acls if any(used["SubnetId"] == place.id for used in item["Associations"]))
    number, egress = chance.randrange(1, 1100), chance.random() < 0.5
    numbered = [item for item in found["Entries"] if item["RuleNumber"] < 32767]
    if numbered and chance.random() < 0.15:
        found["Entries"].remove(chance.choice(numbered))
    elif not any((item["RuleNumber"], item["Egress"]) == (number, egress) for item in found["Entries"]):
        ports = chance.choice([*_PORTS, None])
        action, cidr = chance.choice(("allow", "deny", "deny")), _some_range(draft, chance)
        protocol = chance.choice((None, None, None, "17")) if ports else None
        found["Entries"].append(acl_entry(number, egress, action, cidr, ports, protocol))


def no_way_back(draft: Draft, chance: random.Random) -> None:
    """Let a subnet's network ACL stop replies, or let a subnet know no way to whom they go."""
    place = _some_place(draft, chance)
    if chance.random() < 0.6:
        far = chance.choice((ANYWHERE, ANYWHERE, chance.choice(draft.ranges), _some_range(draft, chance)))
        entries = [acl_entry(1000, way, "allow") for way in (True, False)]
        ways = chance.choice(((True,), (False,), (True, False)))
        entries += [acl_entry(99, way, "deny", far, (1024, 65535)) for way in ways]
        name = f"no-reply-{place.id}-{chance.random()}"
        draft.cloud.network_acl(name, place.site.id, place.id, entries=entries)
        return
    table = draft.cloud.find("DescribeRouteTables", place.table)
    table["Routes"] = [
        item for item in table["Routes"] if item["Origin"] != "CreateRoute" or chance.random() < 0.7
    ]


def own_acl(draft: Draft, chance: random.Random) -> None:
    """Give a subnet a network ACL that allows some ports only."""
    place = _some_place(draft, chance)
    entries = [
        acl_entry(100 + number, egress, "allow", ports=ports)
        for egress in (True, False)
        for number, ports in enumerate(chance.sample(_PORTS, 4))
    ]
    draft.cloud.network_acl(f"own-{place.id}-{chance.random()}", place.site.id, place.id, entries=entries)


def group(draft: Draft, chance: random.Random) -> None:
    """Replace a security group's rules of one direction, or take one away."""
    site, key = chance.choice(_groups(draft))
    found = draft.cloud.find("DescribeSecurityGroups", key)
    egress = chance.random() < 0.3
    rules: list[Object] = found["IpPermissionsEgress" if egress else "IpPermissions"]
    if rules and chance.random() < 0.4:
        rules.remove(chance.choice(rules))
        return
    named = balancing.references(draft, site)
    rules[:] = []
    for _ in range(chance.randrange(1, 4)):
        ports = chance.choice(_PORTS)
        if chance.random() < 0.5:
            rules.append(permission("tcp", port=ports, groups=chance.sample(named, min(2, len(named)))))
        else:
            rules.append(permission("tcp", _some_range(draft, chance), port=ports))


def peering(draft: Draft, chance: random.Random) -> None:
    """Let a peering connection be in another state."""
    if not draft.peerings:
        return
    key = chance.choice(list(draft.peerings))
    status = chance.choice(("pending-acceptance", "deleted", "rejected"))
    draft.cloud.find("DescribeVpcPeeringConnections", key)["Status"] = {"Code": status, "Message": status}
    for item in _all_routes(draft):
        if item.get("VpcPeeringConnectionId") == key:
            item["State"] = "blackhole"
    for found in draft.cloud.objects["DescribeSecurityGroups"]:
        for rule in (*found["IpPermissions"], *found["IpPermissionsEgress"]):
            for pair in rule["UserIdGroupPairs"]:
                if pair.get("VpcPeeringConnectionId") == key:
                    pair["PeeringStatus"] = status


def tunnels(draft: Draft, chance: random.Random) -> None:
    """Let tunnels be down."""
    for key in draft.vpns[:1]:
        vpn = draft.cloud.find("DescribeVpnConnections", key)
        for tunnel in vpn["VgwTelemetry"]:
            tunnel["Status"] = chance.choice(("UP", "DOWN", "DOWN"))
        _learn_again(draft)


def selector(draft: Draft, chance: random.Random) -> None:
    """Negotiate a narrower range: with all, as nobody knows which of several on-premises prefers."""
    side, cidr = chance.choice((
        ("LocalIpv4NetworkCidr", ON_PREMISES), ("LocalIpv4NetworkCidr", "10.90.1.0/24"),
        ("RemoteIpv4NetworkCidr", _some_place(draft, chance).cidr),
        ("RemoteIpv4NetworkCidr", chance.choice(draft.ranges)),
    ))  # fmt: skip
    for key in draft.vpns:
        draft.cloud.find("DescribeVpnConnections", key)["Options"][side] = cidr


def prefixes(draft: Draft, chance: random.Random) -> None:
    """Let the gateway know other static prefixes."""
    for key in draft.vpns[:1]:
        vpn = draft.cloud.find("DescribeVpnConnections", key)
        inside = (_some_place(draft, chance).cidr, ON_PREMISES)
        known = chance.choice(((), ("10.90.0.0/24",), ("10.90.1.0/24",), ("10.0.0.0/8",), inside))
        if vpn["Options"]["StaticRoutesOnly"]:
            vpn["Routes"] = [
                {"DestinationCidrBlock": cidr, "Source": "Static", "State": "available"} for cidr in known
            ]
            _learn_again(draft)


def propagation(draft: Draft, chance: random.Random) -> None:
    """Let a route table learn from the gateway, or no more."""
    if draft.gateway:
        key = chance.choice(_used(draft.gateway[1]))
        table = draft.cloud.find("DescribeRouteTables", key)
        propagating = bool(table["PropagatingVgws"])
        _forget(table)
        if not propagating:
            learn(draft, key)


def detached(draft: Draft, chance: random.Random) -> None:
    """Detach the virtual private gateway."""
    if draft.gateway and chance.random() < 0.5:
        draft.cloud.find("DescribeVpnGateways", draft.gateway[0])["VpcAttachments"][0]["State"] = "detached"
        for item in _all_routes(draft):
            if item.get("GatewayId") == draft.gateway[0]:
                item["State"] = "blackhole"


def association(draft: Draft, chance: random.Random) -> None:
    """Associate an attachment with another route table of the transit gateway, or with none."""
    if draft.attachments:
        key = chance.choice(list(draft.attachments.values()))
        found = draft.cloud.find("DescribeTransitGatewayAttachments", key)
        found.pop("Association", None)
        if chance.random() < 0.7:
            table = chance.choice(draft.transit_tables)
            found["Association"] = {"TransitGatewayRouteTableId": table, "State": "associated"}


def transit_route(draft: Draft, chance: random.Random) -> None:
    """Add, replace or take away a route of the transit gateway."""
    if draft.transit_tables:
        table, cidr = chance.choice(draft.transit_tables), _some_range(draft, chance)
        routes = draft.cloud.transit_routes[table]
        if routes and chance.random() < 0.4:
            routes.remove(chance.choice(routes))
        else:
            routes[:] = [item for item in routes if item["DestinationCidrBlock"] != cidr]
            draft.cloud.transit_route(table, cidr, chance.choice([*draft.attachments.values(), None]))


def stands(draft: Draft, chance: random.Random) -> None:
    """Let the transit gateway stand in one subnet of a VPC only."""
    attached = [site for site in draft.sites if site.id in draft.attachments]
    if attached:
        site = chance.choice(attached)
        key = draft.attachments[site.id]
        found = draft.cloud.find("DescribeTransitGatewayVpcAttachments", key)
        found["SubnetIds"] = [chance.choice(site.places).id]


def attachment(draft: Draft, chance: random.Random) -> None:
    """Let an attachment wait for acceptance, or let security groups' names through no more."""
    attached = [key for owner, key in draft.attachments.items() if owner.startswith("vpc-")]
    if not attached:
        return
    key = chance.choice(attached)
    found = draft.cloud.find("DescribeTransitGatewayVpcAttachments", key)
    if chance.random() < 0.5:
        found["Options"]["SecurityGroupReferencingSupport"] = "disable"
        return
    for call in ("DescribeTransitGatewayAttachments", "DescribeTransitGatewayVpcAttachments"):
        draft.cloud.find(call, key)["State"] = "pendingAcceptance"


def crossing(draft: Draft, chance: random.Random) -> None:
    """Switch balancing across zones on or off, for a group or all."""
    balancer = chance.choice(draft.balancers)
    arn = chance.choice([balancer.arn, *balancer.target_groups.values()])
    draft.cloud.attributes[arn]["load_balancing.cross_zone.enabled"] = chance.choice(("true", "false"))


def preservation(draft: Draft, chance: random.Random) -> None:
    """Let targets see the client's address, or no more."""
    arn = chance.choice([arn for balancer in draft.balancers for arn in balancer.target_groups.values()])
    draft.cloud.attributes[arn]["preserve_client_ip.enabled"] = chance.choice(("true", "true", "false"))


def no_listener(draft: Draft, chance: random.Random) -> None:
    """Delete a listener."""
    listeners = draft.cloud.listeners[chance.choice(draft.balancers).arn]
    listeners.remove(chance.choice(listeners))


def health(draft: Draft, chance: random.Random) -> None:
    """Let a target have another health."""
    targets = [item for group in draft.cloud.targets.values() for item in group]
    for item in chance.sample(targets, min(len(targets), 2)):
        if item["TargetHealth"]["State"] != "unused":
            state = chance.choice(("unhealthy", "unhealthy", "initial", "draining"))
            item["TargetHealth"] = {"State": state}


def target(draft: Draft, chance: random.Random) -> None:
    """Register another target in the place of a group's, or none."""
    balancer = chance.choice(draft.balancers)
    arn = chance.choice(list(balancer.target_groups.values()))
    if next(item for item in draft.cloud.groups if item["TargetGroupArn"] == arn)["TargetType"] == "ip":
        draft.cloud.targets[arn].clear()
        for machine in chance.sample(draft.machines, chance.choice((0, 1, 2))):
            balancing.register(draft, balancer, arn, machine, chance.choice((22, 80, 8080)))


def weights(draft: Draft, chance: random.Random) -> None:
    """Let a listener divide its connections between two groups."""
    balancer = chance.choice(draft.balancers)
    listeners = draft.cloud.listeners[balancer.arn]
    if listeners and len(balancer.target_groups) > 1:
        action = chance.choice(listeners)["DefaultActions"][0]
        action.pop("TargetGroupArn", None)
        shares = chance.choice(((1, 1), (0, 1), (1, 0), (0, 0), (3, 1)))
        arns = chance.sample(list(balancer.target_groups.values()), 2)
        action["ForwardConfig"] = {
            "TargetGroups": [
                {"TargetGroupArn": arn, "Weight": share} for arn, share in zip(arns, shares, strict=True)
            ]
        }


def state(draft: Draft, chance: random.Random) -> None:
    """Let a load balancer be in another state."""
    chance.choice(draft.cloud.balancers)["State"] = {"Code": chance.choice(("active_impaired", "failed"))}


def stop(draft: Draft, chance: random.Random) -> None:
    """Stop an instance."""
    reservation = chance.choice(draft.cloud.objects["DescribeInstances"])
    reservation["Instances"][0]["State"] = {"Code": 80, "Name": "stopped"}


ALWAYS: dict[Change, float] = {
    route: 5, acl: 5, own_acl: 1, no_way_back: 10, group: 5, crossing: 2, preservation: 2, no_listener: 0.4,
    health: 2, target: 1, weights: 1, state: 0.2, stop: 0.5,
}  # fmt: skip
"""Every kind of change that any network can suffer, and how often it is made; the others follow."""
WITH_PEERING: dict[Change, float] = {peering: 0.8}
WITH_TRANSIT: dict[Change, float] = {association: 2, transit_route: 5, stands: 3, attachment: 2}
WITH_VPN: dict[Change, float] = {tunnels: 1.5, selector: 1.5}
WITH_GATEWAY: dict[Change, float] = {prefixes: 2, propagation: 1.5, detached: 0.5}


def change(draft: Draft, chance: random.Random) -> None:
    """Make random changes: often few, so that much still works."""
    kinds = ALWAYS | (WITH_PEERING if draft.peerings else {})
    kinds |= (WITH_TRANSIT if draft.transit else {}) | (WITH_VPN if draft.vpns else {})
    kinds |= WITH_GATEWAY if draft.gateway else {}
    number = min(14, int(chance.expovariate(0.25)))
    for made in chance.choices(list(kinds), list(kinds.values()), k=number):
        made(draft, chance)


def _used(site: Site) -> list[str]:
    return sorted({place.table for place in site.places})


def _cidr(item: Object) -> str | None:
    cidr: str | None = item.get("DestinationCidrBlock")
    return cidr


def _some_place(draft: Draft, chance: random.Random) -> Place:
    """Return a subnet, rather one that matters."""
    busy = [machine.place for machine in draft.machines if machine.place]
    return chance.choice([*busy, *balancing.node_places(draft), chance.choice(draft.places)])


def _some_range(draft: Draft, chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.3:
        return chance.choice(draft.ranges)
    if kind < 0.5:
        return chance.choice([place.cidr for place in draft.places])
    if kind < 0.65:
        return chance.choice([machine.address for machine in draft.machines]) + "/32"
    if kind < 0.75:
        return chance.choice([key for balancer in draft.balancers for key in balancer.nodes]) + "/32"
    return chance.choice(
        (ANYWHERE, "10.0.0.0/8", "10.2.0.0/15", "172.16.0.0/12", *(f"{key}/32" for key in OUTSIDE))
    )


def _groups(draft: Draft) -> list[tuple[Site, str]]:
    found = [(site, key) for site in draft.sites for key in site.groups]
    return found + [(item.site, item.group) for item in draft.balancers if item.group]


def _all_routes(draft: Draft) -> list[Object]:
    return [item for table in draft.cloud.objects["DescribeRouteTables"] for item in table["Routes"]]


def _forget(table: Object) -> None:
    table["PropagatingVgws"] = []
    table["Routes"] = [item for item in table["Routes"] if item["Origin"] != "EnableVgwRoutePropagation"]


def _learn_again(draft: Draft) -> None:
    for table in draft.cloud.objects["DescribeRouteTables"]:
        if table["PropagatingVgws"]:
            _forget(table)
            learn(draft, table["RouteTableId"])
