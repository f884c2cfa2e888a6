"""Does an interface endpoint take connections to its service on?

Only while it is available; a provider may have to accept it first, and may reject it at any time:
https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html. A service with several load balancers uses
one of them for each interface of an endpoint:
https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.vpc_endpoint import VpcEndpointState
from nlbcheck.model import Code, Json
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen

_SAID = {
    VpcEndpointState.PENDING_ACCEPTANCE: "waits for the service's provider to accept it",
    VpcEndpointState.PENDING: "is still being set up",
    VpcEndpointState.REJECTED: "was rejected by the service's provider",
    VpcEndpointState.EXPIRED: "was not accepted in time",
    VpcEndpointState.FAILED: "could not be set up",
    VpcEndpointState.DELETING: "is being deleted",
    VpcEndpointState.DELETED: "is deleted",
}
_FIXES = {
    VpcEndpointState.PENDING_ACCEPTANCE: "Let the service's provider accept {}.",
    VpcEndpointState.PENDING: "Wait until {} is available.",
    VpcEndpointState.REJECTED: "Let the service's provider accept {} after all.",
}


def check_state(endpoint_id: str, state: VpcEndpointState | NotVisible | None) -> Outcome:
    """Say whether an endpoint is in a state to be used."""
    if isinstance(state, NotVisible):
        return Unseen(state)
    evidence: dict[str, Json] = {"endpoint": endpoint_id, "state": state.name.lower() if state else None}
    if state is VpcEndpointState.AVAILABLE:
        return Passed(evidence)
    if state is None or state is VpcEndpointState.PARTIAL:
        fact = f"whether {endpoint_id} can be used: its state is none that is known here"
        return Unseen(NotVisible(fact, "", "", None), evidence)
    fix = _FIXES.get(state, "Create the interface endpoint anew in place of {}.").format(endpoint_id)
    summary = f"The interface endpoint {endpoint_id} {_SAID[state]}: nothing passes through it."
    return Stopped(Problem(Code.ENDPOINT_NOT_AVAILABLE, summary, remedy.advice(fix)), evidence)
