# ruff: noqa: E501 - one case a line
"""What does the command line make of tables as people keep them, and say of what it made?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nlbcheck.relays import load
from tests.servers import serving

FOREIGN = Path(__file__).parents[1] / "relays" / "foreign"
Run = subprocess.CompletedProcess[str]
Nlbcheck = Callable[..., Run]
"""Runs nlbcheck in a folder of its own."""


@pytest.fixture
def nlbcheck(tmp_path: Path) -> Nlbcheck:
    def run(*arguments: str) -> Run:
        variables = {
            key: text for key, text in os.environ.items() if not key.startswith(("AWS_", "NLBCHECK_"))
        }
        command = [sys.executable, "-m", "nlbcheck", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=variables, check=False
        )

    return run


def test_show_says_what_each_column_was_taken_for(nlbcheck: Nlbcheck) -> None:
    run = nlbcheck("mapping", "show", "-m", str(FOREIGN / "30-many-tables.md"))
    assert (run.returncode, run.stderr) == (0, "")
    assert (
        run.stdout
        == f"""\
Listener    Target group    Target port    Target    Check    Expect    Remarks
----------  --------------  -------------  --------  -------  --------  -----------------------
TCP:10022   10022           TCP:22         app-1     ssh                Notes: key in the vault
TCP:20022   20022           TCP:22         app-2     ssh                Notes: key in the vault
TCP:10080   10080           TCP:80         app-1     http
TCP:30080   30080           TCP:80         app-3     http

Not probed:
  TCP:20080 (line 21): is struck out

Read from {FOREIGN}/30-many-tables.md:
  line 5 is not read: no heading is understood
  line 11: 'Listener' is the listener, 'Host' is the target, 'Target port' is the target port, 'Notes' is a remark
  line 18: 'Frontend' is the listener, 'Backend host' is the target, 'Backend port' is the target port
  line 26 is not read: has no listener port, no target port, no target
"""
    )


def test_one_option_settles_a_heading_and_import_writes_it_down(nlbcheck: Nlbcheck, tmp_path: Path) -> None:
    table = str(FOREIGN / "26-own-word.md")
    run = nlbcheck("mapping", "import", table, "-o", "nlbcheck.yaml")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.endswith("as --column listener=入口\n")
    given = ("--column", "listener=入口", "--static-ip", "1a=10.9.0.5", "--load-balancer", "relay")
    run = nlbcheck("mapping", "import", table, *given, "-o", "nlbcheck.yaml")
    assert (run.returncode, run.stderr) == (0, "")
    assert (
        (tmp_path / "nlbcheck.yaml").read_text()
        == f"""\
# A mapping table made by nlbcheck mapping import from {table}.
load_balancer: relay
static_ips:
  1a: 10.9.0.5
mappings:
# line 1: '入口' is the listener, '転送先IP' is the target, '転送先ポート' is the target port, '用途' is a remark
- listener: TCP:10022
  target_port: TCP:22
  target: 10.0.0.10
  check: ssh
  remarks:
    用途: 保守
- listener: TCP:10080
  target_port: TCP:80
  target: 10.0.0.10
  check: http
  remarks:
    用途: 画面
"""
    )
    shown = nlbcheck("mapping", "show", "-f", "json")
    assert json.loads(shown.stdout)["mappings"][0]["remarks"] == {"用途": "保守"}
    assert [row.name for row in load(tmp_path / "nlbcheck.yaml").rows] == ["10022", "10080"]


def test_import_keeps_rows_that_cannot_be_probed_yet(nlbcheck: Nlbcheck, tmp_path: Path) -> None:
    assert (
        nlbcheck("mapping", "import", str(FOREIGN / "17-port-forwarding.md"), "-o", "t.yaml").returncode == 0
    )
    assert "- listener: UDP:51820\n" in (tmp_path / "t.yaml").read_text()
    assert [item.listener for item in load(tmp_path / "t.yaml").unprobed] == ["UDP:51820"]
    assert nlbcheck("mapping", "import", str(FOREIGN / "30-many-tables.md"), "-o", "s.yaml").returncode == 0
    text = (tmp_path / "s.yaml").read_text()
    assert "# TCP:20080 (line 21) is left out: is struck out\n" in text
    assert "- listener: TCP:20080" not in text


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["mapping", "import"], "no source is named: give --load-balancer NAME, a TABLE file, or --all"),
        (["mapping", "import", "--load-balancer", "x", "--column", "check=y"], "need a TABLE"),
        (["mapping", "show", "--column", "chk=y"], "expected KEY=HEADING, KEY one of no, listener,"),
        (["mapping", "show", "--column", "check"], "expected KEY=HEADING"),
        (["mapping", "import", "none.md"], "none.md: there is no such file"),
    ],
)
def test_wrong_command_lines(nlbcheck: Nlbcheck, arguments: list[str], problem: str) -> None:
    run = nlbcheck(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert problem in run.stderr


def test_import_does_not_replace_what_it_reads(nlbcheck: Nlbcheck, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("- {listener: 1, target_port: 22, target: a}\n")
    run = nlbcheck("mapping", "import", "t.yaml", "-o", "t.yaml", "--force")
    assert run.returncode == 2
    assert "t.yaml: the table would replace the table that is read" in run.stderr


def test_a_probe_is_made_for_the_node_that_is_named(nlbcheck: Nlbcheck, tmp_path: Path) -> None:
    """And the row that nobody can probe is told on stderr, once."""
    with serving(lambda connection: None) as port:
        (tmp_path / "t.md").write_text(
            "| NLB port | Protocol | Server | Server port |\n|---|---|---|---|\n"
            f"| {port} | tcp | 127.0.0.1 | 9 |\n| 53 | udp | 127.0.0.1 | 53 |\n"
        )
        nodes = ("--static-ip", "a=127.0.0.1", "--static-ip", "b=127.0.0.2")
        run = nlbcheck("probe", f"127.0.0.1:{port}", "-m", "t.md", *nodes, "-f", "json")
    report = json.loads(run.stdout)
    assert (run.returncode, report["exit_status"]) == (0, 0)
    (row,) = report["mappings"]
    assert (row["name"], row["target_group"], [node["address"] for node in row["nodes"]]) == (
        str(port),
        str(port),
        ["127.0.0.1"],
    )
    assert run.stderr == "nlbcheck: t.md: UDP:53 (row 2) is not probed: only TCP and TLS can be probed\n"
