"""What Terraform marks sensitive is not read, so that it reaches no output; what depends on it is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from nlbcheck.aws.fields import AfterApply
from nlbcheck.terraform import show
from tests.terraform.planning import create, plan, update

SECRET = "198.51.100.77/32"
RULE = "aws_vpc_security_group_ingress_rule.door"


def marked(change: dict[str, Any], before: object, after: object) -> dict[str, Any]:
    change["change"] |= {"before_sensitive": before, "after_sensitive": after}
    return change


@pytest.mark.parametrize(
    "change",
    [
        marked(create(RULE, {"cidr_ipv4": SECRET, "from_port": 22}), False, {"cidr_ipv4": True}),
        marked(
            update(RULE, {"id": "sgr-1", "cidr_ipv4": SECRET}, cidr_ipv4=SECRET + "0"),
            {"cidr_ipv4": True},
            {"cidr_ipv4": True},
        ),
        marked(
            create(
                "aws_security_group.door", {"ingress": [{"cidr_blocks": [SECRET]}], "tags": {"Name": SECRET}}
            ),
            False,
            {"ingress": [{"cidr_blocks": [True]}], "tags": {"Name": True}},
        ),
        marked(create("aws_vpn_connection.a", {"tunnel1_preshared_key": SECRET}), False, True),
    ],
    ids=["new", "changed", "inside of a list", "all of it"],
)
def test_a_plan(change: dict[str, Any]) -> None:
    loaded = show.of_plan(plan(change), "plan.json")
    assert len(loaded.changes) == 1
    assert SECRET not in repr(loaded)


def test_a_state() -> None:
    values = {"id": "sgr-1", "cidr_ipv4": SECRET, "from_port": 22}
    item = {"address": RULE, "type": RULE.partition(".")[0], "mode": "managed", "values": values}
    item["sensitive_values"] = {"cidr_ipv4": True}
    loaded = show.of_state({"format_version": "1.0", "values": {"root_module": {"resources": [item]}}}, "s")
    assert SECRET not in repr(loaded)
    [change] = loaded.changes
    assert change.after is not None
    assert change.after["from_port"] == 22
    assert str(change.after["cidr_ipv4"]) == f"{RULE}.cidr_ipv4 is marked sensitive and is not read"


def test_a_sensitive_value_that_changes_is_changed() -> None:
    """Nobody sees whether it does: so the rule as recorded is not taken for the one after the apply."""
    change = marked(
        update(RULE, {"id": "sgr-1", "cidr_ipv4": SECRET}), {"cidr_ipv4": True}, {"cidr_ipv4": True}
    )
    [found] = show.of_plan(plan(change), "plan.json").changes
    assert found.changed("cidr_ipv4")
    assert isinstance((found.after or {})["cidr_ipv4"], AfterApply)


def test_a_region_that_is_sensitive() -> None:
    configuration = {
        "provider_config": {"aws": {"expressions": {"region": {"references": ["var.region"]}}}},
        "root_module": {"variables": {"region": {"sensitive": True}}},
    }
    document = plan(configuration=configuration, variables={"region": {"value": SECRET}})
    assert SECRET not in repr(show.of_plan(document, "plan.json"))
