"""The article's network and table, ways in which they part, and what is found then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import drift
from nlbcheck.diagnosis.drift import Drift
from nlbcheck.model import Call, Finding, Node
from nlbcheck.relays import Table, load
from tests.relays.build import SAMPLES
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud

TABLE = load(SAMPLES / "nlbcheck.yaml")
Change = Callable[[Cloud], object]


def agreeing(*changes: Change) -> Cloud:
    """Return the article's network without its wrong default port, changed."""
    cloud = article()
    group(cloud, "example-tg-30080")["Port"] = 80
    for change in changes:
        change(cloud)
    return cloud


def group(cloud: Cloud, name: str) -> dict[str, Any]:
    return next(item for item in cloud.groups if item["TargetGroupName"] == name)


def arn(cloud: Cloud, name: str) -> str:
    return str(group(cloud, name)["TargetGroupArn"])


def listener(cloud: Cloud, port: int) -> dict[str, Any]:
    return next(item for items in cloud.listeners.values() for item in items if item["Port"] == port)


def targets(cloud: Cloud, name: str) -> list[dict[str, Any]]:
    return cloud.targets[arn(cloud, name)]


def vpc(cloud: Cloud) -> str:
    return str(cloud.balancers[0]["VpcId"])


def forward(cloud: Cloud, port: int, **weights: int) -> None:
    """Let a listener forward to groups, named with _ for -, with weights."""
    groups = [
        {"TargetGroupArn": arn(cloud, name.replace("_", "-")), "Weight": weight}
        for name, weight in weights.items()
    ]
    action = {"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": groups}}
    if len(groups) == 1:
        action["TargetGroupArn"] = groups[0]["TargetGroupArn"]
    listener(cloud, port)["DefaultActions"] = [action]


def remove_listener(cloud: Cloud, port: int) -> None:
    for items in cloud.listeners.values():
        items[:] = [item for item in items if item["Port"] != port]


def checked(recorded: Cloud | Recording, table: Table = TABLE) -> Drift:
    recording = recorded.recording() if isinstance(recorded, Cloud) else recorded
    return drift.findings(AwsState(recording), table, table.rows)


def codes(found: Drift) -> list[tuple[str, str]]:
    """Return each finding's code, and its row or the name of its resource."""
    return [(finding.code, about(finding)) for finding in found.findings]


def about(finding: Finding) -> str:
    named = finding.resource.name or finding.resource.id if finding.resource else ""
    return str(finding.evidence.get("row", named))


def with_static_ips(**addresses: str) -> Table:
    nodes = tuple(Node(f"ap-northeast-1{zone}", ip_address(address)) for zone, address in addresses.items())
    return replace(TABLE, static_ips=nodes)


def apply(cloud: Cloud, call: Call) -> None:
    """Do to the network what a remedy's call does."""
    wanted: Any = call.parameters
    match call.operation:
        case "ModifyListener":
            found = next(
                item
                for items in cloud.listeners.values()
                for item in items
                if item["ListenerArn"] == wanted["ListenerArn"]
            )
            found |= {key: wanted[key] for key in ("DefaultActions", "Protocol") if key in wanted}
        case "CreateListener":
            (action,) = wanted["DefaultActions"]
            cloud.listener(
                wanted["LoadBalancerArn"],
                wanted["Port"],
                action["TargetGroupArn"],
                protocol=wanted["Protocol"],
            )
        case "RegisterTargets":
            for item in wanted["Targets"]:
                cloud.register(
                    wanted["TargetGroupArn"], item["Id"], item["Port"], item.get("AvailabilityZone", "a")
                )
        case "DeregisterTargets":
            gone = [(item["Id"], item["Port"]) for item in wanted["Targets"]]
            there = cloud.targets[wanted["TargetGroupArn"]]
            there[:] = [item for item in there if (item["Target"]["Id"], item["Target"]["Port"]) not in gone]
        case other:
            raise AssertionError(f"no remedy of a drift calls {other}")
