"""Is what AWS would refuse, or lose connections by, told before anything is applied?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.model import Code, Verdict
from nlbcheck.relays import Table, load
from nlbcheck.run import drift
from nlbcheck.run.aws import Aws
from tests.terraform.planning import Object, plan, update, without

TABLE = """
load_balancer: relay
region: ap-northeast-1
static_ips: {ap-northeast-1a: 10.1.1.10, ap-northeast-1c: 10.1.2.10}
mappings:
  - {listener: TCP:10022, target_group: tg-ssh, target_port: TCP:22, target: 10.1.1.20}
  - {listener: TCP:10080, target_group: tg-web, target_port: TCP:80, target: 10.9.0.20}
"""
ARN = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012"
BALANCER, SSH, WEB = (
    f"{ARN}:loadbalancer/net/relay/1",
    f"{ARN}:targetgroup/tg-ssh/1",
    f"{ARN}:targetgroup/tg-web/1",
)


def group(arn: str, name: str, port: int, **others: Any) -> Object:
    return {
        "id": arn, "arn": arn, "name": name, "port": port, "protocol": "TCP", "vpc_id": "vpc-1",
        "target_type": "ip", "preserve_client_ip": "false", "health_check": [], **others,
    }  # fmt: skip


def listener(port: int, arn: str, **others: Any) -> Object:
    own = f"{BALANCER.replace(':loadbalancer/', ':listener/')}/{port}"
    action = [{"type": "forward", "target_group_arn": arn}]
    return {
        "id": own, "arn": own, "load_balancer_arn": BALANCER, "port": port, "protocol": "TCP",
        "default_action": action, **others,
    }  # fmt: skip


def attached(arn: str, target: str, port: int | None, zone: str | None) -> Object:
    return {"target_group_arn": arn, "target_id": target, "port": port, "availability_zone": zone}


def relay() -> dict[str, Object]:
    """Return the resources of a relay that is in order, by their addresses."""
    subnets = {
        f'aws_subnet.zone["{zone}"]': {
            "id": f"subnet-{zone}", "vpc_id": "vpc-1", "cidr_block": f"10.1.{number}.0/24",
            "availability_zone": f"ap-northeast-1{zone}",
        }
        for number, zone in ((1, "a"), (2, "c"))
    }  # fmt: skip
    mappings = [
        {"subnet_id": f"subnet-{zone}", "private_ipv4_address": f"10.1.{number}.10"}
        for number, zone in ((1, "a"), (2, "c"))
    ]
    return {
        "aws_vpc.this": {"id": "vpc-1", "cidr_block": "10.1.0.0/16", "main_route_table_id": "rtb-1"},
        **subnets,
        "aws_lb.relay": {
            "id": BALANCER, "arn": BALANCER, "name": "relay", "internal": True,
            "load_balancer_type": "network", "vpc_id": "vpc-1",
            "subnet_mapping": mappings, "enable_cross_zone_load_balancing": True,
        },
        "aws_lb_target_group.ssh": group(SSH, "tg-ssh", 22),
        "aws_lb_target_group.web": group(WEB, "tg-web", 80),
        "aws_lb_listener.ssh": listener(10022, SSH),
        "aws_lb_listener.web": listener(10080, WEB),
        "aws_lb_target_group_attachment.ssh": attached(SSH, "10.1.1.20", 22, None),
        "aws_lb_target_group_attachment.web": attached(WEB, "10.9.0.20", 80, "all"),
    }  # fmt: skip


Written = Callable[[dict[str, Object]], Any]


def as_plan(resources: dict[str, Object]) -> Object:
    return plan(*(update(address, values) for address, values in resources.items()))


def as_state(resources: dict[str, Object]) -> Object:
    shown = [
        {"address": address, "mode": "managed", "type": address.partition(".")[0], "values": values}
        for address, values in resources.items()
    ]
    return {"format_version": "1.0", "values": {"root_module": {"resources": shown}}}


def as_state_file(resources: dict[str, Object]) -> Object:
    shown = [
        {
            "mode": "managed", "type": address.partition(".")[0], "name": f"r{number}",
            "instances": [{"attributes": values}],
        }
        for number, (address, values) in enumerate(resources.items())
    ]  # fmt: skip
    return {"version": 4, "lineage": "x", "resources": shown}


def table(tmp_path: Path) -> Table:
    (tmp_path / "nlbcheck.yaml").write_text(TABLE)
    return load(tmp_path / "nlbcheck.yaml")


def check(tmp_path: Path, resources: dict[str, Object], written: Written = as_plan) -> Any:
    (tmp_path / "relay.json").write_text(json.dumps(written(resources)))
    return drift.check(table(tmp_path), aws=Aws(terraform=tmp_path / "relay.json"))


@pytest.mark.parametrize("written", [as_plan, as_state, as_state_file])
def test_a_relay_that_is_in_order(tmp_path: Path, written: Written) -> None:
    found = check(tmp_path, relay(), written)
    assert found.findings == ()
    assert found.exit_status is ExitStatus.OK


def changed(address: str, **values: Any) -> dict[str, Object]:
    made = relay()
    made[address] = {**made[address], **values}
    return made


CAUGHT: dict[str, tuple[dict[str, Object], Code, Verdict]] = {
    "two listeners on one port": (
        {**relay(), "aws_lb_listener.again": {**listener(10022, WEB), "arn": "arn:other"}},
        Code.LISTENER_PORT_TAKEN, Verdict.FAIL,
    ),
    "an attachment on another port than the table's": (
        changed("aws_lb_target_group_attachment.ssh", port=2222), Code.TARGET_DIFFERS, Verdict.FAIL,
    ),
    "an attachment on another port than the group's": (
        changed("aws_lb_target_group.ssh", port=80), Code.TARGET_GROUP_PORT_DIFFERS, Verdict.WARN,
    ),
    "an address outside the VPC without the zone all": (
        changed("aws_lb_target_group_attachment.web", availability_zone=None),
        Code.TARGET_NEEDS_ZONE_ALL, Verdict.FAIL,
    ),
    "an address outside the VPC in one zone": (
        changed("aws_lb_target_group_attachment.web", availability_zone="ap-northeast-1a"),
        Code.TARGET_NEEDS_ZONE_ALL, Verdict.WARN,
    ),
    "client addresses preserved for an address outside the VPC": (
        changed("aws_lb_target_group.web", preserve_client_ip="true"),
        Code.CLIENT_IP_PRESERVED_OUTSIDE_VPC, Verdict.FAIL,
    ),
    "cross-zone load balancing off and targets in one zone": (
        changed("aws_lb.relay", enable_cross_zone_load_balancing=False),
        Code.ZONE_HAS_NO_TARGET, Verdict.FAIL,
    ),
    "cross-zone load balancing left at its default, which is off": (
        {**relay(), "aws_lb.relay": without(relay()["aws_lb.relay"], "enable_cross_zone_load_balancing")},
        Code.ZONE_HAS_NO_TARGET, Verdict.FAIL,
    ),
    "protocols that do not go together": (
        changed("aws_lb_target_group.ssh", protocol="UDP", preserve_client_ip="true"),
        Code.LISTENER_PROTOCOL_DIFFERS, Verdict.FAIL,
    ),
    "more than fifty listeners": (
        {**relay(), **{f"aws_lb_listener.l[{port}]": listener(port, SSH) for port in range(20000, 20049)}},
        Code.LISTENER_QUOTA_NEAR, Verdict.FAIL,
    ),
    "a listener that is not there": (
        {key: value for key, value in relay().items() if key != "aws_lb_listener.ssh"},
        Code.LISTENER_MISSING, Verdict.FAIL,
    ),
    "another load balancer": (changed("aws_lb.relay", name="other"), Code.BALANCER_NOT_FOUND, Verdict.FAIL),
}  # fmt: skip


@pytest.mark.parametrize("case", CAUGHT)
def test_what_is_caught(tmp_path: Path, case: str) -> None:
    resources, code, verdict = CAUGHT[case]
    found = check(tmp_path, resources)
    assert verdict in {item.verdict for item in found.findings if item.code is code}
    assert found.exit_status is (ExitStatus.BROKEN if verdict is Verdict.FAIL else ExitStatus.OK)


def test_a_peered_vpc_may_hold_a_target_that_sees_clients(tmp_path: Path) -> None:
    resources = changed("aws_lb_target_group.web", preserve_client_ip="true")
    far = {"id": "vpc-2", "cidr_block": "10.9.0.0/16", "main_route_table_id": "rtb-2"}
    peering = {"id": "pcx-1", "vpc_id": "vpc-1", "peer_vpc_id": "vpc-2", "accept_status": "active"}
    found = check(tmp_path, {**resources, "aws_vpc.far": far, "aws_vpc_peering_connection.this": peering})
    assert Code.CLIENT_IP_PRESERVED_OUTSIDE_VPC not in {item.code for item in found.findings}


@pytest.mark.parametrize(
    "unknown",
    [
        ("aws_lb_target_group_attachment.ssh", "target_id"),
        ("aws_lb_target_group_attachment.ssh", "port"),
        ("aws_lb_target_group_attachment.ssh", "target_group_arn"),
        ("aws_lb_listener.ssh", "port"),
        ("aws_lb_listener.ssh", "protocol"),
        ("aws_lb_listener.ssh", "load_balancer_arn"),
        ("aws_lb_listener.ssh", "default_action"),
        ("aws_lb_target_group.ssh", "port"),
        ("aws_lb_target_group.ssh", "protocol"),
        ("aws_lb_target_group.ssh", "name"),
        ("aws_lb.relay", "name"),
        ("aws_lb.relay", "subnet_mapping"),
        ("aws_vpc.this", "cidr_block"),
        ("aws_subnet.zone[\"a\"]", "availability_zone"),
    ],
    ids=".".join,
)  # fmt: skip
def test_what_is_known_only_later_is_unknown_and_no_mistake(tmp_path: Path, unknown: tuple[str, str]) -> None:
    """Nothing that may turn out right is called wrong."""
    address, name = unknown
    made = as_plan(relay())
    [item] = [found for found in made["resource_changes"] if found["address"] == address]
    change = item["change"]
    change["after"] = without(change["after"], name)
    change["after_unknown"] = {name: True}
    (tmp_path / "relay.json").write_text(json.dumps(made))
    found = drift.check(table(tmp_path), aws=Aws(terraform=tmp_path / "relay.json"))
    assert not [item for item in found.findings if item.verdict is Verdict.FAIL]


def test_a_table_is_made_of_a_plan(tmp_path: Path) -> None:
    (tmp_path / "relay.json").write_text(json.dumps(as_plan(relay())))
    made = drift.import_table("relay", None, aws=Aws(terraform=tmp_path / "relay.json"))
    assert made.complete
    assert made.head == {
        "load_balancer": "relay",
        "static_ips": {"ap-northeast-1a": "10.1.1.10", "ap-northeast-1c": "10.1.2.10"},
    }
    assert made.entries == (
        {"listener": "TCP:10022", "target_group": "tg-ssh", "target_port": "TCP:22", "target": "10.1.1.20"},
        {"listener": "TCP:10080", "target_group": "tg-web", "target_port": "TCP:80", "target": "10.9.0.20"},
    )


def test_targets_that_something_else_registers_are_not_visible(tmp_path: Path) -> None:
    resources = relay()
    del resources["aws_lb_target_group_attachment.ssh"]
    resources["aws_autoscaling_attachment.ssh"] = {"lb_target_group_arn": SSH, "autoscaling_group_name": "x"}
    found = check(tmp_path, resources)
    assert found.exit_status is ExitStatus.UNSEEN
    assert any("aws_autoscaling_attachment.ssh" in item.summary for item in found.findings)


def test_a_state_that_was_destroyed(tmp_path: Path) -> None:
    (tmp_path / "relay.json").write_text('{"format_version": "1.0", "terraform_version": "1.9.8"}')
    with pytest.raises(InputError, match="holds no resource"):
        drift.check(table(tmp_path), aws=Aws(terraform=tmp_path / "relay.json"))
