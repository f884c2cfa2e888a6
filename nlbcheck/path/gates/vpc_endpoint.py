"""Does an interface endpoint take connections to its service on?

Only while it is available; a provider may have to accept it first, and may reject it at any time:
https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html. A service with several load balancers uses
one of them for each interface of an endpoint:
https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.vpc_endpoint import VpcEndpointState
from nlbcheck.language import marked, tell
from nlbcheck.model import Code, Json
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen

_SAID = {
    VpcEndpointState.PENDING_ACCEPTANCE: marked(
        "Interface endpoint {endpoint} is not in use: the service provider has not accepted it yet."
    ),
    VpcEndpointState.PENDING: marked(
        "Interface endpoint {endpoint} is not in use: AWS is still setting it up."
    ),
    VpcEndpointState.REJECTED: marked(
        "Interface endpoint {endpoint} is not in use: the service provider rejected it."
    ),
    VpcEndpointState.EXPIRED: marked(
        "Interface endpoint {endpoint} is not in use: the service provider did not accept it in time."
    ),
    VpcEndpointState.FAILED: marked("Interface endpoint {endpoint} is not in use: AWS could not set it up."),
    VpcEndpointState.DELETING: marked("Interface endpoint {endpoint} is being deleted."),
    VpcEndpointState.DELETED: marked("Interface endpoint {endpoint} is deleted."),
}
_FIXES = {
    VpcEndpointState.PENDING_ACCEPTANCE: marked("Let the service provider accept {endpoint}."),
    VpcEndpointState.PENDING: marked("Wait until {endpoint} is available."),
    VpcEndpointState.REJECTED: marked("Ask the service provider to accept {endpoint} after all."),
}
_ANEW = marked("Create the interface endpoint again: {endpoint} cannot be restored.")


def check_state(endpoint_id: str, state: VpcEndpointState | NotVisible | None) -> Outcome:
    """Say whether an endpoint is in a state to be used."""
    if isinstance(state, NotVisible):
        return Unseen(state)
    evidence: dict[str, Json] = {"endpoint": endpoint_id, "state": state.name.lower() if state else None}
    if state is VpcEndpointState.AVAILABLE:
        return Passed(evidence)
    if state is None or state is VpcEndpointState.PARTIAL:
        fact = tell("whether {endpoint} can be used: nlbcheck does not know its state", endpoint=endpoint_id)
        return Unseen(NotVisible(fact, "", "", None), evidence)
    fix = tell(_FIXES.get(state, _ANEW), endpoint=endpoint_id)
    summary = tell(
        "{problem} No connection passes through it.", problem=tell(_SAID[state], endpoint=endpoint_id)
    )
    return Stopped(Problem(Code.ENDPOINT_NOT_AVAILABLE, summary, remedy.advice(fix)), evidence)
