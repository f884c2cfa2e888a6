"""By which addresses is the sender of a packet known beyond a NAT gateway, and which table takes it on?

A zonal NAT gateway stands in a subnet and uses that one's table. A regional one stands in none, has a table
of its own, and gives connections addresses of the zone that they come from:
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.aws.resources.nat_gateway import NatAddress, NatGateway
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path.location import InVpc


def seen_beyond(state: AwsState, gateway: NatGateway, sender: InVpc) -> InVpc | NotVisible:
    """Return who the sender is from a NAT gateway on, as others see it."""
    if gateway.regional is not False:
        return _beyond_regional(state, gateway, sender)
    where = ("ec2", "DescribeNatGateways", gateway.account_region)
    own = gateway.private_addresses
    if gateway.subnet_id is None or not own:
        return NotVisible(tell("the subnet and addresses of {gateway}", gateway=gateway.id), *where)
    if not _is_public_told(gateway):
        return NotVisible(tell("the public addresses of {gateway}", gateway=gateway.id), *where)
    subnet = state.subnet(gateway.subnet_id, vpc_id=gateway.vpc_id)
    if not isinstance(subnet, Subnet):
        fact = tell("the subnet of {gateway}", gateway=gateway.id)
        return NotVisible(fact, "ec2", "DescribeSubnets", gateway.account_region)
    return InVpc(
        own[0],
        gateway.vpc_id,
        state.vpc(gateway.vpc_id),
        subnet,
        _interface(gateway),
        (),
        _public(gateway.addresses),
        by_nat=True,
        among=_several(own),
    )


def _beyond_regional(state: AwsState, gateway: NatGateway, sender: InVpc) -> InVpc | NotVisible:
    """Return the same of a regional gateway: what it sends has a public address already."""
    where = ("ec2", "DescribeNatGateways", gateway.account_region)
    if gateway.regional is None or gateway.route_table_id is None:
        return NotVisible(tell("the route table of {gateway}", gateway=gateway.id), *where)
    zone = sender.subnet.zone if isinstance(sender.subnet, Subnet) else None
    given = gateway.addresses_for(zone)
    public = _public(given)
    if not public or len(public) < len(given):
        fact = tell(
            "the addresses of {gateway} in {zone}" if zone else "the addresses of {gateway}",
            gateway=gateway.id,
            zone=zone,
        )
        return NotVisible(fact, *where)
    return InVpc(
        public[0],
        gateway.vpc_id,
        state.vpc(gateway.vpc_id),
        Absent(
            tell("a subnet of {gateway}", gateway=gateway.id),
            "ec2:DescribeNatGateways",
            gateway.account_region,
        ),
        _interface(gateway),
        (),
        public,
        by_nat=True,
        among=_several(public),
        route_table_id=gateway.route_table_id,
    )


def _is_public_told(gateway: NatGateway) -> bool:
    """Whether all public addresses are told that a gateway gives; a private one has none."""
    return gateway.public is False or all(item.public is not None for item in gateway.addresses)


def _interface(gateway: NatGateway) -> NotVisible:
    fact = tell("the network interface of {gateway}", gateway=gateway.id)
    return NotVisible(fact, "ec2", "DescribeNetworkInterfaces", gateway.account_region)


def _public(addresses: Sequence[NatAddress]) -> tuple[Address, ...]:
    return tuple(item.public for item in addresses if item.public is not None)


def _several(addresses: tuple[Address, ...]) -> tuple[Address, ...]:
    """Return addresses among which nobody tells which it is; none where there is but one."""
    return addresses if len(addresses) > 1 else ()
