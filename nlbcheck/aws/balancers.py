"""What does the load balancer do with a connection: listeners, target groups, targets and their health?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nlbcheck.model.facts import AccountRegion
from nlbcheck.model.net import Address


class BalancerType(StrEnum):
    """The kind of load balancer."""

    NETWORK = "network"
    APPLICATION = "application"
    GATEWAY = "gateway"


class BalancerState(StrEnum):
    """Where a load balancer is in its life."""

    ACTIVE = "active"
    PROVISIONING = "provisioning"
    ACTIVE_IMPAIRED = "active_impaired"
    FAILED = "failed"


class Scheme(StrEnum):
    """From where a load balancer can be reached."""

    INTERNAL = "internal"
    INTERNET_FACING = "internet-facing"


@dataclass(frozen=True, slots=True)
class BalancerZone:
    """A zone that a load balancer is enabled in; its node stands in the subnet."""

    zone: str
    subnet_id: str
    private_addresses: tuple[Address, ...]
    """Empty when AWS chose the address; then the node's interface has it."""
    public_addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """A load balancer."""

    arn: str
    account_region: AccountRegion
    name: str
    type: BalancerType | None
    scheme: Scheme | None
    vpc_id: str
    state: BalancerState | None
    state_reason: str | None
    zones: tuple[BalancerZone, ...]
    group_ids: tuple[str, ...]
    """Its security groups; none at all when it was made without, and then all is admitted."""
    dns_name: str | None
    address_type: str | None
    """``ipv4``, ``dualstack`` …"""

    @property
    def path(self) -> str:
        """``net/example-nlb/50dc6c495c0c9188``, as its interfaces' description says it."""
        return path_of(self.arn)


def path_of(arn: str) -> str:
    """Return the part of a load balancer's ARN by which its interfaces name it."""
    return arn.partition(":loadbalancer/")[2]


@dataclass(frozen=True, slots=True)
class BalancerNode:
    """One zone's node: the address that clients dial and that connections to targets come from."""

    zone: str
    subnet_id: str
    address: Address
    """The private address, in the subnet."""
    source_addresses: tuple[Address, ...]
    """Every address that connections to targets may come from, ``address`` among them."""
    public_address: Address | None
    interface_id: str | None
    """None when the node's interface is not visible."""


@dataclass(frozen=True, slots=True)
class BalancerAttributes:
    """A load balancer's attributes; None where AWS's answer does not name one."""

    cross_zone: bool | None
    values: Mapping[str, str] = field(hash=False)
    """All of them, as AWS writes them."""


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


@dataclass(frozen=True, slots=True)
class Listener:
    """A listener."""

    arn: str
    account_region: AccountRegion
    port: int
    protocol: Protocol | None
    actions: tuple[Action, ...]

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


class TargetType(StrEnum):
    """What a target group's targets are."""

    INSTANCE = "instance"
    IP = "ip"
    ALB = "alb"
    LAMBDA = "lambda"


class TrafficPort(StrEnum):
    """A health check's port when it is the target's own."""

    TRAFFIC_PORT = "traffic-port"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How a group's targets are checked; None where AWS's answer does not say it."""

    protocol: Protocol | None
    port: int | TrafficPort | None
    """A port of its own, or the one that each target is registered with."""
    interval: int | None
    """Seconds between two checks."""
    timeout: int | None
    """Seconds."""
    healthy_threshold: int | None
    unhealthy_threshold: int | None
    path: str | None
    matcher: str | None
    """Status codes that count as healthy: ``200-399``."""


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A target group."""

    arn: str
    account_region: AccountRegion
    name: str
    type: TargetType | None
    protocol: Protocol | None
    port: int | None
    """The default for targets that are registered without a port."""
    vpc_id: str | None
    health_check: HealthCheck
    balancer_arns: tuple[str, ...]


class CrossZone(StrEnum):
    """What a target group says about targets in other zones."""

    ON = "true"
    OFF = "false"
    AS_BALANCER = "use_load_balancer_configuration"


@dataclass(frozen=True, slots=True)
class GroupAttributes:
    """A target group's attributes; None where AWS's answer does not name one."""

    preserve_client_ip: bool | None
    cross_zone: CrossZone | None
    proxy_protocol: bool | None
    values: Mapping[str, str] = field(hash=False)
    """All of them, as AWS writes them."""


class HealthState(StrEnum):
    """A target's health, as AWS says it."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNHEALTHY_DRAINING = "unhealthy.draining"
    UNUSED = "unused"
    DRAINING = "draining"
    UNAVAILABLE = "unavailable"


class Override(StrEnum):
    """Whether a zonal shift overrides a target's health."""

    NONE = "no_override"
    UNKNOWN = "unknown"
    ZONAL_SHIFT_ACTIVE = "zonal_shift_active"
    ZONAL_SHIFT_DELEGATED = "zonal_shift_delegated_to_dns"


EVERYWHERE = "all"
"""The zone of targets that the nodes of all zones use."""


@dataclass(frozen=True, slots=True)
class Target:
    """A registered target with its health."""

    id: str
    """An address, an instance id, or an ARN."""
    address: Address | None
    """The address of a target of type ip."""
    port: int | None
    zone: str | None
    """Its zone, or ``all``; None when AWS does not say it."""
    state: HealthState | None
    reason: str | None
    """``Target.FailedHealthChecks`` and others, as AWS writes it; a healthy target has none."""
    description: str | None
    health_check_port: int | None
    override: Override | None
