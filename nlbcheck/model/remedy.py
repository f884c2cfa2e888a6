"""Which AWS calls put something right, and how are they typed on the command line?

A remedy's calls are data. Its command lines are rendered from them, and so is the proof.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from nlbcheck.language import tell
from nlbcheck.model.json import Json

_FLAGS = {("CreateNetworkAclEntry", "Egress"): ("--egress", "--ingress")}
"""Options of the AWS CLI that are not the API's: https://docs.aws.amazon.com/cli/latest/reference/ec2/."""


CallParameters = Mapping[str, Json]
"""A call's parameters, as boto3 takes them."""


@dataclass(frozen=True, slots=True)
class Call:
    """An AWS call that changes something, as boto3 takes it."""

    service: str
    """``ec2``, ``elbv2`` …"""
    operation: str
    """``AuthorizeSecurityGroupIngress`` …"""
    parameters: CallParameters = field(hash=False)
    region: str | None = None
    """Where it has to be made, if that is another Region than the load balancer's."""

    @property
    def identity(self) -> Hashable:
        """What makes two calls the same one."""
        return self.service, self.operation, self.region, json.dumps(self.parameters, sort_keys=True)

    @property
    def command(self) -> str:
        """The ``aws …`` command line that makes the call, quoted for a POSIX shell."""
        words = ["aws", self.service, _kebab(self.operation)]
        for name, value in self.parameters.items():
            words += _option(self.operation, name, value)
        words += ["--region", self.region] if self.region else []
        return shlex.join(words)


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do about a finding."""

    text: str
    calls: tuple[Call, ...] = ()
    """Empty when nothing in AWS can be changed for it."""
    verified: bool | None = None
    """Whether the fix was tried on the recorded state and the path opened; None when nothing was tried."""
    together_with: tuple[str, ...] = ()
    """The codes of the findings whose fixes it needs besides, in the packet's order; empty: none.

    Where nothing is proven, they are of what may stop connections all the same.
    """

    @property
    def commands(self) -> tuple[str, ...]:
        """The command lines of the calls."""
        return tuple(call.command for call in self.calls)

    def without_commands(self, reason: str) -> Remedy:
        """Return the advice alone, which says why there is no command."""
        return Remedy(tell("{fix} (No command: {reason}.)", fix=self.text, reason=reason))

    @property
    def identity(self) -> Hashable:
        """What makes two remedies the same one: their calls, or where there are none, the advice."""
        return tuple(call.identity for call in self.calls) or self.text


def _option(operation: str, name: str, value: Json) -> list[str]:
    option = f"--{_kebab(name)}"
    if isinstance(value, bool):
        yes, no = _FLAGS.get((operation, name), (option, f"--no-{_kebab(name)}"))
        return [yes if value else no]
    if isinstance(value, Mapping):
        if set(value) == {"Value"} and isinstance(value["Value"], bool):
            return _option(operation, name, value["Value"])
        return [option, json.dumps(value, separators=(",", ":"))]
    if isinstance(value, Sequence) and not isinstance(value, str):
        if all(isinstance(item, (str, int)) for item in value):
            return [option, *map(str, value)]
        return [option, json.dumps(value, separators=(",", ":"))]
    return [option, str(value)]


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
