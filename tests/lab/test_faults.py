"""Does every fault show on the wire as AWS behaves, and is all as before when it is healed?"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from itertools import product
from statistics import median
from typing import Any

import pytest

from nlbcheck import explain
from nlbcheck.aws import recording
from nlbcheck.aws.recording import Recording
from nlbcheck.errors import InputError
from nlbcheck.lab import article, faults
from nlbcheck.lab.faults import FAULTS
from nlbcheck.lab.twin import running
from nlbcheck.lab.twin.running import Twin
from tests.lab.by_design import LISTENERS
from tests.lab.by_design import NODES as OTHER_NODES
from tests.lab.by_design import healthy as by_design
from tests.lab.stage import play, play_on
from tests.lab.talking import connect_all
from tests.scenarios.article import NODES, ROWS

ENDPOINTS = list(product(NODES.values(), [row[0] for row in ROWS]))
LETTERS = {"ok": ".", "refused": "R", "timed-out": "T"}
HEALTHY = "..... ....."
# One letter for each listener port (10022, 10080, 20022, 20080, 30080) on each node: `.` answers, R refuses,
# T is silence. Targets 1 and 2 stand in zones a and c, target 3 on-premises.
WIRE = {
    "listener-forwards-elsewhere": HEALTHY,
    "wrong-target": HEALTHY,
    "wrong-port": "T.... T....",  # the target's security group admits only the right port
    "default-port-differs": HEALTHY,
    "listener-added": HEALTHY,
    "balancer-renamed": HEALTHY,
    "balancer-failed": "TTTTT TTTTT",
    "listener-deleted": "T.... T....",
    "listener-udp": "T.... T....",
    "group-empty": "T.... T....",
    "weight-zero": "T.... T....",
    "cross-zone-off": "..TT. TT...",
    "target-zone-not-enabled": "T.... T....",
    "public-target": "T.... T....",
    "zone-shifted": HEALTHY,  # not documented for a static IP that is dialled
    "preserved-outside": "....T ....T",
    "hairpin": "T.... T....",
    "proxy-protocol": HEALTHY,
    "many-listeners": HEALTHY,
    "target-draining": HEALTHY,
    "health-unknown": HEALTHY,
    "health-port-closed": HEALTHY,
    "client-route-missing": "TTTTT TTTTT",
    "return-route-missing": "TTTTT .....",
    "target-route-missing": "....T .....",
    "client-route-blackhole": "TTTTT TTTTT",
    "client-route-to-internet": "TTTTT .....",
    "networks-apart": "TTTTT TTTTT",
    "peering-pending": "TTTTT TTTTT",
    "target-behind-peering": "....T ....T",
    "gateway-detached": "....T ....T",
    "vpn-down": "....T ....T",
    "vpn-bgp-down": "....T ....T",
    "vpn-tunnel-down": HEALTHY,
    "vpn-propagation-off": "....T ....T",
    "vpn-prefix-unknown": "....T ....T",
    "vpn-selector-narrow": "....T ....T",
    "address-overlap": "....T ....T",
    "client-sg-egress": "TTTTT TTTTT",
    "target-sg": "T.T.. T.T..",
    "target-sg-one-node": "TTTT. .....",
    "target-sg-names-client": "T.T.. T.T..",
    "client-acl": "TTTTT TTTTT",
    "node-acl-replies": "TT... TT...",  # the article's subnets share a network ACL
    "target-acl": "T.T.. T.T..",
    "target-acl-replies": "TTTTT TTTTT",
    "instance-stopped": "TT... TT...",
    "nobody-there": "T.... T....",
    "process-stopped": "R.... R....",
    "firewall-rejects": "R.... R....",
    "firewall-drops": "T.... T....",
    "on-premises-drops": "....T ....T",
    "other-protocol": HEALTHY,
    "expects-proxy": HEALTHY,
}
BY_CHANCE = {"target-acl-narrow"}
"""Works now and then: replies to a part of the ephemeral ports pass."""


def on_the_wire(twin: Twin, endpoints: list[tuple[str, int]]) -> str:
    letters = "".join(LETTERS[outcome] for outcome in connect_all(twin.lab, *endpoints))
    return f"{letters[: len(letters) // 2]} {letters[len(letters) // 2 :]}"


def injected(twin: Twin, names: list[str], endpoints: list[tuple[str, int]]) -> dict[str, Any]:
    """Inject each fault alone, and return what is seen and how many milliseconds that took."""
    state, settings = twin.recording, twin.settings
    seen: dict[str, Any] = {"before": on_the_wire(twin, endpoints)}
    for name in names:
        broken, changed = faults.inject(state, settings, [FAULTS[name]])
        started = time.monotonic()
        twin.settings = changed
        twin.update(broken)
        spent = time.monotonic() - started
        seen[name] = [on_the_wire(twin, endpoints), round(spent * 1000)]
        twin.settings = settings
        twin.update(state)
    return seen | {"after": on_the_wire(twin, endpoints)}


def in_the_article(twin: Twin) -> dict[str, Any]:
    return injected(twin, list(WIRE), ENDPOINTS)


def test_every_fault_of_the_article_shows_on_the_wire_within_200_ms() -> None:
    seen = play(in_the_article)
    assert (seen.pop("before"), seen.pop("after")) == (HEALTHY, HEALTHY)
    assert {name: letters for name, (letters, _) in seen.items()} == WIRE
    assert median(spent for _, spent in seen.values()) < 200


OTHERS = [
    ("balancer-sg-ingress", "T"),
    ("balancer-sg-egress", "T"),
    ("through-appliance", "T"),
    ("transit-association-missing", "T"),
    ("transit-route-missing", "T"),
    ("transit-route-blackhole", "T"),
    ("transit-route-elsewhere", "T"),
    ("transit-zone-missing", "T"),
    ("transit-detached", "T"),
]


def by_transit_gateway() -> Recording:
    return by_design(by_transit=True, balancer_has_group=True).cloud.recording()


def by_transit(twin: Twin) -> dict[str, Any]:
    endpoints = list(product(OTHER_NODES.values(), LISTENERS))
    return injected(twin, [name for name, _ in OTHERS], endpoints)


def test_faults_that_need_a_transit_gateway_or_a_security_group_at_the_balancer() -> None:
    seen = play_on(by_transit_gateway, by_transit)
    silence = " ".join(["T" * len(LISTENERS)] * 2)
    fine = silence.replace("T", ".")
    assert (seen.pop("before"), seen.pop("after")) == (fine, fine)
    assert {name: letters for name, (letters, _) in seen.items()} == {name: silence for name, _ in OTHERS}


def test_every_fault_is_tried() -> None:
    assert set(FAULTS) == set(WIRE) | BY_CHANCE | {name for name, _ in OTHERS}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_every_fault_leads_to_a_finding_that_is_explained(fault: faults.Fault) -> None:
    assert fault.finding in explain.codes()
    assert fault.summary.endswith(".")


def test_faults_add_up_and_leave_the_state_that_they_are_given() -> None:
    before = recording.read(article.SNAPSHOT)
    kept = recording.read(article.SNAPSHOT)
    settings = running.settings(before)
    both = [FAULTS["vpn-down"], FAULTS["process-stopped"]]
    broken, changed = faults.inject(before, settings, both)
    assert before == kept
    assert broken != before
    assert changed.wishes.closed
    assert replace(changed, wishes=settings.wishes) == settings


def test_a_fault_that_has_no_victim_says_so() -> None:
    state = recording.read(article.SNAPSHOT)
    with pytest.raises(InputError, match="transit-detached: no transit gateway joins"):
        faults.inject(state, running.settings(state, client="192.168.1.214"), [FAULTS["transit-detached"]])


def test_the_catalogue_is_printed_as_json() -> None:
    command = [sys.executable, "-m", "nlbcheck", "lab", "faults", "-f", "json"]
    printed = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert [item["name"] for item in printed["faults"]] == list(FAULTS)
    assert all(set(item) == {"name", "finding", "summary"} for item in printed["faults"])
