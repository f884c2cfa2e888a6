"""What is AWS's state now, and who may change it?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

from nlbcheck.aws.apply import apply
from nlbcheck.aws.recording import AnsweredCall, Recording, without_secrets
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.lab.endpoint import allowed, health, replay, validation, writes
from nlbcheck.lab.endpoint.catalogue import Catalogue
from nlbcheck.lab.endpoint.failures import ApiError, CommonError, refusal
from nlbcheck.lab.endpoint.health import Observer
from nlbcheck.lab.endpoint.request import ApiCall

_READS = ("Describe", "Get", "List", "Search")


class EndpointState:
    """A recording that calls read and, as far as they are allowed to, change."""

    def __init__(
        self,
        recording: Recording,
        on_change: Callable[[Recording, Recording], None] = lambda _old, _new: None,
        observe: Observer = lambda _group_arn, _target: None,
    ) -> None:
        """Start with ``recording``; InputError where it is not what AWS answers.

        ``on_change`` is given the old and the new recording before the new one holds; where it raises,
        the old one stays. ``observe`` tells the health of targets.
        """
        self._on_change = on_change
        self._observe = observe
        self._changing = Lock()
        self._recording = _clean(recording, ())
        self._catalogue = Catalogue(self._recording)

    @property
    def recording(self) -> Recording:
        """The state as it is now."""
        return self._recording

    def change(self, changed: Callable[[Recording], Recording]) -> None:
        """Put what ``changed`` makes of the state into its place, one change at a time."""
        with self._changing:
            self._replace(changed(self._recording))

    def _replace(self, changed: Recording) -> None:
        new = _clean(changed, self._recording.answers)
        self._on_change(self._recording, new)
        self._recording, self._catalogue = new, Catalogue(new)

    def answer(self, call: ApiCall) -> dict[str, Any]:
        """Answer a call; ApiError where AWS would refuse it, or the recording does not tell."""
        name, service = call.operation.name, call.operation.service
        reads = name.startswith(_READS)
        if not reads:
            allowed.check(service, name)
        if call.dry_run and reads:
            replay.check_permission(self._catalogue, call)
        if call.dry_run:
            raise ApiError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
        if name == "DescribeTargetHealth":
            return self._target_health(call)
        if reads:
            return replay.answer(self._catalogue, call)
        return self._write(call)

    def _write(self, call: ApiCall) -> dict[str, Any]:
        service, name = call.operation.service, call.operation.name
        with self._changing:
            old = self._catalogue
            if not old.knows(call.account_region):
                raise CommonError.DENIED.error(service)
            try:
                changed = apply(self._recording, service, name, call.parameters)
            except RefusedError as refused:
                raise refusal(service, refused.code) from refused
            self._replace(changed)
            return writes.answer(call, old, self._catalogue)

    def _target_health(self, call: ApiCall) -> dict[str, Any]:
        parameters = dict(call.parameters)
        wanted = parameters.pop("Targets", [])
        answer = replay.answer(self._catalogue, replace(call, parameters=parameters))
        described = answer["TargetHealthDescriptions"]
        group_arn = parameters["TargetGroupArn"]
        return answer | {
            "TargetHealthDescriptions": health.shown(described, group_arn, wanted, self._observe)
        }


def _clean(recording: Recording, checked: Sequence[AnsweredCall]) -> Recording:
    """Return a recording without keys, when it is what AWS answers."""
    validation.check(recording, checked)
    known = set(map(id, checked))
    answers = (
        item if id(item) in known else replace(item, response=without_secrets(item.response))
        for item in recording.answers
    )
    return replace(recording, answers=tuple(answers))
