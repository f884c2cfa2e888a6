"""A stand-in for AWS that answers calls from what a recording holds, filters applied."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from nlbcheck.aws import resources
from nlbcheck.aws.inventory import selection
from nlbcheck.aws.kind import Kind
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources.port import RefusedError

KINDS: dict[str, Kind[Any]] = {
    value.operation: value
    for module in iter_modules(resources.__path__)
    for value in vars(import_module(f"{resources.__name__}.{module.name}")).values()
    if isinstance(value, Kind)
}


class Replay:
    """Answers from one recording whose answers are unrestricted; refuses the operations it is told to."""

    def __init__(self, recording: Recording, refused: Mapping[str, str] | None = None) -> None:
        self._answers = {
            (answer.operation, self._subject(answer.operation, answer.parameters)): answer.response
            for answer in recording.answers
        }
        self._refused = refused or {}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    @staticmethod
    def _subject(operation: str, parameters: Mapping[str, Any]) -> object:
        kind = KINDS.get(operation)
        if operation == "DescribeListeners":
            return parameters["LoadBalancerArn"]
        return parameters.get(kind.id) if kind and not kind.items else None

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append((operation, dict(parameters)))
        if operation in self._refused:
            raise RefusedError(self._refused[operation])
        if parameters.get("DryRun"):
            raise RefusedError("DryRunOperation")
        if "/nobody/" in str(parameters):
            raise RefusedError("NotFound")
        subject = self._subject(operation, parameters)
        if subject is not None:
            return dict(self._answers[(operation, subject)])
        return self._filtered(KINDS[operation], parameters)

    def _filtered(self, kind: Kind[Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
        chosen = selection(kind, parameters)
        assert chosen is not None, parameters

        def fits(item: Mapping[str, Any]) -> bool:
            for name, values in chosen.items():
                mine = {item[kind.id]} if name == kind.id_attribute else set(kind.attributes[name](item))
                if not mine & values:
                    return False
            return True

        response = self._answers[(kind.operation, None)]
        if not chosen:
            return dict(response)
        if len(kind.items) == 2:
            outer, inner = kind.items
            kept = [{**item, inner: [x for x in item[inner] if fits(x)]} for item in response[outer]]
            return {outer: [item for item in kept if item[inner]]}
        found = [item for item in response[kind.items[0]] if fits(item)]
        if not found and chosen.keys() & {"name"}:
            raise RefusedError(f"{kind.items[0].removesuffix('s')}NotFound")
        return {kind.items[0]: found}
