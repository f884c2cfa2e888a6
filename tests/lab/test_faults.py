"""Does every fault show on the wire as AWS behaves, and is all as before when it is healed?"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from nlbcheck import explain
from nlbcheck.aws import recording
from nlbcheck.aws.recording import Recording
from nlbcheck.errors import InputError
from nlbcheck.lab import article, faults
from nlbcheck.lab.emulation import running
from nlbcheck.lab.emulation.running import Emulation, Settings
from nlbcheck.lab.faults import FAULTS
from nlbcheck.lab.faults.catalogue import NO_FAULT
from tests.lab.by_design import LISTENERS
from tests.lab.by_design import NODES as OTHER_NODES
from tests.lab.by_design import healthy as by_design
from tests.lab.stage import play, play_on
from tests.lab.talking import connect_all
from tests.scenarios.article import NODES, ROWS
from tests.scenarios.truth import CASES

ENDPOINTS = list(product(NODES.values(), [row[0] for row in ROWS]))
LETTERS = {"ok": ".", "refused": "R", "timed-out": "T", "unreachable": "H"}
HEALTHY = "..... ....."
WIRE = {
    # What has connected and then goes wrong shows to those who ask for more than a connection.
    name: "".join(letter if letter in " .RTH" else "." for letter in case.wire)
    for name, case in CASES.items()
    if case.network == "article" and not case.by_chance
}


def on_the_wire(emulation: Emulation, endpoints: list[tuple[str, int]]) -> str:
    letters = "".join(LETTERS[outcome] for outcome in connect_all(emulation.lab, *endpoints))
    return f"{letters[: len(letters) // 2]} {letters[len(letters) // 2 :]}"


def injected(emulation: Emulation, names: list[str], endpoints: list[tuple[str, int]]) -> dict[str, Any]:
    """Inject each fault alone, and return what is seen meanwhile, before and after."""
    state, settings = emulation.recording, emulation.settings
    seen: dict[str, Any] = {"before": on_the_wire(emulation, endpoints)}
    for name in names:
        put(emulation, *faults.inject(state, settings, [FAULTS[name]]))
        seen[name] = on_the_wire(emulation, endpoints)
        put(emulation, state, settings)
    return seen | {"after": on_the_wire(emulation, endpoints)}


def put(emulation: Emulation, state: Recording, settings: Settings) -> None:
    emulation.settings = settings
    emulation.update(state)


def in_the_article(emulation: Emulation) -> dict[str, Any]:
    return injected(emulation, list(WIRE), ENDPOINTS)


def test_every_fault_of_the_article_shows_on_the_wire_at_once() -> None:
    seen = play(in_the_article)
    assert (seen.pop("before"), seen.pop("after")) == (HEALTHY, HEALTHY)
    assert seen == WIRE


OTHERS = [name for name, case in CASES.items() if case.network == "transit"]


def by_transit_gateway() -> Recording:
    return by_design(by_transit=True, balancer_has_group=True).cloud.recording()


def by_transit(emulation: Emulation) -> dict[str, Any]:
    endpoints = list(product(OTHER_NODES.values(), LISTENERS))
    return injected(emulation, OTHERS, endpoints)


def test_faults_that_need_a_transit_gateway_or_a_security_group_at_the_balancer() -> None:
    seen = play_on(by_transit_gateway, by_transit)
    silence = " ".join(["T" * len(LISTENERS)] * 2)
    fine = silence.replace("T", ".")
    assert (seen.pop("before"), seen.pop("after")) == (fine, fine)
    assert seen == dict.fromkeys(OTHERS, silence)


def test_every_finding_has_a_fault() -> None:
    led_to = {fault.finding for fault in FAULTS.values()}
    assert led_to | NO_FAULT.keys() == set(explain.codes())
    assert not led_to & NO_FAULT.keys()


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
