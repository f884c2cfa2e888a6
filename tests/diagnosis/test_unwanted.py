"""Rows that nobody may reach: what the probes and the walk make of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.aws import recording
from nlbcheck.lab import article, faults
from nlbcheck.lab.emulation import running
from nlbcheck.model import ProbeSpec, Status, Verdict
from nlbcheck.reports import reading
from tests.cli.relay import called, on_loopback, written
from tests.scenarios.mutations import SSH_FROM_ELSEWHERE, peering_is, rules_of
from tests.servers import black_hole, closed_port, says_nothing, serving

CLOSED = "expect: {reachable: false}"
UNWANTED = "reachable-unwanted"


def table(folder: Path) -> Path:
    """Write a table of the article's first row alone, closed."""
    path = folder / "nlbcheck.yaml"
    body = json.dumps(
        {
            "listener": "TCP:10022",
            "target_group": "tg-10022",
            "target_port": 22,
            "target": "172.31.129.10",
            "expect": {"reachable": False},
        }
    )
    path.write_text(
        "load_balancer: example-nlb\nregion: ap-northeast-1\nclient: 192.168.1.214\n"
        "static_ips: {ap-northeast-1a: 172.31.128.10, ap-northeast-1c: 172.31.136.10}\n"
        f"mappings:\n  - {body}\n"
    )
    return path


def injected(fault: str, path: Path) -> Path:
    """Write the article's recording with a fault of the lab."""
    state = recording.read(article.SNAPSHOT)
    broken, _ = faults.inject(state, running.settings(state), [faults.FAULTS[fault]])
    recording.write(path, broken)
    return path


def diagnosed(folder: Path, *mutations: Callable[[Any], object]) -> tuple[int, dict[str, Any]]:
    snapshot = written(folder / "snapshot.json", *mutations)
    done = called(
        "diagnose", "--all", "--no-probe", "-m", table(folder), "--snapshot", snapshot, "-f", "json", "-q"
    )
    return done.returncode, json.loads(done.stdout)["mappings"][0]


@pytest.mark.parametrize("status", Status)
def test_only_silence_passes(status: Status) -> None:
    expected = {
        Status.TIMED_OUT: Verdict.PASS,
        Status.UNREACHABLE: Verdict.UNKNOWN,
        Status.INTERRUPTED: Verdict.UNKNOWN,
        Status.UNCHECKED: Verdict.UNKNOWN,
        Status.CRASHED: Verdict.ERROR,
    }.get(status, Verdict.FAIL)
    assert ProbeSpec(reachable=False).judged(status) is expected
    assert ProbeSpec().judged(status) is status.verdict


class TestByTheWalk:
    def test_an_open_path_fails_and_nothing_closes_the_rest(self, tmp_path: Path) -> None:
        status, row = diagnosed(tmp_path)
        assert (status, row["verdict"], row["cause"]["code"]) == (1, "fail", UNWANTED)
        assert row["cause"]["confidence"] == "likely"
        assert row["cause"]["remedy"]["commands"] == []

    @pytest.mark.parametrize(
        ("mutation", "code"),
        [
            (rules_of("targets", SSH_FROM_ELSEWHERE), "sg-denies"),
            (peering_is("rejected"), "peering-not-active"),
        ],
        ids=["security group", "peering"],
    )
    def test_a_closed_path_passes_and_its_gate_is_named(
        self, tmp_path: Path, mutation: Callable[[Any], object], code: str
    ) -> None:
        status, row = diagnosed(tmp_path, mutation)
        assert (status, row["verdict"], row["cause"]) == (0, "pass", None)
        assert {finding["code"] for finding in row["findings"]} == {code}
        for finding in row["findings"]:
            assert (finding["verdict"], finding["remedy"]) == ("pass", None)

    def test_a_listener_that_is_missing_closes_it(self, tmp_path: Path) -> None:
        snapshot = injected("listener-deleted", tmp_path / "s.json")
        words = ("-m", table(tmp_path), "--snapshot", snapshot, "-f", "json")
        (row,) = json.loads(called("diagnose", "--all", "--no-probe", *words).stdout)["mappings"]
        assert row["verdict"] == "pass"
        assert {(item["code"], item["verdict"]) for item in row["findings"]} == {("listener-missing", "pass")}
        drift = called("mapping", "check", *words)
        assert "listener-missing" not in drift.stdout

    def test_no_fix_opens_it(self, tmp_path: Path) -> None:
        snapshot = written(tmp_path / "s.json", rules_of("targets", SSH_FROM_ELSEWHERE))
        script = tmp_path / "fix.sh"
        done = called(
            "diagnose",
            "--all",
            "--no-probe",
            "-m",
            table(tmp_path),
            "--snapshot",
            snapshot,
            "--fix-script",
            script,
        )
        assert done.returncode == 0
        assert "Closed, as the table says" in done.stdout
        assert "[sg-denies]" in done.stdout
        assert "aws " not in done.stdout
        assert "aws ec2" not in script.read_text()

    def test_what_is_not_visible_stays_so(self, tmp_path: Path) -> None:
        path = tmp_path / "s.json"
        written(path)
        document = json.loads(path.read_text())
        document["answers"] = [a for a in document["answers"] if a["operation"] != "DescribeSecurityGroups"]
        path.write_text(json.dumps(document))
        done = called(
            "diagnose", "--all", "--no-probe", "-m", table(tmp_path), "--snapshot", path, "-f", "json"
        )
        assert done.returncode == 3
        assert json.loads(done.stdout)["mappings"][0]["verdict"] == "unknown"


