"""Is a plan in the order of the path, with each command once, and with nothing in it that mends nothing?"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.model import Call, Code, Confidence, Direction, Finding, Leg, Remedy, Report, Verdict
from nlbcheck.model.plan import plan
from tests.formats.reports import REPORTS, with_result, with_row


def finding(
    code: Code,
    *operations: str,
    leg: Leg = Leg.BACK,
    direction: Direction = Direction.REQUEST,
    verdict: Verdict = Verdict.FAIL,
    subject: str = "",
) -> Finding:
    calls = tuple(Call("ec2", name, {}) for name in operations)
    remedy = Remedy(f"Mend {code}{subject}.", calls)
    return Finding(code, verdict, "It fails.", leg, direction, remedy=remedy, subject=subject)


def reported(*rows: tuple[Finding, ...]) -> Report:
    """Return a report with a row for each group of findings, of which the first one is its cause."""
    report = REPORTS["all-ok"]
    for number, found in enumerate(rows):
        cause = found[0] if found else None
        report = with_row(report, number, cause=cause, targets=())
        report = with_result(report, 2 * number, findings=found, cause=cause)
    return replace(report, rows=report.rows[: len(rows)], results=report.results[: 2 * len(rows)])


def steps(report: Report) -> list[tuple[list[str], list[str], list[str]]]:
    return [
        (list(map(str, step.codes)), [call.operation for call in step.calls], list(step.rows))
        for step in plan(report)
    ]


GROUP = finding(Code.SG_DENIES, "Admit")
ROUTE = finding(Code.ROUTE_MISSING, "Route", leg=Leg.FRONT, direction=Direction.REPLY)


def test_steps_are_in_the_order_of_the_path_whatever_the_rows_order() -> None:
    listener = finding(Code.LISTENER_MISSING, "Listen", leg=Leg.BALANCER)
    assert steps(reported((ROUTE,), (GROUP, ROUTE), (listener,))) == [
        (["listener-missing"], ["Listen"], ["tg-20022"]),
        (["sg-denies"], ["Admit"], ["tg-10080"]),
        (["route-missing"], ["Route"], ["tg-10022", "tg-10080"]),
    ]


def test_a_fix_whose_calls_are_given_is_named_in_the_step_that_gives_them() -> None:
    blocked = finding(Code.HEALTH_CHECK_PORT_BLOCKED, "Admit", leg=Leg.HEALTH)
    assert steps(reported((blocked, GROUP))) == [
        (["sg-denies", "health-check-port-blocked"], ["Admit"], ["tg-10022"])
    ]
    many = finding(Code.HEALTH_CHECK_PORT_BLOCKED, "Admit", "Route", leg=Leg.HEALTH)
    assert steps(reported((GROUP,), (many,), (ROUTE,))) == [
        (["sg-denies"], ["Admit"], ["tg-10022"]),
        (["route-missing", "health-check-port-blocked"], ["Route"], ["tg-20022", "tg-10080"]),
    ]


def test_a_call_that_is_given_before_is_left_out_of_a_step() -> None:
    more = finding(Code.HEALTH_CHECK_PORT_BLOCKED, "Admit", "AdmitHealth", leg=Leg.HEALTH)
    assert steps(reported((GROUP, more))) == [
        (["sg-denies"], ["Admit"], ["tg-10022"]),
        (["health-check-port-blocked"], ["AdmitHealth"], ["tg-10022"]),
    ]


def test_what_is_done_by_hand_is_a_step_without_commands() -> None:
    down = finding(Code.VPN_DOWN)
    assert steps(reported((down, GROUP))) == [
        (["vpn-down"], [], ["tg-10022"]),
        (["sg-denies"], ["Admit"], ["tg-10022"]),
    ]


def test_warnings_are_no_steps_unless_a_row_fails_of_them() -> None:
    narrow = finding(Code.NACL_NARROW_EPHEMERAL, "Widen", verdict=Verdict.WARN)
    assert steps(reported((GROUP, narrow))) == [(["sg-denies"], ["Admit"], ["tg-10022"])]
    assert steps(reported((replace(narrow, confidence=Confidence.LIKELY),))) == []
    tried = replace(narrow, remedy=narrow.remedy and replace(narrow.remedy, verified=True))
    assert [codes for codes, *_ in steps(reported((GROUP, tried)))] == [
        ["sg-denies"],
        ["nacl-narrow-ephemeral"],
    ]
    failing = replace(ROUTE, remedy=None)
    assert steps(reported((narrow, failing))) == [(["nacl-narrow-ephemeral"], ["Widen"], ["tg-10022"])]


def test_what_a_load_balancer_says_of_a_target_is_no_step_beside_what_it_comes_from() -> None:
    unused = finding(Code.TARGET_UNUSED, leg=Leg.HEALTH)
    unhealthy = finding(Code.TARGET_UNHEALTHY, leg=Leg.HEALTH)
    refuses = finding(Code.TARGET_NOT_LISTENING)
    assert [codes for codes, *_ in steps(reported((GROUP, unused)))] == [["sg-denies"]]
    assert [codes for codes, *_ in steps(reported((refuses, unhealthy)))] == [["target-not-listening"]]
    assert [codes for codes, *_ in steps(reported((GROUP, unhealthy)))] == [
        ["sg-denies"],
        ["target-unhealthy"],
    ]
    assert [codes for codes, *_ in steps(reported((unused,)))] == [["target-unused"]]


def test_a_report_in_which_nothing_fails_has_no_plan() -> None:
    assert plan(REPORTS["all-ok"]) == ()


def test_no_target_leaves_before_the_path_to_the_new_one_is_open() -> None:
    swap = finding(Code.TARGET_DIFFERS, "RegisterTargets", "DeregisterTargets", leg=Leg.TABLE)
    assert steps(reported((swap, GROUP))) == [
        (["sg-denies"], ["Admit"], ["tg-10022"]),
        (["target-differs"], ["RegisterTargets", "DeregisterTargets"], ["tg-10022"]),
    ]


def test_a_new_target_alone_is_registered_in_the_order_of_the_path() -> None:
    new = finding(Code.TARGET_DIFFERS, "RegisterTargets", leg=Leg.TABLE)
    assert [codes for codes, _, _ in steps(reported((GROUP, new)))] == [["target-differs"], ["sg-denies"]]
