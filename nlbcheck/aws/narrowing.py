"""Which part of a recording is about the load balancer that was asked for?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nlbcheck.aws.recording import AnsweredCall, Recording
from nlbcheck.aws.resources.load_balancer import LoadBalancer

_CHOICE = frozenset({"Names", "LoadBalancerArns"})


def to_balancer(recording: Recording, balancer: LoadBalancer) -> Recording:
    """Return a recording without the load balancers that it only lists.

    A list of all of them becomes the answer to the call for those that are left, by their names: of the
    others nothing is known any more, not even that they do not exist.
    """
    others = [item for item in recording.answers if not _lists_all(item)]
    kept = {balancer.arn, *(word for item in others for word in _texts(item))}
    narrowed = [_narrowed(item, kept) if _lists_all(item) else item for item in recording.answers]
    return replace(recording, answers=tuple(item for item in narrowed if item is not None))


def _lists_all(answer: AnsweredCall) -> bool:
    listed = answer.response.get("LoadBalancers")
    return (
        (answer.service, answer.operation) == ("elbv2", "DescribeLoadBalancers")
        and _CHOICE.isdisjoint(answer.parameters)
        and isinstance(listed, list)
        and all(isinstance(item, Mapping) for item in listed)
    )


def _narrowed(answer: AnsweredCall, kept: set[str]) -> AnsweredCall | None:
    """Return the answer for those load balancers that are ``kept``; None where there is none."""
    listed = answer.response["LoadBalancers"]
    left = [item for item in listed if item.get("LoadBalancerArn") in kept]
    if len(left) == len(listed):
        return answer
    if not left:
        return None
    names = [item.get("LoadBalancerName") for item in left]
    return replace(answer, parameters={"Names": names}, response={**answer.response, "LoadBalancers": left})


def _texts(answer: AnsweredCall) -> Iterator[str]:
    """Yield every text of a call and its answer, at any depth."""
    rest: list[Any] = [answer.parameters, answer.response]
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            rest += value.values()
        elif isinstance(value, (list, tuple)):
            rest += value
