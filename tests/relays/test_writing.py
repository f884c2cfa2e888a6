"""Is what is written as YAML read again as what it was, whatever the names are?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.errors import InputError
from nlbcheck.model import Json
from nlbcheck.relays import load
from nlbcheck.relays.writing import Remark, text

AWKWARD = st.sampled_from(
    [
        *("1e3", "0o17", "0x1f", "10", "-5", "1_000", "1.5", ".inf", ".nan", "2026-11-22", "1:30"),
        *(
            "no",
            "on",
            "true",
            "Null",
            "~",
            "=",
            "<<",
            "#1",
            "- a",
            "a: b",
            "'",
            '"',
            "| a",
            "転送先",
            "x" * 300,
        ),
        *("[a", "{a", "*a", "&a", "!a", "%a", "@a", "`a"),
    ]
)
ROW: dict[str, Json] = {
    "listener": "TCP:1",
    "target_group": "tg",
    "target_port": "TCP:22",
    "target": "10.0.0.1",
}


@given(
    names=st.lists(AWKWARD | st.from_regex(r"[A-Za-z0-9-]{1,32}", fullmatch=True), min_size=1, max_size=5),
    balancer=AWKWARD,
    remark=st.text(),
)
def test_every_name_comes_back(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], balancer: str, remark: str
) -> None:
    rows: list[dict[str, Json]] = [
        ROW
        | {
            "listener": f"TCP:{port}",
            "target_group": name if ":" not in name else f"tg-{port}",
            "target": "x",
        }
        for port, name in enumerate(names, start=1)
    ]
    file = tmp_path_factory.mktemp("written") / "nlbcheck.yaml"
    written = text({"load_balancer": balancer, "targets": {"x": "10.0.0.1"}}, [Remark(remark), *rows], remark)
    file.write_text(written, encoding="utf-8")
    table = load(file)
    assert table.load_balancer == balancer
    assert [row.target_group for row in table.rows] == [row["target_group"] for row in rows]
    assert {str(row.target.address) for row in table.rows} == {"10.0.0.1"}


def test_what_it_looks_like() -> None:
    written = text({"load_balancer": "1e3"}, [Remark("one\nline"), ROW], "A table.")
    assert written == (
        "# A table.\nload_balancer: '1e3'\nmappings:\n# one\\nline\n"
        "- listener: TCP:1\n  target_group: tg\n  target_port: TCP:22\n  target: 10.0.0.1\n"
    )


@pytest.mark.parametrize(
    ("head", "row", "problem"),
    [
        ({"load_balancer": "\x1b[31m"}, ROW, "do not print"),
        ({"region": " "}, ROW, "region: is empty"),
        ({}, ROW | {"target_group": "a:b"}, "which no target group's name has"),
        ({}, ROW | {"target": "2001:db8::1"}, "IPv6 is not supported"),
    ],
)
def test_what_is_no_table_is_not_written(head: dict[str, Json], row: dict[str, Json], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        text(head, [row], "")
