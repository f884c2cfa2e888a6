"""Is a fix called verified for what it does by itself, and are exactly the others named that it needs?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from nlbcheck.diagnosis.proof import After, Again, Place, Proof, prove, with_proof
from nlbcheck.model import (
    Call,
    Code,
    Direction,
    Finding,
    Hop,
    Leg,
    Node,
    Path,
    Remedy,
    Report,
    Resource,
    Status,
    Verdict,
)
from nlbcheck.relays import Row
from tests.diagnosis.diagnosing import diagnosed, mutated, row_of
from tests.scenarios.cloud import permission
from tests.scenarios.faulty import broken
from tests.scenarios.mutations import (
    SSH_FROM_ELSEWHERE,
    health,
    no_listener,
    rules_of,
    target,
    tunnels,
    without_route,
)

ROUTE = without_route("private-1a-1", "192.168.0.0/16")
NODE_C_ONLY = rules_of(
    "targets",
    permission("tcp", "172.31.136.10/32", port=22),
    permission("tcp", "172.31.128.10/32", "172.31.136.10/32", port=80),
)


def proofs(report: Report, row: str, code: str) -> set[tuple[bool | None, tuple[str, ...]]]:
    """Return what is proven of a row's remedies for a code."""
    found = [item for item in row_of(report, row).all_findings if item.code == code]
    assert found
    return {(item.remedy.verified, item.remedy.together_with) for item in found if item.remedy}


class TestNetworks:
    def test_one_fault_is_mended_alone(self) -> None:
        report = diagnosed(mutated(ROUTE))
        for row in report.by_row():
            assert proofs(report, row.row.name, "route-missing") == {(True, ())}

    def test_two_faults_on_one_path_need_each_other(self) -> None:
        report = diagnosed(mutated(ROUTE, NODE_C_ONLY), names=["tg-10022"])
        assert proofs(report, "tg-10022", "route-missing") == {(True, ("sg-denies",))}
        assert proofs(report, "tg-10022", "sg-denies") == {(True, ("route-missing",))}

    def test_what_another_row_needs_plays_no_part(self) -> None:
        report = diagnosed(mutated(ROUTE, NODE_C_ONLY))
        assert proofs(report, "tg-10080", "route-missing") == {(True, ())}
        assert proofs(report, "tg-10022", "route-missing") == {(True, ("sg-denies",))}

    def test_two_faults_of_two_rows_are_mended_each_alone(self) -> None:
        wrong_port = target(
            20080, Target={"Id": "172.31.137.10", "Port": 8080, "AvailabilityZone": "ap-northeast-1c"}
        )
        report = diagnosed(mutated(no_listener, wrong_port))
        assert proofs(report, "tg-10022", "listener-missing") == {(True, ())}
        assert proofs(report, "tg-20080", "target-differs") == {(True, ())}

    def test_a_fix_for_every_static_ip_restores_all_of_them(self) -> None:
        report = diagnosed(mutated(no_listener, ROUTE), names=["tg-10022"])
        assert proofs(report, "tg-10022", "listener-missing") == {(True, ("route-missing",))}

    def test_a_fix_for_one_static_ip_is_not_measured_by_the_other(self) -> None:
        report = diagnosed(mutated(rules_of("targets", SSH_FROM_ELSEWHERE)), names=["tg-10022"])
        assert proofs(report, "tg-10022", "sg-denies") == {(True, ())}

    def test_a_connection_that_fails_of_what_no_call_mends_fails_still(self) -> None:
        report = diagnosed(
            mutated(
                tunnels("DOWN", "DOWN"),
                health(30080, "unhealthy", "Target.FailedHealthChecks"),
                without_route("client", "172.31.0.0/16"),
            ),
            names=["tg-30080"],
        )
        assert proofs(report, "tg-30080", "route-missing") == {(False, ())}
        assert proofs(report, "tg-30080", "vpn-down") == {(None, ())}

    def test_where_part_of_the_path_is_not_visible_nothing_is_proven(self) -> None:
        report = diagnosed(mutated(NODE_C_ONLY), names=["tg-10022"], client=None)
        assert proofs(report, "tg-10022", "sg-denies") == {(None, ())}

    @pytest.mark.parametrize(
        ("status", "verified"), [(None, None), (Status.OK, None), (Status.TIMED_OUT, True)]
    )
    def test_a_warning_is_tried_only_where_connections_fail(
        self, status: Status | None, verified: bool | None
    ) -> None:
        def heard(row: Row, node: Node) -> Status:
            is_here = row.name == "tg-10022" and str(node.zone).endswith("a")
            return status if status and is_here else Status.OK

        narrow = broken("article", ["target-acl-narrow"])
        report = diagnosed(narrow, heard if status else None, ["tg-10022"])
        node = report.by_row()[0].results[0]
        narrow_here = [item for item in node.findings if item.code is Code.NACL_NARROW_EPHEMERAL]
        assert narrow_here
        assert {item.verdict for item in narrow_here} == {Verdict.WARN}
        assert {item.remedy and item.remedy.verified for item in narrow_here} == {verified}


