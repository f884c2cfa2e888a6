"""Is every static IP of the table an address of the load balancer, in the zone that the table says?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlbcheck.aws.resources.load_balancer import BalancerNode, LoadBalancer, Scheme
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.balancers import dialled
from nlbcheck.diagnosis.drift.finding import differs, met, of_balancer
from nlbcheck.language import listed, tell
from nlbcheck.model import Address, Code, Finding, Json, Node, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import entrances, remedy
from nlbcheck.path.outcome import unseen


def of_table(state: AwsState, balancer: LoadBalancer, declared: Sequence[Node]) -> tuple[Finding, ...]:
    """Return what is wrong with the ``declared`` static IPs; none at all say nothing that could be wrong."""
    nodes = state.nodes(balancer) if declared else ()
    if isinstance(nodes, NotVisible):
        return met(of_balancer(balancer), unseen(nodes))
    return (
        *(finding for node in declared for finding in _of_node(state, balancer, node, nodes)),
        *(_undeclared(balancer, node) for node in nodes if _is_left_out(state, balancer, node, declared)),
    )


def _is_left_out(
    state: AwsState, balancer: LoadBalancer, node: BalancerNode, declared: Sequence[Node]
) -> bool:
    """Whether the table has neither the node's address nor another one for its zone.

    A table of interface endpoints has the zones of those.
    """
    if balancer.scheme is not Scheme.INTERNAL and node.public_address is None:
        return False  # which address clients dial there is not seen
    own = dialled(node)
    if any(item.address in own or item.zone == node.zone for item in declared):
        return False
    return not any(entrances.dialled(state, balancer, item.address) for item in declared)


def may_have(state: AwsState, balancer: LoadBalancer, address: Address) -> bool:
    """Whether clients come in at an address, or may do so: a public one or an endpoint's is not seen."""
    nodes = state.nodes(balancer)
    if isinstance(nodes, NotVisible) or any(address in dialled(node) for node in nodes):
        return True
    return _hidden(state, balancer, nodes, address) is not None


def _of_node(
    state: AwsState, balancer: LoadBalancer, declared: Node, nodes: Sequence[BalancerNode]
) -> Iterable[Finding]:
    at = [node.zone for node in nodes if declared.address in dialled(node)]
    if not at and entrances.dialled(state, balancer, declared.address):
        return  # clients come through an interface endpoint
    if not at:
        hidden = _hidden(state, balancer, nodes, declared.address)
        if hidden:
            yield from met(of_balancer(balancer), unseen(hidden))
        else:
            yield _differs(balancer, declared, nodes)
    elif declared.zone in {node.zone for node in nodes} and declared.zone not in at:
        yield _differs(balancer, declared, nodes, at[0])


def _hidden(
    state: AwsState, balancer: LoadBalancer, nodes: Iterable[BalancerNode], address: Address
) -> NotVisible | None:
    """Return what is not seen where an address may be there: a node's public one, or an endpoint's."""
    for node in nodes:
        shown = node.public_address is not None or node.interface_id is not None
        if balancer.scheme is not Scheme.INTERNAL and not shown:
            fact = tell("the public address of {balancer} in {zone}", balancer=balancer.name, zone=node.zone)
            return state.unknown(fact, "ec2", "DescribeNetworkInterfaces", balancer.account_region)
    return entrances.hidden(state, balancer, address)


def _undeclared(balancer: LoadBalancer, node: BalancerNode) -> Finding:
    address = dialled(node)[-1]
    return differs(
        Code.STATIC_IP_UNDECLARED,
        tell(
            "{balancer} also has the static IP {address} in {zone}. The table does not list it, so nobody "
            "checks it.",
            balancer=balancer.name,
            address=address,
            zone=node.zone,
        ),
        of_balancer(balancer),
        None,
        {"zone": node.zone, "addresses": [*map(str, dialled(node))]},
        remedy.advice(tell("Add it to the table: {lines}.", lines=f"static_ips: {{{node.zone}: {address}}}")),
        verdict=Verdict.WARN,
        subject=node.zone,
    )


def _differs(
    balancer: LoadBalancer, declared: Node, nodes: Sequence[BalancerNode], zone: str | None = None
) -> Finding:
    """Return the finding on an address that is none of the load balancer's, or of another ``zone``'s node."""
    own = {node.zone: list(map(str, dialled(node))) for node in nodes}
    aws: dict[str, Json] = {key: list(addresses) for key, addresses in own.items()}
    if zone:
        summary = tell(
            "{address} is the address of {balancer} in {zone}, and the table says {wanted}.",
            address=declared.address,
            balancer=balancer.name,
            zone=zone,
            wanted=declared.zone,
        )
    else:
        summary = tell(
            "{address} is not an address of {balancer}, which has {addresses}.",
            address=declared.address,
            balancer=balancer.name,
            addresses=", ".join(
                tell("{addresses} in {zone}", addresses=listed(addresses), zone=key)
                for key, addresses in own.items()
            ),
        )
    lines = ", ".join(f"{key}: {addresses[-1]}" for key, addresses in own.items())
    return differs(
        Code.STATIC_IP_DIFFERS,
        summary,
        of_balancer(balancer),
        {"zone": declared.zone, "address": str(declared.address)},
        aws,
        remedy.advice(tell("Correct the table: {lines}.", lines=f"static_ips: {{{lines}}}")),
        zone=declared.zone,
        subject=str(declared.address),
    )
