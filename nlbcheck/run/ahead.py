"""What is the network like after a change that has not been made yet: a Terraform plan, or AWS calls?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

from nlbcheck.aws import call_file
from nlbcheck.aws.apply import UntoldError, apply
from nlbcheck.aws.collect import Recorded
from nlbcheck.aws.fields import AfterApply
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.state import AwsState
from nlbcheck.errors import InputError
from nlbcheck.language import marked, tell
from nlbcheck.model import Call
from nlbcheck.terraform import laying, reading
from nlbcheck.terraform.change import PlanAction, ResourceChange, later
from nlbcheck.terraform.kinds.known_kinds import KINDS, matters
from nlbcheck.terraform.laying import Laid

_Answered = TypeVar("_Answered")
_UNTOLD = marked(
    "{name} cannot be tried: a parameter, or a field of the recorded state that it needs, is missing"
)


class Answering(Protocol):
    """Who answers questions about the state as it is."""

    @property
    def recording(self) -> Recording:
        """Everything that was answered so far."""

    def ask(self, question: Callable[[AwsState], _Answered]) -> _Answered:
        """Return the answer to a question."""

    def try_permissions(self) -> None:
        """Note what else AWS would refuse to show."""


_DOES: Mapping[PlanAction, str] = {
    PlanAction.CREATE: marked("creates {resource}"),
    PlanAction.UPDATE: marked("changes {resource}"),
    PlanAction.REPLACE: marked("replaces {resource}"),
    PlanAction.DELETE: marked("deletes {resource}"),
}
"""What an apply does with a resource, to follow ``it``."""


def _told(change: ResourceChange) -> str:
    return tell(_DOES[change.action], resource=change.address)


@dataclass(frozen=True)
class PlannedChanges:
    """The changes of a Terraform plan."""

    source: Path
    loaded_changes: tuple[ResourceChange, ...]
    what = marked("This apply")

    @cached_property
    def steps(self) -> tuple[ResourceChange, ...]:
        """What is laid over the state, one by one."""
        changes = (item for item in self.loaded_changes if item.action is not PlanAction.NONE)
        return tuple(item for item in changes if item.type in KINDS)

    def over(self, recording: Recording, steps: Sequence[ResourceChange]) -> Laid:
        """Return a recording as AWS would answer after some of the steps."""
        return laying.lay(recording, steps)

    @staticmethod
    def told(step: ResourceChange) -> str:
        """Return what a step does, to follow ``it``: ``deletes aws_route.to_vpc_1``."""
        return _told(step)

    @staticmethod
    def name(step: ResourceChange) -> str:
        """Return what a step is called: the resource's address."""
        return step.address

    @property
    def unseen(self) -> tuple[str, ...]:
        """The changes that may decide what becomes of packets, and are not laid over the state."""
        changes = (item for item in self.loaded_changes if item.action is not PlanAction.NONE)
        return tuple(_told(item) for item in changes if matters(item.type))

    @property
    def unknown(self) -> tuple[AfterApply, ...]:
        """The values of the steps that are known only after the apply."""
        return tuple(value for step in self.steps for value in later(step.after))


@dataclass(frozen=True)
class ListedCalls:
    """AWS calls from a file."""

    source: Path
    calls: tuple[Call, ...]
    what = marked("This change")
    unseen = ()
    unknown = ()

    @property
    def steps(self) -> tuple[Call, ...]:
        """What is made on the state, one by one."""
        return self.calls

    def over(self, recording: Recording, steps: Sequence[Call]) -> Laid:
        """Return a recording as AWS would answer after some of the calls."""
        refused = []
        for call in steps:
            try:
                recording = apply(recording, call.service, call.operation, call.parameters)
            except UntoldError:
                refused.append(tell(_UNTOLD, name=self.name(call)))
            except RefusedError as error:
                refused.append(tell("{name} would be refused: {error}", name=self.name(call), error=error))
        return Laid(recording, tuple(refused))

    def told(self, step: Call) -> str:
        """Return what a step does, to follow ``it``: ``makes call 2, ec2 DeleteRoute``."""
        return tell("makes {name}", name=self.name(step))

    def name(self, step: Call) -> str:
        """Return what a step is called: its number in the list, and what it is."""
        return f"call {self.calls.index(step) + 1}, {step.service} {step.operation}"


ChangeStep = ResourceChange | Call
"""One part of a change that has not been made yet."""
Foreseen = PlannedChanges | ListedCalls
"""A change that has not been made yet."""


def planned(path: Path) -> PlannedChanges:
    """Read a Terraform plan; InputError where the file is none."""
    return PlannedChanges(path, reading.read_plan(path).changes)


def listed(path: Path) -> ListedCalls:
    """Read a list of AWS calls; InputError where it is none, or one of them cannot be tried."""
    calls = call_file.read(path)
    reasons = [(number, call_file.unknown(call)) for number, call in enumerate(calls, 1)]
    problems = [f"{path}: call {number}: {why}" for number, why in reasons if why]
    if problems:
        raise InputError(*problems)
    return ListedCalls(path, calls)


class Ahead:
    """Answers questions about the state as it will be; what they need to know is asked of the one that is.

    Raises InputError for calls that AWS would refuse, where the state is recorded as a whole.
    """

    def __init__(self, before: Answering, foreseen: Foreseen) -> None:
        self.before = before
        self.foreseen = foreseen
        self._made: tuple[Recording, AwsState] | None = None
        if isinstance(before, Recorded) and isinstance(foreseen, ListedCalls) and self.laid.refused:
            raise InputError(*(f"{foreseen.source}: {refused}" for refused in self.laid.refused))

    @property
    def recording(self) -> Recording:
        """What AWS would answer of what it was asked so far."""
        return self.laid.recording

    @property
    def laid(self) -> Laid:
        """The state as it will be, and what is refused on the way there."""
        return self.foreseen.over(self.before.recording, self.foreseen.steps)  # type: ignore[arg-type]

    def ask(self, question: Callable[[AwsState], _Answered]) -> _Answered:
        """Return the answer to a question once all is changed."""
        return self.before.ask(lambda state: question(self._changed(state)))

    def ask_after(self, steps: Sequence[ChangeStep], question: Callable[[AwsState], _Answered]) -> _Answered:
        """Return the answer to a question once some of the steps are made."""
        return self.before.ask(lambda state: question(self._over(state, steps)))

    def try_permissions(self) -> None:
        """Note what else AWS would refuse to show."""
        self.before.try_permissions()

    def _changed(self, state: AwsState) -> AwsState:
        if self._made is None or self._made[0] is not state.recording:
            self._made = state.recording, self._over(state, self.foreseen.steps)
        return self._made[1]

    def _over(self, state: AwsState, steps: Sequence[ChangeStep]) -> AwsState:
        return state.changed(self.foreseen.over(state.recording, steps).recording)  # type: ignore[arg-type]
