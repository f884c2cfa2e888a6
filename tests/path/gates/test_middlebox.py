"""Requests and replies have to pass the same firewall."""

from __future__ import annotations

import pytest

from nlbcheck.path.gates import middlebox
from nlbcheck.path.packet import Inspection
from tests.path.gates.building import passed, stopped


def by(*endpoints: str, by_zone: str | None = None) -> Inspection:
    return Inspection(frozenset(endpoints), by_zone)


A, C, EITHER = by("vpce-a"), by("vpce-c"), by("vpce-a", "vpce-c")
ZONAL = [by(key, by_zone="tgw-attach-1") for key in ("vpce-a", "vpce-c")]


SAME = [([A], [A]), ([EITHER], [EITHER]), ([A], [EITHER]), ([A, C], [C, A])]
OTHERS = [([A], [C]), ([], [C]), ([A], []), ([A, C], [A, C]), ([A], [C, A])]


@pytest.mark.parametrize(("request_", "reply"), SAME)
def test_the_same_endpoints_in_both_directions(request_: list[Inspection], reply: list[Inspection]) -> None:
    assert passed(middlebox.check(request_, reply))


@pytest.mark.parametrize(("request_", "reply"), OTHERS)
def test_others_see_half_of_a_connection(request_: list[Inspection], reply: list[Inspection]) -> None:
    assert stopped(middlebox.check(request_, reply)) == ("middlebox-asymmetric",)


def test_appliance_mode_mends_what_a_transit_gateway_chooses_by_zone() -> None:
    mended = ("middlebox-asymmetric", "ModifyTransitGatewayVpcAttachment")
    assert stopped(middlebox.check(ZONAL[:1], ZONAL[1:])) == mended
    assert stopped(middlebox.check(ZONAL[:1], [C])) == mended[:1]
    assert stopped(middlebox.check(ZONAL[:1], [])) == mended[:1]
