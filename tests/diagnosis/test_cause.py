"""What the wire shows, what the recorded state says, and which of them is believed."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_address

import pytest

from nlbcheck.aws.recording import Recording, RefusedCall
from nlbcheck.errors import ExitStatus
from nlbcheck.formats.style import Style
from nlbcheck.formats.table import render
from nlbcheck.model import Confidence, Finding, Node, Observation, Report, Status, Verdict
from nlbcheck.relays import Row
from tests.diagnosis.diagnosing import (
    TABLE,
    Mutation,
    Wire,
    cause_of,
    codes,
    diagnosed,
    everywhere,
    mutated,
    ok,
    pinned,
    result,
    row_of,
)
from tests.scenarios.cloud import Cloud, permission
from tests.scenarios.mutations import (
    ALL_IN,
    LINUX_PORTS,
    attribute,
    balancer_attribute,
    balancer_is,
    empty_group,
    group,
    health,
    listener,
    own_acl,
    peering_is,
    rules_of,
    target,
    without_route,
)

ROW = "tg-10022"
SILENT, REFUSED = everywhere(Status.TIMED_OUT), everywhere(Status.REFUSED)
NOTHING_IN = rules_of("targets")
UNHEALTHY = health(10022, "unhealthy", "Target.FailedHealthChecks")
PROXY = attribute(10022, "proxy_protocol_v2.enabled", "true")
TLS = listener(10022, Protocol="TLS")


def nothing(_cloud: object) -> None:
    pass


def only(name: str, status: Status) -> Wire:
    """One row fails, all others answer."""
    return lambda row, _node: status if row.name == name else Status.OK


def at(zone: str, status: Status) -> Wire:
    """Everything fails at one node, everything answers at the other."""
    return lambda _row, node: status if str(node.zone).endswith(zone) else Status.OK


CASES: list[tuple[str, Mutation, Wire | None, str | None, Confidence | None]] = [
    # name, what is wrong, what the wire shows, cause of tg-10022, how sure
    ("refused, all in order", nothing, REFUSED, "target-not-listening", Confidence.CERTAIN),
    ("refused at one static IP alone", nothing, at("c", Status.REFUSED), "target-not-listening",
     Confidence.LIKELY),
    ("refused, state forbids", NOTHING_IN, REFUSED, "target-not-listening", Confidence.CERTAIN),
    ("refused, empty group", empty_group, only(ROW, Status.REFUSED), "listener-has-no-target",
     Confidence.CERTAIN),
    ("refused, wrong port registered", target(10022, Target={
        "Id": "172.31.129.10", "Port": 80, "AvailabilityZone": "ap-northeast-1a"}), only(ROW, Status.REFUSED),
     "target-differs", Confidence.CERTAIN),
    ("silent row, all in order", nothing, only(ROW, Status.TIMED_OUT), "target-silent", Confidence.LIKELY),
    ("silent row, some ephemeral ports closed", own_acl("target-1a", ALL_IN, LINUX_PORTS),
     only(ROW, Status.TIMED_OUT), "nacl-narrow-ephemeral", Confidence.LIKELY),
    ("a public address is registered", target(10022, Target={
        "Id": "8.8.8.8", "Port": 22, "AvailabilityZone": "all"}), only(ROW, Status.TIMED_OUT),
     "target-differs", Confidence.CERTAIN),
    ("silent row, unhealthy", UNHEALTHY, only(ROW, Status.TIMED_OUT), "target-silent", Confidence.LIKELY),
    ("silent row, draining", health(10022, "draining", "Target.DeregistrationInProgress"),
     only(ROW, Status.TIMED_OUT), "target-draining", Confidence.CERTAIN),
    ("silent row, unused", health(10022, "unused", "Target.NotInUse"), only(ROW, Status.TIMED_OUT),
     "target-unused", Confidence.CERTAIN),
    ("all silent, all in order", nothing, SILENT, "wire-contradicts-model", Confidence.LIKELY),
    ("one node silent, all in order", nothing, at("a", Status.TIMED_OUT), "wire-contradicts-model",
     Confidence.LIKELY),
    ("silent, two gates closed", lambda cloud: (NOTHING_IN(cloud), peering_is("rejected")(cloud)), SILENT,
     "peering-not-active", Confidence.CERTAIN),
    ("bad reply", nothing, only(ROW, Status.BAD_REPLY), "wrong-protocol", Confidence.CERTAIN),
    ("bad reply, proxy protocol", PROXY, only(ROW, Status.BAD_REPLY), "proxy-protocol-on", Confidence.LIKELY),
    ("reset, proxy protocol", PROXY, only(ROW, Status.RESET), "proxy-protocol-on", Confidence.LIKELY),
    ("no reply, proxy protocol", PROXY, only(ROW, Status.NO_REPLY), "proxy-protocol-on", Confidence.LIKELY),
    ("reset", nothing, only(ROW, Status.RESET), "wrong-protocol", Confidence.LIKELY),
    ("no reply", nothing, only(ROW, Status.NO_REPLY), "target-silent", Confidence.LIKELY),
    ("reset behind TLS", lambda cloud: (TLS(cloud), NOTHING_IN(cloud)), only(ROW, Status.RESET),
     "listener-protocol-differs", Confidence.CERTAIN),
    ("unreachable", nothing, everywhere(Status.UNREACHABLE), "not-visible", Confidence.LIKELY),
    ("unreachable, no route", without_route("client", "172.31.0.0/16"), everywhere(Status.UNREACHABLE),
     "route-missing", Confidence.CERTAIN),
    ("unknown key", nothing, only(ROW, Status.UNEXPECTED), "wrong-server-answers", Confidence.LIKELY),
    ("health port blocked, all answers", lambda cloud: cloud.groups[0].update(HealthCheckPort="8080"), ok,
     "health-check-port-blocked", Confidence.CERTAIN),
    ("not probed, unhealthy", UNHEALTHY, None, "target-unhealthy", Confidence.CERTAIN),
    ("balancer failed", balancer_is("failed"), SILENT, "balancer-not-active", Confidence.CERTAIN),
    ("answers, draining", health(10022, "draining", "Target.DeregistrationInProgress"), ok,
     "target-draining", Confidence.CERTAIN),
    ("answers, state forbids", NOTHING_IN, ok, None, None),
    ("answers, unhealthy", UNHEALTHY, ok, None, None),
    ("answers, initial", health(10022, "initial", "Elb.InitialHealthChecking"), ok, None, None),
    ("answers, zonal shift", target(10022, AdministrativeOverride={"State": "zonal_shift_active"}), ok, None,
     None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mutate", "wire", "cause", "confidence"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_the_cause_of_one_row(
    mutate: Mutation, wire: Wire | None, cause: str | None, confidence: Confidence | None
) -> None:
    report = diagnosed(mutated(mutate), wire)
    row = row_of(report, ROW)
    found = row.row.cause
    assert (found.code if found else None) == cause
    assert (found.confidence if found else None) is confidence
    assert row.verdict is (Verdict.FAIL if cause else Verdict.WARN)
    assert not found or found in row.all_findings


def found_of(report: Report, name: str, code: str) -> Finding:
    row = row_of(report, name)
    return next(finding for finding in row.all_findings if finding.code == code)


def test_what_the_wire_has_passed_is_no_finding_but_a_contradiction() -> None:
    report = diagnosed(mutated(NOTHING_IN), ok)
    assert codes(report, ROW).count("wire-contradicts-model") >= 1
    assert "sg-denies" not in codes(report, ROW)
    told = [item for item in row_of(report, ROW).all_findings if item.evidence.get("contradicted")]
    assert {
        entry["code"]
        for item in told
        for entry in item.evidence["contradicted"]  # type: ignore[union-attr]
        if isinstance(entry, dict)
    } == {"sg-denies"}
    assert report.exit_status is ExitStatus.OK


def test_fail_open_is_said_when_an_unhealthy_target_answers() -> None:
    finding = found_of(diagnosed(mutated(UNHEALTHY), ok), ROW, "target-unhealthy")
    assert finding.verdict is Verdict.WARN
    assert "when no target is healthy, all of them get connections" in finding.summary


def test_one_row_that_answers_clears_for_another_what_they_share() -> None:
    """By the state the peering is down; one row answers through it, so another's silence is its own."""
    report = diagnosed(mutated(peering_is("rejected")), only(ROW, Status.TIMED_OUT))
    assert cause_of(report, ROW) == "target-silent"
    assert "peering-not-active" not in codes(report, ROW)
    assert "wire-contradicts-model" in codes(report, ROW)


