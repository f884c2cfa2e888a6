"""``nlbcheck inspect`` as users run it: what it refuses, and what it says of targets that let nobody in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.labs import lab, lab_run
from tests.cli.running import nlbcheck
from tests.hosts.ssh.site import Site
from tests.lab import machine
from tests.servers import closed_port

SAMPLES = Path(__file__).parents[2] / "sample_configs"


def table(folder: Path, address: str = "127.0.0.1", port: int = 22) -> Path:
    file = folder / "table.yaml"
    file.write_text(
        f"""static_ips: {{a: 127.0.0.1}}
targets: {{server: {address}}}
mappings:
  - {{listener: TCP:10022, target_group: tg-10022, target_port: TCP:{port}, target: server}}
"""
    )
    return file


def home(folder: Path) -> dict[str, str]:
    """Return an environment with a home, and neither keys nor AWS."""
    return {"HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("tg-1",), "tg-1"),
        (("tg-10022", "--ssh", ""), "--ssh: expected [USER@][HOST][:PORT]"),
        (("tg-10022", "--ssh", "a b@c"), "--ssh a b@c: expected ssh://[user@][host][:port]"),
        (("tg-10022", "--ssh", "root@:70000"), "nlbcheck: --ssh root@:70000: expected"),
        (("tg-10022", "--ssh", "me:secret@:22"), "nlbcheck: --ssh :22: expected"),
        (("tg-10022", "--jump", "host:0"), "host:0"),
        (("tg-10022", "-o", "."), "."),
    ],
)
def test_a_wrong_command_line_is_told_before_anybody_logs_in(
    words: tuple[str, ...], why: str, tmp_path: Path
) -> None:
    done = nlbcheck("inspect", *words, "-m", table(tmp_path), cwd=tmp_path, env=home(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr


def test_a_target_that_nobody_gets_to_is_not_visible(tmp_path: Path) -> None:
    port = closed_port()
    done = nlbcheck(
        "inspect", "tg-10022", "-m", table(tmp_path), "--ssh", f"me@:{port}", "-f", "json",
        "--snapshot", SAMPLES / "snapshot.json", "--load-balancer", "example-nlb",
        cwd=tmp_path, env=home(tmp_path),
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert (told["schema"], told["exit_status"], told["targets"]) == ("nlbcheck.inspection/1", 3, [])
    assert told["unseen"][0].startswith("server (127.0.0.1) could not be inspected: the SSH server 127.0.0.1")


def test_without_aws_a_target_is_looked_at_all_the_same(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with site.server() as port:
        done = nlbcheck(
            "inspect", "tg-10022", "-m", table(tmp_path, port=port), "--ssh", f":{port}", "--seconds", "0",
            cwd=tmp_path, env=home(site.home),
        )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith(f"? tg-10022: server 127.0.0.1:{port} ")
    assert f"127.0.0.1:{port}" in done.stdout.partition("Listening")[2]
    assert "LISTEN       sshd" in done.stdout
    assert "? AWS is not asked: " in done.stdout
    assert "Whether the target sees the clients' own addresses is not known." in " ".join(done.stdout.split())


def test_in_the_lab_systems_manager_looks_at_the_target() -> None:
    machine.needs_lab()
    held = "exec 3<>/dev/tcp/172.31.128.10/10022; read -r banner <&3; echo SSH-2.0-held >&3"
    look = "nlbcheck inspect tg-10022 --ssm -q"
    status, output, errors = lab("bash", "-c", f"{held}; {look} -f json --seconds 3")
    assert (status, errors) == (0, "")
    (target,) = json.loads(output)["targets"]
    assert target["verdict"] == "pass"
    assert target["host"].startswith("i-")
    assert [item["port"] for item in target["listeners"] if item["address"] == "172.31.129.10"] == [22, 80]
    whose = {item["whose"] for item in target["connections"]}
    assert {"health check", "relayed client"} <= whose
    assert "other" not in whose


def test_in_the_lab_a_diagnosis_is_certain_once_the_target_has_been_looked_at() -> None:
    machine.needs_lab()
    command = ("nlbcheck", "diagnose", "tg-10022", "--inspect", "--ssm", "-q", "-f", "json", "--timeout", "1")
    status, output, errors = lab_run("--fault", "firewall-drops", "--", *command)
    assert (status, errors) == (1, "")
    (row,) = json.loads(output)["mappings"]
    assert (row["cause"]["code"], row["cause"]["confidence"]) == ("host-firewall", "certain")
    assert "nft insert rule ip firewall input ip saddr 172.31.128.10" in row["cause"]["remedy"]["text"]
    assert "target-silent" not in {finding["code"] for finding in row["findings"]}


def test_a_diagnosis_holds_why_a_target_could_not_be_looked_at(tmp_path: Path) -> None:
    machine.needs_lab()
    out = tmp_path / "report.json"
    command = (
        "nlbcheck",
        "diagnose",
        "tg-10022",
        "--inspect",
        "--ssh",
        "me@127.0.0.1:1",
        "-q",
        "--timeout",
        "1",
    )
    status, output, errors = lab_run(
        "--fault", "process-stopped", "--", *command, "-f", f"json:{out}", "-f", "table"
    )
    assert (status, errors) == (1, "")
    (why,) = json.loads(out.read_text())["uninspected"]
    assert why.startswith(
        "TargetServer1 (172.31.129.10) could not be inspected: the SSH server 127.0.0.1, port 1"
    )
    told = f"\n\nNot inspected\n? {why}\n\n"
    assert "".join(told.split()) in "".join(output.split())
    shown = nlbcheck("report", "show", out, cwd=tmp_path)
    assert "".join(told.split()) in "".join(shown.stdout.split())


def test_a_target_is_looked_at_over_the_host_to_jump_over(tmp_path: Path) -> None:
    site = Site(tmp_path)
    told = {}
    with site.server() as port, site.server() as open_, site.server("AllowTcpForwarding no") as closed:
        for jump in (open_, closed):
            done = nlbcheck(
                "inspect", "tg-10022", "-m", table(tmp_path, port=port), "--ssh", f":{port}",
                "--jump", f"127.0.0.1:{jump}", "--seconds", "0", cwd=tmp_path, env=home(site.home),
            )  # fmt: skip
            told[jump] = done.stdout
    assert "LISTEN       sshd" in told[open_]
    assert "LISTEN" not in told[closed]
    assert "the host to jump over gives no connection to it" in " ".join(told[closed].split())


def test_no_fix_in_aws_alone_restores_what_the_host_stops_as_well() -> None:
    machine.needs_lab()
    command = ("nlbcheck", "diagnose", "tg-10022", "--inspect", "--ssm", "-q", "-f", "json", "--timeout", "1")
    status, output, _ = lab_run("--fault", "target-sg", "--fault", "process-stopped", "--", *command)
    assert status == 1
    (row,) = json.loads(output)["mappings"]
    told = [row["cause"], *row["findings"], *(item for node in row["nodes"] for item in node["findings"])]
    closing = [item["remedy"] for item in told if item["code"] == "sg-denies" and item["leg"] == "back"]
    assert closing
    assert all(remedy["verified"] is None for remedy in closing)
    assert all("host-not-listening" in remedy["together_with"] for remedy in closing)
