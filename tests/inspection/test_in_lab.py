"""Targets of the lab are looked at from inside, healthy and with every fault that a host can have."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.cli import cli
from nlbcheck.hosts.here import ThisHost
from nlbcheck.hosts.host import Host
from nlbcheck.inspection.question import HostQuestion
from nlbcheck.lab import article
from nlbcheck.lab.faults import FAULTS
from nlbcheck.lab.stage import Stage
from nlbcheck.model import Code, Confidence, Json, Report
from nlbcheck.probes.limits import Limits
from nlbcheck.relays import load
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose
from tests.hosts.ssh.site import Site
from tests.lab.stage import play
from tests.servers import program

TARGET = "172.31.129.10"
PATIENCE = 10.0
CERTAIN: Mapping[str, tuple[str, str]] = {
    "process-stopped": (Code.HOST_NOT_LISTENING, "no process listens there"),
    "listens-on-loopback": (Code.HOST_LISTENS_ELSEWHERE, "127.0.0.1 only"),
    "listens-on-other-port": (Code.HOST_OTHER_PORT, "on port 2222 does"),
    "firewall-drops": (Code.HOST_FIREWALL, "ip daddr 172.31.129.10 tcp dport 22 drop"),
    "firewall-rejects": (Code.HOST_FIREWALL, "rejects connections from 172.31.128.10, 172.31.136.10"),
    "container-range": (
        Code.HOST_ROUTE,
        "to the bridge docker0, which has the range 172.31.128.0/24",
    ),
    "reverse-path-filter": (Code.HOST_REVERSE_PATH, "leaves by eth1, and the reverse path filter is strict"),
}
"""What a look makes of each fault of the first target, and how its sentence names it."""


def host_of(stage: Stage) -> str:
    """Return the first target's namespace."""
    seats = stage.emulation.blueprint.survey.seats
    return next(seat.name for seat in seats if TARGET in map(str, seat.addresses))


def faults_looked_at(stage: Stage) -> Mapping[str, Json]:
    """Return what a diagnosis with looks names as the cause of the first row, by fault."""
    os.environ.clear()
    os.environ.update(stage.emulation.lab.environment)
    table = load(article.TABLE)

    @contextmanager
    def log_in(question: HostQuestion) -> Iterator[Host]:
        assert str(question.address) == TARGET
        with stage.emulation.lab.network.inside(host_of(stage)):
            yield ThisHost(question.name)

    def looked() -> Report:
        limits = Limits(timeout=1.0, attempts=1)
        with stage.emulation.lab.at_client():
            return diagnose(table, ["tg-10022"], aws=Aws(), limits=limits, log_in=log_in)

    told: dict[str, Json] = {}
    for name in CERTAIN:
        stage.inject(FAULTS[name])
        group = looked().by_row()[0]
        stage.heal(FAULTS[name])
        cause = group.row.cause
        assert cause is not None
        told[name] = {
            "code": cause.code,
            "summary": cause.summary,
            "confidence": cause.confidence,
            "remedy": cause.remedy.text if cause.remedy else "",
            "others": [item.code for item in group.all_findings],
        }
    return told


def looked_at(stage: Stage) -> Json:
    """Return what looks at the first target show: over OpenSSH, and with every fault of a host."""
    return {"over_ssh": looked_at_over_ssh(stage), "faults": faults_looked_at(stage)}


@pytest.fixture(scope="module")
def told() -> Any:
    return play(looked_at)


@pytest.mark.parametrize("name", CERTAIN)
def test_the_cause_is_certain_once_the_host_says_it(name: str, told: Any) -> None:
    code, words = CERTAIN[name]
    seen = told["faults"][name]
    assert (seen["code"], seen["confidence"]) == (code, Confidence.CERTAIN)
    assert words in seen["summary"]
    assert "TargetServer1, port 22" in seen["summary"]
    assert "On TargetServer1, " in seen["remedy"]
    assert not {"target-silent", "target-not-listening"} & set(seen["others"])


