# ruff: noqa: E501 - one case a line
"""May a row name several targets, in every format and in every way of writing them?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlbcheck.errors import InputError
from nlbcheck.relays import Table, document, load

ROW = {"listener": "TCP:10022", "target_group": "tg-10022", "target_port": "TCP:22"}
CSV = "Listener port,Target group,Target group port,Target\n"
YAML = "- {listener: 10022, target_group: tg-10022, target_port: 22, target: "
ADDRESSES = ["172.31.129.10", "172.31.137.10", "10.0.0.10"]


def loaded(folder: Path, name: str, text: str) -> Table:
    (folder / name).write_text(text)
    return load(folder / name)


def names(table: Table) -> list[list[str]]:
    return [[target.name for target in row.targets] for row in table.rows]


def mistakes(folder: Path, name: str, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        loaded(folder, name, text)
    return [str(item).removeprefix(f"{folder}/") for item in str(caught.value).splitlines()]


WRITTEN = {
    "t.json": json.dumps([ROW | {"target": ADDRESSES}]),
    "t.yaml": YAML + f"[{', '.join(ADDRESSES)}]}}",
    "text.yaml": YAML + f"'{'; '.join(ADDRESSES)}'}}",
    "comma.csv": f'{CSV}TCP:10022,tg-10022,TCP:22,"{", ".join(ADDRESSES)}"\n',
    "japanese.csv": f"{CSV}TCP:10022,tg-10022,TCP:22,{'、'.join(ADDRESSES)}\n",
    "lines.csv": CSV + 'TCP:10022,tg-10022,TCP:22,"{}"\n'.format("\n".join(ADDRESSES)),
    "semicolon.tsv": f"{CSV}TCP:10022,tg-10022,TCP:22,{'; '.join(ADDRESSES)};\n".replace(",", "\t"),
    "row.csv": CSV + "".join(f"TCP:10022,tg-10022,TCP:22,{address}\n" for address in ADDRESSES),
    "row.json": json.dumps([ROW | {"target": address} for address in ADDRESSES]),
    "break.md": "| Listener | Target group | Target port | Targets |\n|-|-|-|-|\n"
    f"| TCP:10022 | tg-10022 | TCP:22 | {'<br>'.join(ADDRESSES)} |\n",
    "row.md": "| Listener | Target group | Target port | Target |\n|-|-|-|-|\n"
    + "".join(f"| TCP:10022 | tg-10022 | TCP:22 | {address} |\n" for address in ADDRESSES),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_every_way_of_writing_them_is_one_row(tmp_path: Path, name: str) -> None:
    table = loaded(tmp_path, name, WRITTEN[name])
    assert names(table) == [ADDRESSES]
    (row,) = table.rows
    assert row.name == "tg-10022"
    assert row.target.name == ADDRESSES[0]
    assert row.target_key == ", ".join(sorted(ADDRESSES))
    again = json.dumps(document.of_table(table))
    assert names(loaded(tmp_path, "again.json", again)) == [ADDRESSES]


def test_one_target_is_written_as_ever(tmp_path: Path) -> None:
    table = loaded(tmp_path, "t.json", json.dumps([ROW | {"target": ["10.0.0.1"]}]))
    assert document.of_table(table)["mappings"] == [ROW | {"target": "10.0.0.1", "check": "ssh"}]


def test_lines_of_one_row_may_stand_apart_and_say_more(tmp_path: Path) -> None:
    rows = [
        ROW | {"target": "10.0.0.1"},
        {"listener": 1, "target_group": "a", "target_port": 80, "target": "10.0.0.1"},
        ROW | {"target": "10.0.0.2", "check": "tcp"},
    ]
    table = loaded(tmp_path, "t.json", json.dumps(rows))
    assert names(table) == [["10.0.0.1", "10.0.0.2"], ["10.0.0.1"]]
    assert table.rows[0].check == "tcp"


def test_each_line_may_have_the_host_key_of_its_server(tmp_path: Path) -> None:
    one, two = (f"SHA256:{letter * 43}" for letter in "AB")
    text = (
        f"{CSV[:-1]},Host key\nTCP:10022,tg-10022,22,10.0.0.1,{one}\nTCP:10022,tg-10022,22,10.0.0.2,{two}\n"
    )
    (row,) = loaded(tmp_path, "t.csv", text).rows
    assert [key.fingerprint for key in row.spec.host_keys] == [one, two]


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ([], "is an empty list"),
        (",", "',' names no target"),
        ("", "is empty"),
        ([["10.0.0.1"]], "a list is not text"),
        ("10.0.0.1:22", "'10.0.0.1:22' has a port, which target_port says"),
        (["web", "db:5432"], "'db:5432' has a port, which target_port says"),
        ("web (10.0.0.1)", "'web (10.0.0.1)' is a name with an address: write the name alone, and its address under targets"),
        (["10.0.0.1", "10.0.0.1"], "'10.0.0.1' is there twice"),
        ("web, web", "'web' is there twice"),
        (["web", "10.0.0.1"], "'web' has no address beside targets that have one: give it under targets, or leave it out where it only names one of them"),
        ("10.0.0.1, 10.0.0", "'10.0.0' is not an IPv4 address"),
    ],
)  # fmt: skip
def test_mistakes(tmp_path: Path, target: object, sentence: str) -> None:
    (found,) = mistakes(tmp_path, "t.json", json.dumps([ROW | {"target": target}]))
    assert sentence in found


def test_two_names_of_one_row_are_two_servers(tmp_path: Path) -> None:
    table = {"targets": {"a": "10.0.0.1", "b": "10.0.0.1"}, "mappings": [ROW | {"target": ["a", "b"]}]}
    (found,) = mistakes(tmp_path, "t.json", json.dumps(table))
    assert found.endswith("'a' and 'b' are one address, 10.0.0.1")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"target_port": 23}, "port 10022 is the listener of line 1 already"),
        ({"target_group": "other"}, "port 10022 is the listener of line 1 already"),
        ({"listener": "TLS:10022"}, "port 10022 is the listener of line 1 already"),
        ({"target": "10.0.0.1"}, "port 10022 is the listener of line 1 already"),
        ({"check": "http"}, "has another check than line 1, and both are for the same listener"),
    ],
)
def test_rows_that_contradict_each_other_stay_mistakes(
    tmp_path: Path, more: dict[str, object], sentence: str
) -> None:
    rows = [ROW | {"target": "10.0.0.1", "check": "ssh"}, ROW | {"target": "10.0.0.2"} | more]
    found = mistakes(tmp_path, "t.json", json.dumps(rows))
    assert any(sentence in item for item in found)


def test_a_group_of_two_listeners_has_one_set_of_targets(tmp_path: Path) -> None:
    second = ROW | {"listener": "TCP:20022"}
    rows = [ROW | {"target": ["10.0.0.1", "10.0.0.2"]}, second | {"target": ["10.0.0.2", "10.0.0.1"]}]
    assert names(loaded(tmp_path, "t.json", json.dumps(rows))) == [rows[0]["target"], rows[1]["target"]]
    rows[1]["target"] = ["10.0.0.2", "10.0.0.3"]
    (found,) = mistakes(tmp_path, "t.json", json.dumps(rows))
    assert "is TCP:22 of '10.0.0.2', '10.0.0.3' here, and TCP:22 of '10.0.0.1', '10.0.0.2' in line 1" in found


def test_five_hundred_targets(tmp_path: Path) -> None:
    many = [f"10.0.{number // 250}.{number % 250 + 1}" for number in range(500)]
    assert names(loaded(tmp_path, "t.json", json.dumps([ROW | {"target": many}]))) == [many]
    (found,) = mistakes(tmp_path, "t.json", json.dumps([ROW | {"target": [*many, many[7]]}]))
    assert "'10.0.0.8' is there twice" in found
