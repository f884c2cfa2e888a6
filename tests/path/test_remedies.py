"""Every remedy that has calls is tried: applied to the recorded state, the walk must get through."""

from __future__ import annotations

import shlex
from itertools import combinations
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator

from nlbcheck.aws.resources.target_group import TargetGroup
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Call, Verdict
from nlbcheck.path.selected import Intent
from nlbcheck.path.walk import Walk
from tests.path.applying import apply
from tests.path.telling import tell, told, walked, walked_world
from tests.scenarios.article import article
from tests.scenarios.article_faults import CASES, Told
from tests.scenarios.cloud import Cloud

BY_NAME = {case[0]: case for case in CASES}
BROKEN = [name for name, _, _, expected in CASES if expected]
BY_HAND = {
    # nothing in AWS can be changed, or not by a call that is certain to be right
    "peering deleted", "no peering at all", "listener without an action", "fixed response", "provisioning",
    "impaired", "45 listeners", "zonal shift", "target's zone not enabled", "target is nobody", "vpn down",
    "one tunnel down",
    "on-premises range inside the vpc's", "public target", "unhealthy", "initial", "unused", "unavailable",
}  # fmt: skip
ONLY_WITH_THE_TABLE = {"no listener", "empty group"}
"""What only the table knows: which group, which target."""


def intent(cloud: Cloud) -> Intent:
    """Return what the article's table says of row 10022."""
    state = AwsState(cloud.recording())
    group = state.target_group_named("example-tg-10022")
    address = state.load_balancers[0].zones[0].private_addresses[0] + 256
    assert isinstance(group, TargetGroup)
    assert str(address) == "172.31.129.10"
    return Intent(group, (address,), 22)


def broken(*names: str) -> Cloud:
    cloud = article()
    for name in names:
        BY_NAME[name][1](cloud)
    return cloud


def calls(walk: Walk) -> list[Call]:
    return [call for finding in walk.findings if finding.remedy for call in finding.remedy.calls]


@pytest.mark.parametrize("name", [name for name in BROKEN if name not in BY_HAND])
def test_the_remedies_of_one_fault_open_the_path(name: str) -> None:
    cloud, port = broken(name), BY_NAME[name][2]
    meant = intent(cloud) if port == 10022 else None
    before = walked(cloud, port, intent=meant)
    if name not in ONLY_WITH_THE_TABLE:
        assert told(before) == told(walked(cloud, port))
    assert all(finding.remedy and finding.remedy.calls for finding in before.findings)
    apply(cloud, calls(before))
    after = walked(cloud, port)
    assert still_wrong(after) == []
    assert after.verdict in (Verdict.PASS, Verdict.WARN)


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_remedies_without_a_call_still_say_what_to_do(name: str) -> None:
    for finding in walked(broken(name), BY_NAME[name][2]).findings:
        assert finding.remedy
        assert finding.remedy.calls == () == finding.remedy.commands
        assert finding.remedy.text.endswith((".", "?"))


def still_wrong(walk: Walk) -> list[Told]:
    """Return what is said of a path but for what comes with client IP preservation across zones."""
    return [item for item in told(walk) if item[0] != "connections-collide"]


ROW_1 = [name for name in BROKEN if BY_NAME[name][2] == 10022]
ALONE = {"no peering at all", "target is nobody"}
"""What leaves nothing of the other fault's place to look at."""


def _same_place(one: str, other: str) -> bool:
    """Whether two mutations replace the same thing, so that only one of them is left."""
    places = [
        {"client's route missing", "client's route to the internet", "client's route a blackhole"},
        {"peering pending", "peering deleted", "client's route a blackhole"},
        {"nlb's group without the client", "nlb's group with another port", "nlb's group lets nothing out"},
        {"node's acl", "ephemeral ports closed"},
        {"target's acl", "ephemeral ports narrow"},
        {"provisioning", "impaired"},
        {"unhealthy", "initial", "draining", "unused", "unavailable", "empty group"},
        {"zonal shift", "empty group"},
        {"target's zone not enabled", "empty group"},
        {"no listener", "listener for UDP", "listener without an action", "fixed response", "weight zero"},
        {"empty group", "weight zero"},
        {"no listener", "45 listeners"},
        {"node's longer route to another peer", "node's route back missing"},
    ]
    return any({one, other} <= place for place in places)


PAIRS = [
    (one, other)
    for one, other in combinations(ROW_1, 2)
    if not ALONE & {one, other} and not _same_place(one, other)
]


@pytest.mark.parametrize("one", ROW_1)
def test_of_two_faults_both_are_told(one: str) -> None:
    for other in (other for first, other in PAIRS if first == one):
        cloud = broken(one, other)
        walk = walked(cloud, intent=intent(cloud))
        found = {(code, name) for code, _, _, name in told(walk)}
        for name in (one, other):
            for code, _, _, resource in BY_NAME[name][3]:
                # that the health check alone is stopped is said only where connections pass
                if code != "health-check-port-blocked":
                    assert (code, resource) in found, (one, other, told(walk))


@pytest.mark.parametrize("one", [name for name in ROW_1 if name not in BY_HAND])
def test_of_two_faults_both_are_cured(one: str) -> None:
    for other in (other for first, other in PAIRS if first == one and other not in BY_HAND):
        cloud = broken(one, other)
        meant = intent(cloud)
        for _ in range(2):
            apply(cloud, calls(walked(cloud, intent=meant)))
        assert still_wrong(walked(cloud)) == [], (one, other)


def every_call() -> list[Call]:
    found: list[Call] = []
    for name in BROKEN:
        cloud = broken(name)
        port = BY_NAME[name][2]
        found += calls(walked(cloud, port, intent=intent(cloud) if port == 10022 else None))
    return found


def test_calls_fit_the_service_model_and_commands_name_its_options() -> None:
    session = botocore.session.get_session()
    models = {name: session.get_service_model(name) for name in ("ec2", "elbv2")}
    seen = set()
    for call in every_call():
        operation = models[call.service].operation_model(call.operation)
        shape: Any = operation.input_shape
        report = ParamValidator().validate(call.parameters, shape)
        assert not report.has_errors(), report.generate_report()
        words = shlex.split(call.command)
        assert words[:3] == ["aws", call.service, xform_name(call.operation, "-")]
        known = {f"--{xform_name(member, '-')}" for member in shape.members} | {"--ingress"}
        options = [word for word in words[3:] if word.startswith("--")]
        assert {option.replace("--no-", "--") for option in options} <= known
        seen.add(call.operation)
    assert len(seen) >= 10


def test_no_remedy_opens_more_than_one_address() -> None:
    for call in every_call():
        assert "0.0.0.0/0" not in str(call.parameters)


def test_a_finding_is_told_with_its_place() -> None:
    state = AwsState(broken("target's group without the node").recording())
    (finding,) = walked_world(state).findings
    assert tell(finding) == ("sg-denies", "back", "request", "targets")
    assert finding.zone == "ap-northeast-1a"
    assert finding.evidence["rules"] == "ingress"
    assert finding.evidence["source"] == "172.31.128.10"
