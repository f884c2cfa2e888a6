"""``--via`` and the table's ``via``: commands probe from where they say, and say from where they did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from nlbcheck.relays.schema import SCHEMA
from nlbcheck.vantage import places
from tests.cli.relay import called
from tests.run import seats
from tests.run.seats import seat
from tests.servers import answers, serving

WEB = answers(b"HTTP/1.1 200 OK\r\nServer: tests\r\n\r\n")


@pytest.fixture
def port() -> Iterator[int]:
    with serving(WEB) as port:
        yield port


@pytest.fixture(autouse=True)
def hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hosts that can be logged in to: addresses of this machine."""
    monkeypatch.setitem(places._MODULES, "ssh", seats.__name__)
    monkeypatch.setitem(seats.SEATS, "one", lambda: seat("one", "127.0.0.7"))
    monkeypatch.setitem(seats.SEATS, "two", lambda: seat("two", "127.0.0.8"))


def table(folder: Path, port: int, via: str = "") -> Path:
    path = folder / "nlbcheck.yaml"
    row = f"{{listener: {port}, target_group: tg-web, target_port: 80, target: 10.0.0.1}}"
    path.write_text(f"static_ips: {{a: 127.0.0.1}}\n{via}mappings:\n  - {row}\n")
    return path


def vantages(path: Path, *options: str, status: int = 0, command: str = "probe") -> list[str]:
    done = called(command, "-m", path, "-f", "json", *options)
    assert done.returncode == status, done.stderr
    document = json.loads(done.stdout)
    assert document["client"] == document["vantages"][0]
    for mapping in document["mappings"]:
        names = [node.get("vantage", "") for node in mapping["nodes"]]
        assert names == ([item["source"] for item in document["vantages"]] if len(names) > 1 else [""])
    return [item["source"] for item in document["vantages"]]


def test_the_option_says_from_where(tmp_path: Path, port: int) -> None:
    path = table(tmp_path, port)
    assert vantages(path) == ["this machine"]
    assert vantages(path, "--via", "ssh://one") == ["ssh://one"]
    assert vantages(path, "--via", "1a=ssh://one", "--via", "1c=ssh://two", "--via", "local") == [
        "1a",
        "1c",
        "this machine",
    ]


@pytest.mark.parametrize(
    ("via", "names"),
    [
        ("via: ssh://one\n", ["ssh://one"]),
        ("via: 1a=ssh://one\n", ["1a"]),
        ("via: {name: 1a, where: ssh://one}\n", ["1a"]),
        ("via: [{name: 1a, where: ssh://one}, 1c=ssh://two, local]\n", ["1a", "1c", "this machine"]),
    ],
)
def test_the_table_says_from_where(tmp_path: Path, port: int, via: str, names: list[str]) -> None:
    path = table(tmp_path, port, via)
    assert vantages(path) == names
    shown = json.loads(called("mapping", "show", "-m", path, "-f", "json").stdout)
    jsonschema.validate(shown, SCHEMA)
    again = tmp_path / "again.json"
    again.write_text(json.dumps(shown))
    assert vantages(again) == names
    assert "Probed from:" in called("mapping", "show", "-m", path).stdout
    assert vantages(path, "--via", "other=ssh://two") == ["other"]


@pytest.mark.parametrize(
    ("via", "mistake"),
    [
        ("via: ftp://x\n", "nlbcheck.yaml:2: via: 'ftp://x' is no vantage point: expected ssh://"),
        ("via: []\n", "nlbcheck.yaml:2: via: expected 1 to 1,000 vantage points, found 0"),
        ("via: [local, 7]\n", "nlbcheck.yaml:2: via[1]: 7 is not text"),
        ("via: [{name: a}]\n", "nlbcheck.yaml:2: via[0]: where is missing"),
        (
            "via: {name: a, were: local}\n",
            "via: unknown key 'were', perhaps 'where' is meant",
        ),
        ("via:\n  - a=local\n  - a=ssh://x\n", "nlbcheck.yaml:4: via[1]: 'a' is the name of via[0] already"),
        ("via: [{name: '', where: local}]\n", "nlbcheck.yaml:2: via[0].name: is empty"),
    ],
)
def test_mistakes_of_a_table(tmp_path: Path, port: int, via: str, mistake: str) -> None:
    done = called("probe", "-m", table(tmp_path, port, via))
    assert done.returncode == 2
    assert mistake in done.stderr


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        (["--via", "somewhere"], "'somewhere' is no vantage point: expected ssh://"),
        (["--via", "a=local", "--via", "a=ssh://one"], "two vantage points are called 'a'"),
    ],
)
@pytest.mark.parametrize("command", ["probe", "diagnose", "smoke"])
def test_mistakes_of_the_option(
    tmp_path: Path, port: int, command: str, options: list[str], mistake: str
) -> None:
    done = called(command, "-m", table(tmp_path, port), *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert mistake in done.stderr


def test_a_host_that_cannot_be_reached(tmp_path: Path, port: int) -> None:
    path = table(tmp_path, port)
    assert vantages(path, "--via", "1a=ssh://one", "--via", "1c=ssh://gone", status=3) == ["1a", "1c"]
    done = called("probe", "-m", path, "--via", "1a=ssh://one", "--via", "1c=ssh://gone")
    assert "Nothing was probed from 1c: ssh://gone: the host cannot be reached." in done.stderr
    done = called("probe", "-m", path, "--via", "1c=ssh://gone")
    assert (done.returncode, done.stdout) == (3, "")
    assert "1c: ssh://gone: the host cannot be reached" in done.stderr


def test_a_stored_report_is_shown_as_it_was(tmp_path: Path, port: int) -> None:
    path, stored = table(tmp_path, port), tmp_path / "report.json"
    options = ("--via", "1a=ssh://one", "--via", "1c=ssh://gone")
    first = called("probe", "-m", path, *options, "-f", f"json:{stored}", "-f", "table")
    shown = called("report", "show", stored)
    assert shown.stdout == first.stdout
    assert shown.returncode == 3
    merged = called("report", "merge", stored, "-f", "json")
    assert [item["source"] for item in json.loads(merged.stdout)["vantages"]] == ["1a", "1c"]
