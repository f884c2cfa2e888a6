"""What does a probe of a TLS listener prove, and what does it say of certificates?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from nlbcheck.model import (
    Check,
    Code,
    Confidence,
    Finding,
    Json,
    Node,
    Observation,
    Port,
    Report,
    Status,
    Verdict,
)
from nlbcheck.relays import Row, Table
from tests.diagnosis.diagnosing import TABLE, cause_of, diagnosed, mutated, ok, result, row_of
from tests.scenarios.cloud import Cloud
from tests.scenarios.mutations import group, health, listener, rules_of

NAME = "tg-10022"
UNHEALTHY = health(10022, "unhealthy", "Target.FailedHealthChecks")
NOTHING_IN = rules_of("targets")
NAMES: dict[str, Json] = {"names": ["relay.example.com"], "not_after": "2027-01-01T00:00:00Z"}
Change = Callable[[Cloud], object]
Seen = Mapping[str, Json]
NOTHING: Seen = {}


def tls(**fields: object) -> Change:
    return listener(10022, Protocol="TLS", **fields)


MUTUAL = tls(MutualAuthentication={"Mode": "verify", "TrustStoreArn": "arn:aws:trust"})


def declared(check: Check = Check.TLS, port: int = 22, **fields: object) -> Table:
    """Return the article's table with its first row for a TLS listener."""
    first, *rest = TABLE.rows
    spec = replace(first.spec, check=check, host_keys=(), **fields)  # type: ignore[arg-type]
    row = replace(first, listener=Port("TLS", 10022), target_port=Port("TCP", port), spec=spec)
    return replace(TABLE, rows=(row, *rest))


def seen(
    changes: list[Change], check: Check, ended: Status, detail: Seen = NOTHING, table: Table | None = None
) -> Report:
    """Diagnose the first row, with what its probes saw."""

    def wire(_row: Row, _node: Node) -> Observation:
        made = result(check, ended)
        error = str(detail["certificate_error"]) if "certificate_error" in detail else made.error
        return replace(made, detail=detail, error=error)

    return diagnosed(mutated(*(changes or [tls()])), wire, [NAME], table or declared(check))


def of(report: Report, code: Code) -> list[Finding]:
    return [item for item in row_of(report, NAME).all_findings if item.code is code]


@pytest.mark.parametrize("check", [Check.TCP, Check.TLS])
def test_what_the_listener_does_by_itself_says_nothing_of_the_target(check: Check) -> None:
    report = seen([tls(), UNHEALTHY], check, Status.OK, NAMES if check is Check.TLS else NOTHING)
    assert (cause_of(report, NAME), row_of(report, NAME).verdict) == ("target-unhealthy", Verdict.FAIL)
    assert "answers nevertheless" not in of(report, Code.TARGET_UNHEALTHY)[0].summary
    closed = seen([tls(), NOTHING_IN], check, Status.OK)
    assert cause_of(closed, NAME) == "sg-denies"


def test_what_is_said_inside_tls_comes_from_the_target() -> None:
    report = seen([tls(), UNHEALTHY], Check.HTTPS, Status.OK, {**NAMES, "status": 200})
    assert row_of(report, NAME).verdict is Verdict.WARN
    assert "answers nevertheless" in of(report, Code.TARGET_UNHEALTHY)[0].summary
    rubbish = seen([tls(), NOTHING_IN], Check.HTTPS, Status.BAD_REPLY, {**NAMES, "heard": "SSH-2.0-x"})
    assert cause_of(rubbish, NAME) == "wrong-protocol"


@pytest.mark.parametrize("status", [Status.RESET, Status.NO_REPLY, Status.REFUSED])
def test_what_breaks_off_behind_the_listener_is_the_targets(status: Status) -> None:
    detail = NOTHING if status is Status.REFUSED else NAMES
    assert cause_of(seen([tls(), UNHEALTHY], Check.HTTPS, status, detail), NAME) == "target-unhealthy"
    assert cause_of(seen([tls(), NOTHING_IN], Check.HTTPS, status, detail), NAME) == "sg-denies"


def test_a_refusal_at_the_listener_is_not_the_targets() -> None:
    report = seen([tls()], Check.HTTPS, Status.REFUSED)
    cause = row_of(report, NAME).row.cause
    assert cause is not None
    assert (cause.code, cause.leg, cause.confidence) == ("not-visible", "front", Confidence.LIKELY)
    assert not of(report, Code.TARGET_NOT_LISTENING)


