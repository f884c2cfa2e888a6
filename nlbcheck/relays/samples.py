"""How many connections to a node show every target of a row?"""

from __future__ import annotations

from functools import lru_cache

MOST = 50
"""Connections of one row to one node; a table may ask for no more, and by default there are no more."""
_CERTAINTY = 0.99


@lru_cache(maxsize=64)
def enough(targets: int) -> int:
    """Return how many connections show each of ``targets`` with a probability of 99 %, or `MOST`.

    A TCP listener chooses a target by a hash of protocol, addresses, ports and sequence number, so that each
    connection from a port of its own falls on any of them alike (the collector of coupons):
    https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
    """
    shown = [1.0] + [0.0] * targets  # by how many targets are seen, how likely that is
    for connections in range(1, MOST):
        for seen in range(targets, -1, -1):
            new = shown[seen - 1] * (targets - seen + 1) if seen else 0.0
            shown[seen] = (shown[seen] * seen + new) / targets
        if shown[targets] >= _CERTAINTY:
            return connections
    return MOST
