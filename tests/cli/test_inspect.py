"""``nlbcheck inspect`` as users run it: what it refuses, and what it says of targets that let nobody in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import nlbcheck
from tests.hosts.ssh.site import Site
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
        (("tg-10022", "--ssh", "a b@c"), "expected ssh://[user@]host[:port]"),
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
    assert told["unseen"][0].startswith("server (127.0.0.1) could not be looked at: the SSH server 127.0.0.1")


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
