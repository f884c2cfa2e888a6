"""Which calls are there, and of what shape are their requests and answers?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel

SERVICES = {"ec2": "ec2", "elasticloadbalancing": "elbv2", "sts": "sts"}
"""The services that are replayed: the name in signatures, and boto3's."""

IN_JSON = ("ssm",)
"""The services of the protocol ``json`` that the lab answers by itself: no recording holds what they do."""

NESTED = {"DescribeInstances": "Instances"}
"""Calls that list one kind of resource inside another."""


@dataclass(frozen=True, slots=True)
class Paging:
    """The fields by which a call is answered in pages."""

    token: str
    """In the request: where to go on."""
    limit: str | None
    """In the request: how many at most, where a call lets one choose."""
    next: str
    """In the answer: the token of the next page."""
    more: str | None
    """In the answer: whether there are more, where a call says so."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call, as botocore's model describes it."""

    service: str
    name: str
    model: Any
    """botocore's OperationModel."""
    paging: Paging | None
    items: str | None
    """The field of the answer that holds the list; None where the answer is no list."""

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The parameters' shapes by name."""
        return self.model.input_shape.members if self.model.input_shape else {}

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The answer's fields' shapes by name."""
        return self.model.output_shape.members if self.model.output_shape else {}

    @property
    def item_shapes(self) -> tuple[Any, ...]:
        """The shapes that one item of the list may have its fields in, the innermost first."""
        if self.items is None:
            return ()
        shape = self.outputs[self.items].member
        if self.name in NESTED:
            return shape.members[NESTED[self.name]].member, shape
        return (shape,)


@cache
def operation(service: str, name: str) -> Operation | None:
    """Return one of a service's calls; None where it has none of that name."""
    model = _service(service)
    try:
        found = model.operation_model(name)
    except OperationNotFoundError:
        return None
    outputs = found.output_shape.members if found.output_shape else {}
    config = _paginators(service).get(name, {})
    lists = [key for key, shape in outputs.items() if shape.type_name == "list"]
    if isinstance(config.get("result_key"), str) and config["result_key"] in lists:
        items = config["result_key"]
        paging = Paging(
            config["input_token"], config.get("limit_key"), config["output_token"], config.get("more_results")
        )
        return Operation(service, name, found, paging, items)
    return Operation(service, name, found, None, lists[0] if len(lists) == 1 else None)


def metadata(service: str) -> Mapping[str, Any]:
    """Return what holds for a whole service: its protocol, its XML namespace."""
    found: Mapping[str, Any] = _service(service).metadata
    return found


@cache
def _service(service: str) -> Any:  # noqa: ANN401  # botocore's ServiceModel, which has no types
    return ServiceModel(_loader().load_service_model(service, "service-2"), service)


@cache
def _paginators(service: str) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = _loader().load_service_model(service, "paginators-1")[
        "pagination"
    ]
    return found


@cache
def _loader() -> Any:  # noqa: ANN401  # a whole botocore session would be the greater part of a lab's start
    return Loader(include_default_search_paths=True)
