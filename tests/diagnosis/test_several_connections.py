"""A row with several targets: what do several connections prove of the path to each?"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

import pytest

from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import (
    Code,
    Confidence,
    Finding,
    HostKey,
    Json,
    Leg,
    Node,
    Observation,
    Report,
    Status,
    Verdict,
)
from nlbcheck.relays import Row, Table
from tests.diagnosis.diagnosing import TABLE, Mutation, Wire, diagnosed, everywhere, mutated, result, row_of
from tests.diagnosis.test_now_and_then import NAME, OK, REFUSED, SILENT, cause, in_turn, row
from tests.scenarios.cloud import Cloud
from tests.scenarios.mutations import ALL_OUT, group, own_acl, peering_is

ONE, OTHER = TABLE.rows[0].target, TABLE.rows[2].target
IN_OTHER_SUBNET = own_acl("target-1c", ALL_OUT)
"""The network ACL of the second server's subnet admits nothing."""


def both(cloud: Cloud) -> None:
    """Register the second server with the first row's group, too."""
    targets = cloud.targets[group(cloud, 10022)]
    second = copy.deepcopy(targets[0])
    second["Target"] |= {"Id": str(OTHER.address), "AvailabilityZone": "ap-northeast-1c"}
    targets.append(second)


def sick(cloud: Cloud) -> None:
    """Let the second server fail its health checks."""
    cloud.targets[group(cloud, 10022)][1]["TargetHealth"] = {
        "State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed",
    }  # fmt: skip


def table(*pins: str) -> Table:
    """Return the article's table in which the first row has both servers."""
    spec = replace(TABLE.rows[0].spec, host_keys=tuple(map(HostKey, pins)))
    first = replace(TABLE.rows[0], targets=(ONE, OTHER), spec=spec)
    return replace(TABLE, rows=(first, *TABLE.rows[1:]))


def seen(wire: Wire, *mutations: Mutation, names: Sequence[str] = (NAME,), of: Table | None = None) -> Report:
    return diagnosed(mutated(both, *mutations), wire, names, of or table())


def codes(report: Report) -> set[str]:
    return {item.code for item in row(report).all_findings}


def cause_or_none(report: Report) -> Finding | None:
    return row(report).row.cause


def test_both_answer() -> None:
    report = seen(in_turn(OK))
    assert (row(report).verdict, cause_or_none(report)) == (Verdict.PASS, None)
    assert {len(item.samples) for item in row(report).results} == {8}
    assert "tg-10022" in FORMATS["table"](report, Style())


def test_the_closed_path_to_one_of_them_explains_the_share_that_is_silent() -> None:
    report = seen(in_turn(OK, SILENT, OK), IN_OTHER_SUBNET)
    assert (cause(report).code, cause(report).confidence) == (Code.NACL_DENIES, Confidence.CERTAIN)
    contradicted = {item.leg for item in row(report).all_findings if item.code is Code.WIRE_CONTRADICTS_MODEL}
    assert contradicted == {Leg.HEALTH}  # AWS calls a target healthy whose checks it blocks
    assert Code.TARGET_SILENT not in codes(report)
    text = " ".join(FORMATS["table"](report, Style(width=200)).split())
    assert "fails for some connections on every static IP" in text
    assert "Probes: ap-northeast-1a 5 of 8 ok" in text


def test_a_closed_path_that_no_connection_meets_is_still_closed_and_that_is_said() -> None:
    report = seen(in_turn(OK), IN_OTHER_SUBNET)
    assert cause(report).code is Code.NACL_DENIES
    (said,) = (
        item for item in row(report).results[0].findings if "by the recorded state 50%" in item.summary
    )
    assert (said.code, said.verdict, said.confidence) == (
        Code.WIRE_CONTRADICTS_MODEL,
        Verdict.WARN,
        Confidence.LIKELY,
    )
    assert said.summary.startswith("All 8 connections to 172.31.128.10 succeed")


