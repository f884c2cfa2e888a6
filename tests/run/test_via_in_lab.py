"""A fault of the client is seen from there and not from a second vantage point, and the report says so.

Both are hosts behind OpenSSH servers, in the lab's own namespaces: the article's client, and a target server
that connects to the other one through the load balancer.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.cli import cli
from nlbcheck.lab import article
from nlbcheck.lab.stage import Stage
from tests.hosts.ssh.site import Site, make_key
from tests.lab.stage import play
from tests.servers import program

CLIENT, INSIDE = "192.168.1.214", "172.31.137.10"
VIA = ("--via", f"client=ssh://{CLIENT}", "--via", f"inside=ssh://{INSIDE}")
DROP = "add table ip own; add chain ip own out { type filter hook output priority 0; }; "
FAULTS: Mapping[str, tuple[list[str], list[str]]] = {
    "firewall": (
        ["nft", f"{DROP}add rule ip own out ip daddr 172.31.0.0/16 tcp dport 10022 drop"],
        ["nft", "delete table ip own"],
    ),
    "rejects": (
        ["nft", f"{DROP}add rule ip own out ip daddr 172.31.0.0/16 tcp dport 10022 reject"],
        ["nft", "delete table ip own"],
    ),
    "route": (
        ["ip", "route", "add", "unreachable", "172.31.128.0/20"],
        ["ip", "route", "del", "unreachable", "172.31.128.0/20"],
    ),
}
"""What breaks the client's own host, and what mends it."""


def story(stage: Stage) -> Any:
    """Return what ``nlbcheck diagnose`` says from both places, healthy and with each fault."""
    lab = stage.emulation.lab
    os.environ.clear()
    os.environ.update(lab.environment)
    told: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        os.environ["HOME"] = str(site.home)
        with lab.at_client():
            networks = {CLIENT: os.open("/proc/thread-self/ns/net", os.O_RDONLY)}
        seats = stage.emulation.blueprint.survey.seats
        other = next(seat.name for seat in seats if INSIDE in map(str, seat.addresses))
        with lab.network.inside(other):
            networks[INSIDE] = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        log_in_by(site, networks)
        with lab.at_client():  # where the lab's AWS is; connections are made by the servers
            told["healthy"] = diagnosed(site.folder)
            for name, (breaks, mends) in FAULTS.items():
                subprocess.run(breaks, check=True)
                told[name] = diagnosed(site.folder)
                subprocess.run(mends, check=True)
    return told


def diagnosed(folder: Path) -> Any:
    files = {name: folder / name for name in ("json", "table")}
    formats = [word for name, file in files.items() for word in ("-f", f"{name}:{file}")]
    line = ["diagnose", "tg-10022", "-m", str(article.TABLE), "-q", "--timeout", "1.5", *VIA, *formats]
    status = cli.main(line, prog_name="nlbcheck", standalone_mode=False)
    text = " ".join(files["table"].read_text().split())
    return {"status": int(status), "report": json.loads(files["json"].read_text()), "text": text}


def log_in_by(site: Site, networks: Mapping[str, int]) -> None:
    """Let ``ssh`` to each address be an sshd of inetd's kind in its network namespace."""
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    host_key = make_key(site.folder / "host_key")
    settings = [f"HostKey {host_key}", f"AuthorizedKeysFile {site.authorized}", "StrictModes no", "UseDNS no"]
    (site.folder / "sshd_config").write_text("\n".join(settings) + "\n")
    public = " ".join(host_key.with_suffix(".pub").read_text().split()[:2])
    site.known_hosts.write_text("".join(f"{address} {public}\n" for address in networks))
    lines = []
    for address, network in networks.items():
        into = f"{program('nsenter')} --net=/proc/{os.getpid()}/fd/{network}"
        server = f"{program('sshd')} -i -f {site.folder}/sshd_config"
        lines += [f"Host {address}", f"ProxyCommand {into} {server}"]
    site.config(*lines)


@pytest.fixture(scope="module")
def told() -> Any:
    return play(story)


def verdicts(report: Any) -> Mapping[str, str]:
    (mapping,) = report["mappings"]
    found: Mapping[str, str] = mapping["verdicts"]
    return found


def test_both_see_a_healthy_network(told: Any) -> None:
    seen = told["healthy"]
    assert seen["status"] == 0, seen["text"]
    assert verdicts(seen["report"]) == {"client": "pass", "inside": "pass"}
    assert [item["address"] for item in seen["report"]["vantages"]] == [CLIENT, INSIDE]
    assert all(item["interface"].startswith("eni-") for item in seen["report"]["vantages"])
    assert "works from" not in seen["text"]


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ("firewall", "client-firewall", "The firewall on client itself drops connections"),
        ("rejects", "client-firewall", "The firewall on client itself rejects connections"),
        ("route", "client-route-missing", "never leave client"),
    ],
)
def test_a_fault_of_the_client_is_its_own(fault: str, code: str, words: str, told: Any) -> None:
    seen = told[fault]
    assert seen["status"] == 1
    assert verdicts(seen["report"]) == {"client": "fail", "inside": "pass"}
    (mapping,) = seen["report"]["mappings"]
    assert (mapping["cause"]["code"], mapping["cause"]["confidence"]) == (code, "certain")
    assert {item["code"] for item in mapping["findings"] if item["verdict"] == "fail"} == {code}
    assert "tg-10022 works from inside, not from client." in seen["text"]
    assert words in seen["text"]
    assert "from client" in seen["text"]
