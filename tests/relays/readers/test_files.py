# ruff: noqa: E501 - one case a line
"""What files hold besides tables: encodings, merged cells, archives that are bombs, and headings that nobody knows."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from nlbcheck.errors import InputError
from nlbcheck.relays import Table, encodings, load

HEAD = "NLB port,Target,Target port,Note\n"


def loaded(folder: Path, name: str, content: str | bytes, **given: object) -> Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load(path, **given)  # type: ignore[arg-type]


def refused(folder: Path, name: str, content: str | bytes, **given: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        loaded(folder, name, content, **given)
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


def ports(table: Table) -> list[int]:
    return [row.listener.number for row in table.rows]


def workbook(*sheets: list[list[object]]) -> bytes:
    book = Workbook()
    for number, lines in enumerate(sheets):
        sheet = book.worksheets[0] if number == 0 else book.create_sheet()
        for line in lines:
            sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class TestHeadings:
    def test_one_sentence_says_all_that_is_needed(self, tmp_path: Path) -> None:
        text = "入口,転送先IP,転送先ポート,用途\n10022,10.0.0.1,22,x\n"
        assert refused(tmp_path, "t.csv", text) == [
            "t.csv:1: has no column that is understood as the listener port: understood are '転送先ポート' as target_port, '転送先IP' as target; left are '入口', '用途': say which is meant, as --column listener=入口"
        ]
        table = loaded(tmp_path, "t.csv", text, columns=[("listener", "入口")])
        assert [(row.name, row.says_group, row.remarks) for row in table.rows] == [
            ("10022", False, {"用途": "x"})
        ]

    def test_a_column_may_be_two_things(self, tmp_path: Path) -> None:
        text = "NLB port,Server\n443,web\n"
        (problem,) = refused(tmp_path, "t.csv", text)
        assert problem.endswith(
            "say which is meant, as --column 'target_port=NLB port' (where both ports are the same)"
        )
        (row,) = loaded(tmp_path, "t.csv", text, columns=[("target_port", "NLB port")]).rows
        assert (row.listener.number, row.target_port.number) == (443, 443)

    def test_a_column_may_be_named_by_its_number(self, tmp_path: Path) -> None:
        text = "Port,Port,Server\n10022,22,web\n"
        (problem,) = refused(tmp_path, "t.csv", text)
        assert problem.endswith("as --column listener=1 --column target_port=2")
        columns = [("listener", "1"), ("target_port", "2")]
        assert ports(loaded(tmp_path, "t.csv", text, columns=columns)) == [10022]

    def test_a_column_that_is_none(self, tmp_path: Path) -> None:
        text = "NLB port,Server,Server port\n443,web,443\n"
        assert refused(tmp_path, "t.csv", text, columns=[("check", "Chk")]) == [
            "t.csv: no table has the column 'Chk' of --column check=Chk"
        ]
        assert refused(tmp_path, "t.yaml", "[]", columns=[("check", "Chk")]) == [
            "t.yaml: has keys and no columns: leave --column out"
        ]

    def test_a_slip_of_the_pen_is_no_remark(self, tmp_path: Path) -> None:
        text = "Listener,Target,Target port,Chek\n443,web,443,tcp\n"
        assert refused(tmp_path, "t.csv", text) == [
            "t.csv:1: unknown column 'Chek', perhaps 'check' is meant: say so with --column check=Chek, or --column remark=Chek"
        ]
        (row,) = loaded(tmp_path, "t.csv", text, columns=[("remark", "Chek")]).rows
        assert row.remarks == {"Chek": "tcp"}

    def test_a_table_that_lacks_something_beside_one_that_is_read(self, tmp_path: Path) -> None:
        text = "|Listener|Target|Target port|\n|-|-|-|\n|1|a|22|\n\n|NLB port|Server port|Service|\n|-|-|-|\n|2|22|b|\n"
        (problem,) = refused(tmp_path, "t.md", text)
        assert problem.startswith("t.md:5: has no column that is understood as the target")
        assert ports(loaded(tmp_path, "t.md", text, columns=[("target", "Service")])) == [1, 2]


class TestRows:
    def test_what_cannot_be_probed_refuses_no_other_row(self, tmp_path: Path) -> None:
        text = f"{HEAD}10022,a,22,\n53/udp,a,53,dns\n8000-8010,a,8000,many\n10090,,,reserved\n-,a,5,inside\n10080,a,80,\n"
        table = loaded(tmp_path, "t.csv", text)
        assert ports(table) == [10022, 10080]
        assert sorted((item.listener, item.why) for item in table.unprobed) == [
            ("-", "names no listener port"),
            ("8000-8010", "names several ports: a row for each can be probed"),
            ("TCP:10090", "names no target"),
            ("UDP:53", "only TCP and TLS can be probed"),
        ]

    def test_no_row_that_can_be_probed(self, tmp_path: Path) -> None:
        assert refused(tmp_path, "t.csv", f"{HEAD}53/udp,a,53,\n") == [
            "t.csv:1: mappings: has no row that can be probed: UDP:53 (row 1) only TCP and TLS can be probed"
        ]

    def test_yaml_may_have_such_rows_too(self, tmp_path: Path) -> None:
        row = "{{listener: {}, target_port: 53, target: a}}"
        table = loaded(tmp_path, "t.yaml", f"- {row.format('UDP:53')}\n- {row.format('TCP:53')}\n")
        assert [str(row.listener) for row in table.rows] == ["TCP:53"]
        assert [(item.listener, item.place) for item in table.unprobed] == [("UDP:53", "line 1")]

    def test_strictness_stays(self, tmp_path: Path) -> None:
        text = f"{HEAD}70000,a,22,\n1,10.0.0.256,22,\n2,a,22,\n2,b,23,\n3,c,x,\n"
        assert refused(tmp_path, "t.csv", text) == [
            "t.csv:2: row 1, NLB port: '70000' is not a port from 1 to 65535, such as TCP:10022",
            "t.csv:3: row 2, Target: '10.0.0.256' is not an IPv4 address: 256 is more than 255",
            "t.csv:5: row 4, NLB port: port 2 is the listener of row 3 already",
            "t.csv:6: row 5, Target port: 'x' is not a port from 1 to 65535, such as TCP:10022",
        ]

    def test_protocols_that_contradict_each_other(self, tmp_path: Path) -> None:
        text = "NLB port,Protocol,Target,Target port\nTCP:1,TLS,a,2\n3,XYZ,a,4\n"
        assert refused(tmp_path, "t.csv", text) == [
            "t.csv:2: row 1, NLB port: 'TCP:1', and column 'Protocol' says 'TLS'",
            "t.csv:3: row 2, Protocol: 'XYZ' is not TCP, TLS or UDP",
        ]

    def test_an_empty_cell_is_merged_where_nothing_else_says_so(self, tmp_path: Path) -> None:
        table = loaded(tmp_path, "t.csv", f"{HEAD}1,a,22,\n2,,23,\n")
        assert [row.target.name for row in table.rows] == ["a", "a"]
        assert table.understood[0].notes == (
            "empty cells of 'Target', taken for merged with the one above: 1",
        )
        own = "Listener,Target group,Target port,Target\n1,x,22,a\n2,y,23,\n"
        assert refused(tmp_path, "t.csv", own) == ["t.csv:3: row 2: target is missing"]

    def test_a_name_that_has_two_addresses_is_a_remark(self, tmp_path: Path) -> None:
        text = "NLB port,Server,Server IP,Server port\n1,web,10.0.0.1,80\n2,web,10.0.0.2,80\n"
        table = loaded(tmp_path, "t.csv", text)
        assert [str(row.target.address) for row in table.rows] == ["10.0.0.1", "10.0.0.2"]
        assert table.rows[1].remarks == {"Server": "web"}

    def test_a_row_is_named_by_its_port_where_no_group_is_called_so(self, tmp_path: Path) -> None:
        rows = [
            "{listener: 1, target_group: '2', target_port: 9, target: a}",
            "{listener: 2, target_port: 9, target: a}",
        ]
        table = loaded(tmp_path, "t.yaml", "".join(f"- {row}\n" for row in rows))
        assert [row.name for row in table.rows] == ["2", "TCP:2"]

    def test_comments_and_what_looks_like_them(self, tmp_path: Path) -> None:
        text = f'# a "comment\n{HEAD}1,a,22,"two\n# lines"\n#2,b,22,\n3,c,22,\n'
        table = loaded(tmp_path, "t.csv", text)
        assert ports(table) == [1, 3]
        assert table.rows[0].remarks == {"Note": "two # lines"}
        assert ports(loaded(tmp_path, "t.csv", "#,Listener,Target,Target port\n#1,1,a,22\n2,2,b,22\n")) == [
            1,
            2,
        ]


class TestEncodings:
    @given(
        st.text(st.sampled_from("リスナーポート転送先サーバ用途備考保守10022,:\n"), min_size=20, max_size=80)
    )
    def test_japanese_comes_back(self, text: str) -> None:
        for name, called in (("cp932", "CP932"), ("euc_jp", "EUC-JP")):
            found = encodings.japanese(text.encode(name))
            if not text.isascii():
                assert found == (text, called)

    @pytest.mark.parametrize("text", ["Überblick für Ports", "réseau à Montréal", "naïve café"])
    def test_western_europe_is_not_japanese(self, text: str) -> None:
        assert encodings.japanese(text.encode("cp1252")) is None

    def test_which_one_is_told(self, tmp_path: Path) -> None:
        for name, called in (
            ("cp932", "CP932"),
            ("euc_jp", "EUC-JP"),
            ("utf-16-be", "UTF-16"),
            ("utf-16", "UTF-16"),
        ):
            table = loaded(tmp_path, "t.csv", "受けポート,転送先,転送先ポート\n1,a,22\n".encode(name))
            assert table.understood[0].notes == (f"read as {called}",)

    def test_full_width_digits(self, tmp_path: Path) -> None:
        (row,) = loaded(
            tmp_path, "t.csv", "受けポート,転送先,転送先ポート\nＴＣＰ：１００２２,１０．０．０．１,２２\n"
        ).rows
        assert (str(row.listener), str(row.target_port), str(row.target.address)) == (
            "TCP:10022",
            "TCP:22",
            "10.0.0.1",
        )


class TestHtml:
    def test_spans_are_bounded(self, tmp_path: Path) -> None:
        head = "<table><tr><th>Listener<th>Target<th>Target port</tr>"
        wide = (
            head
            + '<tr><td rowspan="65000" colspan="9999">1<td>a<td>22</tr>'
            + "<tr></tr>" * 60_000
            + "</table>"
        )
        (problem,) = refused(tmp_path, "t.html", wide)
        assert (
            "has more than 250,000 values or 10,000,000 characters, merged cells counted in each place"
            in problem
        )

    def test_what_is_not_closed(self, tmp_path: Path) -> None:
        text = "<table><tr><th>Listener<th>Target<th>Target port<tr><td>1<td>a<td>22<script>x|y</script>"
        assert ports(loaded(tmp_path, "t.html", text)) == [1]

    def test_control_characters_are_written_out(self, tmp_path: Path) -> None:
        text = "<table><tr><th>Listener<th>Target<th>Target port<th>Note<tr><td>1<td>a<td>22<td>x&#27;[2Jy&#8238;</table>"
        (row,) = loaded(tmp_path, "t.html", text).rows
        assert row.remarks["Note"] == r"x[2Jy\u202e"  # what is no character in HTML is none

    @pytest.mark.parametrize("unended", ["<!--", "</a ", "<!-- >"])
    def test_what_does_not_end_is_refused_at_once(self, unended: str, tmp_path: Path) -> None:
        (problem,) = refused(tmp_path, "t.html", "<table>" + unended * 100_000)
        assert problem == "t.html:1: has tags or comments that do not end: expected HTML"

    def test_a_long_cell_is_not_said_in_every_place(self, tmp_path: Path) -> None:
        head = "<table><tr><th>Listener<th>Target<th>Target port"
        (problem,) = refused(
            tmp_path, "t.html", f"{head}<tr><td rowspan=1000 colspan=200>{'x ' * 100_000}</table>"
        )
        assert "250,000 values or 10,000,000 characters, merged cells counted in each place" in problem

    @settings(max_examples=100)
    @given(st.text(st.sampled_from("<>/abletdrhspn ow=\"'1&;"), max_size=80))
    def test_junk_is_an_error_and_nothing_else(self, tmp_path_factory, text: str) -> None:
        folder = tmp_path_factory.getbasetemp()
        refused(folder, "junk.html", "<table>" + text)


class TestExcel:
    def test_a_bomb_is_not_unpacked(self, tmp_path: Path) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b" " * 200_000_000)
        (problem,) = refused(tmp_path, "t.xlsx", out.getvalue())
        assert "has 200000000 bytes unpacked" in problem

    def test_what_is_no_workbook(self, tmp_path: Path) -> None:
        assert refused(tmp_path, "t.xlsx", b"PK\3\4 no") == ["t.xlsx: is not an Excel workbook (.xlsx)"]
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a.txt", "x")
        (problem,) = refused(tmp_path, "t.xlsx", out.getvalue())
        assert problem.startswith("t.xlsx: is not an Excel workbook that can be read")

    def test_entities_do_not_multiply(self, tmp_path: Path) -> None:
        laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
        whole = io.BytesIO(workbook([["Listener", "Target", "Target port"], [1, "a", 22]]))
        out = io.BytesIO()
        with zipfile.ZipFile(whole) as old, zipfile.ZipFile(out, "w") as new:
            for item in old.infolist():
                text = old.read(item)
                if item.filename == "xl/workbook.xml":
                    text = f'<!DOCTYPE w [<!ENTITY a0 "ha">{laughs}]><w>&a11;</w>'.encode()
                new.writestr(item, text)
        (problem,) = refused(tmp_path, "t.xlsx", out.getvalue())
        assert "is not an Excel workbook that can be read" in problem

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    @pytest.mark.parametrize(
        "area", ["<mergeCells><mergeCell {}/></mergeCells>", "<hyperlinks><hyperlink {}/></hyperlinks>"]
    )
    def test_areas_of_a_million_cells_are_not_made(self, area: str, encoding: str, tmp_path: Path) -> None:
        whole = io.BytesIO(workbook([["Listener", "Target", "Target port"], [1, "a", 22]]))
        out = io.BytesIO()
        with zipfile.ZipFile(whole) as old, zipfile.ZipFile(out, "w") as new:
            for item in old.infolist():
                text = old.read(item)
                if item.filename == "xl/worksheets/sheet1.xml":
                    more = area.format('ref="A1:XFD1048576"')
                    text = text.decode().replace("</sheetData>", f"</sheetData>{more}").encode(encoding)
                new.writestr(item, text)
        (problem,) = refused(tmp_path, "t.xlsx", out.getvalue())
        assert "has 17,179,869,184 merged or linked cells: a workbook may have 250,000" in problem

    def test_a_cell_far_away_is_no_million_rows(self, tmp_path: Path) -> None:
        book = Workbook()
        sheet = book.worksheets[0]
        sheet["XFD1048576"] = "far"
        out = io.BytesIO()
        book.save(out)
        assert refused(tmp_path, "t.xlsx", out.getvalue()) == [
            "t.xlsx: has more than 250,000 cells, those between others counted"
        ]

    def test_several_sheets_are_one_table(self, tmp_path: Path) -> None:
        head: list[object] = ["Listener", "Target", "Target port"]
        content = workbook([head, [1, "a", 22]], [["what", "else"], ["x", "y"]], [head, [2.0, "b", "22"]])
        table = loaded(tmp_path, "t.xlsx", content)
        assert ports(table) == [1, 2]
        assert [(item.place, bool(item.why_not)) for item in table.understood] == [
            ("sheet 'Sheet'", False), ("sheet 'Sheet1'", True), ("sheet 'Sheet2'", False),
        ]  # fmt: skip
        assert [row.place for row in table.rows] == ["sheet 'Sheet', row 1", "sheet 'Sheet2', row 2"]

    def test_without_openpyxl_it_says_what_to_install(self, tmp_path: Path) -> None:
        (tmp_path / "t.xlsx").write_bytes(workbook([["Listener"]]))
        code = (
            "import sys; sys.modules['openpyxl'] = None\n"
            "from nlbcheck.relays import load\n"
            "try: load('t.xlsx')\nexcept Exception as error: print(error)"
        )
        run = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert (
            run.stdout
            == "t.xlsx: is an Excel workbook: install nlbcheck[xlsx] to read it, or save it as CSV\n"
        )


class TestArrows:
    @pytest.mark.parametrize(
        ("cells", "targets"),
        [
            (("10022 → 22", "10080 → 80"), "web"),
            (("10022 -> 22", "TCP/10080 => 80/tcp"), "web"),
            (("10022:22", "10080:80/tcp"), "web"),
            (("10022 → 10.0.0.1:22", "10080 → 10.0.0.1:80"), "10.0.0.1"),
        ],
    )
    def test_one_column_says_what_leads_where(
        self, tmp_path: Path, cells: tuple[str, str], targets: str
    ) -> None:
        of_hosts = targets == "web"
        head = "|Mapping|Server|Use|\n|-|-|-|\n" if of_hosts else "|Mapping|Use|\n|-|-|\n"
        text = head + "".join(f"|{cell}|{'web|' if of_hosts else ''}x|\n" for cell in cells)
        table = loaded(tmp_path, "t.md", text)
        assert [(row.listener.number, row.target_port.number) for row in table.rows] == [
            (10022, 22),
            (10080, 80),
        ]
        assert {row.target.name for row in table.rows} == {targets}
        assert table.understood[0].columns[0] == ("Mapping (before the arrow)", "listener")

    @pytest.mark.parametrize(
        ("heading", "cell"), [("When", "10:30"), ("Workers", "10 → 20"), ("Version", "8->9")]
    )
    def test_times_and_numbers_are_no_arrows(self, tmp_path: Path, heading: str, cell: str) -> None:
        (problem,) = refused(tmp_path, "t.csv", f"{heading},Server,Server port\n{cell},web,22\n")
        assert "has no column that is understood as the listener port" in problem


def test_an_inventory_beside_the_table_refuses_nothing(tmp_path: Path) -> None:
    text = "|Host|Port|\n|-|-|\n|web|22|\n\n|NLB port|Target|Target port|\n|-|-|-|\n|1|web|22|\n"
    table = loaded(tmp_path, "t.md", text)
    assert ports(table) == [1]
    assert [item.why_not for item in table.understood] == ["has no target port", ""]
