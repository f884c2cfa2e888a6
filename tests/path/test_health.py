"""What is said of target health, where AWS's own word leaves something open?"""

from __future__ import annotations

import pytest

from nlbcheck.model import Finding
from tests.path.telling import walked
from tests.scenarios.article import NODES, article
from tests.scenarios.mutations import health, target


def only(findings: tuple[Finding, ...], code: str) -> Finding:
    (found,) = [finding for finding in findings if finding.code == code]
    return found


@pytest.mark.parametrize("zone", NODES)
def test_each_node_has_its_own_health_check_to_be_opened(zone: str) -> None:
    cloud = article()
    cloud.groups[0]["HealthCheckPort"] = "8080"
    found = only(walked(cloud, zone=zone).findings, "health-check-port-blocked")
    assert NODES[zone] in found.summary
    assert found.remedy
    assert [f'"{NODES[zone]}/32"' in command for command in found.remedy.commands] == [True]


def test_an_unused_target_in_a_zone_that_is_not_enabled_says_so() -> None:
    cloud = article()
    health(10022, "unused", "Target.NotInUse")(cloud)
    assert "no listener forwards" in only(walked(cloud).findings, "target-unused").summary
    target(10022, Target={"Id": "172.31.129.10", "Port": 22, "AvailabilityZone": "ap-northeast-1d"})(cloud)
    summary = only(walked(cloud).findings, "target-unused").summary
    assert "zone ap-northeast-1d is not enabled" in summary
    assert "listener" not in summary