def test_what_depends_on_the_port_is_not_cleared_by_another_row() -> None:
    """Port 22 is closed at the targets; that port 80 answers says nothing about it."""
    rules = rules_of("targets", permission("tcp", "172.31.0.0/16", port=80))
    report = diagnosed(mutated(rules), lambda row, _: Status.TIMED_OUT if "22" in row.name else Status.OK)
    assert cause_of(report, ROW) == "sg-denies"


def hiding(*operations: str) -> Recording:
    recording = mutated()
    answers = tuple(answer for answer in recording.answers if answer.operation not in operations)
    gaps = tuple(
        RefusedCall(
            answer.account, answer.region, answer.service, answer.operation, answer.parameters, "AccessDenied"
        )
        for answer in recording.answers
        if answer.operation in operations
    )
    return replace(recording, answers=answers, gaps=gaps)


def test_a_silent_row_is_unknown_where_a_gate_of_its_own_is_hidden() -> None:
    report = diagnosed(hiding("DescribeSecurityGroups"), only(ROW, Status.TIMED_OUT))
    assert cause_of(report, ROW) == "not-visible"
    assert report.gaps
    assert report.gaps[0].permission == "ec2:DescribeSecurityGroups"
    assert report.exit_status is ExitStatus.BROKEN


def test_what_the_wire_shows_open_need_not_be_visible() -> None:
    report = diagnosed(hiding("DescribeRouteTables"), ok)
    assert row_of(report, ROW).verdict is Verdict.PASS
    shared = diagnosed(hiding("DescribeRouteTables"), only(ROW, Status.TIMED_OUT))
    assert cause_of(shared, ROW) == "target-silent"