def call(name: str) -> Call:
    return Call("ec2", name, {})


def finding(code: Code, *calls: str, leg: Leg = Leg.BACK, verdict: Verdict = Verdict.FAIL) -> Finding:
    remedy = Remedy(f"Mend {code}.", tuple(map(call, calls)))
    return Finding(code, verdict, "It fails.", leg, Direction.REQUEST, remedy=remedy)


def path(leg: Leg, verdict: Verdict, kind: str = "route-table") -> Path:
    return Path(leg, Direction.REQUEST, (Hop(kind, Resource(kind, "x"), verdict),))


def world(found: Sequence[tuple[Finding, set[str]]], *paths: Path) -> Again:
    """Return a world in which each finding stays until all the operations beside it were called."""

    def again(calls: Sequence[Call], _place: int) -> After:
        made = {item.operation for item in calls}
        return After(tuple(item for item, ends in found if not ends <= made), paths)

    return again


ROUTES, GROUP = finding(Code.ROUTE_MISSING, "A"), finding(Code.SG_DENIES, "B")
ACL = finding(Code.NACL_DENIES, "C")
CHECK = finding(Code.HEALTH_CHECK_PORT_BLOCKED, "H", leg=Leg.HEALTH)
LATE = finding(Code.ROUTE_BLACKHOLE, "L", leg=Leg.FRONT)


def proven(told: Sequence[Finding], again: Again) -> list[Proof]:
    found = prove([Place(tuple(told), open=False)], again)
    marked = [with_proof(item, found) for item in told]
    return [
        Proof(item.remedy.verified, tuple(map(str, item.remedy.together_with)))
        for item in marked
        if item.remedy
    ]


