"""What becomes of a packet whose sender has one of several addresses, and nobody tells which?

A NAT gateway has up to eight, and AWS does not say which of them a connection gets:
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from nlbcheck.language import tell
from nlbcheck.model import Remedy
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.outcome import Outcome, Stopped, Unseen
from nlbcheck.path.packet import Packet


def for_each(packet: Packet, check: Callable[[Packet], Outcome]) -> Outcome:
    """Return what a gate does with a packet; not visible where that depends on the address it has."""
    found = [check(item) for item in packet.each()]
    if len(found) == 1:
        return found[0]
    hidden = next((item for item in found if isinstance(item, Unseen)), None)
    stopped = [item for item in found if isinstance(item, Stopped)]
    if hidden or not stopped:
        return hidden or found[0]
    if len(stopped) == len(found):
        return _all(stopped)
    addresses = ", ".join(map(str, packet.among))
    fact = tell("which of {addresses} the NAT gateway gives the connection", addresses=addresses)
    return Unseen(NotVisible(fact, "", "", None), stopped[0].evidence)


def _all(stopped: Sequence[Stopped]) -> Stopped:
    """Return the outcome for the first address, with the remedies for all of them."""
    first = stopped[0]
    remedies = [item.problem.remedy for item in stopped if item.problem.remedy]
    if len(remedies) < len(stopped):
        return first
    text = " ".join(dict.fromkeys(item.text for item in remedies))
    calls = tuple(dict.fromkeys(call for item in remedies for call in item.calls))
    return replace(first, problem=replace(first.problem, remedy=Remedy(text, calls)))