def test_an_unknown_client_does_not_hide_that_a_row_alone_is_silent() -> None:
    assert cause_of(diagnosed(mutated(), only(ROW, Status.TIMED_OUT), client=None), ROW) == "target-silent"
    assert cause_of(diagnosed(mutated(), SILENT, client=None), ROW) == "not-visible"


def test_a_row_that_nobody_probed_and_nobody_can_see_is_unknown() -> None:
    report = diagnosed(mutated(), None, client=None)
    assert {mapping.verdict for mapping in report.by_row()} == {Verdict.UNKNOWN}
    assert report.exit_status is ExitStatus.UNSEEN


def test_one_of_two_targets_that_is_closed_stays_a_finding_when_the_other_answers() -> None:
    def second(cloud: Cloud) -> None:
        cloud.register(group(cloud, 10022), "10.0.0.10", 22, "all")

    closed = without_route("private-1a-1", "10.0.0.0/16")
    report = diagnosed(mutated(second, closed), ok, [ROW])
    row = row_of(report, ROW)
    assert row.verdict is Verdict.FAIL
    assert cause_of(report, ROW) == "route-missing"
    assert set(codes(report, ROW)) >= {"route-missing", "target-undeclared"}
    (at_a, at_c) = (result.reached for result in row.results)
    assert at_a is not None
    assert (at_a.used, at_a.open, at_a.closed, at_a.failing) == (2, 1, ("10.0.0.10:22",), 0.5)
    assert at_c is not None
    assert (at_c.used, at_c.open, at_c.failing) == (2, 2, 0)


class TestWhoAnswered:
    PINS = pinned((ROW, "SHA256:one"), ("tg-20022", "SHA256:two"))

    def wire(self, row: Row, node: Node) -> Status | Observation:
        keys = {ROW: "SHA256:two", "tg-20022": "SHA256:two"}
        if row.name not in keys:
            return Status.OK
        status = Status.OK if row.name == "tg-20022" else Status.UNEXPECTED
        return result(
            row.check, status, banner="SSH-2.0-x", fingerprint=keys[row.name], key_type="ssh-ed25519"
        )

    def test_the_table_knows_whose_key_it_is(self) -> None:
        report = diagnosed(mutated(), self.wire, table=self.PINS)
        cause = row_of(report, ROW).row.cause
        assert cause is not None
        assert cause.code == "wrong-server-answers"
        assert "is answered by TargetServer2 and not by TargetServer1" in cause.summary
        assert codes(report, ROW).count("wrong-server-answers") == 1

    @pytest.mark.parametrize("told", [{"fingerprint": "SHA256:three"}, {}])
    def test_a_wrong_answer_names_its_row_once(self, told: dict[str, str]) -> None:
        report = diagnosed(mutated(), lambda row, _: result(row.check, Status.UNEXPECTED, **told), [ROW])
        head = render(report, Style(width=500)).split("\n\n")[1].splitlines()[0]
        assert head.count(ROW) == 1
        assert "The answer is not as expected: shows another host key. Likely another " in head

    @pytest.mark.parametrize(
        ("mutate", "code"),
        [
            (
                lambda cloud: listener(
                    10022, DefaultActions=[{"Type": "forward", "TargetGroupArn": group(cloud, 20022)}]
                )(cloud),
                "listener-forwards-elsewhere",
            ),
            (
                target(
                    10022, Target={"Id": "172.31.137.10", "Port": 22, "AvailabilityZone": "ap-northeast-1c"}
                ),
                "target-differs",
            ),
        ],
    )
    def test_the_line_of_configuration_that_sends_it_there_is_the_cause(
        self, mutate: Mutation, code: str
    ) -> None:
        report = diagnosed(mutated(mutate), self.wire, table=self.PINS)
        cause = row_of(report, ROW).row.cause
        assert cause is not None
        assert cause.code == code
        assert cause.remedy is not None
        assert cause.remedy.verified is True
        assert "wrong-server-answers" in codes(report, ROW)


