"""Commands to instances, by real boto3 over HTTP; the agents' shells are real."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from nlbcheck.errors import UnseenError
from nlbcheck.hosts.ssm import invocations
from nlbcheck.hosts.ssm.command import RunCommand, Waiting
from nlbcheck.hosts.ssm.ssm_host import SsmHost
from nlbcheck.lab.endpoint import ApiFault, Trouble
from tests.hosts.ssm.fleet import SOON, commands, endpoint, instance, instance_id


def test_a_script_runs_and_its_status_and_output_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(instance(1)) as serving:
        host = SsmHost(instance_id(1), commands(serving, monkeypatch))
        ran = host.run("echo $AWS_SSM_INSTANCE_ID; echo oh >&2; exit 3", 5)
    assert host.name == instance_id(1)
    assert (ran.status, ran.output, ran.errors) == (3, f"{instance_id(1)}\n", "oh\n")
    assert not ran.is_cut


def test_an_agent_that_is_offline_is_named_and_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(instance(1), instance(2), standing=[instance_id(1)]) as serving:
        serving.commands.offline.add(instance_id(1))
        done = commands(serving, monkeypatch).run([instance_id(1), instance_id(2)], "true", 5)
        assert "SendCommand" not in {call.operation for call in serving.calls}
    assert f"the SSM agent of {instance_id(1)} is offline (ConnectionLost)" in str(done[instance_id(1)].why)
    assert f"does not know {instance_id(2)}" in str(done[instance_id(2)].why)
    host = SsmHost(instance_id(1), RunCommand(_Answers({}), waiting=SOON))
    with pytest.raises(UnseenError, match="does not know"):
        host.run("true", 1)


def test_an_agent_that_goes_offline_after_the_look_has_not_fetched_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with endpoint(instance(1)) as serving:
        serving.commands.offline.add(instance_id(1))
        serving.inject(ApiFault(Trouble.DENIED, "DescribeInstanceInformation"))
        done = commands(serving, monkeypatch).run([instance_id(1)], "true", 5)
    assert "has not fetched the command in time" in str(done[instance_id(1)].why)


def test_a_script_that_takes_too_long_is_ended_and_what_it_printed_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with endpoint(instance(1)) as serving:
        done = commands(serving, monkeypatch).run([instance_id(1)], "echo begun; sleep 60", 0.4)
    invocation = done[instance_id(1)]
    assert "took too long" in str(invocation.why)
    assert invocation.ran
    assert (invocation.ran.status, invocation.ran.output) == (None, "begun\n")


def test_output_that_aws_cuts_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(instance(1)) as serving:
        ran = SsmHost(instance_id(1), commands(serving, monkeypatch)).run("yes | head -c 30000", 5)
    assert ran.is_cut
    assert len(ran.output) == invocations.MOST_KEPT


def test_output_that_the_agent_cuts_is_noticed() -> None:
    answer = {"Status": "Success", "ResponseCode": 0, "StandardOutputContent": "abc\n---Output truncated---"}
    ran = invocations.read("i-1", answer).ran
    assert ran
    assert ran.is_cut


def test_one_of_sixty_that_takes_no_command_costs_its_own_result_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [instance_id(number) for number in range(1, 61)]
    with endpoint(*map(instance, range(1, 61)), standing=[*names[:30], *names[31:]]) as serving:
        serving.inject(ApiFault(Trouble.DENIED, "DescribeInstanceInformation"))
        done = commands(serving, monkeypatch).run(names, "echo $AWS_SSM_INSTANCE_ID", 20)
        sizes = [
            len(call.parameters["InstanceIds"]) for call in serving.calls if call.operation == "SendCommand"
        ]
    assert max(sizes) <= 50
    assert [name for name in names if done[name].ran is None] == [names[30]]
    assert "takes no command" in str(done[names[30]].why)
    assert all(one.ran.output == f"{name}\n" for name, one in done.items() if one.ran)


def test_one_that_fails_stops_none_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [instance_id(number) for number in range(1, 6)]
    script = f"[ $AWS_SSM_INSTANCE_ID != {names[2]} ]"
    with endpoint(*map(instance, range(1, 6))) as serving:
        done = commands(serving, monkeypatch).run(names, script, 20)
        (sent,) = (call.parameters for call in serving.calls if call.operation == "SendCommand")
    assert [one.ran and one.ran.status for one in map(done.get, names) if one] == [0, 0, 1, 0, 0]
    assert (sent["MaxErrors"], sent["MaxConcurrency"]) == ("100%", "100%")


@pytest.mark.parametrize("operation", ["SendCommand", "GetCommandInvocation"])
def test_a_missing_permission_is_named_with_the_policy_that_has_it(
    monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    with endpoint(instance(1)) as serving:
        serving.inject(ApiFault(Trouble.DENIED, operation))
        with pytest.raises(UnseenError, match=f"ssm:{operation} .*iam-policy-ssm.json"):
            commands(serving, monkeypatch).run([instance_id(1)], "true", 5)


def test_throttling_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(instance(1), instance(2)) as serving:
        for operation in ("SendCommand", "ListCommandInvocations", "GetCommandInvocation"):
            serving.inject(ApiFault(Trouble.THROTTLED, operation, times=3))
        done = commands(serving, monkeypatch).run([instance_id(1), instance_id(2)], "echo fine", 5)
        asked = Counter(call.operation for call in serving.calls)
    assert [one.ran.output for one in done.values() if one.ran] == ["fine\n", "fine\n"]
    assert min(asked["SendCommand"], asked["ListCommandInvocations"]) >= 4


def test_aws_that_never_tells_of_an_end_is_not_waited_for_without_end() -> None:
    running = {"Command": {"CommandId": "c"}, "Status": "InProgress", "InstanceInformationList": [ONLINE]}
    waiting = Waiting(looks=(0.01,), delivery=0, slack=0.1)
    done = RunCommand(_Answers(running), waiting=waiting).run(["i-1"], "true", 0.1)
    assert "has not told in time" in str(done["i-1"].why)


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ("Delivery Timed Out", "has not fetched"),
        ("Undeliverable", "cannot be delivered"),
        ("Cancelled", "was cancelled"),
        ("Terminated", "ended the command before"),
        ("InvalidPlatform", "another platform"),
        ("AccessDenied", "does not let the caller"),
        ("\x1b[31mNew", "as \\x1b[31mNew"),
    ],
)
def test_every_other_end_is_said_in_words(details: str, words: str) -> None:
    found = invocations.read("i-1", {"Status": "TimedOut", "StatusDetails": details, "ResponseCode": -1})
    assert found.ran is None
    assert words in str(found.why)


ONLINE = {"InstanceId": "i-1", "PingStatus": "Online", "PlatformType": "Linux"}


class _Answers:
    """An AWS that answers every call alike."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self._answer = answer

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        assert service == "ssm"
        return dict(self._answer)


def test_windows_is_told_before_anything_is_sent() -> None:
    source = _Answers({"InstanceInformationList": [ONLINE | {"PlatformType": "Windows"}]})
    done = RunCommand(source, waiting=replace(SOON)).run(["i-1"], "true", 1)
    assert "runs Windows" in str(done["i-1"].why)