class TestTrials:
    def test_no_more_others_are_named_than_are_needed(self) -> None:
        again = world([(ROUTES, {"A"}), (GROUP, {"B"})])
        stays = finding(Code.NACL_DENIES, "C")
        assert proven([ROUTES, GROUP, stays], again)[0] == Proof(True, ("sg-denies",))

    def test_others_are_named_in_the_order_of_the_path(self) -> None:
        front = finding(Code.LISTENER_MISSING, "D", leg=Leg.BALANCER)
        again = world([(ROUTES, {"A"}), (front, {"D"}), (ACL, {"C"})])
        assert proven([ROUTES, ACL, front], again)[0] == Proof(True, ("listener-missing", "nacl-denies"))

    def test_a_fix_that_does_not_help_is_not_verified(self) -> None:
        again = world([(ROUTES, {"never"})])
        assert proven([ROUTES], again) == [Proof(False)]
        assert proven([ROUTES, GROUP], again)[0] == Proof(False)

    def test_nothing_to_walk_is_no_proof(self) -> None:
        assert proven([ROUTES], lambda _calls, _place: None) == [Proof(None)]

    def test_what_is_told_of_several_places_must_be_restored_at_all_of_them(self) -> None:
        def again(calls: Sequence[Call], place: int) -> After:
            made = {item.operation for item in calls}
            return After((GROUP,) if place == 1 and "B" not in made else (), ())

        found = prove([Place((ROUTES,), open=False), Place((ROUTES, GROUP), open=False)], again)
        marked = with_proof(ROUTES, found).remedy
        assert marked
        assert (marked.verified, marked.together_with) == (True, ("sg-denies",))

    def test_each_place_needs_what_it_needs_and_no_place_more_than_all(self) -> None:
        def again(calls: Sequence[Call], place: int) -> After | None:
            made = {item.operation for item in calls}
            stays = {0: (GROUP, "B"), 1: (ACL, "C")}
            if place not in stays:
                return None
            found, ends = stays[place]
            return After(() if ends in made else (found,), ())

        one, two = Place((ROUTES, GROUP, LATE), open=False), Place((ROUTES, ACL), open=False)
        nowhere = Place((ROUTES,), open=False)
        marked = with_proof(ROUTES, prove([one, two, nowhere], again)).remedy
        assert marked
        assert (marked.verified, marked.together_with) == (True, ("sg-denies", "nacl-denies"))

    def test_where_more_is_needed_than_is_told_at_a_place_all_others_are_named(self) -> None:
        def again(calls: Sequence[Call], place: int) -> After:
            made = {item.operation for item in calls}
            return After(() if {"A", "B"} <= made or (place == 1 and "A" in made) else (ROUTES,), ())

        found = prove([Place((ROUTES,), open=False), Place((ROUTES, GROUP), open=False)], again)
        marked = with_proof(ROUTES, found).remedy
        assert marked
        assert (marked.verified, marked.together_with) == (True, ("sg-denies",))

    def test_what_the_wire_has_passed_does_not_stop_a_connection(self) -> None:
        again = world([(ROUTES, {"A"}), (GROUP, {"B"})])
        found = prove([Place((ROUTES,), open=False, passed=frozenset({GROUP.identity}))], again)
        marked = with_proof(ROUTES, found).remedy
        assert marked
        assert (marked.verified, marked.together_with) == (True, ())

    def test_where_a_probe_got_through_only_health_is_restored(self) -> None:
        again = world([(ROUTES, {"A"}), (CHECK, {"H"})])
        found = prove([Place((ROUTES, CHECK), open=False, answered=True)], again)
        assert [with_proof(item, found).remedy for item in (ROUTES,)] == [ROUTES.remedy]
        checked = with_proof(CHECK, found).remedy
        assert checked
        assert checked.verified is not None

    @pytest.mark.parametrize("code", [Code.PROXY_PROTOCOL_ON, Code.NACL_NARROW_EPHEMERAL])
    def test_what_may_stop_it_all_the_same_leaves_a_doubt(self, code: Code) -> None:
        doubt = replace(finding(code, "B"), verdict=Verdict.WARN, remedy=Remedy("By hand."))
        again = world([(ROUTES, {"A"}), (doubt, {"never"})])
        found = prove([Place((ROUTES, doubt), open=False)], again)
        marked = with_proof(ROUTES, found).remedy
        assert marked
        assert (marked.verified, marked.together_with) == (None, (code,))

    def test_a_repetition_of_calls_is_no_other_fix(self) -> None:
        again = world([(GROUP, {"B", "never"})])
        repeats = finding(Code.HEALTH_CHECK_PORT_BLOCKED, "B", leg=Leg.HEALTH)
        assert proven([GROUP, repeats], again)[0] == Proof(False)

    def test_a_health_check_is_measured_by_its_own_leg(self) -> None:
        blocked = finding(Code.HEALTH_CHECK_PORT_BLOCKED, "H", leg=Leg.HEALTH)
        closed = [path(Leg.HEALTH, Verdict.PASS), path(Leg.HEALTH, Verdict.FAIL, "target-health")]
        again = world([(blocked, {"H"}), (GROUP, {"B"})], *closed)
        assert proven([GROUP, blocked], again) == [Proof(True), Proof(True)]
        again = world([(blocked, {"H"})], path(Leg.HEALTH, Verdict.FAIL))
        assert proven([blocked], again) == [Proof(False)]

    def test_what_a_health_check_alone_is_told_to_miss_is_missed_by_the_connection_too(self) -> None:
        hidden = Finding(Code.NOT_VISIBLE, Verdict.UNKNOWN, "Not visible.", Leg.HEALTH)
        again = world([(ROUTES, {"A"}), (hidden, {"never"})], path(Leg.FRONT, Verdict.UNKNOWN))
        assert proven([ROUTES], again) == [Proof(None)]
        again = world([(ROUTES, {"A"}), (hidden, {"never"})], path(Leg.FRONT, Verdict.PASS))
        assert proven([ROUTES], again) == [Proof(True)]

    def test_a_relayed_connection_of_which_no_target_is_walked_is_not_proven(self) -> None:
        again = world([(ROUTES, {"A"})], path(Leg.FRONT, Verdict.PASS, "listener"))
        assert proven([ROUTES], again) == [Proof(None)]

    def test_a_warning_is_tried_only_where_the_connection_fails(self) -> None:
        narrow = finding(Code.NACL_NARROW_EPHEMERAL, "N", verdict=Verdict.WARN)
        again = world([(narrow, {"N"})])
        assert prove([Place((narrow,), open=True)], again) == {}
        assert proven([narrow], again) == [Proof(True)]
