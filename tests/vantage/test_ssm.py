"""Vantage points of Systems Manager: which instances, and what they see, by boto3 and real shells."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from nlbcheck.errors import UnseenError
from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.lab.endpoint import ApiFault, AwsEndpoint, Trouble
from nlbcheck.model import Check, HostKey, Status
from nlbcheck.probes.outcome import unwatched
from nlbcheck.vantage import fleets, ssm
from tests.hosts.ssm.fleet import SOON, endpoint, instance, instance_id, live
from tests.servers import closed_port, says, serving
from tests.vantage.shell.shells import QUICK, apart, flow

SAMPLES = Path(__file__).parents[2] / "sample_configs"
ROLE = {"Role": "client"}
FLEET = (
    instance(1, **ROLE),
    instance(2, **ROLE),
    instance(3, groups=("sg-2", "sg-1"), **ROLE),
    instance(4, subnet="subnet-b", **ROLE),
    instance(5, subnet="subnet-b", **ROLE),
    instance(6, state="stopped", **ROLE),
    instance(7, Role="server"),
)


def allowed() -> set[str]:
    """The actions of the policy for whoever probes from instances."""
    document = json.loads((SAMPLES / "iam-policy-ssm.json").read_text())
    actions = [statement["Action"] for statement in document["Statement"]]
    return {name for one in actions for name in (one if isinstance(one, list) else [one])}


def opened(
    aws: AwsEndpoint, monkeypatch: pytest.MonkeyPatch, address: str, *, every_host: bool = False
) -> Sequence[ssm.SsmVantage]:
    return ssm.fleet(live(aws, monkeypatch), address, "there", every_host=every_host, waiting=SOON)


def test_one_instance_stands_for_all_of_its_subnet_and_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(*FLEET) as aws:
        aws.commands.offline.add(instance_id(4))
        source = live(aws, monkeypatch)
        some = fleets.members(source, "tag:Role=client")
        every = fleets.members(source, "tag:Role=client", every_host=True)
    assert {one.instance: one.stands_for for one in some} == {
        instance_id(1): (instance_id(2),),
        instance_id(3): (),
        instance_id(5): (instance_id(4),),  # its own agent is online
    }
    assert [one.instance for one in every] == [instance_id(number) for number in range(1, 6)]


def test_an_instance_is_known_by_its_primary_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(*FLEET) as aws:
        (point,) = opened(aws, monkeypatch, instance_id(4))
    client = point.identity("10.0.0.9")
    assert (client.source, client.address, client.subnet) == ("there", "10.0.0.4", "subnet-b")
    assert (client.instance, client.interface) == (instance_id(4), f"eni-{4:017x}")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tag:Role=nobody", "no running instance has the tag Role=nobody"),
        (instance_id(6), "is not running"),
        (instance_id(9), "InvalidInstanceID.NotFound"),
    ],
)
def test_a_place_without_an_instance_says_so(
    monkeypatch: pytest.MonkeyPatch, address: str, words: str
) -> None:
    with endpoint(*FLEET) as aws, pytest.raises(UnseenError, match=words):
        opened(aws, monkeypatch, address)


def test_all_hosts_probe_by_one_command_and_each_has_results_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with endpoint(*FLEET) as aws, serving(says(b"SSH-2.0-tests\r\n")) as port:
        points = opened(aws, monkeypatch, "tag:Role=client")
        flows = apart(
            [
                flow(port, Check.SSH),
                flow(port, Check.SSH, host_keys=(HostKey("SHA256:x"),)),
                flow(closed_port()),
                flow(port, Check.HTTPS, verify="/etc/ca.pem"),
            ]
        )
        counted: list[int] = []
        seen = [
            point.probe([replace(one, vantage=point.name) for one in flows], QUICK, counted.append)
            for point in points
        ]
        calls = Counter(call.operation for call in aws.calls)
        made = {f"{call.service}:{call.operation}" for call in aws.calls}
    assert made == allowed()
    wanted = [Status.OK, Status.UNCHECKED, Status.REFUSED, Status.UNCHECKED]
    assert [[result.status for result in each.results] for each in seen] == [wanted] * 3
    assert calls["SendCommand"] == 1
    assert counted == [0, 1, 3] * 3
    assert "/etc/ca.pem" in str(seen[0].results[3].error)


def test_rounds_ask_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(instance(1)) as aws:
        (point,) = opened(aws, monkeypatch, instance_id(1))
        with serving(says(b"")) as port:
            first = point.probe([flow(port)], QUICK)
        second = point.probe([flow(port)], QUICK)
    assert (first.results[0].status, second.results[0].status) == (Status.OK, Status.REFUSED)


def test_an_instance_that_sees_nothing_says_why_and_the_others_see_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with endpoint(instance(1, **ROLE), instance(2, **ROLE)) as aws:
        points = opened(aws, monkeypatch, "tag:Role=client", every_host=True)
        aws.commands.offline.add(instance_id(1))
        lost, fine = [point.probe([flow(closed_port())], QUICK).results[0] for point in points]
    assert lost.status is Status.INTERRUPTED
    assert f"the SSM agent of {instance_id(1)} is offline" in str(lost.error)
    assert fine.status is Status.REFUSED


def test_what_aws_cuts_off_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(instance(1)) as aws, serving(says(b"SSH-2.0-tests\r\n")) as port:
        monkeypatch.setattr("nlbcheck.lab.endpoint.run_command._MOST_KEPT", 500)
        monkeypatch.setattr("nlbcheck.hosts.ssm.invocations.MOST_KEPT", 500)
        (point,) = opened(aws, monkeypatch, instance_id(1))
        flows = apart([one for _ in range(20) for one in (flow(port, Check.SSH), flow(closed_port()))])
        seen = point.probe(flows, QUICK, unwatched)
        calls = Counter(call.operation for call in aws.calls)
    assert [result.status for result in seen.results] == [Status.OK, Status.REFUSED] * 20
    assert calls["SendCommand"] > 1


def test_where_aws_refuses_commands_that_is_why_nothing_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(instance(1)) as aws:
        (point,) = opened(aws, monkeypatch, instance_id(1))
        aws.inject(ApiFault(Trouble.DENIED, "SendCommand"))
        seen = point.probe([flow(22)], QUICK).results[0]
    assert seen.status is Status.INTERRUPTED
    assert "iam-policy-ssm" in str(seen.error)


def test_an_interrupt_keeps_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(instance(1)) as aws:
        (point,) = opened(aws, monkeypatch, instance_id(1))
        monkeypatch.setattr(OF_THIS_PROCESS, "asked", True)
        seen = point.probe([flow(22), flow(443, Check.HTTPS, verify="/etc/ca.pem")], QUICK)
    assert seen.interrupted
    assert [result.status for result in seen.results] == [Status.INTERRUPTED, Status.UNCHECKED]
