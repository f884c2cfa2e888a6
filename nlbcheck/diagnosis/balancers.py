"""Which load balancer is meant, named as people name it, and at which addresses do clients dial it?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlbcheck.aws.balancers import BalancerNode, BalancerType, LoadBalancer, Scheme
from nlbcheck.aws.kinds.balancers import LOAD_BALANCER
from nlbcheck.aws.sight import Absent, NotVisible, Place
from nlbcheck.aws.world import World
from nlbcheck.errors import InputError
from nlbcheck.model import Node

_CALL = ("elbv2", "DescribeLoadBalancers")


@dataclass(frozen=True, slots=True)
class Several:
    """What was asked for fits several load balancers equally well."""

    wanted: str
    fitting: tuple[LoadBalancer, ...]


Found = LoadBalancer | Several | Absent | NotVisible


def find(world: World, wanted: str | None, region: str | None = None, addresses: Sequence[str] = ()) -> Found:
    """Return the load balancer of any type that ``wanted`` means, else the one with the static ``addresses``.

    ``wanted`` is an ARN, a DNS name, a name, or what one single name ends in after a ``-``; ``region``
    narrows names and addresses down. Raises InputError where there is neither name nor address.
    """
    if wanted is None and not addresses:
        raise InputError(
            "which load balancer is meant? Give load_balancer or static_ips in the table, or --load-balancer"
        )
    if wanted is not None and wanted.startswith("arn:"):
        return _by_arn(world, wanted)
    places = [item for item in world.shelf(LOAD_BALANCER).places if region in (None, item.region)]
    if not places:
        what = f"load balancer {wanted}" if wanted else f"load balancer with {' and '.join(addresses)}"
        return world.unknown(f"{what} in {region}" if region else what, *_CALL, None)
    seen = tuple(item for item in world.load_balancers if item.place in places)
    if wanted is None:
        return _by_addresses(world, seen, places, addresses)
    if "." in wanted:
        return _by_dns_name(world, seen, places, wanted)
    return _by_name(world, seen, places, wanted)


def elsewhere(world: World, wanted: str | None, region: str | None) -> tuple[LoadBalancer, ...]:
    """Return the load balancers of just this name that the recording shows in other Regions."""
    return tuple(
        item
        for item in world.load_balancers
        if region is not None and item.place.region != region and item.name == wanted
    )


def static_ips(world: World, balancer: LoadBalancer) -> tuple[Node, ...] | NotVisible:
    """Return the address that clients dial in each zone; of an internet-facing one the public address."""
    nodes = world.nodes(balancer)
    if isinstance(nodes, NotVisible):
        return nodes
    if balancer.scheme is None:
        return NotVisible(f"the scheme of {balancer.name}", *_CALL, balancer.place)
    found = []
    for node in nodes:
        address = node.address if balancer.scheme is Scheme.INTERNAL else node.public_address
        if address is None:
            what = f"the public address of {balancer.name} in {node.zone}"
            return world.unknown(what, "ec2", "DescribeNetworkInterfaces", balancer.place)
        found.append(Node(node.zone, str(address)))
    return tuple(found)


def dialled(node: BalancerNode) -> tuple[str, ...]:
    """Return every address that is known to lead to a node."""
    return tuple(str(address) for address in (node.address, node.public_address) if address is not None)


def _by_arn(world: World, arn: str) -> Found:
    parts = arn.split(":")
    return world.load_balancer(arn, Place(parts[4], parts[3]) if len(parts) > 5 else None)


def _by_dns_name(world: World, seen: Iterable[LoadBalancer], places: Sequence[Place], wanted: str) -> Found:
    name = wanted.rstrip(".").lower()
    fitting = [item for item in seen if item.dns_name and item.dns_name.lower() == name]
    if fitting:
        return fitting[0]
    return _unlisted(world, places, f"load balancer with the DNS name {wanted}")


def _by_name(world: World, seen: Sequence[LoadBalancer], places: Sequence[Place], wanted: str) -> Found:
    exact = tuple(item for item in seen if item.name == wanted)
    if exact:
        return exact[0] if len(exact) == 1 else Several(wanted, exact)
    for place in places:
        found = world.load_balancer_named(wanted, place)
        if isinstance(found, NotVisible):
            return found
    ending = tuple(item for item in seen if item.name.endswith(f"-{wanted}"))
    if len(ending) > 1:
        return Several(wanted, ending)
    if ending:
        complete = _unlisted(world, places, f"whether {ending[0].name} is the only load balancer …-{wanted}")
        return complete if isinstance(complete, NotVisible) else ending[0]
    return Absent(f"load balancer {wanted}", ":".join(_CALL), places[0] if len(places) == 1 else None)


def _by_addresses(
    world: World, seen: Iterable[LoadBalancer], places: Sequence[Place], addresses: Sequence[str]
) -> Found:
    """Return the load balancer that has all the addresses, else the only one that has any."""
    what = f"load balancer with {' and '.join(addresses)}"
    every, some, hidden = [], [], []
    for item in seen:
        if item.type is BalancerType.APPLICATION or item.type is BalancerType.GATEWAY:
            continue
        nodes = world.nodes(item)
        if isinstance(nodes, NotVisible):
            hidden.append(nodes)
            continue
        own = {address for node in nodes for address in dialled(node)}
        if own.issuperset(addresses):
            every.append(item)
        elif not own.isdisjoint(addresses):
            some.append(item)
    if not every and hidden:
        return hidden[0]
    fitting = tuple(every or some)
    if not fitting:
        return _unlisted(world, places, what)
    return fitting[0] if len(fitting) == 1 else Several(" and ".join(addresses), fitting)


def _unlisted(world: World, places: Sequence[Place], what: str) -> Absent | NotVisible:
    """Say that something is absent, where every place has listed all of its load balancers, readable."""
    for place in places:
        if isinstance(world.all_load_balancers(place), NotVisible):
            return world.unknown(what, *_CALL, place)
    return Absent(what, ":".join(_CALL), places[0] if len(places) == 1 else None)