def test_few_connections_may_miss_a_closed_path_by_chance() -> None:
    few = replace(table(), rows=(replace(table().rows[0], samples=3), *TABLE.rows[1:]))
    report = seen(in_turn(OK), IN_OTHER_SUBNET, of=few)
    assert not any("by the recorded state" in item.summary for item in row(report).all_findings)


def test_an_open_path_to_both_leaves_the_hosts() -> None:
    found = cause(seen(in_turn(OK, SILENT, OK)))
    assert (found.code, found.confidence) == (Code.TARGET_SILENT, Confidence.LIKELY)
    assert f"Likely {ONE.name} ({ONE.address}:22) or {OTHER.name} ({OTHER.address}:22)" in found.summary
    assert "3 of 8 connections to 172.31.128.10 get no answer" in found.summary


def test_a_process_is_missing_on_one_of_them() -> None:
    report = seen(in_turn(OK, REFUSED))
    assert (cause(report).code, cause(report).confidence) == (Code.TARGET_NOT_LISTENING, Confidence.LIKELY)
    assert "are refused. Likely" in cause(report).summary


def test_no_process_on_either_is_certain() -> None:
    report = seen(in_turn(REFUSED))
    assert (cause(report).code, cause(report).confidence) == (Code.TARGET_NOT_LISTENING, Confidence.CERTAIN)


def test_one_that_is_not_used_is_a_remark_where_the_other_answers() -> None:
    report = seen(in_turn(OK), sick)
    assert row(report).verdict is Verdict.WARN
    assert cause_or_none(report) is None


def test_the_clients_path_cannot_be_closed_where_some_connect() -> None:
    report = seen(in_turn(SILENT, OK), peering_is("rejected"))
    assert Code.WIRE_CONTRADICTS_MODEL in codes(report)
    assert cause(report).code is Code.TARGET_SILENT


def test_the_clients_path_is_closed_where_nobody_connects() -> None:
    assert cause(seen(everywhere(SILENT), peering_is("rejected"))).code is Code.PEERING_NOT_ACTIVE


def showing(*keys: str) -> Wire:
    """Let the first row's servers show host keys in turn."""
    made: dict[Node, int] = {}

    def wire(asked: Row, node: Node) -> Status | Observation:
        if asked.name != NAME:
            return OK
        made[node] = made.get(node, -1) + 1
        detail: dict[str, Json] = {
            "fingerprint": keys[made[node] % len(keys)], "key_type": "ssh-ed25519", "banner": "SSH-2.0-x",
        }  # fmt: skip
        return result(asked.check, OK, **detail)

    return wire


@pytest.mark.parametrize("pins", [(), ("SHA256:a", "SHA256:b")])
def test_two_servers_are_no_wrong_server(pins: tuple[str, ...]) -> None:
    report = seen(showing("SHA256:a", "SHA256:b"), of=table(*pins))
    assert codes(report) == set()
    verbose = FORMATS["table"](report, Style(verbose=True, width=200))
    assert "16 of 16 connections answered; SSH host keys: SHA256:a (8), SHA256:b (8)" in verbose


def test_a_server_that_is_not_healthy_is_one_that_nobody_reached() -> None:
    report = seen(showing("SHA256:a"), sick, of=table("SHA256:a", "SHA256:b"))
    assert codes(report) == {Code.TARGET_NOT_SEEN, Code.TARGET_UNHEALTHY}
    assert row(report).verdict is Verdict.WARN


def test_one_declared_target_and_two_keys_is_still_told() -> None:
    alone = replace(TABLE, rows=(replace(TABLE.rows[0], samples=8), *TABLE.rows[1:]))
    assert Code.WRONG_SERVER_ANSWERS in codes(seen(showing("SHA256:a", "SHA256:b"), of=alone))


def test_every_format_tells_all_of_it() -> None:
    report = seen(in_turn(OK, REFUSED, SILENT), names=())
    for name, render in FORMATS.items():
        told = 'status="refused"' if name == "openmetrics" else "of 8"  # metrics are counts
        assert told in render(report, Style())
    assert row_of(report, NAME).verdict is Verdict.FAIL
