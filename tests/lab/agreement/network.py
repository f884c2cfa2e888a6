"""Which random networks are tried? Ones in which all works that can, for changes to break."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import combinations

from tests.scenarios.cloud import ANYWHERE, Cloud, acl_entry

ON_PREMISES = "10.90.0.0/16"
OUTSIDE = ("10.90.0.10", "10.90.1.10")
PORTS = (22, 80)
"""Where every machine listens."""


@dataclass
class Site:
    """A VPC."""

    id: str
    ranges: list[str]
    places: list[Place] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)


@dataclass
class Place:
    """A subnet."""

    id: str
    site: Site
    cidr: str
    zone: str
    table: str
    acl: str | None = None
    """Its own network ACL, if it has one."""

    def address(self, number: int) -> str:
        """Return the address of one of its machines."""
        return self.cidr.replace(".0/24", f".{number}")


@dataclass
class Machine:
    """An instance, or a machine on-premises."""

    address: str
    id: str = ""
    place: Place | None = None


@dataclass
class Balancer:
    """A load balancer with its listeners' target groups, by port."""

    arn: str
    site: Site
    nodes: dict[str, Place]
    group: str | None
    target_groups: dict[int, str] = field(default_factory=dict)


@dataclass
class Draft:
    """A cloud that is being filled and changed, with what is in it."""

    cloud: Cloud
    sites: list[Site] = field(default_factory=list)
    machines: list[Machine] = field(default_factory=list)
    peerings: dict[str, tuple[Site, Site]] = field(default_factory=dict)
    transit: str | None = None
    attachments: dict[str, str] = field(default_factory=dict)
    """By what is attached: a VPC's id or a VPN connection's."""
    transit_tables: list[str] = field(default_factory=list)
    gateway: tuple[str, Site] | None = None
    """The virtual private gateway and its VPC."""
    vpns: list[str] = field(default_factory=list)
    exits: dict[str, Site] = field(default_factory=dict)
    """Internet and NAT gateways."""
    balancers: list[Balancer] = field(default_factory=list)
    internet: list[Machine] = field(default_factory=list)
    """Hosts of the internet."""
    public: dict[str, Balancer] = field(default_factory=dict)
    """The load balancers of nodes' public addresses."""
    doors: dict[str, tuple[Balancer, Site]] = field(default_factory=dict)
    """The load balancers behind the addresses of interface endpoints, and in which VPCs those are."""
    addresses: dict[str, str] = field(default_factory=dict)
    """The private addresses behind public ones."""

    @property
    def places(self) -> list[Place]:
        """All subnets."""
        return [place for site in self.sites for place in site.places]

    @property
    def ranges(self) -> list[str]:
        """Every range that is in use, VPCs first."""
        return [cidr for site in self.sites for cidr in site.ranges] + [ON_PREMISES]

    def inside(self, site: Site) -> list[Machine]:
        """Return the instances of a VPC."""
        return [machine for machine in self.machines if machine.place and machine.place.site is site]

    def joined(self, one: Site, other: Site) -> str | None:
        """Return what joins two VPCs."""
        for peering, pair in self.peerings.items():
            if one in pair and other in pair:
                return peering
        return self.transit if {one.id, other.id} <= self.attachments.keys() else None

    def door(self, site: Site) -> str | None:
        """Return what leads from a VPC to on-premises."""
        if self.gateway and self.gateway[1] is site:
            return self.gateway[0]
        attached = self.attachments.keys()
        return self.transit if site.id in attached and not attached.isdisjoint(self.vpns) else None


def draw(chance: random.Random) -> Draft:
    """Return a random network."""
    draft = Draft(Cloud())
    zones = chance.sample("acd", chance.choice((1, 2, 2, 3)))
    for number in range(1, chance.choice((1, 2, 2, 3, 3, 3)) + 1):
        draft.sites.append(_site(draft, chance, number, zones))
    _populate(draft, chance)
    _join(draft, chance)
    _connect_premises(draft, chance)
    for site in draft.sites:
        _route(draft, chance, site)
        _open_exits(draft, chance, site)
    return draft


