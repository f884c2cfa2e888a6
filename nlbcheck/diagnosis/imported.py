"""Which mapping table does a load balancer stand for?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.listener import Listener
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.target_group import TargetGroup
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers, target_groups
from nlbcheck.diagnosis.drift import comparison, listeners
from nlbcheck.diagnosis.drift.comparison import Registered
from nlbcheck.errors import InputError, UnseenError
from nlbcheck.language import listed, tell
from nlbcheck.model import Json
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path.gates.listener import check_action
from nlbcheck.path.outcome import Unseen, missing
from nlbcheck.path.selection import ipv4_actions
from nlbcheck.path.trail import in_words
from nlbcheck.relays import fields
from nlbcheck.relays.writing import Entry, Remark


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


def table(state: AwsState, balancer: LoadBalancer) -> Imported:
    """Return the table that says what a load balancer does.

    Raises UnseenError where its listeners are not visible, and an error that says why where no row is left.
    """
    found = state.listeners(balancer)
    if isinstance(found, NotVisible):
        raise UnseenError(in_words(found))
    head: dict[str, Json] = {"load_balancer": balancer.name, "region": balancer.account_region.region}
    remarks = []
    nodes = balancers.static_ips(state, balancer)
    if isinstance(nodes, NotVisible):
        remarks.append(f"static_ips: {in_words(nodes)}")
    else:
        head["static_ips"] = {node.label: str(node.address) for node in nodes}
    complete = not remarks
    entries: list[Entry] = [Remark(remark) for remark in remarks]
    names: dict[str, str] = {}
    for listener in sorted(found, key=lambda item: item.port):
        try:
            entries.append(_row(state, balancer, listener, names))
        except _LeftOutError as left_out:
            protocol = listener.protocol.value if listener.protocol else "?"
            name = f"{protocol}:{listener.port}"
            remarks.append(tell("{listener} is left out: {reason}", listener=name, reason=left_out))
            entries.append(Remark(remarks[-1]))
            complete = complete and not left_out.hidden
    if not any(isinstance(entry, Mapping) for entry in entries):
        why = f"{balancer.name} has no listener that can be written as a row of a table"
        raise InputError(why, *remarks) if complete else UnseenError("\n".join([why, *remarks]))
    if names:
        head["targets"] = dict(names)
    return Imported(head, tuple(entries), tuple(remarks), complete)


def _row(
    state: AwsState, balancer: LoadBalancer, listener: Listener, names: dict[str, str]
) -> Mapping[str, Json]:
    protocol = listeners.IN_A_ROW.get(listener.protocol) if listener.protocol else None
    if protocol is None:
        raise _LeftOutError(tell("a row needs a listener for TCP, TLS or TCP_UDP"))
    group = _group(state, balancer, listener)
    found = _targets(state, group)
    addresses = [_address(group, item) for item in found]
    ports = {item.target.port for item in found}
    if len(ports) > 1:
        told = listed([*map(str, sorted(port or 0 for port in ports))])
        raise _LeftOutError(
            tell(
                "{group} holds targets on ports {ports}, and a row has one target port",
                group=group.name,
                ports=told,
            )
        )
    port = ports.pop()
    targets: list[Json] = [_named(state, group, address, names) for address in addresses]
    to = listeners.IN_A_ROW.get(group.protocol, "TCP") if group.protocol else "TCP"
    return {
        "listener": f"{protocol}:{listener.port}",
        "target_group": group.name,
        "target_port": f"{to}:{port}",
        "target": targets[0] if len(targets) == 1 else targets,
    }


def _group(state: AwsState, balancer: LoadBalancer, listener: Listener) -> TargetGroup:
    """Return the one target group that a listener forwards to."""
    actions = ipv4_actions(state, balancer, listener)
    if isinstance(actions, NotVisible):
        raise _LeftOutError(in_words(actions), hidden=True)
    outcome = check_action(listener, actions)
    if isinstance(outcome, Unseen):
        raise _LeftOutError(in_words(outcome.missing), hidden=True)
    shares = listeners.weighted(actions)
    if not shares:
        raise _LeftOutError(tell("it forwards to no target group"))
    if len(shares) > 1:
        told = listed(
            [
                tell("{group} (weight {weight})", group=target_groups.name_in(share.arn), weight=share.weight)
                for share in shares
            ]
        )
        raise _LeftOutError(tell("it forwards to {groups}, and a row has one target group", groups=told))
    group = state.target_group_behind(balancer, shares[0].arn)
    if not isinstance(group, TargetGroup):
        raise _LeftOutError(in_words(missing(group)), hidden=True)
    return group


def _targets(state: AwsState, group: TargetGroup) -> list[Registered]:
    """Return the targets that are registered in a group."""
    every = comparison.every(state, group)
    if isinstance(every, NotVisible):
        raise _LeftOutError(in_words(every), hidden=True)
    found = [item for item in every if not item.is_leaving]
    if not found:
        raise _LeftOutError(tell("{group} holds no target", group=group.name))
    return found


def _address(group: TargetGroup, item: Registered) -> Address:
    """Return the one address of a target."""
    if isinstance(item.addresses, NotVisible):
        raise _LeftOutError(in_words(item.addresses), hidden=True)
    if item.target.port is None or len(item.addresses) != 1:
        raise _LeftOutError(
            tell("{target} of {group} is not one address and port", target=item, group=group.name)
        )
    address = next(iter(item.addresses))
    if address.version != 4:
        raise _LeftOutError(
            tell("{group} holds the IPv6 address {address}", group=group.name, address=address)
        )
    return address


def _named(state: AwsState, group: TargetGroup, address: Address, names: dict[str, str]) -> str:
    """Return the name of the instance with an address and note it in ``names``, else the address."""
    vpc = state.vpc(group.vpc_id) if group.vpc_id else None
    interface = state.interface_at(vpc, address) if isinstance(vpc, Vpc) else None
    if not isinstance(interface, NetworkInterface) or interface.instance_id is None:
        return str(address)
    instance = state.instance(interface.instance_id)
    name = instance.name if isinstance(instance, Instance) else None
    try:
        usable = name is not None and fields.targets(name) == (name,) and fields.literal_address(name) is None
    except ValueError:
        usable = False
    if name is None or not usable or names.setdefault(name, str(address)) != str(address):
        return str(address)
    return name
