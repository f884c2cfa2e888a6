"""What AWS does not tell stops no packet: networks that random ones have shown."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.model import Direction, Leg, Verdict
from nlbcheck.path.reach import Reach, trace
from tests.lab.agreement import cases


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("7-498", "network-acl"),  # handed over in the receiver's own subnet, perhaps
        ("7-2120", "security-group"),  # an outbound rule names a group that a NAT gateway leads to
    ],
)
def test_it_is_not_visible(name: str, kind: str) -> None:
    case = cases.read(cases.FOUND / f"{name}.json")
    (dialled,) = case.dialled
    told = trace(AwsState(case.recording), dialled.source, ip_address(dialled.address), dialled.port)
    (request,) = (item for item in told.paths if (item.leg, item.direction) == (Leg.FRONT, Direction.REQUEST))
    assert Verdict.UNKNOWN in {hop.verdict for hop in request.hops if hop.kind == kind}
    assert told.reach is not Reach.BLOCKED
