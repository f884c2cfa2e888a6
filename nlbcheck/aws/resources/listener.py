"""What does a load balancer do with a connection to a port?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.aws.kind import Kind, each
from nlbcheck.aws.lookups import Lookups, part_of
from nlbcheck.aws.resources.load_balancer import LoadBalancer
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.json import Json


class Protocol(StrEnum):
    """A listener's or target group's protocol."""

    TCP = "TCP"
    TLS = "TLS"
    UDP = "UDP"
    TCP_UDP = "TCP_UDP"
    QUIC = "QUIC"
    TCP_QUIC = "TCP_QUIC"
    HTTP = "HTTP"
    HTTPS = "HTTPS"
    GENEVE = "GENEVE"


FORWARDS_TO = {
    "TCP": (Protocol.TCP, Protocol.TCP_UDP, Protocol.TCP_QUIC),
    "TLS": (Protocol.TCP, Protocol.TLS),
    "UDP": (Protocol.UDP, Protocol.TCP_UDP),
    "TCP_UDP": (Protocol.TCP_UDP,),
    "TCP_QUIC": (Protocol.TCP_QUIC,),
    "QUIC": (Protocol.QUIC, Protocol.TCP_QUIC),
}
"""The target group protocols that a listener takes; a group's protocol cannot be changed.

https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html
"""


class ActionType(StrEnum):
    """What a listener does with a connection."""

    FORWARD = "forward"
    REDIRECT = "redirect"
    FIXED_RESPONSE = "fixed-response"


@dataclass(frozen=True, slots=True)
class WeightedGroup:
    """A target group behind a listener, with its share of new connections; 0 gets none."""

    arn: str
    weight: int


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a listener or rule; without a type it is not known, nor are its groups."""

    type: ActionType | None
    groups: tuple[WeightedGroup, ...]
    stickiness: Mapping[str, Json] = field(default_factory=dict, hash=False)
    """Whether a client stays with one of several groups, as AWS writes it; empty where it does not say."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A listener."""

    arn: str
    account_region: AccountRegion
    port: int
    protocol: Protocol | None
    actions: tuple[Action, ...]
    client_certificates: str | None = None
    """What a TLS listener does about clients' certificates, ``off`` or ``verify``; None for nothing."""

    @property
    def groups(self) -> tuple[WeightedGroup, ...]:
        """The target groups that the listener forwards to by default."""
        return tuple(group for action in self.actions for group in action.groups)


@dataclass(frozen=True, slots=True)
class ListenerRule:
    """A rule of a listener that is not its default."""

    arn: str
    priority: int
    source_family: str | None
    """``ipv4`` or ``ipv6``: the one condition that Network Load Balancers know."""
    actions: tuple[Action, ...]


def _actions(raw: Raw, key: str) -> tuple[Action, ...]:
    """Return what becomes of connections; one that cannot be read stands for whatever it may be."""
    try:
        return tuple(_action(item) for item in fields.objects(raw, key))
    except UnreadableError:
        return (Action(None, ()),)


def _action(raw: Raw) -> Action:
    """Return what an action does; some older answers that were seen tell the target group alone."""
    kind = fields.choice(raw, "Type", ActionType)
    config = fields.inner(raw, "ForwardConfig")
    if config or (kind is ActionType.FORWARD and "ForwardConfig" in raw):
        groups = tuple(_weighted(fields.objects(config, "TargetGroups")))
    elif kind is ActionType.FORWARD:
        groups = (WeightedGroup(fields.needed(raw, "TargetGroupArn"), 1),)
    else:
        groups = ()
    return Action(kind, groups, fields.inner(config, "TargetGroupStickinessConfig"))


def _weighted(items: Sequence[Raw]) -> Iterable[WeightedGroup]:
    """Yield target groups with their weights, which some answers that were seen leave out of a single one."""
    for item in items:
        alone = len(items) == 1 and "Weight" not in item
        yield WeightedGroup(
            fields.needed(item, "TargetGroupArn"), 1 if alone else fields.needed_number(item, "Weight")
        )


def _listener(raw: Raw, account_region: AccountRegion) -> Listener:
    return Listener(
        arn=fields.needed(raw, "ListenerArn"),
        account_region=account_region,
        port=fields.needed_number(raw, "Port"),
        protocol=fields.choice(raw, "Protocol", Protocol),
        actions=_actions(raw, "DefaultActions"),
        client_certificates=_client_certificates(raw),
    )


def _client_certificates(raw: Raw) -> str | None:
    """Return the mode of mutual authentication, which older answers of AWS do not have."""
    if raw.get("MutualAuthentication") is None:
        return None
    return fields.needed(fields.needed_inner(raw, "MutualAuthentication"), "Mode")


def _rules(raw: Raw, _: AccountRegion) -> tuple[ListenerRule, ...]:
    return tuple(
        _rule(item) for item in fields.objects(raw, "Rules") if not fields.needed_flag(item, "IsDefault")
    )


def _rule(raw: Raw) -> ListenerRule:
    families = [
        fields.text(fields.inner(condition, "SourceIpConfig"), "IpAddressType")
        for condition in fields.objects(raw, "Conditions")
    ]
    return ListenerRule(
        arn=fields.needed(raw, "RuleArn"),
        priority=fields.needed_number(raw, "Priority"),
        source_family=families[0] if len(families) == 1 else None,
        actions=_actions(raw, "Actions"),
    )


LISTENER = Kind(
    marked("listener"), "elbv2", "DescribeListeners", ("Listeners",), "ListenerArn", _listener,
    {"ListenerArns": "listener-arn", "LoadBalancerArn": "load-balancer-arn"},
    {"load-balancer-arn": each("LoadBalancerArn")},
)  # fmt: skip
RULES = Kind(
    marked("rules of listener"), "elbv2", "DescribeRules", (), "ListenerArn", _rules,
    {"ListenerArn": "listener-arn"},
)  # fmt: skip


class ListenerLookups(Lookups):
    """Lookups of listeners and their rules."""

    def listeners(self, balancer: LoadBalancer) -> tuple[Listener, ...] | NotVisible:
        """Return all listeners of a load balancer."""
        what = tell("the listeners of {balancer}", balancer=balancer.name)
        return self.every(LISTENER, what, balancer.account_region, {"load-balancer-arn": balancer.arn})

    def listener_on(self, balancer: LoadBalancer, port: int) -> Listener | Absent | NotVisible:
        """Return the listener on a port."""
        listeners = self.listeners(balancer)
        if isinstance(listeners, NotVisible):
            return listeners
        what = tell("a listener on port {port} of {balancer}", port=port, balancer=balancer.name)
        absent = Absent(what, "elbv2:DescribeListeners", balancer.account_region)
        return next((listener for listener in listeners if listener.port == port), absent)

    def rules(self, listener: Listener) -> tuple[ListenerRule, ...] | NotVisible:
        """Return the rules of a listener that come before its default."""
        return part_of(self.by_id(RULES, listener.arn, listener.account_region))
