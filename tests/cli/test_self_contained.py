"""Is one snapshot file enough, and does it hold no more than was asked for?"""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import paramiko
import pytest

from nlbcheck.aws import recording
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources import snapshot_file
from nlbcheck.lab.endpoint import ApiFault, Trouble
from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE, aws, called, edited, on_loopback
from tests.servers import serving, speaks_ssh

A_ROW = {
    "name": "x",
    "listener": {"protocol": "TCP", "port": 1},
    "target_group": "x",
    "target": {"name": "x", "protocol": "TCP", "port": 1},
    "findings": [],
}
"""A row of a report."""
A_NODE = {"address": "10.0.0.1", "port": 1}


@pytest.fixture(autouse=True)
def _no_table_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NLBCHECK_MAPPING", raising=False)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Return a snapshot of the article's relay that nlbcheck has made."""
    with aws() as (_, env):
        assert called("snapshot", "made.json", "-q", "-m", TABLE, env=env).returncode == 0
    return tmp_path / "made.json"


def reported(*arguments: str | Path) -> dict[str, Any]:
    done = called("diagnose", *arguments, "-f", "json", env=NO_AWS)
    document: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == document["exit_status"]
    return document


def changed(path: Path, **keys: object) -> Path:
    """Return a snapshot with other values under some keys."""
    document = json.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_text())
    other = path.with_name("changed.json")
    other.write_text(json.dumps({**document, **keys}))
    return other


