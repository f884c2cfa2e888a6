"""Does anyone accept a TCP connection?"""

from __future__ import annotations

from nlbcheck.model import Endpoint, Status
from nlbcheck.probes.connection import Answer, Connection


def probe(_connection: Connection, _endpoint: Endpoint) -> Answer:
    """Report that the connection stands, which is all there is to ask.

    Through a TCP listener a load balancer node passes the handshake on, so the target's own kernel has
    accepted: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
    """
    return Answer(Status.OK)
