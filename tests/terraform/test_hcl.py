"""Are Terraform's own files read as Terraform reads them, as far as they say it themselves?"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.aws.fields import AfterApply
from nlbcheck.errors import InputError
from nlbcheck.formats.hcl import quoted
from nlbcheck.terraform.hcl import folder
from nlbcheck.terraform.reading import read

SAMPLES = Path(__file__).parents[2] / "sample_configs"


def values(tmp_path: Path, text: str) -> dict[str, Any]:
    """Return the attributes of each resource of one file by its address."""
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    return {change.address: dict(change.after or {}) for change in read(tmp_path).changes}


def value(tmp_path: Path, expression: str) -> Any:
    return values(tmp_path, f'resource "aws_x" "y" {{\n  a = {expression}\n}}\n')["aws_x.y"]["a"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("-(2 - 5)", 3),
        ("7 / 2", 3.5),
        ("6 / 2", 3),
        ("!true || 2 >= 2 && 1 != 2", True),
        ('true ? "yes" : "no"', "yes"),
        ('"a${1 + 1}b$${c}"', "a2b${c}"),
        (r'"tab\t\"\u00e9\\"', 'tab\t"é\\'),
        ("[1, 2, 3][1]", 2),
        ('{ a = 1, "b" : 2, (upper("c")) = 3 }', {"a": 1, "b": 2, "C": 3}),
        ('{ a = { b = [5] } }.a["b"][0]', 5),
        ("[for n in [1, 2, 3] : n * 2 if n != 2]", [2, 6]),
        ('{ for k, v in { x = 1, y = 2 } : v => k }', {"1": "x", "2": "y"}),
        ('{ for v in ["a", "b", "a"] : v => 1... }', {"a": [1, 1], "b": [1]}),
        ("[for i, v in [5, 6] : i + v]", [5, 7]),
        ("[{ a = 1 }, { a = 2 }][*].a", [1, 2]),
        ("merge({ a = 1 }, { b = 2 })", {"a": 1, "b": 2}),
        ("merge([{ a = 1 }, { a = 2 }]...)", {"a": 2}),
        ('join("-", ["a", "b"])', "a-b"),
        ('split(":", "TCP:22")[1]', "22"),
        ('tonumber("22")', 22),
        ('lookup({ a = 1 }, "b", 9)', 9),
        ('cidrsubnet("10.0.0.0/16", 8, 2)', "10.0.2.0/24"),
        ('cidrhost("10.0.0.0/24", 5)', "10.0.0.5"),
        ('try({ a = 1 }.b, "else")', "else"),
        ("flatten([[1], [2, [3]]])", [1, 2, 3]),
        ('toset(["b", "a", "b"])', ["a", "b"]),
        ('format("%s-%d", "x", 3)', "x-3"),
        ('contains(["a"], "a")', True),
        ("null", None),
        ("<<EOT\nhello\nEOT\n", "hello\n"),
    ],
)  # fmt: skip
def test_an_expression(tmp_path: Path, expression: str, expected: Any) -> None:
    assert value(tmp_path, expression) == expected


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("var.none", "var.none"),
        ("data.aws_vpc.this.id", "data.aws_vpc.this.id"),
        ("timestamp()", "the function timestamp"),
        ('"%{ if true }x%{ endif }"', "a template directive"),
        ("aws_other.thing.id", "aws_other"),
        ("var.none ? 1 : 2", "var.none"),
        ("[1][7]", "IndexError"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_what_is_not_known_is_named(tmp_path: Path, expression: str, name: str) -> None:
    found = value(tmp_path, expression)
    assert isinstance(found, AfterApply)
    assert name in str(found)


def test_count_for_each_dynamic_blocks_and_modules(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "main.tf").write_text(
        'variable "port" {}\nvariable "balancer" {}\n'
        'resource "aws_lb_listener" "this" {\n  load_balancer_arn = var.balancer\n  port = var.port\n}\n'
        'output "arn" {\n  value = aws_lb_listener.this.arn\n}\n',
    )
    found = values(
        tmp_path,
        """
        variable "zones" { default = { a = "10.0.1.5", c = "10.0.2.5" } }
        locals { ports = toset(["22", "80"]) }
        resource "aws_lb" "nlb" {
          name = "relay"
          dynamic "subnet_mapping" {
            for_each = var.zones
            content {
              subnet_id            = aws_subnet.zone[subnet_mapping.key].id
              private_ipv4_address = subnet_mapping.value
            }
          }
        }
        resource "aws_subnet" "zone" {
          for_each   = var.zones
          cidr_block = "${each.value}/24"
        }
        resource "aws_instance" "server" {
          count      = 2
          private_ip = "10.0.1.${10 + count.index}"
        }
        module "listener" {
          source   = "./inner"
          for_each = local.ports
          balancer = aws_lb.nlb.arn
          port     = tonumber(each.key)
        }
        module "far" { source = "terraform-aws-modules/alb/aws" }
        resource "aws_x" "y" {
          listeners = [module.listener["22"].arn]
          servers   = aws_instance.server[*].private_ip
          all       = [for key, zone in aws_subnet.zone : "${key}=${zone.cidr_block}"]
          far       = module.far.arn
        }
        """,
    )
    assert set(found) == {
        "aws_lb.nlb", 'aws_subnet.zone["a"]', 'aws_subnet.zone["c"]', "aws_instance.server[0]",
        "aws_instance.server[1]", 'module.listener["22"].aws_lb_listener.this',
        'module.listener["80"].aws_lb_listener.this', "aws_x.y",
    }  # fmt: skip
    mapping = found["aws_lb.nlb"]["subnet_mapping"]
    assert mapping == [
        {"subnet_id": 'subnet-(aws_subnet.zone["a"])', "private_ipv4_address": "10.0.1.5"},
        {"subnet_id": 'subnet-(aws_subnet.zone["c"])', "private_ipv4_address": "10.0.2.5"},
    ]
    listener = found['module.listener["80"].aws_lb_listener.this']
    assert listener["port"] == 80
    assert listener["load_balancer_arn"] == found["aws_lb.nlb"]["arn"]
    odd = found["aws_x.y"]
    assert odd["listeners"] == [found['module.listener["22"].aws_lb_listener.this']["arn"]]
    assert odd["servers"] == ["10.0.1.10", "10.0.1.11"]
    assert odd["all"] == ["a=10.0.1.5/24", "c=10.0.2.5/24"]
    assert isinstance(odd["far"], AfterApply)
    remarks = read(tmp_path).remarks
    assert [remark for remark in remarks if "module.far" in remark and "main.tf:" in remark]


def test_what_repeats_an_unknown_number_of_times_is_left_out_and_named(tmp_path: Path) -> None:
    text = 'variable "n" {}\nresource "aws_lb" "nlb" {\n  count = var.n\n}\n'
    assert values(tmp_path, text) == {}
    [remark] = read(tmp_path).remarks
    assert "main.tf:2" in remark
    assert "aws_lb.nlb is left out" in remark
    assert "var.n" in remark


def test_a_local_made_of_itself_ends(tmp_path: Path) -> None:
    text = 'locals { a = local.b\n b = local.a }\nresource "aws_x" "y" { v = local.a }\n'
    assert isinstance(values(tmp_path, text)["aws_x.y"]["v"], AfterApply)


def test_a_module_that_calls_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('module "again" { source = "../x" }\n')
    link = tmp_path / "x"
    link.mkdir()
    (link / "main.tf").write_text('module "again" { source = "../x" }\n')
    (tmp_path / "main.tf").write_text('module "again" { source = "./x" }\n')
    assert folder.read(tmp_path).changes == ()


def test_files_of_variables_set_them(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfvars").write_text('name = "one"\nother = 1\n')
    (tmp_path / "z.auto.tfvars").write_text('name = "two"\n')
    text = (
        'variable "name" {}\nvariable "other" {}\nresource "aws_x" "y" {\n a = var.name\n b = var.other\n}\n'
    )
    assert values(tmp_path, text)["aws_x.y"] == {"a": "two", "b": 1}


def test_a_mistake_is_told_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "good.tf").write_text("locals { a = 1 }\n")
    (tmp_path / "bad.tf").write_text('resource "aws_lb" "x" {\n  name = \n}\n')
    (tmp_path / "open.tf").write_text('resource "aws_lb" "y" {\n  name = "a"\n')
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    told = str(caught.value)
    assert f"{tmp_path}/bad.tf:2: not HCL" in told
    assert f"{tmp_path}/open.tf:" in told


def test_a_folder_without_terraform(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file ends in \.tf"):
        read(tmp_path)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b'resource "a" "b" {', b"}{", b"a = \x00", b"\xef\xbb\xbfx ="]
)
def test_hostile_files_are_one_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "main.tf").write_bytes(content)
    with pytest.raises(InputError, match=r"main\.tf"):
        read(tmp_path)


@given(st.text(max_size=40))
def test_what_is_quoted_reads_as_it_was(text: str) -> None:
    """Our own reader undoes what the writer of fixes does, whatever a name holds."""
    import tempfile

    clean = text.encode(errors="ignore").decode()
    with tempfile.TemporaryDirectory() as made:
        assert value(Path(made), quoted(clean)) == clean


def test_the_sample_module_builds_what_the_sample_table_says(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES, tmp_path / "configs")
    module = tmp_path / "configs" / "terraform"
    (module / "terraform.tfvars.example").rename(module / "terraform.tfvars")
    loaded = read(module)
    assert loaded.remarks == ()
    assert loaded.region == "ap-northeast-1"
    kinds = [change.type for change in loaded.changes]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "aws_security_group": 1, "aws_vpc_security_group_ingress_rule": 5,
        "aws_vpc_security_group_egress_rule": 5, "aws_lb": 1, "aws_lb_target_group": 5,
        "aws_lb_target_group_attachment": 5, "aws_lb_listener": 5,
    }  # fmt: skip
    zones = {
        change.after["target_id"]: change.after["availability_zone"]
        for change in loaded.changes
        if change.after and change.type == "aws_lb_target_group_attachment"
    }
    assert zones == {"172.31.129.10": None, "172.31.137.10": None, "10.0.0.10": "all"}
    assert not [change for change in loaded.changes if "not known" in json.dumps(change.after, default=str)]


@pytest.mark.parametrize("kind", ["fifo", "endless"])
def test_files_that_never_end_are_not_waited_for(kind: str, tmp_path: Path) -> None:
    odd = tmp_path / "odd"
    if kind == "fifo":
        os.mkfifo(odd)
    else:
        odd.symlink_to("/dev/zero")
    assert isinstance(value(tmp_path, f'file("{odd}")'), AfterApply)
    for name in ("plan.json", "more.tf"):
        odd.rename(tmp_path / name)
        odd = tmp_path / name
        with pytest.raises(InputError, match=r"nobody writes into|is larger than"):
            read(odd if name == "plan.json" else tmp_path)
