# ruff: noqa: E501 - one case a line
"""Do ``nlbcheck mapping`` and the options that name a table do what they say?"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from nlbcheck.relays import load
from tests.relays.build import SAMPLES

ROW = "Listener,Target group,Target port,Target\n{},tg,22,TargetServer1\n"


@pytest.fixture
def nlbcheck(tmp_path):
    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "nlbcheck", "mapping", *arguments],
            cwd=tmp_path,
            env={key: text for key, text in os.environ.items() if key != "NLBCHECK_MAPPING"} | environment,
            capture_output=True,
            text=True,
        )

    return run


def test_show(nlbcheck):
    run = nlbcheck("show", "-m", str(SAMPLES / "nlbcheck.md"), "--target", "TargetServer3=10.0.0.10")
    assert (run.returncode, run.stderr) == (0, "")
    assert (
        run.stdout
        == """\
Listener    Target group    Target port    Target                     Check    Expect
----------  --------------  -------------  -------------------------  -------  --------
TCP:10022   tg-10022        TCP:22         TargetServer1              ssh
TCP:10080   tg-10080        TCP:80         TargetServer1              http
TCP:20022   tg-20022        TCP:22         TargetServer2              ssh
TCP:20080   tg-20080        TCP:80         TargetServer2              http
TCP:30080   tg-30080        TCP:80         TargetServer3 (10.0.0.10)  http
"""
    )


def test_show_says_what_is_asked_and_expected(nlbcheck, tmp_path):
    (tmp_path / "t.yaml").write_text(
        "- {listener: 1, target_group: a, target_port: 443, target: x, path: /health, server_name: app.example.com}\n"
        "- {listener: 2, target_group: b, target_port: 443, target: x, verify: false, expect: {http: {status: 2xx}}}\n"
        "- {listener: 3, target_group: c, target_port: 22, target: x, ssh_banner_only: true}\n"
    )
    rows = [
        line.split("  x  ")[1].split(maxsplit=2)
        for line in nlbcheck("show", "-m", "t.yaml").stdout.splitlines()[2:]
    ]
    assert rows == [
        ["https", "/health", "certificate for app.example.com"],
        ["https", "status", "200-299, any certificate"],
        ["ssh", "banner"],
    ]


def test_json_is_a_table_again(nlbcheck, tmp_path):
    run = nlbcheck(
        "show", "-m", str(SAMPLES / "nlbcheck.yaml"), "-f", "json", "--region", "eu-west-1",
        "--static-ip", "a=10.0.0.1", "--static-ip", "b=10.0.0.2", "--load-balancer", "other",
    )  # fmt: skip
    (tmp_path / "again.json").write_text(run.stdout)
    again = load(tmp_path / "again.json")
    assert (again.load_balancer, again.region, again.client) == ("other", "eu-west-1", "192.168.1.214")
    assert [(node.zone, str(node.address)) for node in again.static_ips] == [
        ("a", "10.0.0.1"),
        ("b", "10.0.0.2"),
    ]
    assert [row.name for row in again.rows] == ["tg-10022", "tg-10080", "tg-20022", "tg-20080", "tg-30080"]


def test_which_table(nlbcheck, tmp_path):
    run = nlbcheck("show")
    assert run.returncode == 2
    assert run.stderr == (
        "nlbcheck: there is no mapping table: name one with -m FILE or in $NLBCHECK_MAPPING, or put one of "
        "nlbcheck.yaml, nlbcheck.yml, nlbcheck.json, nlbcheck.csv, nlbcheck.tsv, nlbcheck.md into this folder\n"
    )
    for port, name in enumerate(["nlbcheck.tsv", "nlbcheck.csv", "named.csv", "given.csv"], start=1):
        (tmp_path / name).write_text(ROW.format(port))
    assert "TCP:2 " in nlbcheck("show").stdout
    assert "TCP:3 " in nlbcheck("show", NLBCHECK_MAPPING="named.csv").stdout
    assert "TCP:4 " in nlbcheck("show", "-m", "given.csv", NLBCHECK_MAPPING="named.csv").stdout


def test_mistakes_end_with_status_2(nlbcheck, tmp_path):
    (tmp_path / "t.yaml").write_text("mappings: [{listener: 0}]\nx: \x85\n")
    (tmp_path / "t.csv").write_text(ROW.format("70000") + "8,,,\n")
    run = nlbcheck("show", "-m", "t.csv")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.splitlines() == [
        "nlbcheck: t.csv:2: row 1, Listener: '70000' is not a port from 1 to 65535, such as TCP:10022",
        "nlbcheck: t.csv:3: row 2: target_port is missing",
        "nlbcheck: t.csv:3: row 2: target is missing",
    ]


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        (["--static-ip", "a=b"], "'b' is not an IPv4 address"),
        (["--static-ip", "10.0.0.1", "--static-ip", "a=10.0.0.1"], "a zone or an address is given twice"),
        (["--static-ip", "a=10.0.0.1", "--static-ip", "a=10.0.0.2"], "a zone or an address is given twice"),
        (["--target", "10.0.0.1"], "expected NAME=ADDRESS"),
        (["--target", "x=2001:db8::1"], "IPv6 is not supported yet"),
    ],
)
def test_wrong_options(nlbcheck, option, problem):
    run = nlbcheck("show", "-m", str(SAMPLES / "nlbcheck.yaml"), *option)
    assert (run.returncode, run.stdout) == (2, "")
    assert problem in run.stderr
    assert "Traceback" not in run.stderr


def test_schema(nlbcheck):
    run = nlbcheck("schema")
    assert run.returncode == 0
    assert json.loads(run.stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
