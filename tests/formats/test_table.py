"""Does the table show a person what failed, in the room there is?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from nlbcheck.formats import Style, table
from nlbcheck.model import Check, DeclaredTarget, Node, Observation, Report, Status
from tests.formats.reports import FULL_FINDING, REPORTS, TABLE, ZONE_C, failed, ok, report, with_row
from tests.formats.reports import row as made_row

MANY_NODES = tuple(
    Node(f"us-east-1{letter}", ip_address(f"10.0.{number}.10")) for number, letter in enumerate("abcdef")
)


def grid(report: Report, width: int, *, color: bool = False) -> list[str]:
    """Return the lines of the grid, which stands before who answered."""
    text = table.render(report, Style(width, color=color)).split("\n\nWho answered")[0]
    blocks = text.split("\n\n")
    legend = blocks[-2:-1] if blocks[-2].startswith("1: ") else []
    return "\n\n".join([*legend, blocks[-1]]).splitlines()


@pytest.mark.parametrize("name", ["all-ok", "one-refused", "dead-zone", "other-key", "interrupted"])
def test_article_network_fits_80_columns(name):
    text = table.render(REPORTS[name], Style(width=80))
    assert max(map(len, text.splitlines())) <= 80


def test_dead_zone_is_a_stripe():
    rows = grid(REPORTS["dead-zone"], 80)[3:]
    column = rows[0].index("timed-out")
    assert [row[column:] for row in rows] == ["timed-out"] * 5


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (160, ["listener", "target group", "target", "ap-northeast-1a", "ap-northeast-1c"]),
        (80, ["listener", "target group", "target", "ap-northeast-1a", "ap-northeast-1c"]),
        (70, ["listener", "target group", "target", "1", "2"]),
        (50, ["listener", "target group", "1", "2"]),
        (41, ["listener", "target group", "1", "2"]),
        (1, ["listener", "1", "2"]),
    ],
)
def test_columns_follow_the_width(width, expected):
    lines = grid(REPORTS["dead-zone"], width)
    header = next(line for line in lines if line.startswith("listener"))
    assert [cell.strip() for cell in header.split("  ") if cell.strip()] == expected
    assert width < 41 or max(map(len, lines)) <= width


def test_target_address_shows_where_there_is_room():
    assert "TargetServer1 172.31.129.10:22" in "\n".join(grid(REPORTS["all-ok"], 120))
    assert "TargetServer1:22" in "\n".join(grid(REPORTS["all-ok"], 80))


def test_many_nodes_are_numbered_and_named_above():
    wide = replace(TABLE, static_ips=MANY_NODES)
    lines = grid(report(lambda row, node: ok(row), wide), 100)
    assert lines[:6] == [f"{n}: {node.zone} {node.address}" for n, node in enumerate(MANY_NODES, start=1)]
    assert max(map(len, lines)) <= 100


def test_japanese_takes_two_columns_a_character():
    rows = tuple(replace(row, targets=(DeclaredTarget("踏み台サーバー"),)) for row in TABLE.rows[1:2])
    lines = grid(report(lambda row, node: ok(row), replace(TABLE, rows=rows)), 80)
    header, row = lines[0], lines[3]
    assert row.index("ok 12 ms") + len("踏み台サーバー") == header.index("ap-northeast-1a")


def test_what_fails_alike_is_explained_once():
    text = table.render(REPORTS["dead-zone"], Style(width=80))
    assert text.count("No listener on this static IP answers") == 1
    names = ", ".join(row.name for row in TABLE.rows)
    told = f"✗ {names} fail at ap-northeast-1c 172.31.136.10: timed-out: no answer within 3.0 s\n"
    assert told in text.replace("\n  172", " 172")
    assert text.count("timed-out: ") == 1


def test_what_fails_comes_before_all_rows():
    text = table.render(REPORTS["one-refused"], Style(width=80))
    assert text.index("✗ tg-10022") < text.index("Likely the target's host") < text.index("listener  ")
    assert text.index("listener  ") < text.index("Who answered")


def test_rows_stand_in_the_tables_order_but_of_many_those_that_fail_come_first():
    few = grid(REPORTS["one-refused"], 80)[3:]
    assert [line.split()[0] for line in few] == [str(row.listener) for row in TABLE.rows]
    many = replace(TABLE, rows=tuple(made_row(port, 22, "TargetServer1", Check.TCP) for port in range(1, 21)))

    def seen(row, node):
        return failed(row, Status.REFUSED, "refused") if row.name in ("tg-7", "tg-15") else ok(row)

    ports = [line.split()[0] for line in grid(report(seen, many), 80)[3:]]
    assert ports[:4] == ["TCP:7", "TCP:15", "TCP:1", "TCP:2"]
    assert ports[-1] == "TCP:20"


def test_the_cell_of_an_answer_that_is_anothers_says_so():
    rows = grid(REPORTS["other-key"], 80)[3:]
    assert rows[0].split()[3:] == ["ok", "12", "ms", "wrong-server"]
    assert all("wrong-server" not in row for row in rows[1:])


def test_answer_is_told_per_node_only_where_nodes_differ():
    text = table.render(REPORTS["other-key"], Style(width=200))
    assert "tg-10022[ap-northeast-1a]  SSH-2.0" in text
    assert "tg-10022[ap-northeast-1c]  SSH-2.0" in text
    assert "tg-20022  SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3 ED25519 SHA256:2b" in text


def test_verbose_adds_every_probe_with_its_headers():
    text = table.render(REPORTS["all-ok"], Style(width=200, verbose=True))
    assert (
        "tg-10080[ap-northeast-1a]  http ok, connected in 1.2 ms, 12.3 ms in all, 1 attempt, "
        "from 192.168.1.214:40112\n    Date: Sun, 22 Nov 2026 12:00:00 GMT\n"
    ) in text


def test_color_only_where_it_is_wanted():
    plain = table.render(REPORTS["one-refused"], Style(width=80))
    colored = table.render(REPORTS["one-refused"], Style(width=80, color=True))
    assert "\x1b" not in plain
    assert "\x1b[31mrefused\x1b[0m" in colored
    assert "\x1b[32mok 12 ms\x1b[0m" in colored


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([Status.OK, Status.OK], "2 ok"),
        ([Status.OK, Status.REFUSED], "1 ok, 1 failed"),
        ([Status.INTERRUPTED, Status.CRASHED], "1 unknown, 1 crashed"),
    ],
)
def test_last_line_counts(statuses, expected):
    def seen(row, node):
        return Observation(row.check, statuses[node == ZONE_C])

    one_row = report(seen, replace(TABLE, rows=TABLE.rows[:1]))
    assert table.render(one_row, Style()).splitlines()[-1] == expected


def test_last_line_counts_warnings():
    ssh = replace(TABLE, rows=TABLE.rows[::2][:2])
    warned = report(lambda row, node: ok(row, fingerprint="SHA256:same"), ssh)
    assert table.render(warned, Style()).splitlines()[-1] == "4 ok; 2 warnings"


def test_nothing_probed_is_said():
    empty = Report("1", REPORTS["all-ok"].started_at, "probe", REPORTS["all-ok"].vantages, (), ())
    assert table.render(empty, Style()).splitlines()[-1] == "nothing was probed"


def test_long_error_is_cut():
    text = table.render(report(lambda row, node: failed(row, Status.BAD_REPLY, "x" * 100_000)), Style())
    assert len(text) < 20_000


def test_findings_are_told():
    text = table.render(with_row(REPORTS["all-ok"], 0, findings=(FULL_FINDING,)), Style(width=100))
    assert "✗ No rule of sg-1 admits the node. [sg-denies, likely]\n  Fix: Admit the node.\n" in text


def test_what_a_run_had_no_time_for_is_told_with_the_reason():
    why = "the time limit of the run was over before it was done"
    late = report(lambda of, _node: failed(of, Status.INTERRUPTED, why))
    assert f"interrupted: {why}" in " ".join(table.render(late, Style(width=80)).split())
    stopped = report(lambda of, _node: failed(of, Status.INTERRUPTED, why), interrupted=True)
    assert why not in " ".join(table.render(stopped, Style(width=80)).split())
