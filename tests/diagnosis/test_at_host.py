"""What a look at a target makes of a cause that was only likely."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from nlbcheck.diagnosis import at_host
from nlbcheck.model import (
    Code,
    Confidence,
    Finding,
    Json,
    Leg,
    Node,
    Port,
    Remedy,
    Report,
    Status,
    Verdict,
)
from nlbcheck.model.inspected import HostLook
from nlbcheck.model.plan import plan
from nlbcheck.relays import Row
from tests.diagnosis.diagnosing import TABLE, cause_of, codes, diagnosed, mutated, row_of
from tests.scenarios.faulty import report_on
from tests.scenarios.mutations import health

NODES = ("172.31.128.10", "172.31.136.10")


def found(code: Code, *peers: str, leg: Leg = Leg.BACK, rejects: bool = False) -> Finding:
    told: list[Json] = [*peers]
    evidence: dict[str, Json] = {"peers": told, "rejects": rejects} if peers else {}
    return Finding(code, Verdict.FAIL, "The host says so.", leg, evidence=evidence)


def looked(*findings: Finding, unseen: tuple[str, ...] = ()) -> HostLook:
    row = TABLE.rows[0]
    address = row.target.address
    assert address is not None
    return HostLook(
        row.name, Port("TCP", 10022), row.target.name, address, 22, 22, "ssh://server",
        nodes=tuple(map(ip_address, NODES)), findings=findings, unseen=unseen,
    )  # fmt: skip


def first_row(status: Status) -> Report:
    def wire(row: Row, _node: Node) -> Status:
        return status if row is TABLE.rows[0] else Status.OK

    return diagnosed(mutated(), wire)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.TIMED_OUT, Code.HOST_FIREWALL),
        (Status.TIMED_OUT, Code.HOST_REVERSE_PATH),
        (Status.TIMED_OUT, Code.HOST_ROUTE),
        (Status.REFUSED, Code.HOST_FIREWALL),
        (Status.REFUSED, Code.HOST_NOT_LISTENING),
        (Status.REFUSED, Code.HOST_LISTENS_ELSEWHERE),
        (Status.REFUSED, Code.HOST_OTHER_PORT),
    ],
)
def test_what_must_lead_to_it_is_the_cause(status: Status, code: Code) -> None:
    before = first_row(status)
    assert cause_of(before, "tg-10022") in at_host.UNEXPLAINED
    after = at_host.amended(before, [looked(found(code, *NODES))])
    cause = row_of(after, "tg-10022").row.cause
    assert cause is not None
    assert (cause.code, cause.confidence) == (code, Confidence.CERTAIN)
    assert codes(after, "tg-10022") == [code]
    assert after.exit_status == before.exit_status


@pytest.mark.parametrize(
    ("status", "code"),
    [(Status.TIMED_OUT, Code.HOST_NOT_LISTENING), (Status.REFUSED, Code.HOST_ROUTE)],
)
def test_what_does_not_lead_to_it_is_listed_and_the_cause_stays(status: Status, code: Code) -> None:
    before = first_row(status)
    after = at_host.amended(before, [looked(found(code))])
    assert cause_of(after, "tg-10022") == cause_of(before, "tg-10022")
    assert set(codes(after, "tg-10022")) == {*codes(before, "tg-10022"), code}


def test_what_happens_to_one_nodes_packets_explains_no_others() -> None:
    after = at_host.amended(first_row(Status.TIMED_OUT), [looked(found(Code.HOST_ROUTE, NODES[0]))])
    causes = [result.cause.code for result in row_of(after, "tg-10022").results if result.cause]
    assert causes == [Code.HOST_ROUTE, Code.TARGET_SILENT]


def test_what_a_packet_meets_first_is_the_cause() -> None:
    findings = [found(Code.HOST_ROUTE, *NODES), found(Code.HOST_FIREWALL, *NODES)]
    after = at_host.amended(first_row(Status.TIMED_OUT), [looked(*findings)])
    assert cause_of(after, "tg-10022") == Code.HOST_FIREWALL


def test_a_gate_of_aws_stays_the_cause() -> None:
    before = report_on("article", "target-sg")
    assert cause_of(before, "tg-10022") == Code.SG_DENIES
    after = at_host.amended(before, [looked(found(Code.HOST_FIREWALL, *NODES))])
    assert cause_of(after, "tg-10022") == Code.SG_DENIES
    assert "tg-10022" not in at_host.wanted(before) or Code.TARGET_UNHEALTHY in codes(before, "tg-10022")


def test_rows_that_answer_are_not_looked_at_and_stay_as_they_are() -> None:
    before = diagnosed(mutated(), lambda _row, _node: Status.OK)
    assert at_host.wanted(before) == frozenset()
    after = at_host.amended(before, [looked(found(Code.HOST_FIREWALL, NODES[0]))])
    assert codes(after, "tg-10022") == codes(before, "tg-10022")


def test_a_host_without_a_fault_and_what_it_does_not_show_are_told() -> None:
    before = first_row(Status.TIMED_OUT)
    fine = at_host.amended(before, [looked()])
    assert "TargetServer1, port 22: a look from inside the host shows no fault" in fine.remarks[-1]
    hidden = at_host.amended(before, [looked(unseen=("Its rules are not visible.",))])
    assert hidden.remarks[-1] == "TargetServer1, port 22: Its rules are not visible."
    assert cause_of(hidden, "tg-10022") == Code.TARGET_SILENT


def test_of_a_refusing_target_whose_host_is_fine_something_else_is_said() -> None:
    before = first_row(Status.REFUSED)
    cause = row_of(at_host.amended(before, [looked()]), "tg-10022").row.cause
    old = row_of(before, "tg-10022").row.cause
    assert cause
    assert old
    assert "no process accepts on port 22" in old.summary
    assert "shows a process that listens on port 22" in cause.summary
    assert (cause.code, cause.verdict, cause.identity) == (old.code, old.verdict, old.identity)
    assert (old.confidence, cause.confidence) == (Confidence.CERTAIN, Confidence.LIKELY)
    assert cause.remedy
    assert "start the service" not in cause.remedy.text
    hidden = at_host.amended(before, [looked(unseen=("Its sockets are not visible.",))])
    unlooked = row_of(hidden, "tg-10022").row.cause
    assert unlooked
    assert (unlooked.summary, unlooked.remedy) == (old.summary, old.remedy)


def test_of_a_silent_target_whose_host_is_fine_something_else_is_said() -> None:
    before = first_row(Status.TIMED_OUT)
    cause = row_of(at_host.amended(before, [looked()]), "tg-10022").row.cause
    old = row_of(before, "tg-10022").row.cause
    assert cause
    assert cause.remedy
    assert old
    assert (cause.code, cause.verdict, cause.confidence) == (old.code, old.verdict, old.confidence)
    assert (
        "No fault is visible on the path through AWS, and none on the host: it listens on port 22"
        in cause.summary
    )
    assert "the machine is off" not in cause.summary
    assert "its own firewall drops" not in cause.summary
    assert "look at the firewalls and routers before it" in cause.remedy.text
    unclear = row_of(at_host.amended(before, [looked(unseen=("Its rules are not visible.",))]), "tg-10022")
    assert unclear.row.cause == old


@pytest.mark.parametrize(
    ("leg", "peers", "confidence", "is_one_step"),
    [
        (Leg.BACK, (), Confidence.CERTAIN, True),
        (Leg.BACK, NODES, Confidence.CERTAIN, True),
        (Leg.BACK, ("192.168.1.214",), Confidence.CERTAIN, False),
        (Leg.BACK, (), Confidence.LIKELY, False),
    ],
)
def test_failing_health_checks_end_with_the_hosts_fault(
    leg: Leg, peers: tuple[str, ...], confidence: Confidence, is_one_step: bool
) -> None:
    fault = replace(
        found(Code.HOST_FIREWALL, *peers, leg=leg), confidence=confidence, remedy=Remedy("Admit it.")
    )
    before = diagnosed(mutated(health(10022, "unhealthy", "Target.FailedHealthChecks")))
    own = next(item for item in row_of(before, "tg-10022").all_findings if item.code is Code.TARGET_UNHEALTHY)
    after = at_host.amended(before, [looked(fault)])
    step = next(step for step in plan(after) if Code.TARGET_UNHEALTHY in step.codes)
    assert own.remedy
    assert step.text == ("Admit it." if is_one_step else own.remedy.text)


@pytest.mark.parametrize(
    ("answering", "said"),
    [
        (
            {("tg-10022", NODES[1])},
            f"The machine answers on this port through {NODES[1]}. Likely",
        ),
        ({("tg-10080", NODES[0])}, "The machine answers on another port, so likely its own firewall drops"),
        (set(), "the route back is missing there, or the machine is off."),
        (
            {("tg-10022", NODES[1]), ("tg-10080", NODES[1])},
            f"The machine answers on this port through {NODES[1]}. Likely",
        ),
        (
            {("tg-10022", NODES[1]), ("tg-10080", NODES[0])},
            f"Likely its firewall or one before it drops packets from {NODES[0]} to this port.",
        ),
    ],
)
def test_where_else_a_silent_target_answers_is_said(answering: set[tuple[str, str]], said: str) -> None:
    """An answer on the same port through the other static IP is none on another port."""

    def wire(row: Row, node: Node) -> Status:
        is_answered = (row.name, str(node.address)) in answering
        return (
            Status.OK
            if is_answered
            else Status.TIMED_OUT
            if row.target == TABLE.rows[0].target
            else Status.OK
        )

    report = diagnosed(mutated(), wire)
    silent = [result.cause for result in row_of(report, "tg-10022").results if result.cause]
    assert any(said in item.summary for item in silent), [item.summary for item in silent]
