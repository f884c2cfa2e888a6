"""Which targets does a group have, how are they checked, and what came of it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nlbcheck.aws import fields
from nlbcheck.aws.fields import Raw
from nlbcheck.aws.kind import Kind, each
from nlbcheck.aws.lookups import Lookups, part_of
from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.aws.resources.load_balancer import LoadBalancer, attribute_values
from nlbcheck.language import marked, tell
from nlbcheck.model.facts import Absent, AccountRegion, NotVisible
from nlbcheck.model.json import Json
from nlbcheck.model.net import Address


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
    balancer_arns: tuple[str, ...] | None
    """The load balancers that use it; None where AWS's answer does not say it."""


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


QUIC = (Protocol.QUIC, Protocol.TCP_QUIC)
"""The protocols whose targets each have a server id."""
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
    """None when AWS says it in words that are not known here."""
    server_id: str | None = None
    """What tells targets of QUIC apart."""

    @property
    def named(self) -> dict[str, Json]:
        """The target as calls name it, so that just this registration is meant.

        The zone of an instance is no parameter:
        https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html.
        """
        item: dict[str, Json] = {"Id": self.id}
        if self.port is not None:
            item["Port"] = self.port
        if self.zone is not None and self.address is not None:
            item["AvailabilityZone"] = self.zone
        return item | ({"QuicServerId": self.server_id} if self.server_id else {})


def imagined(address: Address, port: int, zone: str, state: HealthState | None) -> Target:
    """Return a target as if it was registered, with a health that it is meant to have."""
    return Target(str(address), address, port, zone, state, None, None, None, Override.NONE)


def _group_attributes(raw: Raw, _: AccountRegion) -> GroupAttributes:
    values = attribute_values(raw)
    return GroupAttributes(
        preserve_client_ip=fields.flag(values, "preserve_client_ip.enabled"),
        cross_zone=fields.choice(values, "load_balancing.cross_zone.enabled", CrossZone),
        proxy_protocol=fields.flag(values, "proxy_protocol_v2.enabled"),
        values=values,
    )


def _health_check(raw: Raw) -> HealthCheck:
    return HealthCheck(
        protocol=fields.choice(raw, "HealthCheckProtocol", Protocol),
        port=fields.choice(raw, "HealthCheckPort", TrafficPort) or fields.number(raw, "HealthCheckPort"),
        interval=fields.number(raw, "HealthCheckIntervalSeconds"),
        timeout=fields.number(raw, "HealthCheckTimeoutSeconds"),
        healthy_threshold=fields.number(raw, "HealthyThresholdCount"),
        unhealthy_threshold=fields.number(raw, "UnhealthyThresholdCount"),
        path=fields.text(raw, "HealthCheckPath"),
        matcher=fields.text(fields.inner(raw, "Matcher"), "HttpCode"),
    )


def _target_group(raw: Raw, account_region: AccountRegion) -> TargetGroup:
    return TargetGroup(
        arn=fields.needed(raw, "TargetGroupArn"),
        account_region=account_region,
        name=fields.needed(raw, "TargetGroupName"),
        type=fields.choice(raw, "TargetType", TargetType),
        protocol=fields.choice(raw, "Protocol", Protocol),
        port=fields.number(raw, "Port"),
        vpc_id=fields.text(raw, "VpcId"),
        health_check=_health_check(raw),
        balancer_arns=None if raw.get("LoadBalancerArns") is None else _load_balancer_arns(raw),
    )


def _targets(raw: Raw, _: AccountRegion) -> tuple[Target, ...]:
    return tuple(_target(item) for item in fields.objects(raw, "TargetHealthDescriptions"))


def _target(raw: Raw) -> Target:
    target, health = fields.needed_inner(raw, "Target"), fields.inner(raw, "TargetHealth")
    return Target(
        id=fields.needed(target, "Id"),
        address=fields.address(target, "Id"),
        port=fields.number(target, "Port"),
        zone=fields.text(target, "AvailabilityZone"),
        state=fields.choice(health, "State", HealthState),
        reason=fields.text(health, "Reason"),
        description=fields.text(health, "Description"),
        health_check_port=fields.number(raw, "HealthCheckPort"),
        override=_override(raw),
        server_id=fields.text(target, "QuicServerId"),
    )


def _override(raw: Raw) -> Override | None:
    """Return whether a zonal shift overrides a target's health; older answers have no such field.

    A field that is there and says nothing, also null, may hide a shift.
    """
    if "AdministrativeOverride" not in raw:
        return Override.NONE
    return fields.choice(fields.inner(raw, "AdministrativeOverride"), "State", Override)


def _load_balancer_arns(raw: Raw) -> tuple[str, ...]:
    return fields.texts(raw, "LoadBalancerArns")


TARGET_GROUP = Kind(
    marked("target group"), "elbv2", "DescribeTargetGroups", ("TargetGroups",), "TargetGroupArn",
    _target_group,
    {"TargetGroupArns": "target-group-arn", "Names": "name", "LoadBalancerArn": "load-balancer-arn"},
    {"name": each("TargetGroupName"), "load-balancer-arn": _load_balancer_arns},
)  # fmt: skip
GROUP_ATTRIBUTES = Kind(
    marked("attributes of target group"), "elbv2", "DescribeTargetGroupAttributes", (), "TargetGroupArn",
    _group_attributes, {"TargetGroupArn": "target-group-arn"}, leads_on=False,
)  # fmt: skip
TARGETS = Kind(
    marked("targets of target group"), "elbv2", "DescribeTargetHealth", (), "TargetGroupArn", _targets,
    {"TargetGroupArn": "target-group-arn"},
)  # fmt: skip


class TargetGroupLookups(Lookups):
    """Lookups of target groups and their targets."""

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
        return self.one(
            TARGET_GROUP, tell("target group {name}", name=name), places, {"name": name}, shown_there=True
        )

    def all_target_groups(self, account_region: AccountRegion) -> tuple[TargetGroup, ...] | NotVisible:
        """Return all target groups of an account and Region."""
        return self.every(
            TARGET_GROUP, tell("the target groups of {place}", place=account_region), account_region, {}
        )

    def group_attributes(self, group: TargetGroup) -> GroupAttributes | NotVisible:
        """Return a target group's attributes."""
        return part_of(self.by_id(GROUP_ATTRIBUTES, group.arn, group.account_region))

    def target_groups(self, balancer: LoadBalancer) -> tuple[TargetGroup, ...] | NotVisible:
        """Return all target groups behind a load balancer."""
        what = tell("the target groups of {balancer}", balancer=balancer.name)
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
