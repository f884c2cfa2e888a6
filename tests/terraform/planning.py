"""Plans and states as ``terraform show -json`` prints them, put together for tests.

What a resource is comes from the tests' networks: their ids are those of the recordings.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from tests.scenarios.cloud import Cloud, made_id

Object = dict[str, Any]
PROVIDER = "registry.terraform.io/hashicorp/aws"


def change(
    address: str,
    actions: Sequence[str],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    unknown: Mapping[str, Any] | None = None,
    **others: Any,
) -> Object:
    """Return one of a plan's resource changes."""
    kind, _, name = address.rpartition(".")
    kind = kind.rpartition(".")[2] or kind
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name.partition("[")[0],
        "provider_name": PROVIDER,
        "change": {
            "actions": list(actions),
            "before": before,
            "after": after,
            "after_unknown": unknown or {},
            "before_sensitive": {} if before is not None else False,
            "after_sensitive": {},
        },
        **others,
    }


def create(address: str, after: Mapping[str, Any], unknown: Mapping[str, Any] | None = None) -> Object:
    return change(address, ["create"], None, after, {"id": True, **(unknown or {})})


def update(address: str, before: Mapping[str, Any], **after: Any) -> Object:
    return change(address, ["update"], before, {**before, **after})


def delete(address: str, before: Mapping[str, Any]) -> Object:
    return change(address, ["delete"], before, None)


def plan(*changes: Object, configuration: Mapping[str, Any] | None = None, **others: Any) -> Object:
    """Return a plan of Terraform 1.x."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.8",
        "planned_values": {"root_module": {}},
        "resource_changes": list(changes),
        "configuration": configuration or {"root_module": {}},
        **others,
    }


def attachment(cloud: Cloud, port: int, target: str, target_port: int, zone: str) -> Object:
    """Return a registration in one of the article's groups."""
    return {
        "id": f"attachment-{port}",
        "target_group_arn": group_arn(cloud, port),
        "target_id": target,
        "port": target_port,
        "availability_zone": zone if zone == "all" else cloud.region + zone,
    }


def group_arn(cloud: Cloud, port: int) -> str:
    """Return the ARN of the article's target group for a listener port."""
    return next(
        str(item["TargetGroupArn"])
        for item in cloud.groups
        if item["TargetGroupName"] == f"example-tg-{port}"
    )


def balancer(cloud: Cloud) -> Object:
    """Return the article's load balancer as Terraform has it."""
    [shown] = cloud.balancers
    return {
        "id": shown["LoadBalancerArn"],
        "arn": shown["LoadBalancerArn"],
        "name": shown["LoadBalancerName"],
        "internal": True,
        "load_balancer_type": "network",
        "enable_cross_zone_load_balancing": True,
        "security_groups": list(shown.get("SecurityGroups", [])),
        "subnet_mapping": [
            {
                "subnet_id": zone["SubnetId"],
                "private_ipv4_address": zone["LoadBalancerAddresses"][0]["PrivateIPv4Address"],
                "allocation_id": "",
                "ipv6_address": "",
            }
            for zone in shown["AvailabilityZones"]
        ],
        "subnets": [zone["SubnetId"] for zone in shown["AvailabilityZones"]],
        "vpc_id": shown["VpcId"],
        "dns_name": shown["DNSName"],
        "ip_address_type": "ipv4",
        "tags": {},
    }


def group(cloud: Cloud, port: int) -> Object:
    """Return one of the article's target groups as Terraform has it."""
    arn = group_arn(cloud, port)
    shown = next(item for item in cloud.groups if item["TargetGroupArn"] == arn)
    return {
        "id": arn,
        "arn": arn,
        "name": shown["TargetGroupName"],
        "port": shown["Port"],
        "protocol": shown["Protocol"],
        "target_type": shown["TargetType"],
        "vpc_id": shown["VpcId"],
        "preserve_client_ip": "false",
        "proxy_protocol_v2": False,
        "load_balancing_cross_zone_enabled": "use_load_balancer_configuration",
        "health_check": [
            {
                "enabled": True,
                "protocol": "TCP",
                "port": "traffic-port",
                "interval": 30,
                "timeout": 10,
                "healthy_threshold": 3,
                "unhealthy_threshold": 3,
                "path": "",
                "matcher": "",
            }
        ],
        "tags": {},
    }


def listener(cloud: Cloud, port: int) -> Object:
    """Return one of the article's listeners as Terraform has it."""
    [arn] = cloud.listeners
    shown = next(item for item in cloud.listeners[arn] if item["Port"] == port)
    action = shown["DefaultActions"][0]
    return {
        "id": shown["ListenerArn"],
        "arn": shown["ListenerArn"],
        "load_balancer_arn": arn,
        "port": port,
        "protocol": shown["Protocol"],
        "default_action": [
            {"type": "forward", "target_group_arn": action["TargetGroupArn"], "forward": [], "order": 1}
        ],
    }


def route(table: str, destination: str, **target: str) -> Object:
    """Return a route of the article as Terraform has it."""
    others = ("gateway_id", "nat_gateway_id", "transit_gateway_id", "network_interface_id")
    return {
        "id": f"r-{table}",
        "route_table_id": made_id("rtb", table),
        "destination_cidr_block": destination,
        "destination_ipv6_cidr_block": "",
        "destination_prefix_list_id": "",
        "vpc_peering_connection_id": "",
        **dict.fromkeys(others, ""),
        **target,
    }


def without(plan_: Mapping[str, Any], *keys: str) -> Object:
    """Return a plan without some of its keys."""
    return {key: copy.deepcopy(value) for key, value in plan_.items() if key not in keys}
