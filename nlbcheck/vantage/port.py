"""What must a place be able to do so that probes can be made from it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from nlbcheck.model import Client, Flow
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations, Watch


class Vantage(Protocol):
    """A place where connections start: this machine, a host behind SSH, an instance that runs commands.

    It takes flows and returns results, because not every place can hand out streams. One that can is
    a `StreamVantage`. Where commands can be run there, its attribute ``host`` is the `Host` that runs them.
    """

    def identity(self, towards: str | None = None) -> Client:
        """Return who one is there: address, instance, interface, as far as known.

        ``towards`` is the address that connections lead to: a place with several addresses has one for it.
        """
        ...

    def probe(self, flows: Sequence[Flow], limits: Limits, watch: Watch) -> Observations:
        """Probe every flow, each on one connection, within ``limits``.

        The results stand in the order of the flows. A ``KeyboardInterrupt`` ends the run; what was not
        finished by then has the status ``interrupted``. ``watch`` is told of results as they come in.
        """
        ...
