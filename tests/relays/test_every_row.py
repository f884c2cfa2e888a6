"""No row of a printed table is lost in silence: it is read, or its line is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlbcheck.errors import InputError
from nlbcheck.relays import Table, load

HEAD = "| Listener | Target group | Target port | Target |\n|---|---|---|---|\n"


def row(port: int, target: str = "10.0.0.1", group: str = "") -> str:
    return f"| TCP:{port} | {group or f'tg-{port}'} | TCP:22 | {target} |\n"


def loaded(folder: Path, text: str, name: str = "t.md") -> Table:
    path = folder / name
    path.write_text(text)
    return load(path)


def ports(table: Table) -> list[int]:
    return [row.listener.number for row in table.rows]


def refused(folder: Path, text: str, name: str = "t.md") -> str:
    with pytest.raises(InputError) as found:
        loaded(folder, text, name)
    return str(found.value)


TOGETHER = {
    "two tables": HEAD + row(1) + "\nSecond:\n\n" + HEAD + row(2) + row(3),
    "a blank line": HEAD + row(1) + "\n" + row(2) + row(3),
    "a heading between": HEAD + row(1) + "\n### The rest\n\n" + row(2) + "\n" + row(3),
    "a table of something else": HEAD + row(1) + "\n|a|b|\n|-|-|\n|TCP:9|x|\n\n" + HEAD + row(2) + row(3),
    "a table of something else before a row": HEAD + row(1) + row(2) + "\n|a|b|\n|-|-|\n|1|2|\n\n" + row(3),
    "headings again": HEAD + row(1) + "\n" + HEAD.splitlines()[0] + "\n" + row(2) + row(3),
    "other headings": HEAD + row(1) + "\n|Target|Target group|Target port|Listener|\n|-|-|-|-|\n"
    "|10.0.0.2|tg-2|22|TCP:2|\n|10.0.0.3|tg-3|22|TCP:3|\n",
}  # fmt: skip


@pytest.mark.parametrize("text", TOGETHER.values(), ids=TOGETHER)
def test_all_rows_are_read(tmp_path: Path, text: str) -> None:
    assert ports(loaded(tmp_path, text)) == [1, 2, 3]


def test_a_row_that_is_none_is_named(tmp_path: Path) -> None:
    text = HEAD + row(1) + "\n| TCP:2 | tg-2 | TCP:22 |\n"
    assert "t.md:5: is not part of a table" in refused(tmp_path, text)
    text = HEAD + row(1) + "\n" + row(2).replace("TCP:2 ", "two ")
    assert "t.md:5: is not part of a table" in refused(tmp_path, text)


def test_prose_is_no_row(tmp_path: Path) -> None:
    text = "Either a | b.\n\n" + HEAD + row(1) + "\nRun `nc -z a 1 | cat`, then `a || b`.\n"
    assert ports(loaded(tmp_path, text)) == [1]


def test_a_second_table_that_lacks_a_column_is_named(tmp_path: Path) -> None:
    text = HEAD + row(1) + "\n|Listener|Target group|Target port|Traget|\n|-|-|-|-|\n|2|b|22|x|\n"
    said = refused(tmp_path, text)
    assert "t.md:5: unknown column 'Traget', perhaps 'target' is meant" in said
    assert "--column target=Traget" in said
    assert "has no column" not in said


def test_mistakes_in_both_tables_are_told_at_once(tmp_path: Path) -> None:
    text = HEAD + row(1, "10.0.0.256") + "\n" + HEAD + row(2, "10.0.0.257")
    said = refused(tmp_path, text)
    assert "t.md:3:" in said
    assert "t.md:7:" in said


@pytest.mark.parametrize("mark", ["〃", "同上", "ditto", "''"])
def test_a_mark_stands_for_the_cell_above(tmp_path: Path, mark: str) -> None:
    table = loaded(tmp_path, HEAD + row(1, "10.0.0.1") + row(2, mark) + row(3, mark) + row(4, "10.0.0.4"))
    assert [str(row.target.address) for row in table.rows] == ["10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.4"]
    csv = f"Listener,Target group,Target port,Target\nTCP:1,a,22,10.0.0.1\nTCP:2,b,{mark},{mark}\n"
    assert [str(row.target_port) for row in loaded(tmp_path, csv, "t.csv").rows] == ["TCP:22", "TCP:22"]


def test_a_mark_without_a_row_above_is_named(tmp_path: Path) -> None:
    assert "t.md:3: '〃' stands for the row above, and there is none" in refused(
        tmp_path, HEAD + row(1, "〃")
    )
    text = HEAD + row(1) + "\n" + HEAD + row(2, "〃")
    assert "t.md:7: '〃'" in refused(tmp_path, text)


@pytest.mark.parametrize("target", ["-", "—", "ー", "?", "…", "*"])
def test_a_target_without_a_letter_or_digit_is_none(tmp_path: Path, target: str) -> None:
    said = refused(tmp_path, HEAD + row(1, target))
    assert f"t.md:3: row 1, Target: '{target}' is neither an address nor a name" in said


def test_full_width_digits_are_an_address(tmp_path: Path) -> None:
    table = loaded(tmp_path, HEAD + row(1, "１０．０．０．１") + row(2, "サーバー１"))
    assert [str(row.target.address) for row in table.rows] == ["10.0.0.1", "None"]
    assert table.rows[1].target.name == "サーバー１"
    assert "is not an IPv4 address" in refused(tmp_path, HEAD + row(1, "１０．０．０．２５６"))
    entry = "{listener: 1, target_group: a, target_port: 2, target: １０．０．０．２}"
    text = f"static_ips: [１０．０．０．９]\nmappings:\n- {entry}\n"
    yaml = loaded(tmp_path, text, "t.yaml")
    assert str(yaml.static_ips[0].address) == "10.0.0.9"
    assert str(yaml.rows[0].target.address) == "10.0.0.2"
