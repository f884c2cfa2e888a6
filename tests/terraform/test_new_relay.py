"""Is a relay that a plan makes from nothing walked as it will be?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.aws import recording
from nlbcheck.model import Code, Report, Verdict
from nlbcheck.relays import load
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose
from tests.scenarios.article import ROWS, article
from tests.scenarios.cloud import Cloud
from tests.scenarios.truth_networks import of_article
from tests.terraform.planning import Object, balancer, create, delete, group, listener, plan, without
from tests.terraform.test_show import configuration, refers, said


def before() -> Cloud:
    """Return the article's network before there was a load balancer."""
    cloud = article()
    cloud.balancers.clear()
    cloud.groups.clear()
    cloud.listeners.clear()
    cloud.targets.clear()
    interfaces = cloud.objects["DescribeNetworkInterfaces"]
    interfaces[:] = [item for item in interfaces if not item["Description"].startswith("ELB ")]
    return cloud


def relay(**changed: Any) -> Object:
    """Return a plan that makes the article's load balancer, all of whose ids are unknown."""
    cloud = article()
    changes = [
        create(
            "aws_lb.relay",
            {**without(balancer(cloud), "id", "arn", "dns_name", "vpc_id"), **changed},
            {"arn": True, "dns_name": True, "vpc_id": True},
        )
    ]
    for port, target_port, target, zone in ROWS:
        key = f'["tg-{port}"]'
        attributes = without(group(cloud, port), "id", "arn", "preserve_client_ip")
        changes += [
            create(f"aws_lb_target_group.row{key}", attributes, {"arn": True, "preserve_client_ip": True}),
            create(
                f"aws_lb_target_group_attachment.row{key}",
                {"target_id": target, "port": target_port, "availability_zone": {"all": "all"}.get(zone)},
                {"target_group_arn": True},
            ),
            create(
                f"aws_lb_listener.row{key}",
                {**without(listener(cloud, port), "id", "arn", "load_balancer_arn", "default_action"),
                 "default_action": [{"type": "forward", "forward": []}]},
                {"arn": True, "load_balancer_arn": True, "default_action": [{"target_group_arn": True}]},
            ),
        ]  # fmt: skip
    by_key = refers("aws_lb_target_group.row", "each.key")
    names = ("name", "port", "protocol", "target_type", "vpc_id", "health_check")
    return plan(
        *changes,
        configuration=configuration(
            said("aws_lb.relay", name={}, internal={}, subnet_mapping=[{}, {}]),
            said("aws_lb_target_group.row", **{name: {} for name in names}),
            said("aws_lb_target_group_attachment.row", target_group_arn=by_key, target_id={}, port={}),
            said(
                "aws_lb_listener.row",
                load_balancer_arn=refers("aws_lb.relay.arn", "aws_lb.relay"),
                default_action=[{"target_group_arn": by_key, "type": {}}],
            ),
        ),
    )


def foretold(tmp_path: Path, made: Object, cloud: Cloud) -> Report:
    (tmp_path / "plan.json").write_text(json.dumps(made))
    (tmp_path / "nlbcheck.yaml").write_text(of_article().document)
    recording.write(tmp_path / "snapshot.json", cloud.recording())
    aws = Aws(snapshot=tmp_path / "snapshot.json", plan=tmp_path / "plan.json")
    return diagnose(load(tmp_path / "nlbcheck.yaml"), aws=aws)


def test_a_relay_in_order(tmp_path: Path) -> None:
    report = foretold(tmp_path, relay(), before())
    assert {result.verdict for result in report.results} <= {Verdict.PASS, Verdict.WARN}
    assert any("repairs" in remark for remark in report.remarks)


def test_cross_zone_load_balancing_that_is_left_at_its_default(tmp_path: Path) -> None:
    report = foretold(tmp_path, relay(enable_cross_zone_load_balancing=None), before())
    failing = {
        (item.flow.row, item.flow.node.zone) for item in report.results if item.verdict is Verdict.FAIL
    }
    assert failing == {
        ("tg-10022", "ap-northeast-1c"), ("tg-10080", "ap-northeast-1c"), ("tg-20022", "ap-northeast-1a"),
        ("tg-20080", "ap-northeast-1a"),
    }  # fmt: skip


@pytest.mark.parametrize("missing", ["aws_lb_listener.row", "aws_lb_target_group_attachment.row"])
def test_what_is_forgotten(tmp_path: Path, missing: str) -> None:
    made = relay()
    made["resource_changes"] = [
        item for item in made["resource_changes"] if item["address"] != f'{missing}["tg-10022"]'
    ]
    report = foretold(tmp_path, made, before())
    assert {item.flow.row for item in report.results if item.verdict is Verdict.FAIL} == {"tg-10022"}


def test_a_load_balancer_that_goes_away(tmp_path: Path) -> None:
    report = foretold(tmp_path, plan(delete("aws_lb.relay", balancer(article()))), article())
    assert {result.verdict for result in report.results} == {Verdict.FAIL}
    [cause] = {row.cause.code for row in report.rows if row.cause}
    assert cause is Code.BALANCER_NOT_FOUND
    assert all("aws_lb.relay" in row.cause.summary for row in report.rows if row.cause)


def test_without_a_configuration_nothing_is_guessed(tmp_path: Path) -> None:
    """Which group a listener forwards to is not known then: no row passes, and none fails for that."""
    made = {**relay(), "configuration": {"root_module": {}}}
    report = foretold(tmp_path, made, before())
    assert {result.verdict for result in report.results} == {Verdict.UNKNOWN}
