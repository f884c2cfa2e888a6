"""Are plans and states read as Terraform writes them, of every version and whatever is unknown in them?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.aws.fields import AfterApply
from nlbcheck.errors import InputError
from nlbcheck.terraform import reading, show
from nlbcheck.terraform.change import PlanAction
from tests.terraform.planning import change, create, delete, plan, update, without

ROUTE = {"id": "r-1", "route_table_id": "rtb-1", "destination_cidr_block": "10.0.0.0/8"}
RULE = {"type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["10.0.0.0/8"]}
ACL_RULE = {"network_acl_id": "acl-1", "rule_number": 40, "rule_action": "deny", "protocol": "6"}
REAL = Path(__file__).parent / "files" / "terraform-1.11.json"


def loaded(tmp_path: Path, document: Any) -> Any:
    (tmp_path / "file.json").write_text(json.dumps(document))
    return reading.read(tmp_path / "file.json")


@pytest.mark.parametrize(
    ("actions", "meaning"),
    [
        (["no-op"], PlanAction.NONE),
        (["create"], PlanAction.CREATE),
        (["update"], PlanAction.UPDATE),
        (["delete"], PlanAction.DELETE),
        (["delete", "create"], PlanAction.REPLACE),
        (["create", "delete"], PlanAction.REPLACE),
        (["forget"], PlanAction.NONE),
        (["forget", "create"], PlanAction.CREATE),
    ],
)
def test_what_an_apply_does(tmp_path: Path, actions: list[str], meaning: PlanAction) -> None:
    before = {"arn": "arn:aws:x", "name": "x"}
    after = None if actions == ["delete"] else before
    found = loaded(tmp_path, plan(change("aws_lb.nlb", actions, before, after)))
    assert found.changes[0].action is meaning


@pytest.mark.parametrize(
    "document",
    [
        {"format_version": "0.1", "terraform_version": "0.12.31"},
        {"format_version": "1.0", "terraform_version": "1.1.9"},
        {"format_version": "1.2", "terraform_version": "1.8.3", "applyable": True, "errored": False},
        {"format_version": "1.2", "terraform_version": "1.9.0", "timestamp": "2026-11-28T00:00:00Z"},
    ],
)  # Terraform 0.12 to 1.x, and OpenTofu, which counts its own versions
def test_every_format_version(tmp_path: Path, document: dict[str, Any]) -> None:
    made = plan(delete("aws_route.x", ROUTE))
    found = loaded(tmp_path, {**without(made, "format_version", "terraform_version"), **document})
    assert [item.address for item in found.changes] == ["aws_route.x"]


def test_data_sources_and_deposed_objects(tmp_path: Path) -> None:
    read = {**change("data.aws_vpc.this", ["read"], None, {"id": None}), "mode": "data"}
    gone = {**delete("aws_subnet.a", {"id": "subnet-1"}), "deposed": "0123abcd"}
    prior = {
        "values": {
            "root_module": {
                "resources": [
                    {
                        "address": "data.aws_vpc.that", "mode": "data", "type": "aws_vpc",
                        "values": {"id": "vpc-1", "cidr_block": "10.0.0.0/16"},
                    },
                    {"address": "aws_subnet.a", "mode": "managed", "type": "aws_subnet", "values": {}},
                ]
            }
        }
    }  # fmt: skip
    made = plan(read, update("aws_subnet.a", {"id": "subnet-2"}), gone, prior_state=prior)
    found = loaded(tmp_path, made)
    assert {item.address: item.action for item in found.changes} == {
        "aws_subnet.a": PlanAction.UPDATE,
        "aws_subnet.a (deposed object 0123abcd)": PlanAction.DELETE,
        "data.aws_vpc.that": PlanAction.NONE,
    }


def test_unknown_values_are_named_at_any_depth(tmp_path: Path) -> None:
    after = {"name": "x", "subnet_mapping": [{"subnet_id": "subnet-1"}, {}], "tags": None}
    unknown = {"arn": True, "subnet_mapping": [{}, {"subnet_id": True}], "tags": {"Owner": True}}
    [found] = loaded(tmp_path, plan(create("aws_lb.nlb", after, unknown))).changes
    assert found.after["subnet_mapping"] == [
        {"subnet_id": "subnet-1"}, {"subnet_id": AfterApply("aws_lb.nlb.subnet_mapping[1].subnet_id")},
    ]  # fmt: skip
    assert found.after["tags"] == {"Owner": AfterApply("aws_lb.nlb.tags.Owner")}
    assert found.after["arn"].endswith("loadbalancer/net/x/(aws_lb.nlb)")


def configuration(*resources: dict[str, Any], **calls: Any) -> dict[str, Any]:
    return {"root_module": {"resources": list(resources), "module_calls": calls}}


def said(address: str, **expressions: Any) -> dict[str, Any]:
    return {"address": address, "mode": "managed", "expressions": expressions}


def refers(*references: str) -> dict[str, Any]:
    return {"references": list(references)}


def test_ids_are_followed_through_references_keys_and_modules(tmp_path: Path) -> None:
    groups = [create(f'aws_lb_target_group.row["{key}"]', {"name": f"tg-{key}"}) for key in ("a", "b")]
    listeners = [
        create(
            f'module.l["x.y"].aws_lb_listener.row["{key}"]',
            {"port": 22, "default_action": [{"type": "forward"}]},
            {"load_balancer_arn": True, "default_action": [{"target_group_arn": True}]},
        )
        for key in ("a", "b")
    ]
    inner = {
        "resources": [
            said(
                "aws_lb_listener.row",
                load_balancer_arn=refers("var.balancer"),
                default_action=[
                    {"target_group_arn": refers("var.groups[each.key]", "var.groups", "each.key")}
                ],
            )
        ]
    }
    made = plan(
        create("aws_lb.nlb", {"name": "relay"}),
        *groups,
        *listeners,
        create("aws_x.y", {}, {"target_group_arn": True, "cidr": True, "group_id": True, "vpc_id": True}),
        configuration=configuration(
            said(
                "aws_x.y",
                target_group_arn=refers('aws_lb_target_group.row["b"].arn', 'aws_lb_target_group.row["b"]'),
                cidr=refers("aws_lb.nlb.arn", "aws_lb.nlb"),
                group_id=refers("aws_lb_target_group.row", "count.index"),
                vpc_id=refers("aws_lb.nlb.arn", "local.other"),
            ),
            l={
                "module": inner,
                "expressions": {"balancer": refers("aws_lb.nlb.arn", "aws_lb.nlb")},
            },
        ),
    )
    found = {item.address: item.after for item in loaded(tmp_path, made).changes}
    balancer = found["aws_lb.nlb"]["arn"]
    for key in ("a", "b"):
        assert found[f'module.l["x.y"].aws_lb_listener.row["{key}"]']["load_balancer_arn"] == balancer
    odd = found["aws_x.y"]
    assert odd["target_group_arn"] == found['aws_lb_target_group.row["b"]']["arn"]
    assert isinstance(odd["cidr"], AfterApply), "no id is expected there"
    assert isinstance(odd["group_id"], AfterApply), "count.index may be part of a sum"
    assert isinstance(odd["vpc_id"], AfterApply), "another value may be meant"


def test_each_key_means_the_instance_of_the_same_key(tmp_path: Path) -> None:
    made = plan(
        *(create(f'aws_lb_target_group.row["{key}"]', {"name": f"tg-{key}"}) for key in ("a", "b")),
        *(
            create(
                f'aws_lb_target_group_attachment.row["{key}"]',
                {"target_id": "i-1"},
                {"target_group_arn": True},
            )
            for key in ("a", "b", "c")
        ),
        configuration=configuration(
            said(
                "aws_lb_target_group_attachment.row",
                target_group_arn=refers("aws_lb_target_group.row", "each.key"),
            )
        ),
    )
    found = {item.address: item.after for item in loaded(tmp_path, made).changes}
    for key in ("a", "b"):
        named = found[f'aws_lb_target_group_attachment.row["{key}"]']["target_group_arn"]
        assert named == found[f'aws_lb_target_group.row["{key}"]']["arn"]
    assert isinstance(found['aws_lb_target_group_attachment.row["c"]']["target_group_arn"], AfterApply)


def test_a_plan_that_terraform_1_11_has_printed() -> None:
    """Its resources are of a kind that needs no provider; here they are taken for security groups."""
    text = (
        REAL.read_text()
        .replace("terraform_data", "aws_security_group")
        .replace('"input"', '"security_group_id"')
    )
    found = {item.address: item.after or {} for item in show.of_plan(json.loads(text), "plan").changes}
    ids = {address: f"sg-({address})" for address in found}
    assert {address: after["id"] for address, after in found.items()} == ids

    def refers_to(address: str) -> Any:
        return found[address]["security_group_id"]

    for key in ("22", "80"):
        group = ids[f'aws_security_group.group["{key}"]']
        assert refers_to(f'aws_security_group.listener["{key}"]') == group
        assert refers_to(f'module.m["{key}"].aws_security_group.in') == group
    assert refers_to("aws_security_group.out") == ids['module.m["22"].aws_security_group.in']
    later = refers_to("aws_security_group.d[0]")
    assert isinstance(later, AfterApply)
    assert later.may_be == (ids["aws_security_group.c[0]"], ids["aws_security_group.c[1]"])
    odd = refers_to("aws_security_group.cond")
    assert isinstance(odd, AfterApply)
    assert odd.may_be == ()


def test_a_key_may_take_another_attribute_than_the_id(tmp_path: Path) -> None:
    """``aws_vpc.this[each.key].default_security_group_id`` is told as a reference to the VPC alone."""
    made = plan(
        create('aws_vpc.this["a"]', {"cidr_block": "10.0.0.0/16"}),
        create('aws_security_group_rule.r["a"]', RULE, {"security_group_id": True}),
        configuration=configuration(
            said("aws_security_group_rule.r", security_group_id=refers("aws_vpc.this", "each.key"))
        ),
    )
    [_, rule] = loaded(tmp_path, made).changes
    assert isinstance(rule.after["security_group_id"], AfterApply)
    assert rule.after["security_group_id"].may_be == ()


def test_a_state_that_terraform_shows(tmp_path: Path) -> None:
    child = {
        "address": "module.a",
        "resources": [
            {"address": "module.a.aws_lb.b[0]", "mode": "managed", "type": "aws_lb", "values": {"name": "x"}}
        ],
    }
    found = loaded(tmp_path, {"format_version": "1.0", "values": {"root_module": {"child_modules": [child]}}})
    assert [(item.address, item.after) for item in found.changes] == [("module.a.aws_lb.b[0]", {"name": "x"})]


def test_a_state_file(tmp_path: Path) -> None:
    instances = [{"index_key": "a", "attributes": {"name": "x"}}, {"index_key": 1, "attributes": {}}]
    resources = [
        {"module": "module.m", "mode": "managed", "type": "aws_lb", "name": "n", "instances": instances},
        {"mode": "data", "type": "aws_vpc", "name": "v", "instances": [{"attributes": {"id": "vpc-1"}}]},
    ]
    found = loaded(tmp_path, {"version": 4, "lineage": "l", "serial": 1, "resources": resources})
    assert [item.address for item in found.changes] == [
        'module.m.aws_lb.n["a"]', "module.m.aws_lb.n[1]", "data.aws_vpc.v",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"format_version": "1.0", "resource_ch', "not complete JSON"),
        ("[]", "not Terraform's"),
        ("{}", "not Terraform's"),
        ('{"version": 3, "lineage": "x"}', "version 3"),
        ('{"resource_changes": [{"type": "aws_lb"}]}', "not as Terraform writes it"),
        (json.dumps({"resource_changes": [{"address": "a", "type": "t", "change": {}}] * 2}), "one address"),
        ('{"resource_changes": 5}', "not as Terraform writes it"),
        ("\xff", "not complete JSON"),
        ("[" * 100000, "nested too deeply"),
    ],
)
def test_bad_files_are_one_error(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "plan.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=told) as caught:
        reading.read(tmp_path / "plan.json")
    assert "plan.json" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("", {"0": ROUTE}, "resource_changes: expected a list, found an object"),
        ("", 5, "resource_changes: expected a list, found a number"),
        ("", {}, "resource_changes: expected a list, found an object"),
        ("", "", "resource_changes: expected a list, found a text"),
        ("0", None, r"resource_changes\[0\]: expected an object, found nothing"),
        ("0.mode", ["managed"], r"resource_changes\[0\].mode: expected text, found a list"),
        ("0.type", None, r"resource_changes\[0\].type: expected text, found nothing"),
        ("0.change", [], r"resource_changes\[0\].change: expected an object, found a list"),
        ("0.change.actions", None, "change.actions: expected actions such as create, update or delete, f"),
        ("0.change.actions", ["something-new"], "change.actions: expected actions such as create, update"),
        ("0.change.actions", {"delete": 1}, "change.actions: expected actions such as .*, found an object"),
        ("0.change.before", None, "change.before: expected an object, found nothing"),
        (
            "0.change.before.route_table_id",
            [1],
            "aws_route.x: before.route_table_id: expected text, found a list",
        ),
        ("0.change.before.route_table_id", None, "before.route_table_id: expected a value, found nothing"),
        ("0.change.before.destination_cidr_block", None, "cidr_block or .*: expected a value, found nothing"),
        ("0.change.before.destination_cidr_block", True, "cidr_block: expected text, found true or false"),
        ("0.change.before_sensitive", True, "change.before_sensitive: expected an object, found true or f"),
    ],
)
def test_what_is_not_as_terraform_writes_it_is_never_left_out(
    tmp_path: Path, path: str, value: Any, told: str
) -> None:
    """Left out, the plan would be foretold to change nothing."""
    made: Any = plan(delete("aws_route.x", dict(ROUTE)))
    holder: Any = made
    key: Any = "resource_changes"
    for name in path.split(".") if path else ():
        holder, key = holder[key], int(name) if name.isdecimal() else name
    holder[key] = value
    with pytest.raises(InputError, match=told):
        loaded(tmp_path, made)


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("aws_instance.x", {"id": "i-1", "associate_public_ip_address": True, "security_groups": []}),
        ("aws_vpc.x", {"id": "vpc-1", "cidr_block": "10.0.0.0/8", "assign_generated_ipv6_cidr_block": False}),
        ("aws_ecs_service.x", {"network_configuration": [{"assign_public_ip": True, "subnets": []}]}),
        ("aws_network_acl.x", {"id": "acl-1", "ingress": [{"rule_no": 1, "protocol": "1", "icmp_type": 8}]}),
        (
            "aws_lb_listener.x",
            {
                "arn": "arn:aws:x", "port": 80, "protocol": "HTTP",
                "default_action": [{"type": "redirect", "redirect": [{"port": "#{port}"}]}],
            },
        ),
        ("aws_lb_target_group.x", {"arn": "arn:aws:x", "health_check": [{"port": "traffic-port"}]}),
        ("aws_network_acl_rule.x", ACL_RULE | {"egress": False, "from_port": None, "icmp_type": ""}),
        ("aws_security_group_rule.x", RULE | {"security_group_id": "sg-1", "from_port": 0, "self": None}),
        ("aws_subnet.x", {"id": "subnet-1", "cidr_block": "", "map_public_ip_on_launch": False}),
    ],
)  # fmt: skip
def test_attributes_are_of_the_types_that_the_provider_gives_them(
    tmp_path: Path, address: str, values: Any
) -> None:
    assert loaded(tmp_path, plan(delete(address, values))).changes[0].before == values


def test_of_what_nlbcheck_does_not_lay_over_aws_an_action_may_be_new(tmp_path: Path) -> None:
    found = loaded(tmp_path, plan(change("null_resource.x", ["something-new"], {"name": "x"}, {})))
    assert [item.action for item in found.changes] == [PlanAction.NONE]


def test_a_state_is_no_plan(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"format_version": "1.0", "values": {"root_module": {}}}')
    with pytest.raises(InputError, match="a state says nothing of what an apply changes"):
        reading.read_plan(tmp_path / "state.json")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        reading.read_plan(tmp_path / "plan.json")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON, _JSON)
def test_unknown_values_lie_over_values_of_any_shape(value: Any, unknown: Any) -> None:
    show.with_unknown(value, unknown, "x")