def test_what_is_wrong_with_a_wrong_target_is_said_but_nothing_to_be_opened_for_it() -> None:
    def wrong(address: str, port: int = 22) -> Mutation:
        place = {"Id": address, "Port": port, "AvailabilityZone": "ap-northeast-1a"}
        return target(10022, Target=place, TargetHealth={"State": "unhealthy"})

    nobody = diagnosed(mutated(wrong("172.31.129.99")), SILENT, [ROW])
    assert set(codes(nobody, ROW)) >= {"target-differs", "address-unused"}
    public = diagnosed(mutated(wrong("8.8.8.8")), SILENT, [ROW])
    assert "target-address-not-allowed" in codes(public, ROW)
    other_port = diagnosed(mutated(wrong("172.31.129.10", 2222)), SILENT, [ROW])
    assert "sg-denies" not in codes(other_port, ROW)
    for report in (nobody, public, other_port):
        assert cause_of(report, ROW) == "target-differs"
        commands = [item for found in report.findings if found.remedy for item in found.remedy.commands]
        assert {command.split()[2] for command in commands} == {"register-targets", "deregister-targets"}


def test_a_static_ip_that_is_none_of_the_balancer_is_the_cause() -> None:
    table = replace(
        TABLE, static_ips=(Node("ap-northeast-1a", ip_address("172.31.128.99")), *TABLE.static_ips[1:])
    )
    report = diagnosed(mutated(), at("a", Status.TIMED_OUT), table=table)
    assert {cause_of(report, row.name) for row in TABLE.rows} == {"static-ip-differs"}


def test_static_ips_that_neither_table_nor_aws_shows() -> None:
    recording = hiding("DescribeNetworkInterfaces")
    answers = recording.answers
    balancers = next(item for item in answers if item.operation == "DescribeLoadBalancers")
    bare = json.loads(json.dumps(balancers.response))
    for zone in bare["LoadBalancers"][0]["AvailabilityZones"]:
        zone["LoadBalancerAddresses"] = []
    rest = tuple(item for item in answers if item is not balancers)
    hidden = replace(recording, answers=(*rest, replace(balancers, response=bare)))
    report = diagnosed(hidden, table=replace(TABLE, static_ips=()))
    assert {mapping.verdict for mapping in report.by_row()} == {Verdict.UNKNOWN}
    assert report.exit_status is ExitStatus.UNSEEN
    assert "ec2:DescribeNetworkInterfaces" in report.findings[0].summary


def test_what_is_wrong_with_a_row_counts_at_each_of_its_nodes() -> None:
    elsewhere = listener(
        10022, DefaultActions=[{"Type": "forward", "TargetGroupArn": "arn:aws:x:targetgroup/tg-other/1"}]
    )
    report = diagnosed(mutated(elsewhere), ok, [ROW])
    assert report.verdicts == [Verdict.FAIL, Verdict.FAIL]
    assert codes(report, ROW).count("listener-forwards-elsewhere") == 1


def test_a_balancer_that_is_not_there() -> None:
    table = replace(TABLE, load_balancer="other-nlb")
    report = diagnosed(mutated(), None, table=table)
    assert {cause_of(report, row.name) for row in TABLE.rows} == {"balancer-not-found"}
    assert report.exit_status is ExitStatus.BROKEN


@pytest.mark.parametrize("number", range(len(mutated().answers)))
def test_without_any_one_answer_nothing_turns_into_its_opposite(number: int) -> None:
    def lacking(*mutations: Mutation) -> dict[str, Verdict]:
        recording = mutated(*mutations)
        answers = recording.answers[:number] + recording.answers[number + 1 :]
        report = diagnosed(replace(recording, answers=answers))
        return {mapping.row.name: mapping.verdict for mapping in report.by_row()}

    assert Verdict.FAIL not in lacking().values()
    closed = (
        peering_is("rejected"),
        NOTHING_IN,
        balancer_attribute("load_balancing.cross_zone.enabled", "false"),
    )
    for verdict in lacking(*closed).values():
        assert verdict not in (Verdict.PASS, Verdict.WARN)


def test_a_listener_that_the_table_does_not_name_is_said_of_the_table_as_a_whole() -> None:
    def added(cloud: Cloud) -> None:
        cloud.listener(cloud.balancers[0]["LoadBalancerArn"], 40022, group(cloud, 10022))

    report = diagnosed(mutated(added), ok)
    assert [finding.code for finding in report.table] == ["listener-undeclared"]
    assert "listener-undeclared" in {finding.code for finding in report.findings}
    assert report.exit_status is ExitStatus.OK
    assert diagnosed(mutated(added), ok, [ROW]).table == ()
