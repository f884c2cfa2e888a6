"""What a client's own host does comes before anything that AWS or a target may do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nlbcheck.aws.sources.snapshot_file import Snapshot
from nlbcheck.errors import ExitStatus
from nlbcheck.formats import FORMATS, Style
from nlbcheck.hosts.here import ThisHost
from nlbcheck.hosts.host import Ran
from nlbcheck.model import Client, Code, Confidence, Finding, Leg, Report, Resource, Status, Verdict
from nlbcheck.model.finding import Direction
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose
from nlbcheck.run.made import Made
from nlbcheck.run.probe import probe
from nlbcheck.vantage.local import ThisMachine
from tests.diagnosis.diagnosing import TABLE, Mutation, mutated, result
from tests.run.seats import seat
from tests.scenarios.mutations import peering_is
from tests.servers import closed_port

OFFICE = Client("office", "192.168.1.214", is_name=True)
INSIDE = Client("1a", "172.31.129.10", is_name=True)
RULE = Finding(
    Code.CLIENT_FIREWALL, Verdict.FAIL, "The firewall on office itself drops connections.", Leg.FRONT,
    Direction.REQUEST, None, Resource("client", "office"), subject="rule",
)  # fmt: skip
VPN = replace(RULE, code=Code.CLIENT_VPN_ROUTE, verdict=Verdict.WARN, confidence=Confidence.LIKELY,
              summary="Packets likely go astray.")  # fmt: skip


def report(fault: Finding, *mutations: Mutation, status: Status = Status.TIMED_OUT) -> Report:
    """Diagnose a row from an office where each connection has met a fault of its own host."""
    table = replace(TABLE, client=None)
    made = []
    for client, ended in ((OFFICE, status), (INSIDE, Status.OK)):
        flows = table.flows(table.select(["tg-20022"]), client.source)
        seen = tuple(replace(result(flow.check, ended), local_address=None) for flow in flows)
        faults = {flow.dialled: (fault,) for flow in flows if client is OFFICE}
        made.append(Made(client, flows, seen, faults=faults))
    held = Aws(held=Snapshot(mutated(*mutations)))
    return diagnose(table, ["tg-20022"], aws=held, probing=True, seen=made)


@pytest.mark.parametrize("status", [Status.TIMED_OUT, Status.UNREACHABLE, Status.REFUSED])
def test_the_target_is_not_blamed(status: Status) -> None:
    found = report(RULE, status=status)
    (row,) = found.rows
    assert row.cause is not None
    assert (row.cause.code, row.cause.confidence) == (Code.CLIENT_FIREWALL, Confidence.CERTAIN)
    codes = {item.code for item in found.findings}
    assert not codes & {Code.TARGET_SILENT, Code.TARGET_NOT_LISTENING, Code.NOT_VISIBLE}
    assert found.exit_status is ExitStatus.BROKEN
    text = " ".join(FORMATS["table"](found, Style(width=100)).split())
    assert "tg-20022 works from 1a, not from office." in text
    assert "fails on every static IP from office: The firewall on office itself" in text


def test_what_is_wrong_in_aws_besides_is_told_and_is_not_enough() -> None:
    found = report(RULE, peering_is("rejected"))
    assert found.rows[0].cause is not None
    assert found.rows[0].cause.code is Code.CLIENT_FIREWALL
    (peering,) = [item for item in found.by_row()[0].all_findings if item.code is Code.PEERING_NOT_ACTIVE]
    if peering.remedy and peering.remedy.calls:
        assert peering.remedy.verified is not True


def test_a_route_into_a_vpn_may_be_right_and_is_no_cause() -> None:
    found = report(VPN)
    assert found.rows[0].cause is not None
    assert found.rows[0].cause.code is not Code.CLIENT_VPN_ROUTE
    assert Code.CLIENT_VPN_ROUTE in {item.code for item in found.findings}


class Watched:
    """A host that counts how often it is looked at."""

    name = "host"

    def __init__(self) -> None:
        self.scripts: list[str] = []

    def run(self, script: str, timeout: float) -> Ran:
        self.scripts.append(script)
        return ThisHost().run(script, timeout)


class OnHost(ThisMachine):
    """This machine, on a host of one's own."""

    def __init__(self, host: Watched) -> None:
        super().__init__("office")
        self._host = host

    @property
    def host(self) -> Watched:
        return self._host


def test_a_host_is_looked_at_only_where_something_failed(tmp_path: Path) -> None:
    from tests.run.test_vantage_points import WEB, table
    from tests.servers import serving

    host = Watched()
    with serving(WEB) as port:
        probe(table(tmp_path, port), vantage=OnHost(host))
        assert host.scripts == []
        probe(table(tmp_path, port, closed_port()), vantage=[OnHost(host), seat("other", "127.0.0.7")])
    (script,) = host.scripts
    assert "ip route get 127.0.0.1" in script
    probe(table(tmp_path, closed_port()), vantage=OnHost(host), looking=False)
    assert len(host.scripts) == 1
