"""What Terraform marks sensitive is not read, so that it reaches no output; what depends on it is unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nlbcheck.aws.fields import AfterApply
from nlbcheck.errors import InputError
from nlbcheck.terraform import raw_state as raw_state_file
from nlbcheck.terraform import show
from nlbcheck.terraform.change import Loaded, later
from nlbcheck.terraform.reading import read
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


def raw_state(attributes: dict[str, Any], *paths: object) -> Loaded:
    instance = {"attributes": attributes, "sensitive_attributes": list(paths)}
    item = {"mode": "managed", "type": "aws_instance", "name": "a", "instances": [instance]}
    document = {"version": 4, "terraform_version": "1.9.0", "lineage": "x", "resources": [item]}
    return raw_state_file.of_document(document, "terraform.tfstate")


def attribute(name: str) -> dict[str, object]:
    return {"type": "get_attr", "value": name}


def index(value: object) -> dict[str, object]:
    kind = "number" if isinstance(value, int) else "string"
    return {"type": "index", "value": {"value": value, "type": kind}}


@pytest.mark.parametrize(
    ("attributes", "path", "told"),
    [
        ({"user_data": SECRET}, [attribute("user_data")], "user_data"),
        ({"rules": [{}, {"a": SECRET}]}, [attribute("rules"), index(1), attribute("a")], "rules[1].a"),
        ({"tags": {"Name": SECRET}}, [attribute("tags"), index("Name")], "tags.Name"),
        ({"rules": [SECRET]}, [attribute("rules"), index(7)], "rules"),
        ({"rules": [SECRET]}, [attribute("rules"), {"type": "index", "value": {"value": {}}}], "rules"),
    ],
)  # fmt: skip
def test_a_state_file(attributes: dict[str, Any], path: list[object], told: str) -> None:
    loaded = raw_state({"id": "i-1", **attributes}, path)
    [change] = loaded.changes
    assert SECRET not in repr(loaded)
    assert (change.after or {})["id"] == "i-1"
    assert [str(item) for item in later(change.after)] == [
        f"aws_instance.a.{told} is marked sensitive and is not read"
    ]


@pytest.mark.parametrize("path", [[], None, 7, "a", [7], [{"type": "get_attr"}], [None]])
def test_of_a_state_file_nothing_is_read_where_it_cannot_be_told_what_is_sensitive(path: object) -> None:
    loaded = raw_state({"user_data": SECRET}, path)
    assert SECRET not in repr(loaded)


MARKED = """
variable "secret" {
  sensitive = true
  default   = "198.51.100.77/32"
}
variable "given" { sensitive = true }
locals { secret = sensitive("198.51.100.77/32") }
module "inner" {
  source = "./inner"
  plain  = "198.51.100.77/32"
}
"""
INNER = """
variable "plain" { sensitive = true }
output "plain" { value = var.plain }
output "marked" {
  value     = "198.51.100.77/32"
  sensitive = true
}
"""


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("var.secret", "var.secret"),
        ("var.given", "var.given"),
        ('"${var.secret}"', "var.secret"),
        ('"a ${var.secret}"', "aws_x.y.a (var.secret)"),
        ("local.secret", "sensitive(…)"),
        ("upper(local.secret)", "aws_x.y.a (sensitive(…))"),
        ('var.secret == "a" ? "b" : "c"', "aws_x.y.a (var.secret)"),
        ('split("/", var.secret)[0]', "aws_x.y.a (var.secret)"),
        ("[for item in var.secret : item]", "aws_x.y.a (var.secret)"),
        ("sensitive({ a = 1 }).a", "sensitive(…).a"),
        ('sensitive(["a"])[0]', "sensitive(…)[0]"),
        ("nonsensitive(var.secret)", "aws_x.y.a (var.secret)"),
        ("module.inner.plain", "module.inner.var.plain"),
        ("module.inner.marked", "module.inner.output.marked"),
    ],
)
def test_files(tmp_path: Path, expression: str, told: str) -> None:
    (tmp_path / "main.tf").write_text(f'{MARKED}resource "aws_x" "y" {{ a = {expression} }}\n')
    (tmp_path / "terraform.tfvars").write_text(f'given = "{SECRET}"\n')
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "main.tf").write_text(INNER)
    loaded = read(tmp_path)
    [change] = loaded.changes
    assert SECRET not in repr(loaded)
    assert str((change.after or {})["a"]) == f"{told} is marked sensitive and is not read"


def test_what_is_repeated_by_something_sensitive_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(f'{MARKED}resource "aws_x" "y" {{ for_each = toset([var.secret]) }}\n')
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "main.tf").write_text(INNER)
    loaded = read(tmp_path)
    assert SECRET not in repr(loaded)
    [remark] = loaded.remarks
    assert remark.endswith("(var.secret) is marked sensitive and is not read")


def test_a_file_of_variables_that_is_no_hcl_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(MARKED)
    (tmp_path / "terraform.tfvars").write_text(f'given = "{SECRET}\n')
    with pytest.raises(InputError) as wrong:
        read(tmp_path)
    assert SECRET not in str(wrong.value)
    assert "terraform.tfvars:1: not HCL" in str(wrong.value)
