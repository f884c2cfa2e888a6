"""Connections that nobody may open and no row is about: what probes and walks make of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.reports import reading
from tests.cli.labs import lab_run
from tests.cli.relay import SNAPSHOT, TABLE, aws, called, on_loopback, written
from tests.scenarios.mutations import ANY_IN, SSH_FROM_ELSEWHERE, rules_of
from tests.servers import black_hole, closed_port, says_nothing, serving

UNWANTED = "reachable-unwanted"
SERVER = "172.31.129.10"
"""The article's first server, whose security group admits the load balancer's nodes and nobody else."""
NEIGHBOUR = "172.31.137.10"
"""Its second server, in the VPC of the load balancer."""


def table(folder: Path, *entries: str, text: str | None = None) -> Path:
    path = folder / "nlbcheck.yaml"
    body = TABLE.read_text() if text is None else text
    path.write_text(body + "forbidden:\n" + "".join(f"  - {entry}\n" for entry in entries))
    return path


def diagnosed(path: Path, *names: str, snapshot: Path = SNAPSHOT) -> tuple[int, dict[str, Any]]:
    words = ("diagnose", "--no-probe", "-m", path, "--snapshot", snapshot, "-f", "json", "-q")
    done = called(*words, *(names or ("--all",)))
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def entry_of(document: dict[str, Any]) -> dict[str, Any]:
    (found,) = (row for row in document["mappings"] if row.get("forbidden"))
    return dict(found)


class TestByTheWalk:
    def test_a_closed_path_passes_and_its_gate_is_named(self, tmp_path: Path) -> None:
        status, document = diagnosed(table(tmp_path, f"{{address: {SERVER}, port: 3306}}"))
        row = entry_of(document)
        assert (status, row["verdict"], row["cause"]) == (0, "pass", None)
        (found,) = row["findings"]
        assert (found["code"], found["verdict"], found["remedy"]) == ("sg-denies", "pass", None)
        assert (row["target_group"], row["nodes"][0]["reachable"]) == ("", False)
        assert document["client"]["source"] == "192.168.1.214"
        assert len(document["vantages"]) == 1

    def test_an_open_path_to_a_machine_fails(self, tmp_path: Path) -> None:
        opened = written(tmp_path / "s.json", rules_of("targets", ANY_IN))
        status, document = diagnosed(table(tmp_path, f"{{address: {SERVER}, port: 3306}}"), snapshot=opened)
        row = entry_of(document)
        assert (status, row["cause"]["code"], row["cause"]["confidence"]) == (1, UNWANTED, "likely")
        assert row["cause"]["remedy"]["commands"] == []

    def test_an_open_path_through_the_load_balancer_fails(self, tmp_path: Path) -> None:
        entry = f"{{client: {NEIGHBOUR}, address: 172.31.128.10, port: 10022}}"
        status, document = diagnosed(table(tmp_path, entry))
        row = entry_of(document)
        assert (status, row["cause"]["code"]) == (1, UNWANTED)
        assert [item["source"] for item in document["vantages"]] == ["192.168.1.214", NEIGHBOUR]
        assert row["nodes"][0]["vantage"] == NEIGHBOUR
        shut = written(tmp_path / "s.json", rules_of("targets", SSH_FROM_ELSEWHERE))
        status, document = diagnosed(table(tmp_path, entry), "forbidden-172.31.128.10:10022", snapshot=shut)
        assert (status, entry_of(document)["verdict"]) == (0, "pass")
        assert len(document["mappings"]) == 1

    def test_a_port_without_listener_is_closed(self, tmp_path: Path) -> None:
        path = table(tmp_path, "{address: 172.31.128.10, port: 4444}")
        status, document = diagnosed(path, "forbidden-172.31.128.10:4444")
        assert (status, entry_of(document)["verdict"]) == (0, "pass")
        assert entry_of(document)["findings"][0]["code"] == "listener-missing"

    @pytest.mark.parametrize("operation", ["DescribeSecurityGroups", "DescribeRouteTables", "DescribeVpcs"])
    def test_what_is_not_visible_stays_so(self, tmp_path: Path, operation: str) -> None:
        document = json.loads(SNAPSHOT.read_text())
        document["answers"] = [item for item in document["answers"] if item["operation"] != operation]
        snapshot = tmp_path / "s.json"
        snapshot.write_text(json.dumps(document))
        path = table(tmp_path, f"{{client: {NEIGHBOUR}, address: {SERVER}, port: 80, name: x}}")
        status, document = diagnosed(path, "x", snapshot=snapshot)
        row = entry_of(document)
        assert (status, row["verdict"]) in ((3, "unknown"), (0, "pass"))
        assert row["verdict"] == "unknown" or {item["code"] for item in row["findings"]} != {"not-visible"}

    def test_no_fix_opens_it(self, tmp_path: Path) -> None:
        path, script = table(tmp_path, f"{{address: {SERVER}, port: 3306}}"), tmp_path / "fix.sh"
        words = ("--all", "--no-probe", "-m", path, "--snapshot", SNAPSHOT, "--fix-script", script)
        done = called("diagnose", *words)
        assert done.returncode == 0
        assert "Closed, as the table says" in done.stdout
        assert "aws ec2" not in script.read_text() + done.stdout

    def test_a_drift_check_says_nothing_of_them(self, tmp_path: Path) -> None:
        path = table(tmp_path, f"{{address: {SERVER}, port: 3306, name: the-database}}")
        with_it = called("mapping", "check", "-m", path, "--snapshot", SNAPSHOT, "-f", "json", "-q")
        without = called("mapping", "check", "-m", TABLE, "--snapshot", SNAPSHOT, "-f", "json", "-q")
        assert (with_it.returncode, with_it.stdout) == (without.returncode, without.stdout)


class TestOnTheWire:
    def on(self, folder: Path, port: int, *words: str) -> tuple[int, dict[str, Any], str]:
        _, path = on_loopback(folder, 1)
        path = table(folder, f"{{address: 127.0.0.1, port: {port}, name: x}}", text=path.read_text())
        options = ("x", "-m", path, "-q", "--timeout", "0.5", "--attempts", "1")
        done = called("probe", *options, "-f", "json")
        text = called("probe", *options, *words).stdout
        (row,) = json.loads(done.stdout)["mappings"]
        return done.returncode, row, text

    def test_an_answer_fails(self, tmp_path: Path) -> None:
        with serving(says_nothing) as port:
            status, row, text = self.on(tmp_path, port)
        assert (status, row["verdict"], row["nodes"][0]["probe"]["status"]) == (1, "fail", "ok")
        (found,) = row["findings"]
        assert (found["code"], found["confidence"]) == (UNWANTED, "certain")
        assert "x answers, although the table says that nobody may reach it" in " ".join(text.split())

    def test_a_refusal_fails(self, tmp_path: Path) -> None:
        status, row, text = self.on(tmp_path, closed_port())
        assert (status, row["findings"][0]["code"]) == (1, UNWANTED)
        assert "open: refused" in text

    def test_silence_passes(self, tmp_path: Path) -> None:
        with black_hole() as port:
            status, row, text = self.on(tmp_path, port)
        assert (status, row["verdict"], row["findings"]) == (0, "pass", [])
        assert "closed" in text

    def test_another_client_is_none_of_this_machines_probes(self, tmp_path: Path) -> None:
        _, path = on_loopback(tmp_path, closed_port())
        entry = "{client: i-0123456789abcdef0, address: 127.0.0.1, port: 1, name: x}"
        done = called("probe", "-m", table(tmp_path, entry, text=path.read_text()), "-f", "json")
        assert [row["name"] for row in json.loads(done.stdout)["mappings"]] == ["tg-10022"]
        assert "No probe was made for x, which is about another client" in done.stderr

    def test_this_machine_by_its_address(self, tmp_path: Path) -> None:
        _, path = on_loopback(tmp_path, closed_port())
        entry = f"{{client: 127.0.0.1, address: 127.0.0.1, port: {closed_port()}, name: x}}"
        done = called("probe", "x", "-m", table(tmp_path, entry, text=path.read_text()), "-f", "json", "-q")
        assert entry_of(json.loads(done.stdout))["nodes"][0]["probe"]["status"] == "refused"


class TestInTheLab:
    def in_lab(self, path: Path, *words: str, faults: tuple[str, ...] = ()) -> tuple[int, dict[str, Any]]:
        options = ("-m", str(path), "--timeout", "1", "--attempts", "1", "-f", "json", "-q")
        named = [word for fault in faults for word in ("--fault", fault)]
        status, out, errors = lab_run(*named, "--", "nlbcheck", *words, *options)
        assert out, errors
        return status, json.loads(out)

    def test_probe_and_walk_of_one_client_are_one_result(self, tmp_path: Path) -> None:
        path = table(tmp_path, f"{{address: {SERVER}, port: 22, name: x}}")
        status, document = self.in_lab(path, "diagnose", "x")
        row = entry_of(document)
        (node,) = row["nodes"]
        assert (status, row["verdict"], node["probe"]["status"]) == (0, "pass", "timed-out")
        assert [item["code"] for item in row["findings"]] == ["sg-denies"]
        status, document = self.in_lab(path, "diagnose", "x", faults=("target-sg-open",))
        row = entry_of(document)
        assert (status, row["nodes"][0]["probe"]["status"]) == (1, "ok")
        assert (row["cause"]["code"], row["cause"]["confidence"]) == (UNWANTED, "certain")

    def test_smoke_counts_them(self, tmp_path: Path) -> None:
        path = table(tmp_path, f"{{address: {SERVER}, port: 3306, name: x}}")
        words = ("smoke", "--settle", "0", "--wait", "60", "--steady", "1", "--interval", "0")
        status, document = self.in_lab(path, *words)
        assert (status, entry_of(document)["verdict"], document["smoke"]["good"]) == (0, "pass", 1)
        status, document = self.in_lab(path, *words, faults=("target-sg-open", "group-empty"))
        row = entry_of(document)
        assert (status, row["cause"]["code"], row["nodes"][0]["probe"]["status"]) == (1, UNWANTED, "refused")
        assert document["mappings"][0]["cause"]["code"] == "listener-has-no-target"
        assert document["smoke"]["good"] == 0


@pytest.mark.parametrize("form", ["junit", "markdown", "github", "openmetrics", "html", "table", "json"])
@pytest.mark.parametrize("command", ["probe", "diagnose"])
def test_every_format_shows_them_and_again_from_a_file(
    tmp_path: Path, form: str, command: str, entries: Callable[[str], tuple[Path, tuple[Any, ...]]]
) -> None:
    path, words = entries(command)
    stored = tmp_path / "report.json"
    done = called(command, *words, "-m", path, "-q", "-f", form, "-f", f"json:{stored}")
    assert done.returncode == 1
    assert "forbidden-" in done.stdout
    assert "<script>alert" not in done.stdout or form in ("json", "table", "github", "openmetrics")
    assert "\x1b" not in done.stdout
    again = called("report", "show", stored, "-f", form)
    assert again.returncode == 1
    # What a report ends with knows what was typed.
    assert re.sub(r"Next: .*", "", again.stdout) == re.sub(r"Next: .*", "", done.stdout)
    document = json.loads(stored.read_text())
    assert reading.report(document, str(stored)).exit_status == 1
    difference = called("report", "diff", stored, stored)
    assert "nothing changed" in difference.stdout
    merged = json.loads(called("report", "merge", stored, "-f", "json").stdout)
    assert [row["name"] for row in merged["mappings"]] == [row["name"] for row in document["mappings"]]
    assert [row.get("forbidden") for row in merged["mappings"]] == [
        row.get("forbidden") for row in document["mappings"]
    ]


@pytest.fixture
def entries(tmp_path: Path) -> Callable[[str], tuple[Path, tuple[Any, ...]]]:
    """Return for a command a table with an open entry, and one with a hostile name, and its options."""

    def made(command: str) -> tuple[Path, tuple[Any, ...]]:
        hostile = '"x::<script>alert(1)</script>|`]]>%0A"'
        if command == "probe":
            _, path = on_loopback(tmp_path, closed_port())
            each = [f"{{address: 127.0.0.1, port: {closed_port()}}}"]
            each.append(f"{{address: 127.0.0.2, port: {closed_port()}, name: {hostile}}}")
            return table(tmp_path, *each, text=path.read_text()), ()
        each = [f"{{client: {NEIGHBOUR}, address: 172.31.128.10, port: 10022}}"]
        each.append(f"{{address: {SERVER}, port: 22, name: {hostile}}}")
        return table(tmp_path, *each), ("--all", "--no-probe", "--snapshot", SNAPSHOT)

    return made


def test_a_snapshot_has_what_its_diagnosis_needs(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        f"{{address: {SERVER}, port: 3306, name: x}}",
        f"{{client: {NEIGHBOUR}, address: 10.0.0.10, port: 80, name: y}}",
    )
    held = tmp_path / "held.json"
    with aws() as (_, env):
        assert called("snapshot", held, "-m", path, "-q", env=env).returncode == 0
        live = called("diagnose", "--all", "--no-probe", "-m", path, "-f", "json", "-q", env=env)
    again = called("diagnose", "--all", "--no-probe", "--snapshot", held, "-f", "json", "-q")
    found = [
        [(row["name"], row["verdict"], [item["code"] for item in row["findings"]]) for row in rows]
        for rows in (json.loads(done.stdout)["mappings"] for done in (live, again))
    ]
    assert found[0] == found[1]
    assert ("x", "pass", ["sg-denies"]) in found[0]
