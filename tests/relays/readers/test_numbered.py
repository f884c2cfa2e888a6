"""Is a column that may be the target or its port, as 中継先番号, taken for what its cells are?"""

from __future__ import annotations

from pathlib import Path

import pytest

from nlbcheck.errors import InputError
from nlbcheck.relays import Table, load


def table(folder: Path, *lines: str, columns: tuple[tuple[str, str], ...] = ()) -> Table:
    file = folder / "t.csv"
    file.write_text("\n".join(lines) + "\n")
    return load(file, columns=columns)


def refusal(folder: Path, *lines: str) -> str:
    with pytest.raises(InputError) as caught:
        table(folder, *lines)
    (problem,) = caught.value.problems
    return problem.removeprefix(f"{folder / 't.csv'}:")


@pytest.mark.parametrize(
    "lines",
    [
        ("待受番号,中継先,中継先番号", "10022,web-1,22", "20080,web-2,80"),
        ("リスナー,中継先サーバー,中継先IP,中継先番号", "10022,web-1,10.0.0.1,22", "20080,web-2,10.0.0.2,80"),
        ("中継先番号,サーバー,リスナー", "22,web-1,10022", "TCP:80,web-2,20080"),
        ("listener,backend no.,server", "10022,22,web-1", "20080,80,web-2"),
    ],
)
def test_ports_alone_are_the_target_port_where_no_other_column_is(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    rows = table(tmp_path, *lines).rows
    assert [(row.listener.number, row.target_port.number, row.targets[0].name) for row in rows] == [
        (10022, 22, "web-1"),
        (20080, 80, "web-2"),
    ]


def test_two_such_columns_are_told_with_the_option_that_settles_it(tmp_path: Path) -> None:
    lines = ("リスナー,中継先番号,ターゲットポート,サーバー", "10022,23,22,web-1")
    told = "may all be the target_port: say which one is, as --column target_port="
    first, second = "ターゲットポート", "中継先番号"
    assert refusal(tmp_path, *lines) == f"1: columns '{first}' and '{second}' {told}{first}"
    for heading, port in ((first, 22), (second, 23)):
        (row,) = table(tmp_path, *lines, columns=(("target_port", heading),)).rows
        assert (row.target_port.number, row.targets[0].name) == (port, "web-1")
    both = ("リスナー,中継先番号,転送先番号,サーバー", "10022,23,22,web-1")
    assert refusal(tmp_path, *both) == f"1: columns '{second}' and '転送先番号' {told}{second}"


def test_without_a_target_that_is_what_is_missing(tmp_path: Path) -> None:
    told = refusal(tmp_path, "リスナー,中継先番号", "10022,22")
    assert told.startswith("1: has no column that is understood as the target: understood are ")
    assert "'中継先番号' as target_port" in told


def test_names_and_row_counts_are_no_ports(tmp_path: Path) -> None:
    (row,) = table(tmp_path, "リスナー,ターゲットポート,中継先番号", "10022,22,web-1").rows
    assert row.targets[0].name == "web-1"
    (row,) = table(tmp_path, "リスナー,中継先番号", "10022,web:22").rows
    assert (row.targets[0].name, row.target_port.number) == ("web", 22)
    counted = refusal(tmp_path, "リスナー,サーバー,中継先番号", "10022,web-1,1", "20080,web-2,2")
    assert "target_port" in counted or "target port" in counted
