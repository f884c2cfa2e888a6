"""How does a script run on instances by Systems Manager's Run Command, and what comes of it?

Nothing in AWS changes by it, but a command does run on each instance: it is sent only where the user has
named the instances for that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nlbcheck.aws.sources.port import RefusedError, Source
from nlbcheck.errors import UnseenError
from nlbcheck.hosts.ssm import agents, bucket, invocations
from nlbcheck.hosts.ssm.invocations import Invocation
from nlbcheck.interruption import OF_THIS_PROCESS
from nlbcheck.model.facts import DENIED

DOCUMENT = "AWS-RunShellScript"
_MOST_IDS = 50
"""Instances that one SendCommand takes by id."""
_LOOK = 0.1
"""Seconds between two looks at whether the run is to end."""
_POLICY = "sample_configs/iam-policy-ssm.json"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many seconds to wait for what."""

    looks: tuple[float, ...] = (1, 1, 2, 3, 5)
    """Between two looks at whether commands are over; the last one again and again."""
    delivery: int = 60
    """For an agent to fetch a command; AWS takes no less than 30."""
    slack: float = 30.0
    """Beyond delivery and run, for AWS to tell of the end."""


@dataclass(frozen=True, slots=True)
class RunCommand:
    """Runs scripts on instances of one account and Region."""

    source: Source
    bucket: str | None = None
    """The S3 bucket that whole output goes to; without one, AWS keeps its first 24,000 characters."""
    waiting: Waiting = Waiting()

    def run(self, instances: Sequence[str], script: str, timeout: float) -> Mapping[str, Invocation]:
        """Run a script on each of the instances, and return what came of it there.

        After ``timeout`` seconds from its start, the script is ended. It has no ``{{``, for AWS puts
        parameters of the account in the place of ``{{ssm:NAME}}``. What prevents a command on one instance is
        that one's result. Raises UnseenError where AWS refuses all of them alike.
        """
        unreached = agents.offline(self.source, instances)
        done = {instance: invocations.failed(instance, why) for instance, why in unreached.items()}
        reached = [instance for instance in instances if instance not in unreached]
        sent = {
            command: ids
            for at in range(0, len(reached), _MOST_IDS)
            for command, ids in self._sent(reached[at : at + _MOST_IDS], script, timeout, done)
        }
        self._wait(sent, timeout, done)
        return done

    def _sent(
        self, ids: list[str], script: str, timeout: float, done: dict[str, Invocation]
    ) -> Iterator[tuple[str, list[str]]]:
        """Send a script, and yield the commands with their instances; one that AWS does not take is done.

        AWS refuses a command as a whole where it does not take one of its instances, and says not which.
        """
        try:
            answer = self.source.call("ssm", "SendCommand", self._request(ids, script, timeout))
        except RefusedError as refused:
            if refused.code == "InvalidInstanceId" and len(ids) > 1:
                for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
                    yield from self._sent(half, script, timeout, done)
                return
            if refused.code == "InvalidInstanceId":
                why = f"Systems Manager takes no command for {ids[0]}: it does not run, or has no SSM agent"
                done[ids[0]] = invocations.failed(ids[0], why)
                return
            raise _refused("SendCommand", refused) from refused
        command = answer.get("Command")
        command_id = command.get("CommandId") if isinstance(command, dict) else None
        if not isinstance(command_id, str):
            raise UnseenError("AWS does not say which command it has taken (ssm:SendCommand)")
        yield command_id, ids

    def _request(self, ids: Sequence[str], script: str, timeout: float) -> dict[str, Any]:
        request: dict[str, Any] = {
            "DocumentName": DOCUMENT,
            "InstanceIds": list(ids),
            "Parameters": {"commands": [script], "executionTimeout": [str(max(round(timeout + 0.5), 1))]},
            "TimeoutSeconds": self.waiting.delivery,
            "MaxConcurrency": "100%",
            "MaxErrors": "100%",
            "Comment": "nlbcheck looks at connections; it changes nothing",
        }
        return request | (bucket.request(self.bucket) if self.bucket else {})

    def _wait(self, sent: Mapping[str, list[str]], timeout: float, done: dict[str, Invocation]) -> None:
        """Wait until all commands are over, and note what came of each."""
        left = {command: set(ids) for command, ids in sent.items()}
        until = time.monotonic() + self.waiting.delivery + timeout + self.waiting.slack
        looks = iter(self.waiting.looks)
        pause = 0.0
        while any(left.values()) and time.monotonic() < until:
            pause = next(looks, pause)
            _sleep(pause)
            for command, ids in left.items():
                for instance in self._over(command, ids):
                    if invocation := self._read(command, instance):
                        done[instance] = invocation
                        ids.discard(instance)
        for instance in {instance for ids in left.values() for instance in ids}:
            why = f"Systems Manager has not told in time how the command ended on {instance}"
            done[instance] = invocations.failed(instance, why)

    def _over(self, command: str, ids: set[str]) -> list[str]:
        """Return the instances on which a command may be over; of a single one, its own answer tells."""
        if len(ids) <= 1:
            return list(ids)
        try:
            answer = self.source.call("ssm", "ListCommandInvocations", {"CommandId": command})
        except RefusedError as refused:
            raise _refused("ListCommandInvocations", refused) from refused
        shown = [one for one in answer.get("CommandInvocations") or () if isinstance(one, dict)]
        return [
            one["InstanceId"] for one in shown if one.get("InstanceId") in ids and invocations.is_over(one)
        ]

    def _read(self, command: str, instance: str) -> Invocation | None:
        """Return what came of a command on an instance; None where it is not over, or not there yet."""
        try:
            answer = self.source.call(
                "ssm", "GetCommandInvocation", {"CommandId": command, "InstanceId": instance}
            )
        except RefusedError as refused:
            if refused.code == "InvocationDoesNotExist":  # AWS has taken the command, but not all of it knows
                return None
            raise _refused("GetCommandInvocation", refused) from refused
        if not invocations.is_over(answer):
            return None
        found = invocations.read(instance, answer)
        if self.bucket and found.ran and found.ran.is_cut:
            return replace(found, ran=bucket.whole(self.source, self.bucket, answer, found.ran))
        return found


def _sleep(seconds: float) -> None:
    """Wait; raise KeyboardInterrupt where somebody asks this process to end meanwhile."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        OF_THIS_PROCESS.check()
        time.sleep(min(left, _LOOK))


def _refused(operation: str, refused: RefusedError) -> UnseenError:
    """Return the error for a call that AWS refuses, with what would allow it."""
    needed = f": it needs the permissions of {_POLICY}" if refused.code in DENIED else ""
    return UnseenError(f"AWS refuses ssm:{operation} ({refused.code}){needed}")
