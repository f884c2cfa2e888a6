"""What is configured at a load balancer, and where do its nodes stand?"""

from __future__ import annotations

from nlbcheck.aws.balancers import (
    BalancerAttributes,
    BalancerNode,
    BalancerZone,
    GroupAttributes,
    Listener,
    ListenerRule,
    LoadBalancer,
    Target,
    TargetGroup,
)
from nlbcheck.aws.gateways import routable
from nlbcheck.aws.interfaces import NetworkInterface
from nlbcheck.aws.kinds.balancers import (
    BALANCER_ATTRIBUTES,
    GROUP_ATTRIBUTES,
    LISTENER,
    LOAD_BALANCER,
    RULES,
    TARGET_GROUP,
    TARGETS,
)
from nlbcheck.aws.kinds.interfaces import INTERFACE
from nlbcheck.aws.lookups import Lookups, part_of
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.net import Address


class BalancerView(Lookups):
    """Lookups of load balancers, listeners, target groups and targets."""

    @property
    def load_balancers(self) -> tuple[LoadBalancer, ...]:
        """The load balancers that the recording shows; there may be more."""
        return self.seen(LOAD_BALANCER)

    @property
    def balancers_asked_in(self) -> tuple[AccountRegion, ...]:
        """Where load balancers were asked for, or are to be."""
        return self.inventory(LOAD_BALANCER).asked_in or self.sources[:1]

    def balancers_at(self, address: Address) -> tuple[LoadBalancer, ...]:
        """Return the load balancers that are seen to have an address, private or public, at a node.

        Where none has been asked for, the interface with the address tells which it is.
        """
        with_it = {"addresses.private-ip-address": str(address)}
        interfaces = self.sought(INTERFACE, self.asked_in, with_it)
        if routable(address):
            interfaces += self.sought(INTERFACE, self.asked_in, {"association.public-ip": str(address)})
        found = [item for item in self.load_balancers if any(_has(zone, address) for zone in item.zones)]
        for interface in interfaces:
            _, network, path = interface.description.partition("ELB net/")
            if network:
                name = path.partition("/")[0]
                balancer = self.load_balancer_named(name, interface.account_region)
                found += [balancer] if isinstance(balancer, LoadBalancer) else []
        return tuple(dict.fromkeys(found))

    def load_balancer(
        self, arn: str, account_region: AccountRegion | None = None
    ) -> LoadBalancer | Absent | NotVisible:
        """Return a load balancer by its ARN."""
        return self.by_id(LOAD_BALANCER, arn, account_region)

    def load_balancer_named(
        self, name: str, account_region: AccountRegion | None = None
    ) -> LoadBalancer | Absent | NotVisible:
        """Return a load balancer by its name; absent when no place that was asked for one has it."""
        places = (account_region,) if account_region else self.balancers_asked_in
        return self.one(LOAD_BALANCER, f"load balancer {name}", places, {"name": name}, shown_there=True)

    def all_load_balancers(self, account_region: AccountRegion) -> tuple[LoadBalancer, ...] | NotVisible:
        """Return all load balancers of an account and Region, of every type."""
        return self.every(LOAD_BALANCER, f"the load balancers of {account_region}", account_region, {})

    def target_group(
        self, arn: str, account_region: AccountRegion | None = None
    ) -> TargetGroup | Absent | NotVisible:
        """Return a target group by its ARN."""
        return self.by_id(TARGET_GROUP, arn, account_region)

    def target_group_named(
        self, name: str, account_region: AccountRegion | None = None
    ) -> TargetGroup | Absent | NotVisible:
        """Return a target group by its name in AWS; absent when no place that was asked for one has it."""
        places = (account_region,) if account_region else self.inventory(TARGET_GROUP).asked_in
        return self.one(TARGET_GROUP, f"target group {name}", places, {"name": name}, shown_there=True)

    def all_target_groups(self, account_region: AccountRegion) -> tuple[TargetGroup, ...] | NotVisible:
        """Return all target groups of an account and Region."""
        return self.every(TARGET_GROUP, f"the target groups of {account_region}", account_region, {})

    def balancer_attributes(self, balancer: LoadBalancer) -> BalancerAttributes | NotVisible:
        """Return a load balancer's attributes."""
        return part_of(self.by_id(BALANCER_ATTRIBUTES, balancer.arn, balancer.account_region))

    def group_attributes(self, group: TargetGroup) -> GroupAttributes | NotVisible:
        """Return a target group's attributes."""
        return part_of(self.by_id(GROUP_ATTRIBUTES, group.arn, group.account_region))

    def listeners(self, balancer: LoadBalancer) -> tuple[Listener, ...] | NotVisible:
        """Return all listeners of a load balancer."""
        what = f"the listeners of {balancer.name}"
        return self.every(LISTENER, what, balancer.account_region, {"load-balancer-arn": balancer.arn})

    def listener_on(self, balancer: LoadBalancer, port: int) -> Listener | Absent | NotVisible:
        """Return the listener on a port."""
        listeners = self.listeners(balancer)
        if isinstance(listeners, NotVisible):
            return listeners
        what = f"a listener on port {port} of {balancer.name}"
        absent = Absent(what, "elbv2:DescribeListeners", balancer.account_region)
        return next((listener for listener in listeners if listener.port == port), absent)

    def rules(self, listener: Listener) -> tuple[ListenerRule, ...] | NotVisible:
        """Return the rules of a listener that come before its default."""
        return part_of(self.by_id(RULES, listener.arn, listener.account_region))

    def target_groups(self, balancer: LoadBalancer) -> tuple[TargetGroup, ...] | NotVisible:
        """Return all target groups behind a load balancer."""
        what = f"the target groups of {balancer.name}"
        return self.every(TARGET_GROUP, what, balancer.account_region, {"load-balancer-arn": balancer.arn})

    def target_group_behind(self, balancer: LoadBalancer, arn: str) -> TargetGroup | Absent | NotVisible:
        """Return a target group that a load balancer forwards to; AWS is asked for all of that."""
        if self.inventory(TARGET_GROUP).get(arn) is None:
            listed = self.target_groups(balancer)
            if isinstance(listed, NotVisible) and listed.error is None:
                return listed
        return self.target_group(arn)

    def targets(self, group: TargetGroup) -> tuple[Target, ...] | NotVisible:
        """Return all registered targets of a group, with their health."""
        return part_of(self.by_id(TARGETS, group.arn, group.account_region))

    def interfaces_of_balancer(self, balancer: LoadBalancer) -> tuple[NetworkInterface, ...] | NotVisible:
        """Return the network interfaces of a load balancer's nodes."""
        what = f"the network interfaces of {balancer.name}"
        return self.every(INTERFACE, what, balancer.account_region, {"description": f"ELB {balancer.path}"})

    def nodes(self, balancer: LoadBalancer) -> tuple[BalancerNode, ...] | NotVisible:
        """Return the node of each zone, with its addresses.

        Addresses that AWS chose are not in the load balancer's own answer, but at its interfaces.
        """
        described = {"description": f"ELB {balancer.path}"}
        interfaces = self.sought(INTERFACE, [balancer.account_region], described)
        by_subnet = {interface.subnet_id: interface for interface in interfaces}
        nodes = []
        for zone in balancer.zones:
            node = _node(zone, by_subnet.get(zone.subnet_id))
            if node is None:
                what = f"the address of {balancer.name} in {zone.zone}"
                return self.unknown(what, "ec2", "DescribeNetworkInterfaces", balancer.account_region)
            nodes.append(node)
        return tuple(nodes)


def _has(zone: BalancerZone, address: Address) -> bool:
    return address in (*zone.private_addresses, *zone.public_addresses)


def _node(zone: BalancerZone, interface: NetworkInterface | None) -> BalancerNode | None:
    own = tuple(address for address in zone.private_addresses if address.version == 4)
    at_interface = tuple(a for a in interface.addresses if a.version == 4) if interface else ()
    addresses = tuple(dict.fromkeys(own + at_interface))
    if not addresses:
        return None
    at_node = interface.public_address if interface else None
    return BalancerNode(
        zone=zone.zone,
        subnet_id=zone.subnet_id,
        address=addresses[0],
        source_addresses=addresses,
        public_address=zone.public_addresses[0] if zone.public_addresses else at_node,
        interface_id=interface.id if interface else None,
    )
