"""A laptop that has no route to the load balancer probes its ports through the client's SSH server."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.cli import cli
from nlbcheck.lab import article
from nlbcheck.lab.session import Lab
from tests.hosts.ssh.site import Site
from tests.lab.stage import play

LAPTOP, CLIENT = "192.168.250.1", "192.168.250.2"
"""The client's security group lets this range log in."""
VIA = ("--via", "ssh://client")


def story(lab: Lab) -> Any:
    """The calling thread is at the laptop; a cable leads to the client, and nowhere else."""
    with contextlib.ExitStack() as stack:
        site = stack.enter_context(login(lab))
        with lab.at_client():
            port = stack.enter_context(site.server(port=22))
            at_client = probed(site.folder)
        site.config("Host client", f"  HostName {CLIENT}", f"  Port {port}")
        told = {"at the client": at_client, "direct": probed(site.folder), "via": probed(site.folder, *VIA)}
        with lab.at_client():
            subprocess.run(["ip", "route", "add", "unreachable", "172.31.128.10"], check=True)
            subprocess.run(["ip", "route", "add", "prohibit", "172.31.136.10"], check=True)
        told["no way"] = probed(site.folder, *VIA)
        return told


def probed(folder: Path, *options: str) -> Any:
    """Return what ``nlbcheck probe`` says, and its exit status."""
    file = folder / "report.json"
    line = ["probe", "-q", "-m", str(article.TABLE), "--timeout", "2", "-f", f"json:{file}", *options]
    status = cli.main(line, prog_name="nlbcheck", standalone_mode=False)
    return {"exit": int(status), "report": json.loads(file.read_text())}


@contextlib.contextmanager
def login(lab: Lab) -> Iterator[Site]:
    """Lay the cable, and yield who may log in to the client's address on it."""
    with lab.at_client():
        at_client = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    cable = f"link add laptop type veth peer name client netns /proc/self/fd/{at_client}".split()
    subprocess.run(["ip", *cable], check=True, pass_fds=[at_client])
    os.close(at_client)
    _address("laptop", LAPTOP)
    with lab.at_client():
        _address("client", CLIENT)
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.address = CLIENT
        os.environ["HOME"] = str(site.home)
        os.environ.pop("SSH_AUTH_SOCK", None)
        yield site


def _address(device: str, address: str) -> None:
    subprocess.run(["ip", "address", "add", f"{address}/30", "dev", device], check=True)
    subprocess.run(["ip", "link", "set", device, "up"], check=True)


@pytest.fixture(scope="module")
def told() -> Any:
    return play(story)


def statuses(seen: Any) -> dict[str, int]:
    nodes = [node for mapping in seen["report"]["mappings"] for node in mapping["nodes"]]
    return Counter(node["probe"]["status"] for node in nodes)


def test_the_same_ten_are_ok_as_at_the_client(told: Any) -> None:
    assert (told["at the client"]["exit"], statuses(told["at the client"])) == (0, {"ok": 10})
    assert (told["via"]["exit"], statuses(told["via"])) == (0, {"ok": 10})
    assert (told["direct"]["exit"], statuses(told["direct"])) == (1, {"unreachable": 10})


def test_the_report_says_from_where(told: Any) -> None:
    (vantage,) = told["via"]["report"]["vantages"]
    assert (vantage["source"], vantage["address"]) == ("ssh://client", "192.168.1.214")


def test_who_answers_is_seen_as_from_the_client(told: Any) -> None:
    def fingerprints(name: str) -> list[str]:
        nodes = [node for mapping in told[name]["report"]["mappings"] for node in mapping["nodes"]]
        return [node["probe"]["detail"].get("fingerprint", "") for node in nodes]

    assert fingerprints("via") == fingerprints("at the client")
    assert len(set(fingerprints("via"))) > 2


def test_the_clients_own_routes_are_what_counts(told: Any) -> None:
    assert (told["no way"]["exit"], statuses(told["no way"])) == (1, {"unreachable": 10})
