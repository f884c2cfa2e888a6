"""Do the replies of a connection pass the firewall that its requests have passed?

A stateful firewall drops what belongs to no connection that it knows; Network Firewall does not support it
that requests and replies take different endpoints:
https://docs.aws.amazon.com/network-firewall/latest/developerguide/asymmetric-routing.html. In an inspection
VPC it takes appliance mode at the transit gateway's attachment:
https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#transit-gateway-appliance-scenario.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlbcheck.language import listed, tell
from nlbcheck.model import Code, Confidence, Json, Remedy
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Passed, Problem, Stopped
from nlbcheck.path.packet import Inspection


def check(request: Sequence[Inspection], reply: Sequence[Inspection]) -> Passed | Stopped:
    """Say whether requests and replies may pass the same firewall endpoints."""
    back = list(reversed(reply))
    evidence: dict[str, Json] = {"request": list(_names(request)), "reply": list(_names(reply))}
    if len(request) == len(back) and all(map(_may_be_one, request, back)):
        return Passed(evidence)
    summary = tell(
        "Requests pass {request}, but their replies pass {reply}. A stateful firewall likely drops "
        "connections of which it sees only one direction.",
        request=_told(request),
        reply=_told(reply),
    )
    problem = Problem(Code.MIDDLEBOX_ASYMMETRIC, summary, _fix(request, reply), confidence=Confidence.LIKELY)
    return Stopped(problem, evidence)


def _may_be_one(request: Inspection, reply: Inspection) -> bool:
    return not request.endpoints.isdisjoint(reply.endpoints)


def _names(inspections: Sequence[Inspection]) -> Iterator[str]:
    return (" or ".join(sorted(item.endpoints)) for item in inspections)


def _told(inspections: Sequence[Inspection]) -> str:
    told = [
        tell("firewall endpoint {endpoint}", endpoint=tell(" or ").join(sorted(item.endpoints)))
        for item in inspections
    ]
    return listed(told) if told else tell("no firewall")


def _fix(request: Sequence[Inspection], reply: Sequence[Inspection]) -> Remedy:
    """Return the remedy: appliance mode where a transit gateway chooses by zone, else routes by hand."""
    chosen = {item.by_zone for item in (*request, *reply)}
    attachment = chosen.pop() if len(chosen) == 1 else None
    if attachment is None or len(request) != len(reply):
        return remedy.advice(tell("Route requests and replies through the same firewall endpoint."))
    call = remedy.ec2(
        "ModifyTransitGatewayVpcAttachment",
        TransitGatewayAttachmentId=attachment,
        Options={"ApplianceModeSupport": "enable"},
    )
    return remedy.advice(tell("Enable appliance mode of {attachment}.", attachment=attachment), call)
