"""Does an Automated Internet Firewall let the connection pass?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlbcheck.aws.resources.subnet import InternetConnectivity
from nlbcheck.aws.resources.vpc import FirewallMode, FirewallStatus, InternetFirewall
from nlbcheck.path.gates import internet_firewall
from nlbcheck.path.outcome import Outcome, Passed, Stopped, Unseen
from tests.path.gates.building import subnet

ENFORCING = InternetFirewall("arn:firewall", FirewallStatus.ACTIVE, FirewallMode.ENFORCE)
MONITORING = replace(ENFORCING, mode=FirewallMode.MONITOR)
PENDING = replace(ENFORCING, status=FirewallStatus.PENDING)
UNREAD = InternetFirewall(None, None, None)


def check(
    firewall: InternetFirewall, how: str | None, *, outbound: bool = False, is_public: bool = True
) -> Outcome:
    connectivity = InternetConnectivity(how) if how else None
    treated = replace(subnet(), connectivity=connectivity)
    return internet_firewall.check(firewall, treated, outbound=outbound, is_public=is_public)


@pytest.mark.parametrize("how", ["exclude", "az-unsupported"])
@pytest.mark.parametrize("firewall", [ENFORCING, MONITORING, PENDING, UNREAD])
def test_some_subnets_bypass_it(firewall: InternetFirewall, how: str) -> None:
    assert isinstance(check(firewall, how), Passed)


def test_an_outbound_only_subnet_takes_nothing_from_outside() -> None:
    outcome = check(ENFORCING, "outbound-only")
    assert isinstance(outcome, Stopped)
    assert outcome.problem.code == "internet-firewall"
    assert isinstance(check(ENFORCING, "flexible", is_public=False), Stopped)


@pytest.mark.parametrize("firewall", [MONITORING, PENDING, UNREAD])
def test_whether_it_drops_so_before_it_enforces_is_not_told(firewall: InternetFirewall) -> None:
    assert isinstance(check(firewall, "outbound-only"), Unseen)


@pytest.mark.parametrize("how", ["flexible", "bidirectional"])
def test_elsewhere_its_policy_decides_unless_it_only_monitors(how: str) -> None:
    assert isinstance(check(ENFORCING, how), Unseen)
    assert isinstance(check(ENFORCING, how, outbound=True), Unseen)
    assert isinstance(check(MONITORING, how), Passed)


@pytest.mark.parametrize("firewall", [ENFORCING, MONITORING])
def test_a_treatment_that_is_not_told_is_unknown(firewall: InternetFirewall) -> None:
    assert isinstance(check(firewall, None), Unseen)
