"""Which load balancer is meant, named as people name it, and at which addresses do clients dial it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nlbcheck.aws.resources.load_balancer import BalancerNode, BalancerType, LoadBalancer, Scheme
from nlbcheck.aws.state import AwsState
from nlbcheck.errors import InputError
from nlbcheck.language import listed, tell
from nlbcheck.model import Address, Node
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible

_CALL = ("elbv2", "DescribeLoadBalancers")


@dataclass(frozen=True, slots=True)
class Several:
    """What was asked for fits several load balancers equally well."""

    wanted: str
    fitting: tuple[LoadBalancer, ...]


BalancerLookup = LoadBalancer | Several | Absent | NotVisible


def find(
    state: AwsState, wanted: str | None, region: str | None = None, addresses: Sequence[Address] = ()
) -> BalancerLookup:
    """Return the load balancer of any type that ``wanted`` means, else the one with the static ``addresses``.

    ``wanted`` is an ARN, a DNS name, a name, or what one single name ends in after a ``-``; ``region``
    narrows names and addresses down. Raises InputError where there is neither name nor address.
    """
    if wanted is None and not addresses:
        raise InputError(
            "no load balancer is named: expected load_balancer or static_ips in the table, or --load-balancer"
        )
    if wanted is not None and wanted.startswith("arn:"):
        return _by_arn(state, wanted)
    places = [item for item in state.balancers_asked_in if region in (None, item.region)]
    if not places:
        what = tell("load balancer {balancer}", balancer=wanted) if wanted else _with_addresses(addresses)
        fact = tell("{what} in {region}", what=what, region=region) if region else what
        return state.unknown(fact, *_CALL, None)
    if wanted is None:
        return _by_addresses(state, places, addresses)
    if "." in wanted:
        return _by_dns_name(state, places, wanted)
    return _by_name(state, places, wanted)


def elsewhere(state: AwsState, wanted: str | None, region: str | None) -> tuple[LoadBalancer, ...]:
    """Return the load balancers of just this name that the recording shows in other Regions."""
    return tuple(
        item
        for item in state.load_balancers
        if region is not None and item.account_region.region != region and item.name == wanted
    )


def static_ips(state: AwsState, balancer: LoadBalancer) -> tuple[Node, ...] | NotVisible:
    """Return the address that clients dial in each zone; of an internet-facing one the public address."""
    nodes = state.nodes(balancer)
    if isinstance(nodes, NotVisible):
        return nodes
    if balancer.scheme is None:
        fact = tell("the scheme of {balancer}", balancer=balancer.name)
        return NotVisible(fact, *_CALL, balancer.account_region)
    found = []
    for node in nodes:
        address = node.address if balancer.scheme is Scheme.INTERNAL else node.public_address
        if address is None:
            what = tell("the public address of {balancer} in {zone}", balancer=balancer.name, zone=node.zone)
            return state.unknown(what, "ec2", "DescribeNetworkInterfaces", balancer.account_region)
        found.append(Node(node.zone, address))
    return tuple(found)


def _with_addresses(addresses: Sequence[Address]) -> str:
    return tell("load balancer with {addresses}", addresses=listed([*map(str, addresses)]))


def dialled(node: BalancerNode) -> tuple[Address, ...]:
    """Return every address that is known to lead to a node."""
    return tuple(address for address in (node.address, node.public_address) if address is not None)


def _by_arn(state: AwsState, arn: str) -> BalancerLookup:
    parts = arn.split(":")
    return state.load_balancer(arn, AccountRegion(parts[4], parts[3]) if len(parts) > 5 else None)


def _seen(state: AwsState, places: Sequence[AccountRegion]) -> list[LoadBalancer]:
    return [item for item in state.load_balancers if item.account_region in places]


def _by_dns_name(state: AwsState, places: Sequence[AccountRegion], wanted: str) -> BalancerLookup:
    """Return the load balancer with a DNS name, which begins with the load balancer's: ``NAME-ID.elb…``."""
    what = tell("load balancer with the DNS name {name}", name=wanted)
    first = wanted.partition(".")[0].rpartition("-")[0]
    named = [state.load_balancer_named(first, account_region) for account_region in places]
    name = wanted.rstrip(".").lower()
    for item in _seen(state, places):
        if item.dns_name and item.dns_name.lower() == name:
            return item
    hidden = next((item for item in named if isinstance(item, NotVisible)), None)
    return replace(hidden, fact=what) if hidden else _unlisted(state, places, what)


def _by_name(state: AwsState, places: Sequence[AccountRegion], wanted: str) -> BalancerLookup:
    found = [state.load_balancer_named(wanted, account_region) for account_region in places]
    exact = tuple(item for item in found if isinstance(item, LoadBalancer))
    if exact:
        return exact[0] if len(exact) == 1 else Several(wanted, exact)
    for item in found:
        if isinstance(item, NotVisible):
            return item
    # ELB looks for whole names only: which ones end in this one, its list tells.
    complete = _unlisted(state, places, tell("load balancer {balancer}", balancer=wanted))
    ending = tuple(item for item in _seen(state, places) if item.name.endswith(f"-{wanted}"))
    if len(ending) > 1:
        return Several(wanted, ending)
    if ending and isinstance(complete, NotVisible):
        fact = tell(
            "whether {balancer} is the only load balancer whose name ends in -{name}",
            balancer=ending[0].name,
            name=wanted,
        )
        return replace(complete, fact=fact)
    return ending[0] if ending else complete


def _by_addresses(
    state: AwsState, places: Sequence[AccountRegion], addresses: Sequence[Address]
) -> BalancerLookup:
    """Return the load balancer that has all the addresses, else the only one that has any."""
    what = _with_addresses(addresses)
    for address in addresses:
        state.balancers_at(address)
    every, some, hidden = [], [], []
    for item in _seen(state, places):
        if item.type is BalancerType.APPLICATION or item.type is BalancerType.GATEWAY:
            continue
        nodes = state.nodes(item)
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
        return _unlisted(state, places, what)
    return fitting[0] if len(fitting) == 1 else Several(listed([*map(str, addresses)]), fitting)


def _unlisted(state: AwsState, places: Sequence[AccountRegion], what: str) -> Absent | NotVisible:
    """Say that something is absent, where every place has listed all of its load balancers, readable."""
    for account_region in places:
        if isinstance(state.all_load_balancers(account_region), NotVisible):
            return state.unknown(what, *_CALL, account_region)
    return Absent(what, ":".join(_CALL), places[0] if len(places) == 1 else None)
