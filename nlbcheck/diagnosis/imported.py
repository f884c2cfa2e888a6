"""Which mapping table does a load balancer stand for?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlbcheck.aws.balancers import Listener, LoadBalancer, Protocol, TargetGroup
from nlbcheck.aws.fields import Address
from nlbcheck.aws.interfaces import Instance, NetworkInterface
from nlbcheck.aws.network import Vpc
from nlbcheck.aws.sight import NotVisible
from nlbcheck.aws.world import World
from nlbcheck.diagnosis import balancers, target_groups
from nlbcheck.diagnosis.drift import listeners, targets
from nlbcheck.diagnosis.drift.targets import Registered
from nlbcheck.errors import InputError, UnseenError
from nlbcheck.mapping import fields
from nlbcheck.mapping.writing import Entry, Remark
from nlbcheck.model import Json
from nlbcheck.way.gates.listener import check_action
from nlbcheck.way.outcome import Unseen, missing
from nlbcheck.way.selection import ipv4_actions
from nlbcheck.way.trail import in_words

_PROBED = {
    Protocol.TCP: "TCP",
    Protocol.TLS: "TLS",
    Protocol.TCP_UDP: "TCP_UDP",
    Protocol.TCP_QUIC: "TCP",
}
"""How a row writes the protocols that a connection can be made to."""
_WEB = (80, 443, 8080, 8443)


@dataclass(frozen=True, slots=True)
class Imported:
    """The parts of a table that was made from a load balancer."""

    head: Mapping[str, Json]
    """Its keys but for the rows."""
    entries: tuple[Entry, ...]
    """The rows in the order of their ports; a remark for each that a row cannot say."""
    remarks: tuple[str, ...]
    """Everything that was left out, and why."""
    complete: bool
    """Whether nothing was left out for want of a look at it."""


class _LeftOutError(Exception):
    """A listener cannot be put into a row; ``hidden`` when only because something is not visible."""

    def __init__(self, reason: str, *, hidden: bool = False) -> None:
        super().__init__(reason)
        self.hidden = hidden


def table(world: World, balancer: LoadBalancer) -> Imported:
    """Return the table that says what a load balancer does.

    Raises UnseenError where its listeners are not visible, and an error that says why where no row is left.
    """
    found = world.listeners(balancer)
    if isinstance(found, NotVisible):
        raise UnseenError(in_words(found))
    head: dict[str, Json] = {"load_balancer": balancer.name, "region": balancer.place.region}
    remarks = []
    nodes = balancers.static_ips(world, balancer)
    if isinstance(nodes, NotVisible):
        remarks.append(f"static_ips: {in_words(nodes)}")
    else:
        head["static_ips"] = {node.label: node.address for node in nodes}
    complete = not remarks
    entries: list[Entry] = [Remark(remark) for remark in remarks]
    names: dict[str, str] = {}
    for listener in sorted(found, key=lambda item: item.port):
        try:
            entries.append(_row(world, balancer, listener, names))
        except _LeftOutError as left_out:
            protocol = listener.protocol.value if listener.protocol else "?"
            remarks.append(f"{protocol}:{listener.port} is left out: {left_out}")
            entries.append(Remark(remarks[-1]))
            complete = complete and not left_out.hidden
    if not any(isinstance(entry, Mapping) for entry in entries):
        why = f"{balancer.name} has no listener that a row of a table could say"
        raise InputError(why, *remarks) if complete else UnseenError("\n".join([why, *remarks]))
    if names:
        head["targets"] = dict(names)
    return Imported(head, tuple(entries), tuple(remarks), complete)


def _row(
    world: World, balancer: LoadBalancer, listener: Listener, names: dict[str, str]
) -> Mapping[str, Json]:
    protocol = _PROBED.get(listener.protocol) if listener.protocol else None
    if protocol is None:
        raise _LeftOutError("a row is for a connection: TCP, TLS or TCP_UDP")
    group = _group(world, balancer, listener)
    item = _target(world, group)
    if isinstance(item.addresses, NotVisible):
        raise _LeftOutError(in_words(item.addresses), hidden=True)
    if item.target.port is None or len(item.addresses) != 1:
        raise _LeftOutError(f"{item} of {group.name} is not one address and port")
    address = next(iter(item.addresses))
    if address.version != 4:
        raise _LeftOutError(f"{group.name} holds the IPv6 address {address}")
    to = _PROBED.get(group.protocol, "TCP") if group.protocol else "TCP"
    row: dict[str, Json] = {
        "listener": f"{protocol}:{listener.port}",
        "target_group": group.name,
        "target_port": f"{to}:{item.target.port}",
        "target": _named(world, group, address, names),
    }
    if protocol == "TLS":
        # Whoever answers there speaks TLS to the client, whatever the target's port is.
        row["check"] = "https" if item.target.port in _WEB else "tcp"
    return row


def _group(world: World, balancer: LoadBalancer, listener: Listener) -> TargetGroup:
    """Return the one target group that a listener forwards to."""
    actions = ipv4_actions(world, balancer, listener)
    if isinstance(actions, NotVisible):
        raise _LeftOutError(in_words(actions), hidden=True)
    outcome = check_action(listener, actions)
    if isinstance(outcome, Unseen):
        raise _LeftOutError(in_words(outcome.missing), hidden=True)
    shares = listeners.weighted(actions)
    if not shares:
        raise _LeftOutError("it forwards to no target group")
    if len(shares) > 1:
        told = " and ".join(f"{target_groups.name_in(share.arn)} (weight {share.weight})" for share in shares)
        raise _LeftOutError(f"it forwards to {told}, a row has one target group")
    group = world.target_group(shares[0].arn, balancer.place)
    if not isinstance(group, TargetGroup):
        raise _LeftOutError(in_words(missing(group)), hidden=True)
    return group


def _target(world: World, group: TargetGroup) -> Registered:
    """Return the one target that is registered in a group."""
    found = targets.registered(world, group)
    if isinstance(found, NotVisible):
        raise _LeftOutError(in_words(found), hidden=True)
    if len(found) != 1:
        holds = f"{', '.join(map(str, found))}, a row has one target" if found else "no target"
        raise _LeftOutError(f"{group.name} holds {holds}")
    return found[0]


def _named(world: World, group: TargetGroup, address: Address, names: dict[str, str]) -> str:
    """Return the name of the instance with an address and note it in ``names``, else the address."""
    vpc = world.vpc(group.vpc_id) if group.vpc_id else None
    interface = world.interface_at(vpc, address) if isinstance(vpc, Vpc) else None
    if not isinstance(interface, NetworkInterface) or interface.instance_id is None:
        return str(address)
    instance = world.instance(interface.instance_id)
    name = instance.name if isinstance(instance, Instance) else None
    try:
        usable = name is not None and fields.target(name) == name and fields.literal_address(name) is None
    except ValueError:
        usable = False
    if name is None or not usable or names.setdefault(name, str(address)) != str(address):
        return str(address)
    return name
