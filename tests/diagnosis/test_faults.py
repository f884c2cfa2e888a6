"""Every fault that the article's network can have: the right cause, and a remedy that is proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import pytest

from nlbcheck.model import Node, Status, Verdict
from nlbcheck.relays import Row
from tests.diagnosis.diagnosing import Mutation, cause_of, codes, diagnosed, mutated, ok, row_of
from tests.scenarios.article import NODES
from tests.scenarios.cloud import permission
from tests.scenarios.mutations import (
    ALL_IN,
    ALL_OUT,
    EPHEMERAL_CLOSED,
    attribute,
    balancer_attribute,
    balancer_group,
    group,
    health,
    own_acl,
    peering_is,
    rules_of,
    target,
    tunnels,
    without_route,
)

ALL = ("tg-10022", "tg-10080", "tg-20022", "tg-20080", "tg-30080")
IN_VPC = ALL[:4]
NODE_C = f"{NODES['c']}/32"


def no_listener(port: int) -> Mutation:
    def mutate(cloud):
        for items in cloud.listeners.values():
            items[:] = [item for item in items if item["Port"] != port]

    return mutate


def empty(port: int) -> Mutation:
    return lambda cloud: cloud.targets[group(cloud, port)].clear()


def registered(port: int, address: str, number: int) -> Mutation:
    return target(port, Target={"Id": address, "Port": number, "AvailabilityZone": "ap-northeast-1a"})


def both(*mutations: Mutation) -> Mutation:
    return lambda cloud: [mutate(cloud) for mutate in mutations]


@dataclass(frozen=True)
class Fault:
    name: str
    mutate: Mutation
    code: str
    rows: Sequence[str]
    """The rows that it brings down."""
    zones: str = "ac"
    """The zones where it does."""
    status: Status = Status.TIMED_OUT
    verified: bool | None = True

    def wire(self, row: Row, node: Node) -> Status:
        zone = str(node.zone)[-1]
        if self.name == "cross-zone off":
            here = {"tg-1": "c", "tg-2": "a"}.get(row.name[:4])
            return self.status if zone == here else Status.OK
        return self.status if row.name in self.rows and zone in self.zones else Status.OK


UNHEALTHY = "unhealthy", "Target.FailedHealthChecks"
FAULTS = [
    Fault("target's group without the node's address",
          rules_of("targets", permission("tcp", NODE_C, port=22), permission("tcp", NODE_C, port=80)),
          "sg-denies", IN_VPC, "a"),
    Fault("client's peering route missing", without_route("client", "172.31.0.0/16"), "route-missing", ALL),
    Fault("return route missing", without_route("private-1a-1", "192.168.0.0/16"), "route-missing", ALL, "a"),
    Fault("ephemeral ports closed", own_acl("private-1a-1", EPHEMERAL_CLOSED, ALL_IN, ALL_OUT),
          "nacl-denies", ALL, "a"),
    Fault("peering not active", peering_is("pending-acceptance"), "peering-not-active", ALL),
    Fault("listener missing", no_listener(10022), "listener-missing", ["tg-10022"]),
    Fault("group empty", empty(20022), "listener-has-no-target", ["tg-20022"]),
    Fault("registered on the wrong port", registered(10080, "172.31.129.10", 8080), "target-differs",
          ["tg-10080"]),
    Fault("cross-zone off", balancer_attribute("load_balancing.cross_zone.enabled", "false"),
          "zone-has-no-target", IN_VPC),
    Fault("preservation, target on premises", attribute(30080, "preserve_client_ip.enabled", "true"),
          "client-ip-preserved-outside-vpc", ["tg-30080"]),
    Fault("tunnels down", both(tunnels("DOWN", "DOWN"), health(30080, *UNHEALTHY)), "vpn-down", ["tg-30080"],
          verified=None),
    Fault("vgw route not propagated",
          both(without_route("private-1a-1", "10.0.0.0/16"), without_route("private-1c-1", "10.0.0.0/16"),
               health(30080, *UNHEALTHY)), "route-missing", ["tg-30080"]),
    Fault("load balancer's group", balancer_group(permission("tcp", "10.9.0.0/16", port=(1, 65535))),
          "sg-denies", ALL),
    Fault("process stopped", health(20080, *UNHEALTHY), "target-not-listening", ["tg-20080"],
          status=Status.REFUSED, verified=None),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_cause_is_named_and_its_remedy_proven(fault: Fault) -> None:
    report = diagnosed(mutated(fault.mutate), fault.wire)
    for name in ALL:
        row = row_of(report, name)
        if name not in fault.rows:
            assert cause_of(report, name) is None
            assert row.verdict in (Verdict.PASS, Verdict.WARN)
            continue
        assert row.verdict is Verdict.FAIL
        cause = row.row.cause
        assert cause is not None
        assert cause.code == fault.code
        assert cause in row.all_findings
        assert cause.remedy is not None
        assert cause.remedy.verified is fault.verified
        for finding in row.all_findings:
            tried = bool(finding.remedy and finding.remedy.calls)
            assert not tried or (finding.remedy and finding.remedy.verified is True), finding.summary
    assert report.exit_status == 1


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_without_a_probe_the_state_decides(fault: Fault) -> None:
    report = diagnosed(mutated(fault.mutate))
    stopped = {"target-not-listening": "target-unhealthy"}
    for name in ALL:
        expected = stopped.get(fault.code, fault.code) if name in fault.rows else None
        assert cause_of(report, name) == expected


def _pair(one: Fault, two: Fault) -> str:
    return f"{one.name} + {two.name}"


PAIRS = list(combinations(FAULTS, 2))


@pytest.mark.parametrize(("one", "two"), PAIRS, ids=[_pair(*pair) for pair in PAIRS])
def test_of_two_faults_both_are_listed(one: Fault, two: Fault) -> None:
    def wire(row: Row, node: Node) -> Status:
        seen = {fault.wire(row, node) for fault in (one, two)}
        return next(status for status in (Status.TIMED_OUT, Status.REFUSED, Status.OK) if status in seen)

    report = diagnosed(mutated(one.mutate, two.mutate), wire)
    causes = {name: cause_of(report, name) for name in ALL}
    for fault in (one, two):
        # Behind a closed way nobody can see a process that is down; its health speaks for it.
        accepted = {fault.code} | ({"target-unhealthy"} if fault.status is Status.REFUSED else set())
        assert any(accepted & set(codes(report, name)) for name in fault.rows)
        assert all(causes[name] in {one.code, two.code} for name in fault.rows)


def test_a_healthy_network_has_no_cause_and_no_finding() -> None:
    for wire in (ok, None):
        report = diagnosed(mutated(), wire)
        assert [cause_of(report, name) for name in ALL] == [None] * 5
        found = {finding.code for finding in report.findings}
        assert found == {"target-group-port-differs"}  # the trap that is in the article itself
        assert report.exit_status == 0
