"""How are load balancers, listeners, target groups and target health read?"""

from __future__ import annotations

from collections.abc import Mapping

from nlbcheck.aws import fields
from nlbcheck.aws.balancers import (
    Action,
    ActionType,
    BalancerAttributes,
    BalancerState,
    BalancerType,
    BalancerZone,
    CrossZone,
    GroupAttributes,
    HealthCheck,
    HealthState,
    Listener,
    ListenerRule,
    LoadBalancer,
    Override,
    Protocol,
    Scheme,
    Target,
    TargetGroup,
    TargetType,
    TrafficPort,
    WeightedGroup,
)
from nlbcheck.aws.fields import Raw, UnreadableError
from nlbcheck.aws.kind import Kind, each
from nlbcheck.model.facts import AccountRegion
from nlbcheck.model.net import Address


def _zone(raw: Raw) -> BalancerZone:
    addresses = fields.objects_if_any(raw, "LoadBalancerAddresses")

    def listed(*keys: str) -> tuple[Address, ...]:
        return tuple(
            found for item in addresses for key in keys if (found := fields.address(item, key)) is not None
        )

    return BalancerZone(
        zone=fields.needed(raw, "ZoneName"),
        subnet_id=fields.needed(raw, "SubnetId"),
        private_addresses=listed("PrivateIPv4Address", "IPv6Address"),
        public_addresses=listed("IpAddress"),
    )


def _balancer(raw: Raw, account_region: AccountRegion) -> LoadBalancer:
    state = fields.inner(raw, "State")
    return LoadBalancer(
        arn=fields.needed(raw, "LoadBalancerArn"),
        account_region=account_region,
        name=fields.needed(raw, "LoadBalancerName"),
        type=fields.choice(raw, "Type", BalancerType),
        scheme=fields.choice(raw, "Scheme", Scheme),
        vpc_id=fields.needed(raw, "VpcId"),
        state=fields.choice(state, "Code", BalancerState),
        state_reason=fields.text(state, "Reason"),
        zones=tuple(_zone(item) for item in fields.objects(raw, "AvailabilityZones")),
        # AWS leaves the field out for a load balancer without security groups.
        group_ids=fields.texts(raw, "SecurityGroups") if "SecurityGroups" in raw else (),
        dns_name=fields.text(raw, "DNSName"),
        address_type=fields.text(raw, "IpAddressType"),
    )


def _values(raw: Raw) -> dict[str, str]:
    return {
        fields.needed(item, "Key"): item["Value"] if isinstance(item.get("Value"), str) else ""
        for item in fields.objects(raw, "Attributes")
    }


def _balancer_attributes(raw: Raw, _: AccountRegion) -> BalancerAttributes:
    values = _values(raw)
    return BalancerAttributes(
        cross_zone=fields.flag(values, "load_balancing.cross_zone.enabled"),
        values=values,
    )


def _group_attributes(raw: Raw, _: AccountRegion) -> GroupAttributes:
    values = _values(raw)
    return GroupAttributes(
        preserve_client_ip=fields.flag(values, "preserve_client_ip.enabled"),
        cross_zone=fields.choice(values, "load_balancing.cross_zone.enabled", CrossZone),
        proxy_protocol=fields.flag(values, "proxy_protocol_v2.enabled"),
        values=values,
    )


def _actions(raw: Raw, key: str) -> tuple[Action, ...]:
    """Return what becomes of connections; one that cannot be read stands for whatever it may be."""
    try:
        return tuple(_action(item) for item in fields.objects(raw, key))
    except UnreadableError:
        return (Action(None, ()),)


