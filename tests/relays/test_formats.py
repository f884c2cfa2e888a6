"""Do all formats say the same thing in the same way?"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.model import Check, HttpExpectation, Node, Port
from nlbcheck.relays import Row, Table, load
from tests.relays import build
from tests.relays.build import SAMPLES

STATIC_IPS = (
    Node("ap-northeast-1a", ip_address("172.31.128.10")),
    Node("ap-northeast-1c", ip_address("172.31.136.10")),
)
TARGETS = {
    "TargetServer1": ip_address("172.31.129.10"),
    "TargetServer2": ip_address("172.31.137.10"),
    "TargetServer3": ip_address("10.0.0.10"),
}


def bare(table: Table) -> Table:
    """The table without the places where things stand."""
    return replace(table, source="", rows=tuple(replace(row, place="") for row in table.rows))


def loaded(folder: Path, name: str, text: str) -> Table:
    path = folder / name
    path.write_bytes(text.encode())
    return load(path)


@settings(max_examples=50)
@given(table=build.tables, bom=st.booleans(), ending=st.sampled_from(["\n", "\r\n"]))
def test_every_format_gives_the_same_rows(tmp_path_factory, table, bom, ending):
    folder = tmp_path_factory.getbasetemp()
    texts = {
        "t.yaml": build.as_yaml(table),
        "t.json": build.as_json(table),
        "t.csv": build.as_csv(table),
        "semicolons.csv": build.as_csv(table, ";"),
        "t.tsv": build.as_csv(table, "\t"),
        "t.md": build.as_markdown(table),
    }
    got = {}
    for name, text in texts.items():
        lines = "\n".join(text.splitlines()) + "\n"
        got[name] = bare(loaded(folder, name, "\ufeff" * bom + lines.replace("\n", ending)))
    first = got["t.yaml"]
    assert len(first.rows) == len(table)
    assert [row.listener.number for row in first.rows] == [
        int(row["listener"].replace("：", ":").split(":")[-1]) for row in table
    ]
    assert all(other == first for other in got.values())


def without_http(row: Row) -> Row:
    return replace(row, spec=replace(row.spec, http=HttpExpectation()))


@pytest.mark.parametrize("name", ["nlbcheck.json", "nlbcheck.csv", "nlbcheck.tsv", "nlbcheck.md"])
def test_the_samples_are_one_table(name):
    yaml = bare(load(SAMPLES / "nlbcheck.yaml"))
    given_by_options: dict[str, Any] = {"load_balancer": "example-nlb", "region": "ap-northeast-1"}
    other = bare(load(SAMPLES / name, **given_by_options, static_ips=STATIC_IPS, targets=TARGETS))
    if not name.endswith("json"):
        other = replace(other, client="192.168.1.214")
    if name.endswith(("tsv", "md")):  # as the article prints it, without expectations
        yaml = replace(yaml, rows=tuple(without_http(row) for row in yaml.rows))
    assert other == yaml


def test_the_article_s_table():
    table = load(SAMPLES / "nlbcheck.yaml")
    assert (table.load_balancer, table.region, table.client) == (
        "example-nlb", "ap-northeast-1", "192.168.1.214",
    )  # fmt: skip
    assert table.static_ips == STATIC_IPS
    assert [
        (row.name, row.listener, row.target_port, row.target.name, str(row.target.address), row.check)
        for row in table.rows
    ] == [
        ("tg-10022", Port("TCP", 10022), Port("TCP", 22), "TargetServer1", "172.31.129.10", Check.SSH),
        ("tg-10080", Port("TCP", 10080), Port("TCP", 80), "TargetServer1", "172.31.129.10", Check.HTTP),
        ("tg-20022", Port("TCP", 20022), Port("TCP", 22), "TargetServer2", "172.31.137.10", Check.SSH),
        ("tg-20080", Port("TCP", 20080), Port("TCP", 80), "TargetServer2", "172.31.137.10", Check.HTTP),
        ("tg-30080", Port("TCP", 30080), Port("TCP", 80), "TargetServer3", "10.0.0.10", Check.HTTP),
    ]  # fmt: skip
    assert [row.place for row in table.rows] == ["line 23", "line 28", "line 34", "line 39", "line 45"]
    assert [row.place for row in load(SAMPLES / "nlbcheck.md").rows][:2] == ["row 1", "row 2"]


def test_the_large_sample():
    table = load(SAMPLES / "relay-large.yaml")
    assert len(table.rows) == 39
    assert len(table.flows(table.rows)) == 3 * 39
    assert sum(len(row.spec.host_keys) for row in table.rows) == 7
    assert {row.check for row in table.rows} == set(Check)
    assert all(row.target.address for row in table.rows)


def test_options_win_over_the_file(tmp_path):
    table = load(
        SAMPLES / "nlbcheck.yaml",
        load_balancer="other",
        region="eu-west-1",
        static_ips=[Node(None, ip_address("10.1.1.1"))],
        targets={"TargetServer3": ip_address("10.9.9.9")},
    )
    assert (table.load_balancer, table.region) == ("other", "eu-west-1")
    assert table.static_ips == (Node(None, ip_address("10.1.1.1")),)
    assert [str(row.target.address) for row in table.rows][-2:] == ["172.31.137.10", "10.9.9.9"]


def test_yaml_is_imported_for_yaml_alone():
    code = (
        "import sys; from pathlib import Path; from nlbcheck.relays import load;"
        f"load(Path({str(SAMPLES / 'nlbcheck.md')!r})); load(Path({str(SAMPLES / 'nlbcheck.json')!r}));"
        "print('yaml' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_markdown_takes_the_tables_that_have_the_columns(tmp_path):
    text = (
        "|a|b|\n|-|-|\n|1|2|\n\n"
        "Listener | Target group | Target port | Target\n--- | :-: | ---: | ---\n"
        "`TCP:1` | g\\|h | 22 | `10.0.0.1`\n\n"
        "|Listener|Target group|Target port|Target|\n|-|-|-|-|\n|2|x|22|y|\n"
    )
    rows = loaded(tmp_path, "t.md", text).rows
    assert [(row.listener, row.target_group, str(row.target.address)) for row in rows] == [
        (Port("TCP", 1), "g|h", "10.0.0.1"),
        (Port("TCP", 2), "x", "None"),
    ]
