"""Which load balancers does the snapshot show, with which nodes, listeners, groups and targets?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TypeVar

from nlbcheck.aws.resources.instance import Instance
from nlbcheck.aws.resources.listener import ActionType, Listener, Protocol
from nlbcheck.aws.resources.load_balancer import (
    BalancerNode,
    BalancerState,
    BalancerType,
    LoadBalancer,
)
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.target_group import CrossZone, Target, TargetGroup, TargetType
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.errors import InputError, UnseenError
from nlbcheck.lab.emulation import health_limits
from nlbcheck.lab.emulation.remarks import Remarks
from nlbcheck.model.facts import NotVisible

_Needed = TypeVar("_Needed")

_BORN_PRESERVING = (Protocol.UDP, Protocol.TCP_UDP, Protocol.QUIC, Protocol.TCP_QUIC)


@dataclass(frozen=True, slots=True)
class Member:
    """A registered target, with the address that connections to it go to."""

    target: Target
    address: IPv4Address
    port: int
    zone: str | None
    """The registered zone, or that of an instance; None where all nodes may use it."""
    front_door: bool = False
    """Whether it hands connections on: what comes to it in a client's name is lost."""


@dataclass(frozen=True, slots=True)
class Group:
    """A target group, as far as it decides where connections go."""

    group: TargetGroup
    preserves: bool
    """Whether targets see the client's address."""
    cross_zone: bool
    proxy_protocol: bool
    sticky: bool
    """Whether a client stays with one target."""
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """A listener, with the target groups that share its connections."""

    listener: Listener
    shares: tuple[tuple[Group, int], ...]
    """Each group with its weight."""

    @property
    def ends_tls(self) -> bool:
        """Whether the node itself speaks TLS with clients."""
        return self.listener.protocol is Protocol.TLS

    @property
    def encrypts(self) -> bool:
        """Whether the node speaks TLS with targets."""
        return any(group.group.protocol is Protocol.TLS for group, _ in self.shares)


@dataclass(frozen=True, slots=True)
class Relay:
    """A load balancer."""

    balancer: LoadBalancer
    nodes: tuple[BalancerNode, ...]
    branches: tuple[Branch, ...]

    @property
    def groups(self) -> tuple[Group, ...]:
        """Every target group behind its listeners, once."""
        found = {group.group.arn: group for branch in self.branches for group, _ in branch.shares}
        return tuple(found.values())

    @property
    def works(self) -> bool:
        """Whether it forwards anything."""
        return self.balancer.state in (BalancerState.ACTIVE, BalancerState.ACTIVE_IMPAIRED, None)


def read(state: AwsState, remarks: Remarks) -> tuple[Relay, ...]:
    """Return the network load balancers; InputError or UnseenError where there is none to be seen."""
    balancers = [item for item in state.load_balancers if item.type is BalancerType.NETWORK]
    if not balancers:
        refused = [gap for gap in state.recording.gaps if gap.operation == "DescribeLoadBalancers"]
        if refused:
            raise UnseenError(
                "the snapshot shows no Network Load Balancer: "
                f"AWS refused DescribeLoadBalancers ({refused[0].error})"
            )
        raise InputError("the snapshot shows no Network Load Balancer, and the lab needs one")
    return tuple(_relay(state, balancer, remarks) for balancer in balancers)


def _relay(state: AwsState, balancer: LoadBalancer, remarks: Remarks) -> Relay:
    nodes = _needed(state.nodes(balancer))
    listeners = _needed(state.listeners(balancer))
    crossing = _crossing(state, balancer, remarks)
    branches = [_branch(state, listener, crossing, remarks) for listener in listeners]
    return Relay(balancer, nodes, tuple(branch for branch in branches if branch))


def _needed(found: _Needed | NotVisible) -> _Needed:
    if isinstance(found, NotVisible):
        refused = f", which AWS refused ({found.error})" if found.error else ""
        raise UnseenError(f"the snapshot does not show {found.fact}: {found.call} tells it{refused}")
    return found


def _crossing(state: AwsState, balancer: LoadBalancer, remarks: Remarks) -> bool:
    attributes = state.balancer_attributes(balancer)
    if isinstance(attributes, NotVisible) or attributes.cross_zone is None:
        remarks.say(f"whether {balancer.name} balances across zones is not in the snapshot: taken as off")
        return False
    return attributes.cross_zone