class TestOnTheWire:
    def on(self, folder: Path, port: int, *words: str) -> tuple[int, dict[str, Any], str]:
        snapshot, path = on_loopback(folder, port)
        path.write_text(path.read_text().replace("target_port: 22,", f"target_port: 22, {CLOSED},"))
        options = ("-m", path, "-f", "json", "-q", "--timeout", "0.5")
        extra = ("--snapshot", snapshot, "--probe", "--client", "127.0.0.1") if words[0] == "diagnose" else ()
        done = called(*words, *options, *extra)
        text = called(*words, "-m", path, "-q", "--timeout", "0.5", *extra).stdout
        return done.returncode, json.loads(done.stdout)["mappings"][0], text

    @pytest.mark.parametrize("words", [("probe",), ("diagnose", "--all")])
    def test_an_answer_fails(self, tmp_path: Path, words: tuple[str, ...]) -> None:
        with serving(says_nothing) as port:
            status, row, text = self.on(tmp_path, port, *words)
        assert (status, row["verdict"]) == (1, "fail")
        (found,) = row["findings"]
        assert (found["code"], found["verdict"], found["confidence"]) == (UNWANTED, "fail", "certain")
        assert row["nodes"][0]["probe"]["status"] == "ok"
        assert "answers, although the table says that nobody may reach it" in " ".join(text.split())

    @pytest.mark.parametrize("words", [("probe",), ("diagnose", "--all")])
    def test_a_refusal_fails(self, tmp_path: Path, words: tuple[str, ...]) -> None:
        status, row, text = self.on(tmp_path, closed_port(), *words)
        assert (status, row["nodes"][0]["probe"]["status"]) == (1, "refused")
        assert {finding["code"] for finding in row["findings"]} == {UNWANTED}
        assert "is refused, so packets get through" in " ".join(text.split())

    def test_silence_passes(self, tmp_path: Path) -> None:
        with black_hole() as port:
            status, row, text = self.on(tmp_path, port, "probe")
        assert (status, row["verdict"], row["findings"]) == (0, "pass", [])
        assert row["nodes"][0]["probe"]["status"] == "timed-out"
        assert row["nodes"][0]["probe"]["meaning"] is None
        assert "closed" in text

    def test_silence_that_nothing_in_aws_explains_is_a_warning(self, tmp_path: Path) -> None:
        with black_hole() as port:
            status, row, _ = self.on(tmp_path, port, "diagnose", "--all")
        (found,) = row["findings"]
        assert (status, found["code"], found["verdict"]) == (0, "target-silent", "warn")

    def test_a_stored_report_is_judged_as_it_was(self, tmp_path: Path) -> None:
        with black_hole() as port:
            _, path = on_loopback(tmp_path, port)
            path.write_text(path.read_text().replace("target_port: 22,", f"target_port: 22, {CLOSED},"))
            report = tmp_path / "report.json"
            done = called(
                "probe", "-m", path, "-q", "--timeout", "0.3", "-f", f"json:{report}", "-f", "table"
            )
        document = json.loads(report.read_text())
        assert document["mappings"][0]["nodes"][0]["reachable"] is False
        assert reading.report(document, str(report)).exit_status == done.returncode == 0

    @pytest.mark.parametrize("form", ["junit", "markdown", "github", "openmetrics", "html"])
    def test_every_format_knows_it(self, tmp_path: Path, form: str) -> None:
        _, path = on_loopback(tmp_path, closed_port())
        path.write_text(path.read_text().replace("target_port: 22,", f"target_port: 22, {CLOSED},"))
        done = called("probe", "-m", path, "-q", "-f", form)
        assert done.returncode == 1
        assert UNWANTED in done.stdout or form == "openmetrics"
        with black_hole() as port:
            _, path = on_loopback(tmp_path, port)
            path.write_text(path.read_text().replace("target_port: 22,", f"target_port: 22, {CLOSED},"))
            done = called("probe", "-m", path, "-q", "-f", form, "--timeout", "0.3")
        assert done.returncode == 0
        assert "<failure" not in done.stdout
        assert "**closed**" not in done.stdout


class TestTheTable:
    @pytest.mark.parametrize("value", ["false", "'no'", "true"])
    def test_it_is_written_as_it_is_read(self, tmp_path: Path, value: str) -> None:
        path = tmp_path / "t.yaml"
        path.write_text(
            "static_ips: [127.0.0.1]\nmappings:\n  - {listener: 1, target_group: a, target_port: 22, "
            f"target: 10.0.0.1, expect: {{reachable: {value}}}}}\n"
        )
        done = called("mapping", "show", "-m", path, "-f", "json")
        (row,) = json.loads(done.stdout)["mappings"]
        assert row.get("expect") == (None if value == "true" else {"reachable": False})
        again = tmp_path / "again.json"
        again.write_text(done.stdout)
        assert called("mapping", "show", "-m", again, "-f", "json").stdout == done.stdout

    @pytest.mark.parametrize(
        ("more", "key"),
        [
            ("host_key: 'SHA256:0zJ9+UyUxSEdDh9PmfM5fFsLW46F2tMpCwniqp0V6nY'", "expect.host_key"),
            ("http: {status: 200}", "status"),
        ],
    )
    def test_expectations_that_contradict_it_are_errors(self, tmp_path: Path, more: str, key: str) -> None:
        path = tmp_path / "t.yaml"
        check = "check: ssh, " if "host_key" in more else "check: http, "
        path.write_text(
            "static_ips: [127.0.0.1]\nmappings:\n  - {listener: 1, target_group: a, target_port: 22, "
            f"{check}target: 10.0.0.1, expect: {{reachable: false, {more}}}}}\n"
        )
        done = called("mapping", "show", "-m", path)
        assert done.returncode == 2
        assert key in done.stderr
        assert "expect.reachable is false" in done.stderr