CERTIFICATES: list[tuple[str, Status, dict[str, Json], Table, str | None, Verdict]] = [
    ("good", Status.OK, {"valid_for_days": 90}, declared(), None, Verdict.PASS),
    ("soon over", Status.OK, {"valid_for_days": 12}, declared(), None, Verdict.WARN),
    ("over", Status.OK, {"valid_for_days": -1}, declared(is_said=False, verify=False),
     "listener-certificate-invalid", Verdict.FAIL),
    ("over, any will do", Status.OK, {"valid_for_days": -1},
     declared(is_said=True, verify=False), None, Verdict.WARN),
    ("not yet valid", Status.OK, {"valid_for_days": None, "not_before": "2030-01-01T00:00:00Z"},
     declared(is_said=False, verify=False), "listener-certificate-invalid", Verdict.FAIL),
    ("over, verified", Status.UNEXPECTED, {"valid_for_days": -1, "certificate_error": "does not verify"},
     declared(), "listener-certificate-invalid", Verdict.FAIL),
    ("another name", Status.UNEXPECTED,
     {"valid_for_days": 90, "certificate_error": "the certificate is for a, expected b"},
     declared(server_name="b"), "listener-certificate-invalid", Verdict.FAIL),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "detail", "table", "cause", "verdict"), [case[1:] for case in CERTIFICATES],
    ids=[case[0] for case in CERTIFICATES],
)  # fmt: skip
def test_the_listeners_certificate(
    status: Status, detail: dict[str, Json], table: Table, cause: str | None, verdict: Verdict
) -> None:
    report = seen([tls()], Check.TLS, status, {**NAMES, **detail}, table)
    assert cause_of(report, NAME) == cause
    assert row_of(report, NAME).verdict is verdict
    assert bool(of(report, Code.LISTENER_CERTIFICATE_INVALID)) is (verdict is not Verdict.PASS)


def test_a_certificate_behind_a_tcp_listener_is_the_targets_own() -> None:
    table = replace(TABLE, rows=(replace(declared(Check.HTTPS).rows[0], listener=Port("TCP", 10022)),))
    detail: dict[str, Json] = {**NAMES, "valid_for_days": -1, "certificate_error": "it has expired"}
    report = seen([listener(10022)], Check.HTTPS, Status.UNEXPECTED, detail, table)
    assert cause_of(report, NAME) == "wrong-server-answers"


def test_whether_a_client_has_a_certificate_is_unknown_until_a_probe_tells() -> None:
    table = declared()
    assert row_of(diagnosed(mutated(MUTUAL), None, [NAME], table), NAME).verdict is Verdict.UNKNOWN
    assert row_of(seen([MUTUAL], Check.TCP, Status.OK, NOTHING, table), NAME).verdict is Verdict.UNKNOWN
    assert (
        row_of(seen([MUTUAL], Check.HTTPS, Status.OK, {**NAMES, "status": 200}), NAME).verdict is Verdict.PASS
    )
    off = tls(MutualAuthentication={"Mode": "off"})
    assert row_of(diagnosed(mutated(off), None, [NAME], table), NAME).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("change", "status", "detail", "sure"),
    [
        (MUTUAL, Status.BAD_REPLY, {"tls_alert": "certificate required"}, Confidence.CERTAIN),
        (MUTUAL, Status.BAD_REPLY, {"tls_alert": "handshake failure"}, Confidence.CERTAIN),
        (MUTUAL, Status.RESET, NAMES, Confidence.LIKELY),
        (tls(), Status.BAD_REPLY, {"tls_alert": "certificate required"}, Confidence.CERTAIN),
    ],
)
def test_a_handshake_without_a_certificate_is_refused(
    change: Change, status: Status, detail: dict[str, Json], sure: Confidence
) -> None:
    report = seen([change], Check.HTTPS, status, detail)
    cause = row_of(report, NAME).row.cause
    assert cause is not None
    assert (cause.code, cause.verdict, cause.confidence) == (
        "client-certificate-required",
        Verdict.FAIL,
        sure,
    )


def test_another_alert_is_not_taken_for_it_where_clients_are_not_verified() -> None:
    report = seen([tls()], Check.HTTPS, Status.BAD_REPLY, {"tls_alert": "handshake failure"})
    assert cause_of(report, NAME) == "wrong-protocol"


def test_clear_text_to_a_port_for_tls_is_what_a_400_means() -> None:
    def on_443(cloud: Cloud) -> None:
        cloud.targets[group(cloud, 10022)][0]["Target"]["Port"] = 443

    report = seen(
        [tls(), on_443], Check.HTTPS, Status.OK, {**NAMES, "status": 400}, declared(Check.HTTPS, 443)
    )
    (found,) = of(report, Code.SERVER_REPORTS_ERROR)
    assert "gets clear text" in found.summary
    assert found.remedy is not None
    assert "protocol TLS" in found.remedy.text


@pytest.mark.parametrize(("name", "check"), [(NAME, Check.TLS), ("tg-10080", Check.HTTPS)])
def test_a_row_that_names_no_check_is_probed_inside_tls_where_aws_shows_a_tls_listener(
    name: str, check: Check
) -> None:
    shown = listener(int(name.removeprefix("tg-")), Protocol="TLS")
    row = row_of(diagnosed(mutated(shown), ok, [name]), name)
    assert {item.observation.check for item in row.results if item.observation} == {check}
    assert {item.flow.spec.verify for item in row.results} == {False}


def test_a_row_that_names_its_check_keeps_it() -> None:
    first, *rest = TABLE.rows
    said = replace(TABLE, rows=(replace(first, spec=replace(first.spec, is_said=True)), *rest))
    row = row_of(diagnosed(mutated(tls()), ok, [NAME], said), NAME)
    assert {item.observation.check for item in row.results if item.observation} == {Check.SSH}
