"""How long does a large plan take?"""

from __future__ import annotations

import json
import time
from pathlib import Path

from nlbcheck.terraform import laying, reading
from tests.scenarios.article import article
from tests.terraform.planning import Object, create, plan
from tests.terraform.plans import rule

RESOURCES = 5000


def test_a_plan_of_thousands_of_resources(tmp_path: Path) -> None:
    """Reading takes two tenths of a second; the bound is the one that was asked for."""
    kinds: dict[str, Object] = {
        "aws_subnet.s": {"cidr_block": "10.9.0.0/24", "availability_zone": "ap-northeast-1a"},
        "aws_lb_target_group.t": {"name": "t", "port": 80, "protocol": "TCP", "target_type": "ip"},
        "aws_vpc_security_group_ingress_rule.r": rule("10.1.1.1"),
        "aws_iam_role.i": {"name": "role", "assume_role_policy": "{}" * 200},
    }
    made = [
        create(f"{name}[{number}]", values, {"arn": True})
        for number in range(RESOURCES // len(kinds))
        for name, values in kinds.items()
    ]
    (tmp_path / "plan.json").write_text(json.dumps(plan(*made)))
    before = time.process_time()
    loaded = reading.read_plan(tmp_path / "plan.json")
    reading_took = time.process_time() - before
    assert len(loaded.changes) == RESOURCES
    assert reading_took < 2
    before = time.process_time()
    laying.lay(article().recording(), loaded.changes)
    assert time.process_time() - before < 20
