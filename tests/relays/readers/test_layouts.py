# ruff: noqa: E501 - one case a line
"""Does one table say the same in every layout that people keep it in?"""

from __future__ import annotations

import csv
import html
import io
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from nlbcheck.relays import Row, load
from tests.relays.build import addresses

HEADINGS = {
    "listener": ["NLB Port", "Listener", "External port", "受けポート", "リスナー", "Port"],
    "protocol": ["Protocol", "プロトコル"],
    "target": ["Target", "Server", "Backend host", "転送先サーバ", "宛先"],
    "target_port": ["Target port", "Backend port", "Server port", "転送先ポート"],
    "note": ["Notes", "備考", "用途"],
}
PORT = {
    True: ["{n}"],
    False: ["{p}:{n}", "{p}/{n}", "{n}/{p}", "{p} {n}", "{n} ({p})"],
}
names = st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9]", fullmatch=True) | addresses
notes = st.sampled_from(["", "jump host", "踏み台", "a & b <c>", "x; y, z", 'say "no"'])
Values = tuple[int, str, str, int, str]
tables = st.lists(
    st.tuples(st.integers(1, 65535), st.sampled_from(["TCP", "TLS"]), names, st.integers(1, 65535), notes),
    min_size=1, max_size=6, unique_by=lambda row: row[0],
)  # fmt: skip
Grid = list[list[str]]


@st.composite
def layouts(draw: st.DrawFn, table: list[Values]) -> Grid:
    """The table under any headings, in any order of columns, protocols in a column or beside the port."""
    has_column = draw(st.booleans())
    form = draw(st.sampled_from(PORT[has_column]))
    keys = ["listener", *(["protocol"] if has_column else []), "target", "target_port", "note"]
    order = draw(st.permutations(keys))
    headings = {key: draw(st.sampled_from(HEADINGS[key])) for key in keys}
    lines = [[headings[key] for key in order]]
    for number, protocol, target, port, note in table:
        text = {
            "listener": form.format(n=number, p=draw(st.sampled_from([protocol, protocol.lower()]))),
            "protocol": protocol, "target": target, "target_port": str(port), "note": note,
        }  # fmt: skip
        lines.append([text[key] for key in order])
    return lines


def as_csv(grid: Grid, delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([["Ports of the relay"], [], *grid])
    return out.getvalue().encode()


def as_markdown(grid: Grid) -> bytes:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(f"**{cell}**" if cell else "" for cell in map(html.escape, cells)) + " |"

    return "\n".join(["Text.", "", line(grid[0]), "|---" * len(grid[0]) + "|", *map(line, grid[1:])]).encode()


def as_html(grid: Grid) -> bytes:
    rows = "".join(
        "<tr>" + "".join(f"<td><p>{html.escape(cell)}</p></td>" for cell in line) + "</tr>\n" for line in grid
    )
    return f"<html><body><table><tbody>{rows}</tbody></table></body></html>".encode()


def as_xlsx(grid: Grid) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Ports of the relay"])
    for line in grid:
        sheet.append([int(cell) if cell.isdecimal() else cell or None for cell in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bare(rows: tuple[Row, ...]) -> list[tuple[object, ...]]:
    return [
        (row.listener.protocol, row.listener.number, row.target.name, row.target_port.number, *row.remarks.values())
        for row in rows
    ]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.data(), tables)
def test_every_layout_says_the_same(tmp_path_factory, data, table) -> None:
    folder: Path = tmp_path_factory.getbasetemp()
    grid = data.draw(layouts(table))
    wanted = [
        (protocol, number, target, port, *([note] if note else []))
        for number, protocol, target, port, note in table
    ]
    files = {
        "layout.csv": as_csv(grid, ","),
        "semicolons.csv": as_csv(grid, ";"),
        "pipes.csv": as_csv(grid, "|"),
        "layout.tsv": as_csv(grid, "\t"),
        "layout.md": as_markdown(grid),
        "layout.html": as_html(grid),
        "layout.xlsx": as_xlsx(grid),
        "sjis.csv": as_csv(grid, ",").decode().encode("cp932"),
        "euc.csv": as_csv(grid, ",").decode().encode("euc_jp"),
        "utf16.csv": as_csv(grid, "\t").decode().encode("utf-16"),
        "utf16le.csv": as_csv(grid, "\t").decode().encode("utf-16-le"),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
        found = load(folder / name)
        assert bare(found.rows) == wanted, name


@settings(max_examples=20, deadline=None)
@given(tables)
def test_what_is_written_down_is_read_again(tmp_path_factory, table) -> None:
    from nlbcheck.cli.understood import as_yaml

    folder: Path = tmp_path_factory.getbasetemp()
    grid = [["NLB port", "Target", "Target port", "Notes"]]
    grid += [[f"{row[1]}:{row[0]}", row[2], str(row[3]), row[4]] for row in table]
    (folder / "kept.csv").write_bytes(as_csv(grid, ","))
    kept = load(folder / "kept.csv")
    (folder / "written.yaml").write_text(as_yaml(kept))
    written = load(folder / "written.yaml")
    assert [replace(row, place="", spec=replace(row.spec, is_said=True)) for row in written.rows] == [
        replace(row, place="", spec=replace(row.spec, is_said=True)) for row in kept.rows
    ]
