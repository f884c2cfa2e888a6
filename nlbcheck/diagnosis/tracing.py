"""Does a connection get through a recorded state, and do the remedies open its way?"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.aws.fields import Address
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import proof
from nlbcheck.path.trace import Trace, trace


def traced(state: AwsState, source: str, address: Address, port: int) -> Trace:
    """Return a walk from an instance id, interface id or address, its remedies tried.

    Raises InputError when the source makes no sense or is proven not to exist.
    """
    found = trace(state, source, address, port)
    fixed = proof.applied(state.recording, found.findings)
    if fixed is None:
        return found
    after = trace(state.changed(fixed), source, address, port).walk
    findings = tuple(proof.proven(item, [(item.zone, after)], ()) for item in found.findings)
    return replace(found, walk=replace(found.walk, findings=findings))
