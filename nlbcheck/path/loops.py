"""Does a route lead a packet back to a firewall endpoint that it has passed, so that it never arrives?"""

from __future__ import annotations

from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.language import tell
from nlbcheck.model import Code, Resource
from nlbcheck.path import remedy
from nlbcheck.path.forwarding.positions import AtRouteTarget
from nlbcheck.path.outcome import Problem, Stopped


def check(position: AtRouteTarget) -> tuple[str, Resource, Stopped]:
    """Say, as a hop, that a packet comes to an endpoint again."""
    key, sender = position.target.id, position.sent_from
    where = sender.subnet.id if isinstance(sender.subnet, Subnet) else sender.vpc_id
    summary = tell(
        "A route of {subnet} leads back to {endpoint}, which the packet has already passed.",
        subnet=where,
        endpoint=key,
    )
    text = tell(
        "Change the route table of {subnet} so that the packet goes on, and not to {endpoint} again.",
        subnet=where,
        endpoint=key,
    )
    problem = Problem(Code.ROUTE_LEADS_ELSEWHERE, summary, remedy.advice(text), subject=key)
    return "route-table", Resource("vpc-endpoint", key), Stopped(problem)
