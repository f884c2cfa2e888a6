"""What does the judge take a walk's words for, where the lab knows more or chance decides?"""

from __future__ import annotations

import pytest

from nlbcheck.model import Direction, Hop, Json, Leg, Path, Resource, Verdict
from tests.lab.agreement.judge import LOST, fates_at
from tests.lab.agreement.kernel import Fate

MACHINE = "10.1.1.20"
Met = tuple[str, Verdict, dict[str, Json]]

ARRIVED, ANSWERED = Fate(MACHINE, answered=False), Fate(MACHINE, answered=True)
OPEN: Met = ("network-interface", Verdict.PASS, {})
NEARLY_CLOSED: Met = ("network-acl", Verdict.FAIL, {"admitted": "40000"})
CLOSED: Met = ("network-acl", Verdict.FAIL, {})
AROUND: Met = ("firewall-endpoint", Verdict.FAIL, {"request": ["vpce-1"], "reply": []})
OTHER_FIREWALL: Met = ("firewall-endpoint", Verdict.FAIL, {"request": ["vpce-1"], "reply": ["vpce-2"]})
RULES: Met = ("firewall-endpoint", Verdict.UNKNOWN, {"fact": "what the firewall behind vpce-1 does with it"})
SUBNET: Met = ("firewall-endpoint", Verdict.UNKNOWN, {"fact": "the subnet of vpce-1"})
HEALTHY: Met = (
    "route-table",
    Verdict.PASS,
    {"meaning": "not visible is rtb-1; the target's health checks pass it"},
)
UNSEEN: Met = ("route-table", Verdict.UNKNOWN, {"fact": "rtb-1"})
LOST_ADDRESS: Met = ("client-ip", Verdict.FAIL, {})


@pytest.mark.parametrize(
    ("request_meets", "reply_meets", "expected"),
    [
        (OPEN, OPEN, {ANSWERED}),
        (CLOSED, OPEN, {LOST}),
        (OPEN, CLOSED, {ARRIVED}),
        (UNSEEN, CLOSED, {ARRIVED, LOST}),
        (OPEN, NEARLY_CLOSED, {ARRIVED, ANSWERED}),
        (CLOSED, NEARLY_CLOSED, {LOST}),
        (OPEN, AROUND, {ANSWERED}),
        (CLOSED, AROUND, {LOST}),
        (OPEN, OTHER_FIREWALL, {ARRIVED}),
        (RULES, RULES, {ANSWERED}),
        (SUBNET, OPEN, set()),
        (HEALTHY, OPEN, set()),
        (HEALTHY, CLOSED, {ARRIVED, LOST}),
        (LOST_ADDRESS, OPEN, {LOST, ARRIVED}),
    ],
)
def test_what_may_become_of_a_connection(request_meets: Met, reply_meets: Met, expected: set[Fate]) -> None:
    paths = [path(Direction.REQUEST, request_meets), path(Direction.REPLY, reply_meets)]
    assert fates_at(paths, MACHINE) == expected


def test_whose_request_does_not_come_to_the_node_is_lost_whatever_becomes_of_its_address() -> None:
    back = Path(Leg.BACK, Direction.REQUEST, path(Direction.REQUEST, LOST_ADDRESS).hops)
    assert fates_at([path(Direction.REQUEST, CLOSED), back], MACHINE) == {LOST}


def path(direction: Direction, met: Met) -> Path:
    kind, verdict, evidence = met
    return Path(Leg.FRONT, direction, (Hop(kind, Resource(kind, "it"), verdict, evidence),))