def _branch(state: AwsState, listener: Listener, crossing: bool, remarks: Remarks) -> Branch | None:
    name = f"listener {listener.port}"
    if listener.protocol not in (Protocol.TCP, Protocol.TCP_UDP, Protocol.TLS):
        protocol = listener.protocol or "a protocol that is not known here"
        remarks.say(f"{name} speaks {protocol}, the lab carries TCP and TLS only: it has no such listener")
        return None
    if any(action.type is not ActionType.FORWARD for action in listener.actions):
        remarks.say(f"{name} has an action that does not forward: the lab has no such listener")
        return None
    shares = []
    for share in listener.groups:
        group = state.target_group(share.arn)
        if isinstance(group, TargetGroup):
            shares.append((_group(state, group, crossing, remarks), share.weight))
        else:
            remarks.missing(group, f"{name} forwards nothing to it")
    branch = Branch(listener, tuple(shares))
    if branch.ends_tls and (why := _not_ended(branch)):
        remarks.say(f"{name} speaks TLS and {why}: the lab has no such listener")
        return None
    return branch


def _not_ended(branch: Branch) -> str | None:
    """Return why the lab's nodes cannot end a listener's TLS."""
    mode = branch.listener.client_certificates
    if mode not in (None, "off", "verify"):
        return f"has the mutual authentication {mode}, which is not known here"
    if any(group.preserves for group, _ in branch.shares):
        return "keeps its clients' addresses"
    if len({group.group.protocol for group, _ in branch.shares}) > 1:
        return "forwards to groups of several protocols"
    return None


def _group(state: AwsState, group: TargetGroup, crossing: bool, remarks: Remarks) -> Group:
    health_limits.check(group, remarks)
    attributes = state.group_attributes(group)
    preserves: bool | None
    if isinstance(attributes, NotVisible):
        preserves, across, proxy, sticky = None, None, False, False
        remarks.missing(attributes, "defaults were taken")
    else:
        preserves, across = attributes.preserve_client_ip, attributes.cross_zone
        proxy = bool(attributes.proxy_protocol)
        sticky = attributes.values.get("stickiness.enabled") == "true"
    if preserves is None:
        # Defaults: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
        preserves = group.type is TargetType.INSTANCE or group.protocol in _BORN_PRESERVING
    own = {CrossZone.ON: True, CrossZone.OFF: False}
    targets = state.targets(group)
    if isinstance(targets, NotVisible):
        remarks.missing(targets, f"{group.name} has no target in the lab")
        targets = ()
    members = [member for target in targets for member in _members(state, group, target, remarks)]
    crosses = own.get(across, crossing) if across else crossing
    return Group(group, preserves, crosses, proxy, sticky, tuple(members))


def _members(state: AwsState, group: TargetGroup, target: Target, remarks: Remarks) -> Iterable[Member]:
    address, port = target.address, target.port if target.port is not None else group.port
    if group.type is TargetType.INSTANCE:
        instance = state.instance(target.id)
        if not isinstance(instance, Instance):
            remarks.missing(instance, f"nobody answers for it in {group.name}")
            return
        address = instance.address
    if not isinstance(address, IPv4Address) or port is None:
        remarks.say(f"target {target.id} of {group.name} has no IPv4 address and port: nobody answers for it")
        return
    if not 1 <= port <= health_limits.LAST_PORT:
        raise InputError(f"target {target.id} of {group.name}: the port is {port}, expected 1 to 65535")
    zone = target.zone or _zone_at(state, group, address)
    yield Member(target, address, port, zone, _is_front_door(state, address))


def _is_front_door(state: AwsState, address: IPv4Address) -> bool:
    """Whether a load balancer's node or an interface endpoint has an address.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html: neither
    gets connections that keep their client's address.
    """
    found = state.interfaces_with(address)
    doors = ("network_load_balancer", "vpc_endpoint")
    return not isinstance(found, NotVisible) and any(item.type in doors for item in found)


def _zone_at(state: AwsState, group: TargetGroup, address: IPv4Address) -> str | None:
    vpc = state.vpc(group.vpc_id) if group.vpc_id else None
    subnet = state.subnet_at(vpc, address) if isinstance(vpc, Vpc) else None
    return subnet.zone if isinstance(subnet, Subnet) else None
