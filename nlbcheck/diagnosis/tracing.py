"""Does a connection get through a recorded state, and which remedies restore it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.aws.apply import after
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import proof
from nlbcheck.model import Call, Leg, Verdict
from nlbcheck.model.net import Address
from nlbcheck.path.reach import Trace, trace


def traced(state: AwsState, source: str, address: Address, port: int) -> Trace:
    """Return a walk from an instance id, interface id or address, its remedies tried.

    Raises InputError when the source makes no sense or is proven not to exist.
    """
    found = trace(state, source, address, port)

    def again(calls: Sequence[Call], _place: int) -> proof.After | None:
        changed = after(state, calls)
        walk = trace(changed, source, address, port).walk if changed else None
        return proof.After(walk.findings, walk.paths) if walk else None

    fails = any(item.verdict is Verdict.FAIL and item.leg is not Leg.HEALTH for item in found.findings)
    proofs = proof.prove([proof.Place(found.findings, open=not fails)], again)
    findings = tuple(proof.with_proof(item, proofs) for item in found.findings)
    return replace(found, walk=replace(found.walk, findings=findings))
