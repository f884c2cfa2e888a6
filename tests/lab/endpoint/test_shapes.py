"""Whatever AWS can answer by botocore's models comes back through real boto3 unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from botocore import xform_name
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nlbcheck.aws.recording import without_secrets
from nlbcheck.lab.endpoint import AwsEndpoint, EndpointState, models
from tests.lab.endpoint.serving import answered, client, plain, recorded, session

READS = ("Describe", "Get", "List", "Search")
SPECIAL = {
    "DescribeInstances",  # a reservation without instances is not listed
    "DescribeTargetHealth",  # what is observed goes into it
    "GetCallerIdentity",  # is answered for every account
    "GetConsoleOutput",  # boto3 decodes it
    "SearchTransitGatewayMulticastGroups",
    "SearchTransitGatewayRoutes",  # cannot do without filters
}
TEXTS = ("", "a", "x < y & \"z\" > 'w'", " two  spaces ", "a\r\nb\tc", "日本語", "😀", "]]>", "<!-- -->")
DEEP = 6


def shapes(shape: Any, above: tuple[str, ...] = ()) -> Iterator[Any]:
    yield shape
    if shape.name not in above:
        inner = {"structure": "members", "list": "member"}.get(shape.type_name)
        found = getattr(shape, inner) if inner else {}
        for one in found.values() if isinstance(found, dict) else [found]:
            yield from shapes(one, (*above, shape.name))


def readable() -> list[tuple[str, str]]:
    found = []
    for service in models.SERVICES.values():
        model = session().get_service_model(service)
        for name in model.operation_names:
            output = model.operation_model(name).output_shape
            replayed = name.startswith(READS) and name not in SPECIAL and output is not None
            if replayed and all(shape.type_name != "blob" for shape in shapes(output)):
                found.append((service, name))
    return found


OPERATIONS = readable()


def made(shape: Any, random: Random, depth: int = 0) -> Any:
    """Return a random value of a shape."""
    match shape.type_name:
        case "structure":
            names = [name for name in shape.members if name not in ("NextToken", "NextMarker")]
            wanted = (
                set(random.sample(names, min(len(names), random.randint(0, 6)))) if depth < DEEP else set()
            )
            return {
                name: made(shape.members[name], random, depth + 1)
                for name in names
                if name in wanted or name in shape.required_members
            }
        case "list":
            least = shape.metadata.get("min", 0)
            length = random.randint(least, least + 2)
            return [made(shape.member, random, depth + 1) for _ in range(length)]
        case "map":
            return {made(shape.key, random): made(shape.value, random, depth + 1)}
        case "boolean":
            return random.random() < 0.5
        case "integer" | "long":
            return random.randint(shape.metadata.get("min", -5), 2**31)
        case "float" | "double":
            return random.uniform(0, 10)
        case "timestamp":
            return f"20{random.randint(10, 30)}-11-22T03:04:{random.randint(10, 59)}Z"
        case _:
            return random.choice(TEXTS) + "a" * shape.metadata.get("min", 0)


def test_nearly_every_reading_call_is_tried() -> None:
    assert len(OPERATIONS) > 200


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[AwsEndpoint, dict[str, Any]]]:
    with AwsEndpoint(EndpointState(recorded())) as endpoint:
        yield endpoint, {service: client(endpoint, service) for service in models.SERVICES.values()}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(OPERATIONS), st.integers(0, 2**32))
def test_answers_come_back_as_they_were(
    served: tuple[AwsEndpoint, dict[str, Any]], call: tuple[str, str], seed: int
) -> None:
    endpoint, clients = served
    service, name = call
    operation, random = models.operation(service, name), Random(seed)
    assert operation is not None
    response = made(operation.model.output_shape, random)
    required = operation.model.input_shape.required_members if operation.model.input_shape else []
    parameters = {key: sendable(made(operation.inputs[key], random)) for key in required}
    assume(all(value not in ([], {}) for value in parameters.values()))
    parameters |= {"MaxResults": 100} if "MaxResults" in required else {}
    endpoint.state.change(lambda _: recorded(answered(name, response, service, **parameters)))
    found = plain(getattr(clients[service], xform_name(name))(**parameters))
    assert found == {**whole(operation), **without_secrets(response)}


def sendable(value: Any) -> Any:
    """Return a parameter without the empty lists and structures that its protocol cannot send."""
    if isinstance(value, dict):
        inner = {key: sendable(item) for key, item in value.items()}
        return {key: item for key, item in inner.items() if item not in ([], {})}
    if isinstance(value, list):
        return [item for item in map(sendable, value) if item not in ([], {})]
    return value


def whole(operation: models.Operation) -> dict[str, Any]:
    """Return what AWS always answers: a call that lists lists something."""
    return {operation.items: []} if operation.items else {}
