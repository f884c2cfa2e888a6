"""What a table says of connections that nobody may open: read, refused, selected, written down again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlbcheck.errors import InputError
from nlbcheck.relays import Forbidden, document, load, load_embedded
from tests.cli.relay import called

ROW = "mappings:\n  - {listener: 10022, target_group: g, target_port: 22, target: 10.0.0.9}\n"


def table(folder: Path, *entries: str, more: str = "") -> Path:
    path = folder / "nlbcheck.yaml"
    path.write_text(f"{more}{ROW}forbidden:\n" + "".join(f"  - {entry}\n" for entry in entries))
    return path


def test_what_an_entry_says(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "{address: 10.0.0.5, port: 3306}",
        "{name: the database, client: i-0abc, address: 10.0.0.6, port: '5432', protocol: tcp}",
    )
    first, second = load(path).forbidden
    assert (first.name, str(first.address), first.port, first.client) == (
        "forbidden-10.0.0.5:3306", "10.0.0.5", 3306, None,
    )  # fmt: skip
    assert (second.name, second.client, second.port) == ("the database", "i-0abc", 5432)
    assert not first.spec.reachable


def test_every_mistake_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "{address: 10.0.0.5}",
        "{address: x, port: 70000, protocol: udp, colour: red}",
        "{address: 10.0.0.5, port: TLS:443}",
        "{address: 10.0.0.5, port: 1, name: g}",
        "{address: 10.0.0.5, port: 2}",
        "{address: 10.0.0.5, port: 2, client: 10.0.0.1}",
        "{address: 10.0.0.5, port: 2, client: 10.0.0.300, name: ''}",
        "just text",
    )
    with pytest.raises(InputError) as caught:
        load(path)
    told = str(caught.value)
    for line, sentence in (
        (4, "forbidden[0]: port is missing"),
        (5, "forbidden[1].address: 'x' is not an IPv4 address"),
        (5, "forbidden[1].port: '70000' is not a port"),
        (5, "forbidden[1].protocol: 'udp' is not tcp, the only protocol that can be forbidden"),
        (5, "forbidden[1]: unknown key 'colour'"),
        (6, "forbidden[2].port: 'TLS:443': a TCP port was expected"),
        (7, "forbidden[3]: 'g' is the name of a row already"),
        (9, "forbidden[5]: 'forbidden-10.0.0.5:2' is the name of forbidden[4] already: give it a name"),
        (10, "forbidden[6].client: "),
        (10, "forbidden[6].name: is empty"),
        (11, "forbidden[7]: 'just text' is not a mapping"),
    ):
        assert f"nlbcheck.yaml:{line}: {sentence}" in told, told


@pytest.mark.parametrize("value", ["x", "{address: 10.0.0.5, port: 1}", "5"])
def test_it_is_a_list(tmp_path: Path, value: str) -> None:
    path = tmp_path / "nlbcheck.yaml"
    path.write_text(f"{ROW}forbidden: {value}\n")
    with pytest.raises(InputError, match=r"forbidden: .* is not a list of entries"):
        load(path)


def test_names_select_entries_as_they_select_rows(tmp_path: Path) -> None:
    found = load(table(tmp_path, "{address: 10.0.0.5, port: 1}", "{address: 10.0.0.5, port: 2, name: x}"))
    assert (found.select(["x"]), [item.name for item in found.select_forbidden(["x"])]) == ((), ["x"])
    assert (len(found.select(["g"])), found.select_forbidden(["g"])) == (1, ())
    assert (len(found.select()), len(found.select_forbidden())) == (1, 2)
    with pytest.raises(InputError, match=r"perhaps forbidden-10\.0\.0\.5:1"):
        found.select(["forbidden-10.0.0.5:3"])


def test_what_is_written_down_is_the_same_again(tmp_path: Path) -> None:
    path = table(
        tmp_path, "{address: 10.0.0.5, port: 1}", "{address: 10.0.0.5, port: 2, client: 10.1.1.1, name: x}"
    )
    found = load(path)
    written = document.of_table(found)
    assert load_embedded(written, path).forbidden == found.forbidden
    shown = called("mapping", "show", "-m", path, "-f", "json")
    (tmp_path / "again.json").write_text(shown.stdout)
    assert json.loads(shown.stdout)["forbidden"] == written["forbidden"]
    assert load(tmp_path / "again.json").forbidden == found.forbidden
    text = called("mapping", "show", "-m", path).stdout
    assert "Must not be reachable:" in text
    assert "10.1.1.1" in text


def test_a_table_without_has_none(tmp_path: Path) -> None:
    path = tmp_path / "nlbcheck.yaml"
    path.write_text(ROW)
    assert load(path).forbidden == ()
    assert "forbidden" not in document.of_table(load(path))
    assert "Nobody" not in called("mapping", "show", "-m", path).stdout


def test_a_connection_of_an_entry(tmp_path: Path) -> None:
    (entry,) = load(table(tmp_path, "{address: 10.0.0.5, port: 3306}")).forbidden
    assert isinstance(entry, Forbidden)
    flow = entry.flow("example-nlb")
    assert (str(flow.dialled), flow.samples, flow.row) == ("10.0.0.5:3306", 1, entry.name)


def test_an_export_does_not_take_them_for_rows(tmp_path: Path) -> None:
    path = table(tmp_path, "{address: 10.0.0.5, port: 3306, name: db}", more="static_ips: [10.0.0.1]\n")
    done = called("export", "prometheus", tmp_path / "out", "-m", path, "db")
    assert done.returncode == 2
    assert "'db' fits no row" in done.stderr
