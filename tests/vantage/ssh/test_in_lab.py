"""A laptop that has no route to the load balancer probes its ports through the client's SSH server."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nlbcheck import relays
from nlbcheck.hosts.ssh.host import connected
from nlbcheck.lab import article
from nlbcheck.lab.session import Lab
from nlbcheck.probes.limits import Limits
from nlbcheck.run.probe import probe
from nlbcheck.vantage.local import ThisMachine
from nlbcheck.vantage.ssh.point import SshVantage
from tests.hosts.ssh.site import Site
from tests.lab.stage import play

LAPTOP, CLIENT = "192.168.250.1", "192.168.250.2"
"""The client's security group lets this range log in."""
LIMITS = Limits(timeout=2)


def through_the_client(lab: Lab) -> Any:
    """The calling thread is at the laptop; a cable leads to the client, and nowhere else."""
    with contextlib.ExitStack() as stack:
        site = stack.enter_context(login(lab))
        with lab.at_client():
            port = stack.enter_context(site.server(port=22))
        host = stack.enter_context(connected(site.to(port), "client"))
        point = SshVantage(host)
        seen: dict[str, Any] = {"direct": statuses(ThisMachine()), "healthy": statuses(point)}
        seen["identity"] = [point.identity(str(node.address)).address for node in table().static_ips]
        with lab.at_client():
            subprocess.run(["ip", "route", "add", "unreachable", "172.31.128.10"], check=True)
            subprocess.run(["ip", "route", "add", "prohibit", "172.31.136.10"], check=True)
        seen["no way"] = statuses(point)
    return seen


def table() -> relays.Table:
    return relays.load(article.TABLE)


def statuses(point: Any) -> dict[str, int]:
    report = probe(table(), limits=LIMITS, vantage=point)
    return Counter(item.observation.status for item in report.results if item.observation)


@contextlib.contextmanager
def login(lab: Lab) -> Iterator[Site]:
    """Lay the cable, and yield who may log in to the client's address on it."""
    with lab.at_client():
        at_client = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    cable = f"link add client type veth peer name laptop netns /proc/self/fd/{at_client}".split()
    subprocess.run(["ip", *cable], check=True, pass_fds=[at_client])
    _address("client", LAPTOP)
    with lab.at_client():
        _address("laptop", CLIENT)
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.address = CLIENT
        os.environ["HOME"] = str(site.home)
        os.environ.pop("SSH_AUTH_SOCK", None)
        yield site
    os.close(at_client)


def _address(device: str, address: str) -> None:
    subprocess.run(["ip", "address", "add", f"{address}/30", "dev", device], check=True)
    subprocess.run(["ip", "link", "set", device, "up"], check=True)


def test_the_ports_are_seen_from_the_client() -> None:
    seen = play(through_the_client)
    assert seen["direct"] == {"unreachable": 10}
    assert seen["healthy"] == {"ok": 10}
    assert seen["identity"] == ["192.168.1.214"] * 2
    assert seen["no way"] == {"unreachable": 10}
