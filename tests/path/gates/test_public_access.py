"""Does VPC Block Public Access let a connection pass the internet gateway?"""

from __future__ import annotations

import pytest

from nlbcheck.aws.resources.public_access import BlockMode, ExclusionMode, PublicAccess, PublicAccessExclusion
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.gates import public_access
from nlbcheck.path.outcome import Outcome
from tests.path.gates.building import PLACE, hidden, passed, stopped, unseen

BLOCKED = ("internet-path-blocked", "CreateVpcBlockPublicAccessExclusion")


def excluded(mode: ExclusionMode | None, in_force: bool | None = True) -> PublicAccessExclusion:
    return PublicAccessExclusion("vpcbpa-exclude-1", PLACE, "subnet-1", mode, in_force)


def check(
    mode: BlockMode | None,
    *exclusions: PublicAccessExclusion,
    outbound: bool = False,
    by_nat: bool = False,
    allowed: bool = True,
) -> Outcome:
    access = PublicAccess(PLACE, mode, allowed)
    return public_access.check(access, exclusions, "vpc-1", "subnet-1", outbound=outbound, by_nat=by_nat)


def test_where_nothing_is_blocked_it_passes() -> None:
    assert passed(check(BlockMode.OFF))["mode"] == "off"
    assert passed(check(BlockMode.INGRESS, outbound=True, by_nat=True))


@pytest.mark.parametrize("mode", [BlockMode.INGRESS, BlockMode.BIDIRECTIONAL])
def test_what_comes_in_is_blocked_until_the_subnet_is_excluded(mode: BlockMode) -> None:
    assert stopped(check(mode)) == BLOCKED
    assert passed(check(mode, excluded(ExclusionMode.BIDIRECTIONAL)))
    assert stopped(check(mode, excluded(ExclusionMode.BIDIRECTIONAL, in_force=False))) == BLOCKED


def test_an_exclusion_for_what_goes_out_does_not_let_in() -> None:
    assert passed(check(BlockMode.BIDIRECTIONAL, excluded(ExclusionMode.EGRESS), outbound=True))
    assert stopped(check(BlockMode.BIDIRECTIONAL, excluded(ExclusionMode.EGRESS))) == BLOCKED


def test_where_the_organization_forbids_exclusions_no_call_makes_one() -> None:
    assert stopped(check(BlockMode.INGRESS, allowed=False)) == BLOCKED[:1]


def test_what_is_not_shown_is_unknown() -> None:
    fact = hidden("DescribeVpcBlockPublicAccessOptions")
    assert unseen(public_access.check(fact, (), "v", "s", outbound=True, by_nat=False)) == fact.operation
    assert unseen(check(None)) == "DescribeVpcBlockPublicAccessOptions"
    assert unseen(check(BlockMode.INGRESS, excluded(None))) == "DescribeVpcBlockPublicAccessExclusions"
    access = PublicAccess(PLACE, BlockMode.INGRESS, True)
    listed: NotVisible = hidden("DescribeVpcBlockPublicAccessExclusions")
    assert (
        unseen(public_access.check(access, listed, "v", "s", outbound=True, by_nat=False)) == listed.operation
    )