def looked_at_over_ssh(stage: Stage) -> Json:
    """Return what ``nlbcheck inspect`` says of a target by OpenSSH, while a client's connection is held."""
    os.environ.clear()
    os.environ.update(stage.emulation.lab.environment)
    with tempfile.TemporaryDirectory() as folder, stage.emulation.lab.at_client():
        with stage.emulation.lab.network.inside(host_of(stage)):
            network = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        site = Site(Path(folder))
        os.environ["HOME"] = str(site.home)
        _configure(site, network)
        held = socket.create_connection(("172.31.128.10", 10022), PATIENCE)
        held.recv(1)
        held.sendall(b"SSH-2.0-held\r\n")
        output = site.folder / "out"
        seen: list[tuple[int, str]] = []
        for words in (["-f", "json", "--seconds", "3"], ["--seconds", "0"]):
            line = ["inspect", "tg-10022", "-m", str(article.TABLE), "-q", "-o", str(output), *words]
            status = cli.main(line, prog_name="nlbcheck", standalone_mode=False)
            seen.append((int(status), output.read_text()))
        held.close()
        stage.inject(FAULTS["listens-on-loopback"])
        line = ["diagnose", "tg-10022", "-m", str(article.TABLE), "--inspect", "-q", "-f", "json"]
        status = cli.main([*line, "-o", str(output)], prog_name="nlbcheck", standalone_mode=False)
        stage.heal()
        return {"json": seen[0], "text": seen[1], "diagnosed": (int(status), output.read_text())}


def _configure(site: Site, network: int) -> None:
    """Let ``ssh`` to the target be an sshd of inetd's kind in the target's network namespace."""
    from tests.hosts.ssh.site import make_key

    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    host_key = make_key(site.folder / "host_key")
    settings = [f"HostKey {host_key}", f"AuthorizedKeysFile {site.authorized}", "StrictModes no", "UseDNS no"]
    (site.folder / "sshd_config").write_text("\n".join(settings) + "\n")
    public = " ".join(host_key.with_suffix(".pub").read_text().split()[:2])
    site.known_hosts.write_text(f"{TARGET} {public}\n")
    into = f"{program('nsenter')} --net=/proc/{os.getpid()}/fd/{network}"
    site.config(f"Host {TARGET}", f"ProxyCommand {into} {program('sshd')} -i -f {site.folder}/sshd_config")


def test_a_healthy_target_shows_what_the_articles_netstat_does(told: Any) -> None:
    status, document = told["over_ssh"]["json"]
    target = json.loads(document)["targets"][0]
    assert (status, target["verdict"], target["findings"], target["unseen"]) == (0, "pass", [], [])
    at_22 = [item for item in target["listeners"] if item["port"] == 22]
    assert [item["address"] for item in at_22] == [TARGET]
    assert all(item["process"] for item in at_22)
    relayed = [item for item in target["connections"] if item["whose"] == "relayed client"]
    assert [(item["state"], item["lasts"], item["peer"]["address"]) for item in relayed] == [
        ("ESTABLISHED", True, "172.31.128.10")
    ]
    assert relayed[0]["bytes_received"] >= len("SSH-2.0-held\r\n")
    checks = [item for item in target["connections"] if item["whose"] == "health check"]
    assert {item["peer"]["address"] for item in checks} == {"172.31.128.10", "172.31.136.10"}
    assert {ruling["verdict"] for ruling in target["firewall"]["rulings"]} == {"pass"}
    assert {route["interface"] for route in target["routes_back"]} == {"eth0"}
    assert target["host"] == f"ssh://{TARGET}"

    status, text = told["over_ssh"]["text"]
    assert status == 0
    assert text.startswith(f"✓ tg-10022: TargetServer1 {TARGET}:22 listens")
    assert "LISTEN" in text
    assert "relayed client (has sent" in text


def test_diagnose_logs_in_and_is_certain(told: Any) -> None:
    status, document = told["over_ssh"]["diagnosed"]
    assert status == 1
    cause = json.loads(document)["mappings"][0]["cause"]
    assert (cause["code"], cause["confidence"]) == ("host-listens-elsewhere", "certain")
    assert cause["evidence"]["listening"] == ["127.0.0.1:22"]
    assert cause["remedy"]["verified"] is None