def _site(draft: Draft, chance: random.Random, number: int, zones: list[str]) -> Site:
    cloud, name = draft.cloud, f"vpc-{number}"
    ranges = [f"10.{number}.0.0/16", f"172.2{number}.0.0/16"][: chance.choice((1, 1, 1, 2))]
    site = Site(cloud.vpc(name, *ranges), ranges)
    site.tables.append(cloud.objects["DescribeRouteTables"][-1]["RouteTableId"])
    for place in range(1, chance.randrange(2, 6) + 1):
        base = chance.choice(ranges).removesuffix(".0.0/16")
        cidr, zone = f"{base}.{place}.0/24", chance.choice(zones)
        subnet = cloud.subnet(f"{name}-{place}", site.id, cidr, zone)
        table = chance.choice(site.tables)
        if chance.random() < 0.6:
            table = cloud.route_table(f"{name}-{place}-routes", site.id, subnet)
            site.tables.append(table)
        elif table != site.tables[0]:
            _share(draft, table, subnet)
        made = Place(subnet, site, cidr, zone, table)
        if chance.random() < 0.5:
            made.acl = cloud.network_acl(f"{name}-{place}-acl", site.id, subnet, entries=_entries(chance))
        site.places.append(made)
    site.groups = [cloud.security_group(f"{name}-{kind}", site.id) for kind in ("web", "data")]
    return site


def _share(draft: Draft, table: str, subnet: str) -> None:
    found = draft.cloud.find("DescribeRouteTables", table)
    first = found["Associations"][0]
    again = {"SubnetId": subnet, "RouteTableAssociationId": subnet.replace("subnet-", "rtbassoc-")}
    found["Associations"].append(first | again)


def _entries(chance: random.Random) -> list[dict[str, object]]:
    if chance.random() < 0.5:
        return [acl_entry(1000, egress, "allow") for egress in (True, False)]
    services = [(22, 22), (80, 80), (443, 443), (1024, 65535)]
    return [
        acl_entry(1000 + 10 * place, egress, "allow", ports=ports)
        for place, ports in enumerate(services)
        for egress in (True, False)
    ]


def _populate(draft: Draft, chance: random.Random) -> None:
    for site in draft.sites:
        for place in site.places:
            for number in range(chance.choice((0, 1, 1, 1, 2))):
                address = place.address(20 + number)
                groups = chance.sample(site.groups, chance.choice((1, 1, 2)))
                instance = draft.cloud.instance(address, place.id, address, *groups)
                draft.machines.append(Machine(address, instance, place))
    if len(draft.machines) < 2:
        _populate_anyway(draft)


def _populate_anyway(draft: Draft) -> None:
    for place in draft.sites[0].places[:2]:
        address = place.address(30)
        instance = draft.cloud.instance(address, place.id, address, place.site.groups[0])
        draft.machines.append(Machine(address, instance, place))


def _join(draft: Draft, chance: random.Random) -> None:
    """Join VPCs by peering connections, and others by a transit gateway."""
    cloud = draft.cloud
    attached: list[Site] = []
    for one, other in combinations(draft.sites, 2):
        drawn = chance.random()
        if drawn < 0.5:
            draft.peerings[cloud.peering(f"{one.id}-{other.id}", one.id, other.id)] = (one, other)
        elif drawn < 0.95:
            attached += [site for site in (one, other) if site not in attached]
    if not attached and chance.random() < 0.85:
        return
    attached = attached or [chance.choice(draft.sites)]
    draft.transit = cloud.transit_gateway("transit")
    options = cloud.find("DescribeTransitGateways", draft.transit)["Options"]
    options["SecurityGroupReferencingSupport"] = chance.choice(("enable", "disable"))
    own = chance.random() < 0.5
    draft.transit_tables = [
        cloud.objects["DescribeTransitGatewayRouteTables"][-1]["TransitGatewayRouteTableId"]
    ]
    for site in attached:
        if own:
            draft.transit_tables.append(cloud.transit_route_table(f"transit-{site.id}", draft.transit))
        if chance.random() < 0.4:
            _add_stands(draft, chance, site)
        stands = {place.zone: place.id for place in chance.sample(site.places, len(site.places))}
        draft.attachments[site.id] = cloud.transit_vpc(
            f"door-{site.id}", draft.transit, site.id, *stands.values(), table=draft.transit_tables[-1]
        )
        if chance.random() < 0.2:
            _appliance_mode(draft, draft.attachments[site.id])
    for table in draft.transit_tables:
        for site in attached:
            for cidr in site.ranges:
                kind = chance.choice(("static", "propagated"))
                cloud.transit_route(table, cidr, draft.attachments[site.id], kind)
    if not own and chance.random() < 0.4:
        _inspect(draft, chance, attached)
        options["SecurityGroupReferencingSupport"] = "disable"


