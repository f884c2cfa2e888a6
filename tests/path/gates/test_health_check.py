"""Does a health check that fails ask what the service is?"""

from __future__ import annotations

from typing import Any

import pytest

from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.aws.resources.target_group import HealthCheck, TrafficPort
from nlbcheck.model import Check, HttpExpectation, ProbeSpec
from nlbcheck.path.gates import health_check as gate
from nlbcheck.path.health_asked import Asked
from nlbcheck.path.outcome import Passed
from tests.path.gates.building import passed, target, target_group

TCP, HTTP, HTTPS = Protocol.TCP, Protocol.HTTP, Protocol.HTTPS
EXPECTING = HttpExpectation((range(200, 201),))


def asked(
    protocol: Protocol | None = HTTP,
    service: ProbeSpec | Check | None = Check.TCP,
    *,
    group: Protocol = TCP,
    registered: int = 22,
    port: int | TrafficPort | None = TrafficPort.TRAFFIC_PORT,
    **fields: Any,
) -> Asked:
    check = HealthCheck(protocol, port, 30, 10, 3, 2, fields.get("path"), fields.get("matcher"))
    made = target_group(health_check=check, protocol=group)
    return Asked(made, target(port=registered), ProbeSpec(service) if isinstance(service, Check) else service)


CASES: list[tuple[str, Asked, str]] = [
    ("HTTP of a plain service", asked(registered=8420), "it uses HTTP, the table says tcp"),
    ("HTTP of SSH", asked(service=Check.SSH), "it uses HTTP, the table says ssh"),
    ("HTTPS of HTTP", asked(HTTPS, Check.HTTP, registered=80), "it uses HTTPS"),
    ("HTTP of a service inside TLS", asked(HTTP, Check.TCP, group=Protocol.TLS, registered=443),
     "inside TLS"),
    ("another port", asked(TCP, port=8080), "it checks port 8080, connections go to port 22"),
    ("another port of UDP", asked(TCP, None, group=Protocol.UDP, port=8080), "port 8080"),
    ("another path", asked(HTTP, Check.HTTP, registered=80, path="/health"), "/health, the table requests /"),
    ("another status",
     asked(HTTP, ProbeSpec(Check.HTTP, http=EXPECTING), registered=80, matcher="204,300-302"),
     "it expects 204,300-302"),
]  # fmt: skip


@pytest.mark.parametrize(("item", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_does_not_fit_is_a_warning_that_says_what_both_are(item: Asked, words: str) -> None:
    outcome = gate.check(item)
    assert isinstance(outcome, Passed)
    assert outcome.remark is not None
    assert (outcome.remark.code, outcome.remark.verdict) == ("health-check-differs", "warn")
    assert words in outcome.remark.summary
    assert str(item) in outcome.remark.summary


FITTING = [
    asked(TCP, Check.SSH),
    asked(TCP, Check.HTTP, registered=80),
    asked(HTTP, Check.HTTP, registered=80),
    asked(HTTP, Check.TCP, registered=80),
    asked(HTTP, Check.HTTPS, registered=80),
    asked(HTTPS, Check.HTTPS, registered=443),
    asked(HTTP, ProbeSpec(Check.HTTP, http=EXPECTING), registered=80, matcher="200-399"),
    asked(HTTP, None),
]


@pytest.mark.parametrize("item", FITTING, ids=str)
def test_what_fits_is_no_finding(item: Asked) -> None:
    assert passed(gate.check(item))["check"] == item.evidence


def test_what_is_asked_is_said_shortly_and_as_evidence() -> None:
    assert str(asked(registered=8420)) == "HTTP / on port 8420 for 200-399"
    assert str(asked(TCP)) == "TCP on port 22"
    evidence = asked(TCP).evidence
    assert (evidence["path"], evidence["matcher"]) == (None, None)
    assert (evidence["healthy_threshold"], evidence["unhealthy_threshold"]) == (3, 2)


def test_only_tcp_on_the_same_port_asks_what_a_connection_does() -> None:
    assert asked(TCP).is_of_connections
    assert asked(TCP, group=Protocol.TLS).is_of_connections
    assert not asked(TCP, group=Protocol.UDP).is_of_connections
    assert not asked(TCP, port=8080).is_of_connections
    assert not asked(HTTP, Check.HTTP, registered=80).is_of_connections
    assert asked(HTTP, Check.HTTP, registered=80).is_of_service
    assert not asked(HTTP, None).is_of_service


def test_what_aws_does_not_say_is_missing() -> None:
    hidden = asked(None).hidden
    assert hidden is not None
    assert hidden.call == "elbv2:DescribeTargetGroups"
    assert asked(TCP).hidden is None
