"""Whatever one field says, or does not: no verdict becomes better or certainly worse, and nothing crashes."""

from __future__ import annotations

import pytest

from tests.aws.mutants import Mutant, places, surer


def of_field(name: str, *field: str) -> list[Mutant]:
    """Return the mutants of a field of a network, in all ways."""
    return [mutant for (found, _), mutants in places(name).items() if found == field for mutant in mutants]


SHIFT = ("DescribeTargetHealth", "TargetHealthDescriptions", "[]", "AdministrativeOverride")
ASSOCIATION = ("DescribeTransitGatewayAttachments", "TransitGatewayAttachments", "[]", "Association")


@pytest.mark.parametrize("name", ["fault zone-shifted", "article, zonal shift", "by transit, zonal shift"])
@pytest.mark.parametrize("field", [SHIFT, (*SHIFT, "State")], ids=["override", "state"])
def test_a_shift_that_cannot_be_read_does_not_pass(name: str, field: tuple[str, ...]) -> None:
    mutants = [item for item in of_field(name, *field) if item.way != "missing" or field[-1] == "State"]
    assert len(mutants) >= 3
    for mutant in mutants:
        assert not surer(mutant), mutant


@pytest.mark.parametrize("name", ["transit", "behind transit", "trace two Regions"])
@pytest.mark.parametrize("field", [ASSOCIATION, (*ASSOCIATION, "TransitGatewayRouteTableId")])
def test_an_association_that_cannot_be_read_is_not_missing(name: str, field: tuple[str, ...]) -> None:
    mutants = [item for item in of_field(name, *field) if item.way != "missing" or field != ASSOCIATION]
    assert len(mutants) >= 2
    for mutant in mutants:
        assert not surer(mutant), mutant


FORWARD = ("DescribeListeners", "Listeners", "[]", "DefaultActions", "[]", "ForwardConfig")
DAMAGED = [
    ("fault nobody-there", ("DescribeSubnets", "Subnets", "[]", "CidrBlock")),
    ("by transit, no listener", FORWARD),
    ("by transit, client stopped", ASSOCIATION),
    ("trace two Regions", ASSOCIATION),
]  # fmt: skip


@pytest.mark.parametrize(("name", "field"), DAMAGED, ids=[name for name, _ in DAMAGED])
def test_a_remedy_is_tried_on_a_damaged_recording(name: str, field: tuple[str, ...]) -> None:
    mutants = of_field(name, *field)
    assert len(mutants) >= 3
    for mutant in mutants:
        surer(mutant)