def _appliance_mode(draft: Draft, attachment: str) -> None:
    found = draft.cloud.find("DescribeTransitGatewayVpcAttachments", attachment)
    found["Options"]["ApplianceModeSupport"] = "enable"


def _add_stands(draft: Draft, chance: random.Random, site: Site) -> None:
    """Give a VPC subnets without machines, in which a transit gateway may stand."""
    cloud = draft.cloud
    base = site.ranges[0].removesuffix(".0.0/16")
    for number, zone in enumerate(sorted({place.zone for place in site.places}), 200):
        name = f"{site.id}-{number}"
        subnet = cloud.subnet(name, site.id, f"{base}.{number}.0/24", zone)
        table = cloud.route_table(f"{name}-routes", site.id, subnet)
        site.tables.append(table)
        made = Place(subnet, site, f"{base}.{number}.0/24", zone, table)
        if chance.random() < 0.5:
            made.acl = cloud.network_acl(f"{name}-acl", site.id, subnet, entries=_entries(chance))
        site.places.append(made)


def _inspect(draft: Draft, chance: random.Random, attached: list[Site]) -> None:
    """Lead all that VPCs exchange by the transit gateway through firewalls in a VPC of their own."""
    cloud, transit = draft.cloud, draft.transit or ""
    hub = draft.transit_tables[0]
    vpc = cloud.vpc("inspection", "100.100.0.0/16")
    doors: list[str] = []
    endpoint = ""
    for number, zone in enumerate(sorted({place.zone for site in attached for place in site.places})):
        door = cloud.subnet(f"inspection-door-{zone}", vpc, f"100.100.{number}.0/24", zone)
        subnet = cloud.subnet(f"inspection-{zone}", vpc, f"100.100.{100 + number}.0/24", zone)
        cloud.route(cloud.route_table(f"inspection-{zone}", vpc, subnet), ANYWHERE, transit)
        if not endpoint or chance.random() < 0.8:
            endpoint = cloud.firewall_endpoint(f"firewall-{zone}", subnet, f"100.100.{100 + number}.4")
        cloud.route(cloud.route_table(f"inspection-door-{zone}", vpc, door), ANYWHERE, endpoint)
        doors.append(door)
    draft.attachments[vpc] = cloud.transit_vpc("door-inspection", transit, vpc, *doors, table=hub)
    if chance.random() < 0.6:
        _appliance_mode(draft, draft.attachments[vpc])
    spokes = cloud.transit_route_table("spokes", transit)
    cloud.transit_route(spokes, ANYWHERE, draft.attachments[vpc])
    draft.transit_tables.append(spokes)
    for site in attached:
        if chance.random() < 0.9:
            found = cloud.find("DescribeTransitGatewayAttachments", draft.attachments[site.id])
            found["Association"]["TransitGatewayRouteTableId"] = spokes


