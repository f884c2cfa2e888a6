"""Two networks on the same machines: joined by peering connections, or by a transit gateway."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.scenarios.cloud import Cloud, permission

SITES = {"a": "10.1.0.0/16", "b": "10.2.0.0/16", "c": "10.3.0.0/16"}
SUBNETS = {
    # name: site, range, zone
    "a1": ("a", "10.1.1.0/24", "a"),
    "a2": ("a", "10.1.2.0/24", "c"),
    "b1": ("b", "10.2.1.0/24", "a"),
    "b2": ("b", "10.2.2.0/24", "c"),
    "b3": ("b", "10.2.3.0/24", "a"),
    "b4": ("b", "10.2.4.0/24", "c"),
    "c1": ("c", "10.3.1.0/24", "a"),
    "c2": ("c", "10.3.2.0/24", "c"),
}
MACHINES = {
    # name: subnet, address
    "a1": ("a1", "10.1.1.10"),
    "a2": ("a2", "10.1.2.10"),
    "b1": ("b1", "10.2.1.20"),
    "b3": ("b3", "10.2.3.10"),
    "b4": ("b4", "10.2.4.10"),
    "c1": ("c1", "10.3.1.10"),
    "c2": ("c2", "10.3.2.10"),
}
NODES = {"b1": "10.2.1.10", "b2": "10.2.2.10"}
OUTSIDE = "10.9.0.10"
OUTSIDE_RANGE = "10.9.0.0/16"
PORTS = (22, 80)
LISTENERS = {
    # port: targets as address, port, zone
    1001: [("10.2.3.10", 22, "a")],
    1002: [("10.2.4.10", 80, "c")],
    1003: [(OUTSIDE, 22, "all")],
    1004: [("10.3.1.10", 22, "all")],
    1005: [("10.2.3.10", 80, "a"), ("10.2.4.10", 80, "c")],
    1006: [("10.2.1.20", 22, "a")],
}
JOINED = [("a", "b"), ("b", "c"), ("a", "c")]


@dataclass
class Draft:
    """A cloud that is being changed, with the ids of what is in it."""

    cloud: Cloud
    vpcs: dict[str, str] = field(default_factory=dict)
    subnets: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    acls: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    peerings: dict[tuple[str, str], str] = field(default_factory=dict)
    attachments: dict[str, str] = field(default_factory=dict)
    transit_tables: list[str] = field(default_factory=list)
    transit: str = ""
    gateway: str = ""
    vpn: str = ""
    balancer: str = ""
    target_groups: dict[int, str] = field(default_factory=dict)


def healthy(*, by_transit: bool, balancer_has_group: bool) -> Draft:
    """Return a network in which everything reaches everything that it can in AWS.

    VPC b is joined to a and c by peering connections, a and c by a transit gateway; with ``by_transit``
    all three by the transit gateway, and on-premises too.
    """
    draft = Draft(Cloud())
    _build_vpcs(draft)
    _join(draft, by_transit=by_transit)
    _balance(draft, balancer_has_group=balancer_has_group)
    return draft


def _build_vpcs(draft: Draft) -> None:
    cloud = draft.cloud
    for site, cidr in SITES.items():
        draft.vpcs[site] = cloud.vpc(site, cidr)
        anyone = [permission("tcp", "10.0.0.0/8", port=port) for port in PORTS]
        draft.groups[site] = cloud.security_group(f"machines-{site}", draft.vpcs[site], anyone)
    for name, (site, cidr, zone) in SUBNETS.items():
        draft.subnets[name] = cloud.subnet(name, draft.vpcs[site], cidr, zone)
        draft.tables[name] = cloud.route_table(f"{name}-routes", draft.vpcs[site], draft.subnets[name])
        allowing = [
            {
                "CidrBlock": "0.0.0.0/0", "Egress": egress, "Protocol": "-1", "RuleAction": "allow",
                "RuleNumber": 1000,
            }
            for egress in (True, False)
        ]  # fmt: skip
        draft.acls[name] = cloud.network_acl(
            f"{name}-acl", draft.vpcs[site], draft.subnets[name], entries=allowing
        )
    for name, (subnet, address) in MACHINES.items():
        cloud.instance(name, draft.subnets[subnet], address, draft.groups[SUBNETS[subnet][0]])


def _join(draft: Draft, *, by_transit: bool) -> None:
    cloud = draft.cloud
    draft.transit = cloud.transit_gateway("transit")
    draft.transit_tables = [
        cloud.transit_route_table(f"transit-{site}", draft.transit) for site in ("a", "b", "c", "vpn")
    ]
    for place, site in enumerate(SITES):
        stands = [draft.subnets[f"{site}{zone}"] for zone in (1, 2)]
        draft.attachments[site] = cloud.transit_vpc(
            f"door-{site}", draft.transit, draft.vpcs[site], *stands, table=draft.transit_tables[place]
        )
    if by_transit:
        draft.vpn = cloud.vpn_connection("vpn", draft.transit, OUTSIDE_RANGE)
        draft.attachments["vpn"] = cloud.transit_vpn(
            "door-vpn", draft.transit, draft.vpn, draft.transit_tables[3]
        )
    else:
        draft.gateway = cloud.vpn_gateway("gateway", draft.vpcs["b"])
        draft.vpn = cloud.vpn_connection("vpn", draft.gateway, OUTSIDE_RANGE)
    for table in draft.transit_tables:
        for site, cidr in SITES.items():
            cloud.transit_route(table, cidr, draft.attachments[site], "propagated")
        if by_transit:
            cloud.transit_route(table, OUTSIDE_RANGE, draft.attachments["vpn"])
    for one, other in JOINED:
        if not by_transit and (one, other) != ("a", "c"):
            draft.peerings[one, other] = cloud.peering(f"{one}-{other}", draft.vpcs[one], draft.vpcs[other])
    for name, (site, _, _) in SUBNETS.items():
        for far, cidr in SITES.items():
            if far != site:
                joined = draft.peerings.get((site, far)) or draft.peerings.get((far, site))
                cloud.route(draft.tables[name], cidr, joined or draft.transit)
        if by_transit:
            cloud.route(draft.tables[name], OUTSIDE_RANGE, draft.transit)
        elif site == "b":
            cloud.propagate(draft.tables[name], draft.gateway)


def _balance(draft: Draft, *, balancer_has_group: bool) -> None:
    cloud, groups = draft.cloud, []
    if balancer_has_group:
        admitted = [permission("tcp", "10.0.0.0/8", port=(1000, 1010))]
        draft.groups["balancer"] = cloud.security_group("balancer", draft.vpcs["b"], admitted)
        groups = [draft.groups["balancer"]]
    nodes = {draft.subnets[name]: address for name, address in NODES.items()}
    draft.balancer = cloud.load_balancer("relay", nodes, groups)
    for port, targets in LISTENERS.items():
        group = cloud.target_group(f"tg-{port}", draft.vpcs["b"], targets[0][1])
        draft.target_groups[port] = group
        for address, target_port, zone in targets:
            cloud.register(group, address, target_port, zone)
        cloud.listener(draft.balancer, port, group)