class TestTable:
    def test_a_diagnosis_needs_nothing_but_the_file(self, made: Path) -> None:
        alone, beside = (
            reported("--all", "--snapshot", made),
            reported("--all", "--snapshot", made, "-m", TABLE),
        )
        assert alone["exit_status"] == 0
        assert [row["relay"]["table"] for row in alone["mappings"]] == [str(made)] * 5
        for report in (alone, beside):
            for place in (report, *report["relays"], *(row["relay"] for row in report["mappings"])):
                place.pop("table", None)
            report.pop("started_at")
        assert alone == beside
        assert called("mapping", "check", "--snapshot", made, env=NO_AWS).returncode == 0

    def test_it_is_what_mapping_show_prints(self, made: Path) -> None:
        shown = called("mapping", "show", "-f", "json", "-m", TABLE)
        assert json.loads(made.read_text())["table"] == json.loads(shown.stdout)

    def test_a_table_that_is_named_wins_and_one_that_lies_there_does_not(
        self, made: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = "mappings: [{listener: 10022, target_group: tg-mine, target_port: 22, target: TargetServer1}]"
        text = TABLE.read_text()
        Path("nlbcheck.yaml").write_text(text[: text.index("mappings:")] + row)
        monkeypatch.setenv("NLBCHECK_MAPPING", "nlbcheck.yaml")
        names = [row["name"] for row in reported("--all", "--snapshot", made)["mappings"]]
        assert names == ["tg-10022", "tg-10080", "tg-20022", "tg-20080", "tg-30080"]
        mine = reported("--all", "--snapshot", made, "-m", "nlbcheck.yaml")
        assert [row["name"] for row in mine["mappings"]] == ["tg-mine"]
        without = changed(made, table=None)
        assert [row["name"] for row in reported("--all", "--snapshot", without)["mappings"]] == ["tg-mine"]

    def test_options_win_over_it(self, made: Path) -> None:
        report = reported("tg-10022", "--snapshot", made, "--static-ip", "ap-northeast-1c=172.31.136.10")
        assert [node["address"] for node in report["mappings"][0]["nodes"]] == ["172.31.136.10"]

    def test_all_of_it_is_there_also_where_some_rows_were_asked_for(self, tmp_path: Path) -> None:
        with aws() as (_, env):
            assert called("snapshot", "made.json", "tg-10022", "-q", "-m", TABLE, env=env).returncode == 0
        assert reported("tg-10022", "--snapshot", "made.json")["exit_status"] == 0
        assert len(json.loads(Path("made.json").read_text())["table"]["mappings"]) == 5

    @pytest.mark.parametrize(
        ("table", "problems"),
        [
            (7, ["table: expected an object, found 7"]),
            ({}, ["table: mappings is missing"]),
            (
                {
                    "mappings": [
                        {"listener": "TCP:0", "target_group": 1.5, "target_port": 22, "target": "x"}
                    ],
                    "x": 1,
                },
                [
                    "table: unknown key 'x'",
                    "table: mappings[0].listener: 'TCP:0' is not a port",
                    "table: mappings[0].target_group: 1.5 is not text",
                ],
            ),
        ],
    )  # fmt: skip
    def test_a_broken_one_is_one_error_that_names_it(
        self, made: Path, table: object, problems: list[str]
    ) -> None:
        broken = changed(made, table=table)
        done = called("diagnose", "--all", "--snapshot", broken, env=NO_AWS)
        assert (done.returncode, done.stdout) == (2, "")
        said = done.stderr.splitlines()
        assert len(said) == len(problems)
        for line, problem in zip(said, problems, strict=True):
            assert line.startswith(f"nlbcheck: {broken}: {problem.split(':')[0]}"), line
            assert problem.split("'")[0] in line

    def test_authorities_that_only_the_other_machine_has_do_not_hinder(self, made: Path) -> None:
        table = json.loads(made.read_text())["table"]
        row = {
            "listener": 443,
            "target_group": "x",
            "target_port": 443,
            "target": "10.0.0.1",
            "verify": "/no/ca",
        }
        table["mappings"].append(row)
        assert reported("tg-10022", "--snapshot", changed(made, table=table))["exit_status"] == 0


class TestClient:
    def test_it_is_the_one_that_was_recorded(self, tmp_path: Path) -> None:
        table = tmp_path / "other.yaml"
        table.write_text(TABLE.read_text().replace("client: 192.168.1.214\n", ""))
        with aws() as (_, env):
            words = ("snapshot", "made.json", "-q", "--client", "192.168.1.214", "-m", table)
            assert called(*words, env=env).returncode == 0
        assert json.loads(Path("made.json").read_text())["client"] == {"source": "192.168.1.214"}
        named: list[list[str | Path]] = [["-m", table], []]
        for table_of in named:
            report = reported("tg-10022", "--snapshot", "made.json", *table_of)
            assert (report["client"]["source"], report["exit_status"]) == ("192.168.1.214", 0)

    def test_another_one_can_be_named_and_one_of_a_named_table_counts(self, made: Path) -> None:
        other = changed(made, client={"source": "10.0.0.10"})
        assert reported("tg-10022", "--snapshot", other)["client"]["source"] == "10.0.0.10"
        assert reported("tg-10022", "--snapshot", other, "-m", TABLE)["client"]["source"] == "192.168.1.214"
        named = reported("tg-10022", "--snapshot", other, "--client", "192.168.1.214")
        assert named["client"]["source"] == "192.168.1.214"

    def test_a_broken_one_is_named(self, made: Path) -> None:
        for client, problem in (
            ([], "client: expected an object, found []"),
            ({"address": "10.0.0.10"}, "client.source: expected text, found nothing"),
            ({"source": "x", "address": 7}, "client.address: expected text, found 7"),
        ):
            broken = changed(made, client=client)
            done = called("diagnose", "--all", "--snapshot", broken, env=NO_AWS)
            assert done.stderr == f"nlbcheck: {broken}: {problem}\n"


class TestProbes:
    @pytest.fixture
    def probed(self, tmp_path: Path) -> Path:
        """Return a snapshot with probes of a relay on loopback; its server does not run any more."""
        with serving(speaks_ssh(paramiko.ECDSAKey.generate())) as port:
            state, table = on_loopback(tmp_path, port)
            table = table.rename(tmp_path / "other.yaml")
            with aws(recording.read(state)) as (_, env):
                done = called("snapshot", "made.json.gz", "--probe", "-m", table, env=env)
        assert done.returncode == 0, done.stderr
        return tmp_path / "made.json.gz"

    def test_they_are_judged_as_made_then_and_there(self, probed: Path) -> None:
        done = called("diagnose", "--all", "--snapshot", probed, "-f", "json", env=NO_AWS)
        report, held = json.loads(done.stdout), snapshot_file.read(probed).report
        assert held
        assert held["schema"] == "nlbcheck.report/1"
        client, node = report["mappings"][0]["nodes"]
        assert (client["vantage"], client["verdict"], "probe" in client) == ("192.168.1.214", "pass", False)
        assert (node["vantage"], node["verdict"]) == ("127.0.0.1", "pass")
        assert node["probe"] == held["mappings"][0]["nodes"][0]["probe"]
        assert node["probe"]["status"] == "ok"
        assert report["probed_at"] == held["started_at"]
        assert (
            f"The probes were made from 127.0.0.1 at {held['started_at']}, with the snapshot." in done.stderr
        )
        assert (
            "They say nothing about the path from 192.168.1.214, which was checked in the recorded state "
            "only." in done.stderr
        )

    @pytest.mark.parametrize(
        ("language", "state", "probes"),
        [
            ("en", "AWS state      recorded at {}", "Probes         made at {}"),
            ("ja", "AWS の状態        {} の記録", "プローブ          {} に実行"),
        ],
    )
    def test_the_head_says_when_all_that_was_seen(
        self, probed: Path, tmp_path: Path, language: str, state: str, probes: str
    ) -> None:
        old = changed(probed, taken_at="2020-01-02T03:04:05+09:00")
        words = ("diagnose", "--all", "--snapshot", old, "--lang", language)
        done = called(*words, "-f", f"json:{tmp_path}/report.json", "-f", "table", env=NO_AWS)
        report = json.loads((tmp_path / "report.json").read_text())
        head = done.stdout.partition("\n\n")[0].splitlines()
        assert head[-2:] == [state.format("2020-01-01T18:04:05Z"), probes.format(report["probed_at"])]
        assert report["recorded_at"] == "2020-01-01T18:04:05Z"
        shown = called("report", "show", tmp_path / "report.json", "--lang", language, env=NO_AWS)
        assert shown.stdout.partition("\n\n")[0].splitlines()[-2:] == head[-2:]
        live = called("diagnose", "--all", "--snapshot", changed(old, report=None), env=NO_AWS)
        assert "Probes  " not in live.stdout.partition("\n\n")[0]

    def test_those_of_several_connections_are_judged_as_several(self, probed: Path) -> None:
        held = snapshot_file.read(probed)
        assert held.report
        document: Any = json.loads(json.dumps(held.report))
        (node,) = document["mappings"][0]["nodes"]
        silent = {**node["probe"], "status": "timed-out", "detail": {}, "error": "no answer within 3.0 s"}
        node["samples"] = [node["probe"], silent, node["probe"]]
        node["probe"] = silent
        other = probed.with_name("other.json")
        recording.write_document(other, {**snapshot_file.document(held), "report": document})
        (again,) = reported("--all", "--snapshot", other, "--client", "127.0.0.1")["mappings"][0]["nodes"]
        assert [sample["status"] for sample in again["samples"]] == ["ok", "timed-out", "ok"]
        assert (again["verdict"], again["probe"]["status"]) == ("fail", "timed-out")
        assert any("1 of 3 connections" in finding["summary"] for finding in again["findings"])

    def test_of_another_client_they_say_nothing(self, probed: Path) -> None:
        done = called("diagnose", "--all", "--snapshot", probed, "--client", "10.0.0.10", "-f", "json")
        client, other = json.loads(done.stdout)["mappings"][0]["nodes"]
        assert (client["vantage"], "probe" in client) == ("10.0.0.10", False)
        assert (other["vantage"], other["probe"]["status"]) == ("127.0.0.1", "ok")
        assert (
            "They say nothing about the path from 10.0.0.10, which was checked in the recorded state only."
            in done.stderr
        )

    def test_of_the_client_that_made_them_they_are_its_own(self, probed: Path) -> None:
        report = reported("--all", "--snapshot", probed, "--client", "127.0.0.1")
        (node,) = report["mappings"][0]["nodes"]
        assert (node["probe"]["status"], len(report["vantages"])) == ("ok", 1)
        assert "vantage" not in node

    def test_they_can_be_left_aside(self, probed: Path) -> None:
        report = reported("--all", "--no-probe", "--snapshot", probed)
        assert "probe" not in report["mappings"][0]["nodes"][0]

    def test_new_ones_take_their_place(self, probed: Path) -> None:
        words = ("--probe", "--attempts", "1", "--timeout", "1", "--snapshot", probed)
        report = reported("--all", *words)
        client, here = report["mappings"][0]["nodes"]
        assert "probe" not in client
        assert (here["vantage"], here["probe"]["status"]) == ("this machine", "refused")

    def test_a_row_that_was_not_probed_has_none(self, probed: Path) -> None:
        held = snapshot_file.read(probed)
        assert held.report
        other = probed.with_name("other.json")
        document = {**snapshot_file.document(held), "report": {**held.report, "mappings": []}}
        recording.write_document(other, document)
        assert "probe" not in reported("--all", "--snapshot", other)["mappings"][0]["nodes"][0]

    @pytest.mark.parametrize(
        ("edit", "problem"),
        [
            ({"mappings": 7}, "report.mappings: expected a list, found 7"),
            ({"started_at": None}, "report.started_at: expected text, found nothing"),
            ({"mappings": [7]}, "report.mappings[0]: expected an object, found 7"),
            (
                {"mappings": [{**A_ROW, "nodes": [{"address": "10.0.0.1", "port": True}]}]},
                "report.mappings[0].nodes[0].port: expected a number, found true",
            ),
            (
                {"mappings": [{**A_ROW, "nodes": [{**A_NODE, "probe": {"check": "x"}}]}]},
                (
                    "report.mappings[0].nodes[0].probe.check: "
                    'expected one of tcp, http, https, ssh, tls, found "x"'
                ),
            ),
        ],
    )  # fmt: skip
    def test_a_broken_report_is_one_error(self, probed: Path, edit: dict[str, object], problem: str) -> None:
        document = snapshot_file.document(snapshot_file.read(probed))
        broken = probed.with_name("broken.json")
        broken.write_text(json.dumps({**document, "report": {**document["report"], **edit}}))
        done = called("diagnose", "--all", "--snapshot", broken, env=NO_AWS)
        assert (done.returncode, done.stderr) == (2, f"nlbcheck: {broken}: {problem}\n")


def with_others(found: Recording) -> Recording:
    """Return a recording of a Region with more load balancers."""
    answers = []
    for answer in found.answers:
        if answer.operation == "DescribeLoadBalancers":
            own = answer.response["LoadBalancers"][0]
            others = [
                {**own, "LoadBalancerName": name, "LoadBalancerArn": f"{own['LoadBalancerArn']}{name}"}
                for name in ("payroll", "payroll-nlb")
            ]
            answer = replace(answer, response={"LoadBalancers": [own, *others]})
        answers.append(answer)
    return replace(found, answers=tuple(answers))


class TestOtherLoadBalancers:
    @pytest.mark.parametrize("name", ["example-nlb", "e-nlb"])
    def test_they_are_not_in_the_file(self, tmp_path: Path, name: str) -> None:
        source = with_others(recording.read(SNAPSHOT))
        if name == "e-nlb":
            text = json.dumps(recording.document(source)).replace("example-nlb", "example-e-nlb")
            source = recording.parse(json.loads(text), "renamed")
        with aws(source) as (_, env):
            words = ("-q", "-m", TABLE, "--load-balancer", name)
            assert called("snapshot", "made.json", *words, env=env).returncode == 0
        assert "payroll" not in Path("made.json").read_text()
        lists = [
            it for it in recording.read(Path("made.json")).answers if it.operation == "DescribeLoadBalancers"
        ]
        assert all(answer.parameters for answer in lists)
        assert reported("tg-30080", "--snapshot", "made.json")["exit_status"] == 0
        again = reported("tg-30080", "--snapshot", "made.json", "-m", TABLE, "--load-balancer", name)
        assert again["exit_status"] == 0

    def test_nothing_is_known_of_them_any_more(self) -> None:
        with aws(with_others(recording.read(SNAPSHOT))) as (_, env):
            assert called("snapshot", "made.json", "-q", "-m", TABLE, env=env).returncode == 0
        for name in ("payroll", "nobody"):
            words = ("tg-30080", "--snapshot", "made.json", "-m", TABLE, "--load-balancer", name)
            assert reported(*words)["exit_status"] == 3

    def test_a_lab_runs_on_what_is_left(self) -> None:
        with aws(with_others(recording.read(SNAPSHOT))) as (_, env):
            assert called("snapshot", "made.json", "-q", "-m", TABLE, env=env).returncode == 0
        with aws(recording.read(Path("made.json"))) as (_, env):
            live = called("diagnose", "tg-30080", "--no-probe", "-m", TABLE, "-f", "json", env=env)
        assert json.loads(live.stdout)["exit_status"] == 0


def test_unknown_keys_and_none_of_the_new_ones_are_fine(tmp_path: Path) -> None:
    old = edited(tmp_path / "old.json", lambda document: document.update(remark="mine"))
    assert snapshot_file.read(old) == snapshot_file.Snapshot(recording.read(SNAPSHOT))
    assert reported("tg-10022", "--snapshot", old, "-m", TABLE)["exit_status"] == 0


def test_what_was_refused_is_a_snapshot_all_the_same(tmp_path: Path) -> None:
    with aws() as (endpoint, env):
        endpoint.inject(ApiFault(Trouble.DENIED, "DescribeLoadBalancers"))
        done = called("snapshot", "made.json", "-m", TABLE, env=env)
    assert done.returncode == 3
    assert snapshot_file.read(tmp_path / "made.json").table
