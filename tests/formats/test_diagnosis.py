"""Is a diagnosis told in every format as somebody has read it, with nothing in it that steers a terminal?"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from nlbcheck.aws.recording import parse
from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Gap, Node, Report, Status
from nlbcheck.relays import Row
from tests.diagnosis.diagnosing import TABLE, diagnosed, everywhere, from_two, mutated
from tests.formats.rendered import TAGS, tags
from tests.formats.reports import HOSTILE, failed
from tests.formats.reports import TABLE as ROWS
from tests.formats.reports import report as made_report
from tests.formats.test_golden import file_of, kept
from tests.scenarios.cloud import acl_entry, permission
from tests.scenarios.faulty import broken
from tests.scenarios.mutations import (
    ALL_IN,
    attribute,
    health_port,
    no_listener,
    own_acl,
    peering_is,
    rules_of,
    target,
    without_route,
)

NODE_C_ONLY = rules_of("targets", permission("tcp", "172.31.136.10/32", port=22))


def _mixed(row: Row, node: Node) -> Status:
    silent = row.name == "tg-10022" or str(node.zone).endswith("a")
    return Status.TIMED_OUT if silent else Status.OK


def diagnoses() -> dict[str, Report]:
    return {
        "diagnosed-in-order": diagnosed(mutated(), everywhere(Status.OK), ["tg-20022"]),
        "diagnosed-group": diagnosed(mutated(NODE_C_ONLY), None, ["tg-10022"]),
        "diagnosed-refused": diagnosed(mutated(), everywhere(Status.REFUSED), ["tg-30080"]),
        "diagnosed-unknown": diagnosed(mutated(), None, ["tg-10022"], client=None),
        "diagnosed-two-faults": diagnosed(
            mutated(no_listener, without_route("private-1a-1", "192.168.0.0/16")), _mixed
        ),
        "diagnosed-two-vantages": from_two(
            mutated(peering_is("rejected")), _mixed, ["tg-10022", "tg-20022"], "172.31.137.10"
        ),
        "diagnosed-row-two-vantages": from_two(mutated(), everywhere(Status.OK), ["tg-20022"]),
    }


REPORTS = diagnoses()


@pytest.mark.parametrize(("report", "name"), kept(REPORTS))
def test_text_is_the_golden_one(report: str, name: str, golden: Callable[[str, str], None]) -> None:
    golden(file_of(report, name), FORMATS[name](REPORTS[report], Style(width=80)))


@pytest.mark.parametrize("width", [40, 60, 80, 132])
@pytest.mark.parametrize("report", REPORTS)
def test_only_commands_and_names_are_wider_than_the_terminal(report: str, width: int) -> None:
    text = FORMATS["table"](REPORTS[report], Style(width=width, verbose=True))
    for line in text.splitlines():
        in_parts = [part for part in line.split(" ") if part]
        copied = line.lstrip().startswith(("aws ", "→", "✓", "✗", "?", "!")) or len(in_parts) == 1
        assert len(line) <= width or copied or "listener" in line or "TCP:" in line, line


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.OK, "Target health of tg-10022 (TCP:10022 to TargetServer1 172.31.129.10:22) fails on every"),
        (Status.TIMED_OUT, "✗ tg-10022 (TCP:10022 to TargetServer1 172.31.129.10:22) fails on every"),
    ],
)
def test_connections_that_succeed_are_not_said_to_fail(status: Status, said: str) -> None:
    report = diagnosed(mutated(health_port("8080")), everywhere(status), ["tg-10022"])
    assert said in FORMATS["table"](report, Style(width=200))


def test_a_path_that_is_blocked_is_not_said_to_be_open() -> None:
    header = attribute(10022, "proxy_protocol_v2.enabled", "true")
    report = diagnosed(mutated(header, peering_is("rejected")), everywhere(Status.TIMED_OUT), ["tg-10022"])
    text = FORMATS["table"](report, Style(width=200))
    assert "Turn off proxy protocol, unless the target expects the header. (Not proven: only a probe" in text


def test_a_target_beside_the_wrong_one_is_not_said_to_restore_all() -> None:
    """Of two healthy targets each gets a share: the wrong one, too, until somebody deregisters it."""
    wrong = {"Id": "172.31.137.10", "Port": 22, "AvailabilityZone": "ap-northeast-1c"}
    report = diagnosed(mutated(target(10022, Target=wrong)), everywhere(Status.OK), ["tg-10022"])
    text = FORMATS["table"](report, Style(width=400))
    assert "This alone lets connections reach the target. Other healthy targets of the group still" in text
    assert "restores the connection" not in text


def test_a_row_that_fails_is_told_once_where_aws_cannot_be_read() -> None:
    one = replace(ROWS, rows=ROWS.rows[:1])
    gap = Gap("elbv2", "DescribeLoadBalancers", "", "eu-west-1", "no AWS credentials", "")
    found = made_report(lambda row, _node: failed(row, Status.TIMED_OUT, "no answer within 3.0 s"), one)
    unread = replace(found, command="diagnose", rows=(replace(found.rows[0], targets=()),), gaps=(gap,))
    text = FORMATS["table"](unread, Style(width=80))
    assert "timed-out: no answer within 3.0 s" in text
    assert [line[:12] for line in text.splitlines() if line.startswith("✗")] == ["✗ tg-10022 ("]


def test_colours_only_colour() -> None:
    import click

    for report in REPORTS.values():
        plain = FORMATS["table"](report, Style(width=80))
        assert click.unstyle(FORMATS["table"](report, Style(width=80, color=True))) == plain


@pytest.fixture(scope="module")
def evil() -> Report:
    """A diagnosis where every name, tag and description that AWS stores for others is hostile."""
    names = {"Value", "GroupName", "Description", "LoadBalancerName", "Reason"}

    def spoilt(value: object, key: str = "") -> object:
        if isinstance(value, dict):
            return {name: spoilt(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [spoilt(item) for item in value]
        if key == "Description" and str(value).startswith("ELB "):
            return value
        return HOSTILE if key in names and isinstance(value, str) and not _is_attribute(value) else value

    from nlbcheck.aws.recording import document

    made = document(mutated(peering_is("rejected"), NODE_C_ONLY))
    recording = parse(spoilt(made), "test")
    table = replace(TABLE, load_balancer=None)
    return diagnosed(recording, everywhere(Status.TIMED_OUT), table=table)


def _is_attribute(value: str) -> bool:
    return value in ("true", "false", "off", "all") or value.isdigit() or value.startswith(("use_", "any_"))


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_names_stay_text(evil: Report, name: str) -> None:
    text = FORMATS[name](evil, Style(width=80, verbose=True))
    assert not {"\x1b", "\x07", "\x00", "\r", "\u202e", "\ufffe"} & set(text)
    assert ("peering-not-active" if name == "openmetrics" else "rejected") in text
    if name == "junit":
        assert ElementTree.fromstring(text).findall(".//failure")
    if name == "json":
        assert json.loads(text)["mappings"][0]["cause"]["code"] == "peering-not-active"
    if name == "markdown":
        assert tags(text) <= TAGS


def test_junit_names_cause_and_fix() -> None:
    root = ElementTree.fromstring(FORMATS["junit"](REPORTS["diagnosed-group"], Style()))
    (failure,) = root.findall(".//failure")
    assert failure.get("type") == "sg-denies"
    assert "aws ec2 authorize-security-group-ingress" in str(failure.text)
    assert "172.31.128.10/32" in str(failure.text)


def test_markdown_has_the_commands_in_a_block_of_their_own() -> None:
    text = FORMATS["markdown"](REPORTS["diagnosed-group"], Style())
    assert "\n```sh\naws ec2 authorize-security-group-ingress" in text


def test_where_a_row_fails_of_something_else_is_said_with_it() -> None:
    closed = own_acl("private-1c-1", ALL_IN, acl_entry(100, True, "deny"))
    two = mutated(without_route("private-1a-1", "192.168.0.0/16"), closed)
    text = FORMATS["table"](diagnosed(two, everywhere(Status.TIMED_OUT), ["tg-20022"]), Style(width=120))
    assert "At ap-northeast-1a 172.31.128.10 tg-20022 fails for another reason: route-missing." in text
    assert "fails at ap-northeast-1c 172.31.136.10" in text


def test_a_row_that_fails_of_the_same_by_two_tables_fails_on_every_static_ip() -> None:
    two = mutated(*(without_route(f"private-1{zone}-1", "192.168.0.0/16") for zone in "ac"))
    report = diagnosed(two, everywhere(Status.TIMED_OUT), ["tg-20022"])
    text = FORMATS["table"](report, Style(width=120))
    assert "fails on every static IP: " in text
    assert ". 1 more is like it. [route-missing]" in text
    assert "another reason" not in text
    assert "Also" not in text
    assert text.count("--route-table-id") == 2
    assert FORMATS["markdown"](report, Style()).count("has no route for") == 1


def test_where_a_connection_works_it_does_not_fail() -> None:
    """Some ephemeral ports are closed at both static IPs, and only one probe has met them."""
    narrow = broken("article", ["target-acl-narrow"])

    def heard(_row: Row, node: Node) -> Status:
        return Status.TIMED_OUT if str(node.zone).endswith("c") else Status.OK

    text = FORMATS["table"](diagnosed(narrow, heard, ["tg-20022"]), Style(width=120))
    assert "fails at ap-northeast-1c 172.31.136.10" in text
    assert all(f"(step {number})" in text for number in range(1, text.count("Fix:") + 1))