def _connect_premises(draft: Draft, chance: random.Random) -> None:
    cloud = draft.cloud
    prefixes = chance.choice(((ON_PREMISES,), (ON_PREMISES,), ("10.90.0.0/24", "10.90.1.0/24")))
    if draft.transit and chance.random() < 0.4:
        vpn = cloud.vpn_connection("transit-vpn", draft.transit, ON_PREMISES)
        draft.vpns.append(vpn)
        table = chance.choice(draft.transit_tables)
        draft.attachments[vpn] = cloud.transit_vpn("door-vpn", draft.transit, vpn, table)
        for table in draft.transit_tables:
            cloud.transit_route(table, ON_PREMISES, draft.attachments[vpn])
    elif chance.random() < 0.7:
        site = chance.choice(draft.sites)
        gateway = cloud.vpn_gateway("gateway", site.id)
        draft.gateway = (gateway, site)
        draft.vpns.append(cloud.vpn_connection("vpn", gateway, *prefixes, bgp=chance.random() < 0.3))
        if chance.random() < 0.2:
            draft.vpns.append(cloud.vpn_connection("second-vpn", gateway, *prefixes))
    if draft.vpns:
        draft.machines += [Machine(address) for address in OUTSIDE]


def _route(draft: Draft, chance: random.Random, site: Site) -> None:
    """Point the routes of a VPC at what it is joined with."""
    cloud = draft.cloud
    everything = cloud.prefix_list(f"premises-{site.id}", ON_PREMISES)
    for table in site.tables:
        for other in draft.sites:
            joined = draft.joined(site, other) if other is not site else None
            for cidr in other.ranges if joined else ():
                cloud.route(table, cidr, joined or "")
        door = draft.door(site)
        if door and door.startswith("vgw-") and chance.random() < 0.7:
            learn(draft, table)
        elif door:
            cloud.route(table, everything if chance.random() < 0.2 else ON_PREMISES, door)


def learn(draft: Draft, table: str) -> None:
    """Let a route table learn what the virtual private gateway knows."""
    if draft.gateway is None:
        return
    gateway, cloud = draft.gateway[0], draft.cloud
    cloud.propagate(table, gateway)
    found = cloud.find("DescribeRouteTables", table)
    learned = {
        route.get("DestinationCidrBlock") for route in found["Routes"] if route.get("GatewayId") == gateway
    }
    for key in draft.vpns:
        vpn = cloud.find("DescribeVpnConnections", key)
        up = any(tunnel["Status"] == "UP" for tunnel in vpn["VgwTelemetry"])
        if not vpn["Options"]["StaticRoutesOnly"] and up and ON_PREMISES not in learned:
            origin = {"Origin": "EnableVgwRoutePropagation", "State": "active"}
            found["Routes"].append({"DestinationCidrBlock": ON_PREMISES, "GatewayId": gateway} | origin)


def _open_exits(draft: Draft, chance: random.Random, site: Site) -> None:
    """Lead some default routes to the internet, or through a NAT gateway."""
    cloud = draft.cloud
    if chance.random() < 0.2:
        gateway = cloud.internet_gateway(f"{site.id}-internet", site.id)
        draft.exits[gateway] = site
        cloud.route(chance.choice(site.tables), ANYWHERE, gateway)
    tables = {place.table for place in site.places}
    if chance.random() < 0.2 and len(tables) > 1:
        place = chance.choice(site.places)
        public = f"203.0.113.{len(draft.exits) + 1}"
        gateway = cloud.nat_gateway(f"{site.id}-nat", place.id, place.address(7), public)
        draft.exits[gateway] = site
        table = cloud.find("DescribeRouteTables", chance.choice(sorted(tables - {place.table})))
        if not any(route.get("DestinationCidrBlock") == ANYWHERE for route in table["Routes"]):
            cloud.route(table["RouteTableId"], ANYWHERE, gateway)
        if chance.random() < 0.5:  # then everything goes through it
            table["Routes"] = [
                route for route in table["Routes"]
                if route.get("GatewayId") == "local" or route.get("DestinationCidrBlock") == ANYWHERE
            ]  # fmt: skip
