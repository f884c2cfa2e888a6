"""Who knows what about a relay: the client that was asked for, and whoever has probed?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nlbcheck.diagnosis.judge import Sight
from nlbcheck.diagnosis.survey import Survey
from nlbcheck.model import THIS_MACHINE, Client
from nlbcheck.run.made import Made


def of(surveyed: Survey, made: Sequence[Made], look: Callable[[Client], Survey]) -> Sequence[Sight]:
    """Return who knows what: the client that was asked for, and whoever probed, where that is another one."""
    own: Sight | None = None
    others = []
    for one in made:
        if own is None and _is_same(surveyed.client, one, alone=len(made) == 1):
            own = Sight(surveyed, one.flows, one.observations, one.client, one.faults)
        else:
            others.append(Sight(look(one.client), one.flows, one.observations, faults=one.faults))
    return [own or Sight(surveyed), *others]


def _is_same(client: Client, made: Made, *, alone: bool) -> bool:
    """Whether probes were made by a client itself.

    One vantage point ``alone`` that does not know its own address is the client that was named.
    """
    me = made.client
    if client.source == me.source:
        return True
    left = {
        seen.local_address.rpartition(":")[0].strip("[]")
        for seen in made.observations
        if seen and seen.local_address
    }
    address = client.address or client.source
    unknown = alone and me.is_name and me.source != THIS_MACHINE and not (left or me.address or me.interface)
    return unknown or (address in left if left else address == me.address)
