"""Ids, ARNs and Regions that AWS would never give: no command line says anything else than it means."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.aws.recording import Recording, document, parse
from nlbcheck.aws.state import AwsState
from nlbcheck.formats import script, terraform
from nlbcheck.model import Call, Json, Report
from nlbcheck.model.arguments import unfit
from tests.aws.every_network import RELAYS, TRACES, Known, trace_in
from tests.diagnosis.test_every_remedy import findings
from tests.path import networks

KNOWN = {**RELAYS, **TRACES}
PREFIXED = re.compile(r"(?:[a-z]+-)+[0-9a-f]{8,}|arn:.+")
MADE = st.sampled_from(
    (
        "-", "-h", "--profile=other", "--endpoint-url=http://192.0.2.1", "file:///etc/passwd",
        "fileb:///dev/zero", "FILE://x", "http://192.0.2.1/", "https://192.0.2.1/x", "$(touch owned)", "`id`",
        "sg-1 --no-dry-run", "sg-1;id", "sg-1\n--x", "sg-1\x00", "rtb-1'", 'rtb-1"', "*", "~", "", " ",
        "sg-１",         "sg--x", "sg-1\n", "arn:aws:x", "{}", "[]",
    )
)  # fmt: skip
HOSTILE = st.one_of(
    MADE,
    st.builds(str.__add__, MADE, st.text(max_size=8)),
    st.builds(str.__add__, st.sampled_from(("sg-", "i-", "arn:aws:elasticloadbalancing:")), MADE),
)
OPTION = re.compile(r"--[a-z][a-z0-9-]*")
WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z:/._-]*|[\[{].*[\]}]")
PARAMFILE = re.compile(r"(?i)(file|fileb|https?)://")


def texts(value: Json) -> Iterator[str]:
    """Yield every text inside of a parameter."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def calls_of(known: Known) -> list[Call]:
    return [call for item in findings(known) if item.remedy for call in item.remedy.calls]


@cache
def ids(name: str) -> tuple[str, ...]:
    """Return the ids in a network's commands."""
    found = (text for call in calls_of(KNOWN[name]()) for text in texts(call.parameters))
    return tuple(dict.fromkeys(text for text in found if PREFIXED.fullmatch(text)))


@cache
def mended() -> tuple[str, ...]:
    """Return the names of networks in which something can be mended by commands."""
    return tuple(name for name in KNOWN if ids(name))


def assert_plain(command: str) -> None:
    """Fail where a shell or the AWS CLI would read a word as something else than a value."""
    words = shlex.split(command)
    assert words[0] == "aws"
    for word in words[1:]:
        if not OPTION.fullmatch(word):
            assert WORD.fullmatch(word), word
            assert not PARAMFILE.match(word), word


def renamed(recording: Recording, old: str, new: str) -> Recording:
    """Return a recording in which something has another id, wherever it is named."""

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: change(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [change(inner) for inner in value]
        return value.replace(old, new) if isinstance(value, str) else value

    return parse(change(json.loads(json.dumps(document(recording)))), "renamed")


def with_id(name: str, old: str, new: str) -> Known:
    known = KNOWN[name]()
    return replace(known, recordings=tuple(renamed(item, old, new) for item in known.recordings))


@settings(max_examples=150, deadline=None)
@given(st.data(), HOSTILE)
def test_no_command_has_it(data: st.DataObject, new: str) -> None:
    name = data.draw(st.sampled_from(mended()))
    old = data.draw(st.sampled_from(ids(name)))
    known = with_id(name, old, new)
    for call in calls_of(known):
        assert_plain(call.command)
    answer = known.ask(AwsState(known.whole))
    if isinstance(answer, Report):
        for line in script.render(answer).splitlines():
            if line and not line.startswith("#") and line != "set -eu":
                assert_plain(line)
        for text in re.findall(r'= "(.*)"$', terraform.render(answer), re.MULTILINE):
            assert not PARAMFILE.match(text)
            assert not text.startswith("-")


@pytest.mark.parametrize("new", ["--profile=other", "file:///etc/passwd", "https://192.0.2.1/"])
def test_the_reason_is_told_instead(new: str) -> None:
    name = mended()[0]
    told = [item.remedy for old in ids(name) for item in findings(with_id(name, old, new)) if item.remedy]
    reasons = [item.text for item in told if f'(No command: "{new}" is not a' in item.text]
    assert reasons
    assert not [item for item in told if item.text in reasons and item.commands]


def closed_in_two_regions() -> Known:
    """Return a connection between Regions that no security group there admits."""
    recordings = []
    for cloud in networks.regions():
        for group in cloud.objects["DescribeSecurityGroups"]:
            group["IpPermissions"] = []
        recordings.append(cloud.recording())
    return trace_in(tuple(recordings), "10.1.1.10", "10.2.1.10", 443)


def test_a_hostile_region_is_in_no_command() -> None:
    known = closed_in_two_regions()
    [region] = {call.region for call in calls_of(known)}
    assert region
    hostile = tuple(renamed(item, region, "--debug") for item in known.recordings)
    assert not calls_of(replace(known, recordings=hostile))


def test_every_command_of_every_network_fits() -> None:
    """The patterns take all that AWS gives: nothing is lost by them."""
    lost = [
        (name, item.remedy.text)
        for name in KNOWN
        for item in findings(KNOWN[name]())
        if item.remedy and "of AWS.)" in item.remedy.text
    ]
    assert not lost
    assert len(mended()) > 100


CALL: dict[str, Json] = {"GroupId": "sg-0a", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 22}]}


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (Call("ec2", "AuthorizeSecurityGroupIngress", CALL), None),
        (Call("s3", "AuthorizeSecurityGroupIngress", CALL), "s3:Auth"),
        (Call("ec2", "--debug", {}), "ec2:--debug"),
        (Call("ec2", "CreateRoute", {"--debug": {"A": 1}}), "None"),
        (Call("ec2", "CreateRoute", {"RouteTableId": "rtb-1", "Made": "x"}), "Made"),
        (Call("ec2", "CreateRoute", {"RouteTableId": 1.5}), "1.5"),
        (Call("ec2", "CreateRoute", {"RouteTableId": "rtb-1"}, "--debug"), "Region"),
    ],
)
def test_calls_of_a_report_that_was_read(call: Call, reason: str | None) -> None:
    assert (unfit(call) is None) if reason is None else (reason in str(unfit(call)))
