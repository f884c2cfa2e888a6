"""Do Terraform's files that make more and more end, with a sentence or a value that is not known?"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from nlbcheck.aws.fields import AfterApply
from nlbcheck.errors import InputError
from nlbcheck.terraform.reading import read

SECONDS = 30
"""Of one processor; each takes less than five here."""


def growing(expression: str, first: str = '"0123456789"', times: int = 30) -> str:
    """Locals of which each is made of the one before, which stands for @, and a resource that has it."""
    each = [f"a{n + 1} = {expression.replace('@', f'local.a{n}')}" for n in range(times)]
    return "\n".join(["locals {", f"a0 = {first}", *each, "}", resource(f"a = local.a{times}")])


def resource(body: str) -> str:
    return f'resource "aws_x" "y" {{\n{body}\n}}\n'


def refused(path: Path, text: str) -> str:
    (path / "main.tf").write_text(text, encoding="utf-8")
    before = time.process_time()
    with pytest.raises(InputError) as raised:
        read(path)
    assert time.process_time() - before < SECONDS
    (told,) = raised.value.problems
    return told


MORE = "makes more than can be evaluated: expected what Terraform could apply to AWS"


def test_a_count_that_aws_could_not_have(tmp_path: Path) -> None:
    told = refused(tmp_path, resource("count = 1000000000"))
    expected = "aws_x.y: count is 1000000000: expected a number of resources that AWS could have"
    assert told == f"{tmp_path}/main.tf:1: {expected}"


@pytest.mark.parametrize(
    "text",
    [
        growing('"${@}${@}"'),
        growing("concat(@, @)", "[1, 2]"),
        growing("[@, @]", "[1, 2]"),
        growing('format("%s%s", @, @)'),
        growing('replace(@, "", @)', times=9),
        growing("join(@, [@, @, @])", times=9),
        resource("a = " + "".join(f"[for n{n} in range(1000) : " for n in range(4)) + "1" + "]" * 4),
        resource("a = setproduct(" + ", ".join(["range(1000)"] * 4) + ")"),
        resource('dynamic "x" {\nfor_each = range(1000)\ncontent {\n' * 3 + "}\n}\n" * 3),
        'module "a" {\nsource = "./"\ncount = 3\n}\nmodule "b" {\nsource = "./"\ncount = 3\n}\n',
    ],
)
def test_what_grows_without_end(tmp_path: Path, text: str) -> None:
    told = refused(tmp_path, text)
    assert told.startswith(f"{tmp_path}: ")
    assert told.endswith(MORE)


@pytest.mark.parametrize("text", [growing("[@]", times=900), growing("@", times=900)])
def test_what_is_nested_too_deeply(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text).startswith(f"{tmp_path}: ")
    assert "nested too deeply" in refused(tmp_path, text)


@pytest.mark.parametrize(
    "expression",
    [
        "range(1000000000)",
        'format("%1000000000d", 1)',
        'format("%*d", 1000000000, 1)',
        'format("%.1000000000f", 1)',
        '"a" * 1000000000',
        '"%1000000000d" % 1',
        'cidrsubnet("10.0.0.0/8", -2000000000, 1)',
        "1e400",
    ],
)
def test_what_terraform_would_not_make_is_not_known(tmp_path: Path, expression: str) -> None:
    (tmp_path / "main.tf").write_text(resource(f"a = {expression}"), encoding="utf-8")
    (change,) = read(tmp_path).changes
    assert isinstance((change.after or {})["a"], AfterApply)


def test_numbers_that_are_squared_again_and_again(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(growing("@ * @", "9999"), encoding="utf-8")
    (change,) = read(tmp_path).changes
    assert isinstance((change.after or {})["a"], AfterApply)


@pytest.mark.parametrize(
    "body",
    ['count = "abc"', "count = [1]", "count = 1.5", "count = 1e400", "for_each = 5", "for_each = [[1]]"],
)
def test_an_odd_number_of_instances_is_left_out_and_named(tmp_path: Path, body: str) -> None:
    (tmp_path / "main.tf").write_text(resource(body), encoding="utf-8")
    loaded = read(tmp_path)
    assert loaded.changes == ()
    (told,) = loaded.remarks
    assert told.startswith(f"{tmp_path}/main.tf:1: aws_x.y is left out: aws_x.y: {body.split()[0]} (")


@pytest.mark.parametrize("body", ["for_each = 5\ncontent {}", "content {}", "for_each = null\ncontent {}"])
def test_blocks_that_repeat_oddly_are_not_known(tmp_path: Path, body: str) -> None:
    (tmp_path / "main.tf").write_text(resource(f'dynamic "x" {{\n{body}\n}}'), encoding="utf-8")
    (change,) = read(tmp_path).changes
    assert isinstance((change.after or {})["x"], AfterApply)


def test_what_people_write_is_far_from_the_bound(tmp_path: Path) -> None:
    rows = '{ for a in range(50) : "r${a}" => { port = 10000 + a, name = "x-${a}" } }'
    each = f'[for n in range(50) : {{ for k, v in {rows} : "${{n}}-${{k}}" => v }}]'
    body = "for_each = local.rows\nport = each.value.port\nname = local.rows[each.key].name"
    text = f"locals {{\nrows = merge({each}...)\n}}\n" + resource(body)
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    assert len(read(tmp_path).changes) == 2500
