"""What does the lab's Systems Manager do with a command? It runs the script where the instance stands.

Scripts come from SendCommand alone. They run with the rights of the lab, which are none over the machine.
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from nlbcheck.aws.recording import Recording, rfc3339
from nlbcheck.lab.endpoint import instances
from nlbcheck.lab.endpoint.failures import ApiError
from nlbcheck.lab.endpoint.instances import AtInstance
from nlbcheck.lab.endpoint.request import ApiCall
from nlbcheck.model.facts import AccountRegion

_MOST_KEPT = 24_000
_LARGEST = 64 << 10
_PAGE = 50
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_NOTHING: Mapping[str, str] = {}


@dataclass
class _Running:
    """A command on one instance."""

    instance: str
    process: subprocess.Popen[bytes] | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    """What AWS shows of it."""

    def show(
        self, status: str, details: str = "", code: int = -1, said: Mapping[str, str] = _NOTHING
    ) -> None:
        """Let AWS show another status."""
        told = {"Status": status, "StatusDetails": details or status, "ResponseCode": code}
        self.fields = {**self.fields, **told, **said}


class Commands:
    """The commands that were sent, and what came of them."""

    def __init__(self, inside: AtInstance = lambda _instance: None) -> None:
        self._inside = inside
        self._sent: dict[str, dict[str, _Running]] = {}
        self.offline: set[str] = set()
        """Instances whose agent fetches no command."""

    def answer(self, call: ApiCall, recording: Recording) -> dict[str, Any]:
        """Answer a call of Systems Manager; ApiError where AWS would refuse it."""
        calls = {
            "SendCommand": self._send,
            "GetCommandInvocation": self._one,
            "ListCommandInvocations": self._list,
            "DescribeInstanceInformation": self._describe,
        }
        if call.operation.name not in calls:
            raise ApiError("UnsupportedOperation", f"The lab does not answer {call.operation.name}")
        known = instances.known(recording, call.account_region)
        standing = {name: shown for name, shown in known.items() if self._inside(name) is not None}
        return calls[call.operation.name](call, standing)

    def close(self) -> None:
        """End what still runs."""
        for running in (one for sent in self._sent.values() for one in sent.values()):
            if running.process:
                _end(running.process)

    def _describe(self, call: ApiCall, standing: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        names = instances.fitting(standing, call.parameters.get("Filters", []))
        now = rfc3339(datetime.now(UTC))
        shown = [
            instances.described(standing[name], online=name not in self.offline, asked_at=now)
            for name in names
        ]
        return _paged("InstanceInformationList", shown, call.parameters, usual=10)

    def _send(self, call: ApiCall, standing: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        parameters = call.parameters
        if parameters["DocumentName"] != "AWS-RunShellScript":
            raise ApiError(
                "InvalidDocument", f"Document with name {parameters['DocumentName']} does not exist."
            )
        script = "\n".join(parameters.get("Parameters", {}).get("commands", []))
        if len(script.encode()) > _LARGEST:
            raise ApiError("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB")
        wanted = [*parameters.get("InstanceIds", ())]
        if missing := [name for name in wanted if name not in standing]:
            raise ApiError("InvalidInstanceId", f"Instances {missing} not in a valid state for account")
        if not wanted:
            wanted = list(instances.fitting(standing, parameters.get("Targets", [])))
        command_id = str(uuid4())
        sent = {name: _Running(name) for name in wanted}
        self._sent[command_id] = sent
        for running in sent.values():
            running.fields = {
                "CommandId": command_id,
                "InstanceId": running.instance,
                "DocumentName": parameters["DocumentName"],
                "Comment": parameters.get("Comment", ""),
            }
            self._start(running, script, parameters, call.account_region)
        command = {
            "CommandId": command_id,
            "DocumentName": parameters["DocumentName"],
            "InstanceIds": wanted if "InstanceIds" in parameters else [],
            "Status": "Pending",
            "StatusDetails": "Pending",
            "TargetCount": len(wanted),
        }
        return {"Command": command}

    def _start(
        self, running: _Running, script: str, parameters: Mapping[str, Any], account_region: AccountRegion
    ) -> None:
        if running.instance in self.offline:
            running.show("TimedOut", "DeliveryTimedOut")
            return
        running.show("InProgress")
        seconds = int(parameters.get("Parameters", {}).get("executionTimeout", ["3600"])[0])
        arguments = (running, script, seconds, account_region.region)
        threading.Thread(target=self._run, args=arguments, daemon=True).start()

    def _run(self, running: _Running, script: str, seconds: int, region: str) -> None:
        """Run a script where its instance stands, and show what came of it."""
        environment = {
            "PATH": _PATH,
            "AWS_SSM_INSTANCE_ID": running.instance,
            "AWS_SSM_REGION_NAME": region,
        }
        place = self._inside(running.instance)
        if place is None:
            running.show("Undeliverable")
            return
        with place:
            running.process = subprocess.Popen(
                ["/bin/sh", "-c", script],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        try:
            output, errors = running.process.communicate(timeout=seconds)
            is_late = False
        except subprocess.TimeoutExpired:
            _end(running.process)
            output, errors = running.process.communicate()
            is_late = True
        said = {
            "StandardOutputContent": _kept(output),
            "StandardErrorContent": _kept(errors),
        }
        code = running.process.returncode
        if is_late:
            running.show("TimedOut", "ExecutionTimedOut", said=said)
        else:
            running.show("Failed" if code else "Success", code=code, said=said)

    def _one(self, call: ApiCall, _standing: object) -> dict[str, Any]:
        sent = self._of(call)
        running = sent.get(call.parameters["InstanceId"])
        if running is None:
            raise ApiError("InvocationDoesNotExist", "")
        return {**running.fields}

    def _list(self, call: ApiCall, _standing: object) -> dict[str, Any]:
        kept = ("CommandId", "InstanceId", "DocumentName", "Comment", "Status", "StatusDetails")
        listed = [
            {key: running.fields[key] for key in kept}
            for running in self._of(call).values()
            if call.parameters.get("InstanceId") in (None, running.instance)
        ]
        return _paged("CommandInvocations", listed, call.parameters, usual=_PAGE)

    def _of(self, call: ApiCall) -> Mapping[str, _Running]:
        sent = self._sent.get(call.parameters.get("CommandId", ""))
        if sent is None:
            raise ApiError("InvalidCommandId", "")
        return sent


def _kept(data: bytes) -> str:
    return data.decode("utf-8", "replace")[:_MOST_KEPT]


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _paged(
    name: str, items: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any], usual: int
) -> dict[str, Any]:
    """Return a page of a list; its token is where the next one begins."""
    token = parameters.get("NextToken", "0")
    if not token.isdecimal():
        raise ApiError("InvalidNextToken", "The specified token isn't valid.")
    end = int(token) + parameters.get("MaxResults", usual)
    more = {"NextToken": str(end)} if end < len(items) else {}
    return {name: list(items[int(token) : end]), **more}