def _action(raw: Raw) -> Action:
    kind = fields.choice(raw, "Type", ActionType)
    # ForwardConfig is absent in old answers, and the only place with several groups today.
    config = fields.inner(raw, "ForwardConfig")
    if "TargetGroups" in config:
        groups = tuple(
            WeightedGroup(
                fields.needed(item, "TargetGroupArn"),
                fields.needed_number(item, "Weight") if "Weight" in item else 1,
            )
            for item in fields.objects(config, "TargetGroups")
        )
    elif kind is ActionType.FORWARD:
        groups = (WeightedGroup(fields.needed(raw, "TargetGroupArn"), 1),)
    else:
        groups = ()
    return Action(kind, groups)


def _listener(raw: Raw, account_region: AccountRegion) -> Listener:
    return Listener(
        arn=fields.needed(raw, "ListenerArn"),
        account_region=account_region,
        port=fields.needed_number(raw, "Port"),
        protocol=fields.choice(raw, "Protocol", Protocol),
        actions=_actions(raw, "DefaultActions"),
    )


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
        balancer_arns=fields.texts(raw, "LoadBalancerArns"),
    )


def _targets(raw: Raw, _: AccountRegion) -> tuple[Target, ...]:
    return tuple(_target(item) for item in fields.objects(raw, "TargetHealthDescriptions"))


def _target(raw: Raw) -> Target:
    target, health = fields.inner(raw, "Target"), fields.inner(raw, "TargetHealth")
    return Target(
        id=fields.needed(target, "Id"),
        address=fields.address(target, "Id"),
        port=fields.number(target, "Port"),
        zone=fields.text(target, "AvailabilityZone"),
        state=fields.choice(health, "State", HealthState),
        reason=fields.text(health, "Reason"),
        description=fields.text(health, "Description"),
        health_check_port=fields.number(raw, "HealthCheckPort"),
        override=fields.choice(fields.inner(raw, "AdministrativeOverride"), "State", Override),
    )


def _load_balancer_arns(raw: Raw) -> tuple[str, ...]:
    return fields.texts(raw, "LoadBalancerArns")


_BALANCER_SELECTION: Mapping[str, str] = {"LoadBalancerArn": "load-balancer-arn"}
_GROUP_SELECTION: Mapping[str, str] = {"TargetGroupArn": "target-group-arn"}

LOAD_BALANCER = Kind(
    "load balancer", "elbv2", "DescribeLoadBalancers", ("LoadBalancers",), "LoadBalancerArn", _balancer,
    {"LoadBalancerArns": "load-balancer-arn", "Names": "name"}, {"name": each("LoadBalancerName")},
)  # fmt: skip
BALANCER_ATTRIBUTES = Kind(
    "attributes of load balancer", "elbv2", "DescribeLoadBalancerAttributes", (), "LoadBalancerArn",
    _balancer_attributes, _BALANCER_SELECTION, leads_on=False,
)  # fmt: skip
LISTENER = Kind(
    "listener", "elbv2", "DescribeListeners", ("Listeners",), "ListenerArn", _listener,
    {"ListenerArns": "listener-arn", **_BALANCER_SELECTION},
    {"load-balancer-arn": each("LoadBalancerArn")},
)  # fmt: skip
RULES = Kind(
    "rules of listener", "elbv2", "DescribeRules", (), "ListenerArn", _rules,
    {"ListenerArn": "listener-arn"},
)  # fmt: skip
TARGET_GROUP = Kind(
    "target group", "elbv2", "DescribeTargetGroups", ("TargetGroups",), "TargetGroupArn", _target_group,
    {"TargetGroupArns": "target-group-arn", "Names": "name", **_BALANCER_SELECTION},
    {"name": each("TargetGroupName"), "load-balancer-arn": _load_balancer_arns},
)  # fmt: skip
GROUP_ATTRIBUTES = Kind(
    "attributes of target group", "elbv2", "DescribeTargetGroupAttributes", (), "TargetGroupArn",
    _group_attributes, _GROUP_SELECTION, leads_on=False,
)  # fmt: skip
TARGETS = Kind(
    "targets of target group", "elbv2", "DescribeTargetHealth", (), "TargetGroupArn", _targets,
    _GROUP_SELECTION,
)  # fmt: skip
