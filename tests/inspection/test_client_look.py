"""What is told of a client's own host, with the kernel's own routes and rules in a namespace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.hosts.host import Ran
from nlbcheck.inspection import client_look
from tests.lab.machine import needs_lab
from tests.servers import program

FIREWALL, ROUTE, VPN = "client-firewall", "client-route-missing", "client-vpn-route"
WANTED: Mapping[str, tuple[str, list[list[str]]]] = {
    "in-order": ("ok", []),
    "nft-drops": ("timed-out", [[FIREWALL, "fail", "request"]]),
    "nft-rejects": ("refused", [[FIREWALL, "fail", "request"]]),
    "nft-resets": ("refused", [[FIREWALL, "fail", "request"]]),
    "nft-policy-drops": ("timed-out", [[FIREWALL, "fail", "request"]]),
    "nft-jumps": ("timed-out", [[FIREWALL, "fail", "request"]]),
    "answers-dropped": ("timed-out", [[FIREWALL, "fail", "reply"]]),
    "answers-admitted": ("timed-out", []),
    "other-port": ("timed-out", []),
    "not-understood": ("timed-out", []),
    "iptables-drops": ("timed-out", [[FIREWALL, "fail", "request"]]),
    "iptables-rejects": ("refused", [[FIREWALL, "fail", "request"]]),
    "route-unreachable": ("unreachable", [[ROUTE, "fail", "request"]]),
    "route-prohibit": ("unreachable", [[ROUTE, "fail", "request"]]),
    "route-blackhole": ("unreachable", [[ROUTE, "fail", "request"]]),
    "vpn": ("timed-out", [[VPN, "warn", "request"]]),
    "vpn-for-all": ("timed-out", []),
    "no-route": ("unreachable", [[ROUTE, "fail", "request"]]),
}
"""For each scene how the probe ends, and what is told of the client's host."""


@pytest.fixture(scope="module")
def told() -> Mapping[str, Any]:
    needs_lab()
    own = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    done = subprocess.run(
        [program("unshare"), *own, "--net", sys.executable, "-m", "tests.inspection.client_scenes"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "HTTPS_PROXY": "http://u:secret@p:1"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "secret" not in done.stdout
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("scene", WANTED)
def test_what_is_told(scene: str, told: Mapping[str, Any]) -> None:
    assert (told[scene]["status"], told[scene]["codes"]) == WANTED[scene], told[scene]


def test_what_decides_is_named(told: Mapping[str, Any]) -> None:
    (said,) = told["nft-jumps"]["said"]
    assert said.startswith("The firewall on this machine itself drops connections: ")
    assert '"ip daddr 127.0.0.0/8 drop"' in said
    (said,) = told["iptables-drops"]["said"]
    assert "drop" in said
    assert said.endswith("in table ip filter chain OUTPUT.")
    (said,) = told["vpn"]["said"]
    assert "leave this machine by corp, an interface of a VPN client. All others leave by eth9." in said
    assert "HTTPS_PROXY" in told["vpn"]["remark"]
    assert told["in-order"]["remark"] is None


class Says:
    """A host that says anything at all."""

    name = "host"

    def __init__(self, output: str) -> None:
        self._output = output

    def run(self, script: str, timeout: float) -> Ran:
        mark = script.partition("\n")[0].removeprefix("mark=")
        return Ran(0, self._output.replace("MARK", mark))


ANSWERS = st.sampled_from(["route-10.0.0.1", "nft", "iptables", "links", "addresses", "proxies"])


@given(st.text(), ANSWERS, st.text())
def test_whatever_a_host_says_is_no_verdict_and_no_fault(noise: str, name: str, text: str) -> None:
    output = f"{noise}\nMARK begin system\nLinux 6\n\nMARK end 0\n\nMARK begin {name}\n{text}\n\nMARK end 0\n"
    seen = client_look.look(Says(output), [ip_address("10.0.0.1")])
    assert seen is not None
    assert seen.elsewhere is None


def test_other_systems_are_not_looked_at() -> None:
    for said in ("\nMARK begin system\nDarwin 23\n\nMARK end 0\n", ""):
        assert client_look.look(Says(said), [ip_address("10.0.0.1")]) is None
