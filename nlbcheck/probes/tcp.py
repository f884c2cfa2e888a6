"""Does anyone accept a TCP connection?"""

from __future__ import annotations

from nlbcheck.model import Flow, Status
from nlbcheck.probes.answer import Answer
from nlbcheck.probes.connection import Connection
from nlbcheck.probes.exchange import Exchange


class _Nothing(Exchange):
    """No question, and no answer to wait for."""

    def judge(self, connection: Connection) -> Answer:
        """Report that the connection stands, which is all there is to ask.

        Through a TCP listener a load balancer node passes the handshake on, so the target's own kernel has
        accepted: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
        """
        return Answer(Status.OK)


_NOTHING = _Nothing()


def exchange(_flow: Flow) -> Exchange:
    """Return the exchange of nothing at all."""
    return _NOTHING


def probe(connection: Connection, flow: Flow) -> Answer:
    """Report that the connection stands."""
    return exchange(flow).over(connection)
