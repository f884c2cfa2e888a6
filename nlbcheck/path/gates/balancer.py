"""Does the load balancer as a whole work?

Its states: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerState.html;
why it could not be set up:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-troubleshooting.html;
its quota of listeners:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.load_balancer import BalancerState, LoadBalancer
from nlbcheck.model import Code, Confidence, Json, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped, Unseen

LISTENERS = 50
"""The most listeners that a Network Load Balancer can have."""
NEAR = 45


def check_state(balancer: LoadBalancer) -> Outcome:
    """Say whether the load balancer is active."""
    evidence: dict[str, Json] = {
        "state": balancer.state.value if balancer.state else None,
        "reason": balancer.state_reason,
    }
    match balancer.state:
        case None:
            fact = f"the state of {balancer.name}"
            return Unseen(
                NotVisible(fact, "elbv2", "DescribeLoadBalancers", balancer.account_region), evidence
            )
        case BalancerState.ACTIVE:
            return Passed(evidence)
        case BalancerState.ACTIVE_IMPAIRED:
            summary = (
                f"{balancer.name} is active_impaired: it works, and lacks resources to scale. Likely its "
                "subnets are short of free addresses."
            )
            fix = remedy.advice("Free addresses in its subnets; if the state stays, ask AWS Support.")
            problem = Problem(Code.BALANCER_NOT_ACTIVE, summary, fix, Verdict.WARN, Confidence.LIKELY)
            return Passed(evidence, problem)
    reason = f": {balancer.state_reason}" if balancer.state_reason else ""
    summary = f"{balancer.name} is {balancer.state.value}, not active{reason}."
    text = "Wait until the load balancer is active."
    if balancer.state is BalancerState.FAILED:
        text = (
            "Remove what the reason names, such as an address that is in use; likely the load balancer must "
            "be created anew."
        )
    return Stopped(Problem(Code.BALANCER_NOT_ACTIVE, summary, remedy.advice(text)), evidence)


def check_quota(balancer: LoadBalancer, listeners: int) -> Outcome:
    """Say whether there is room for more listeners."""
    evidence: dict[str, Json] = {"listeners": listeners, "quota": LISTENERS}
    if listeners < NEAR:
        return Passed(evidence)
    if listeners > LISTENERS:
        summary = f"{balancer.name} has {listeners} listeners; AWS refuses more than {LISTENERS}."
        fix = remedy.advice("Give some of them to a second load balancer: this quota cannot be raised.")
        return Stopped(Problem(Code.LISTENER_QUOTA_NEAR, summary, fix), evidence)
    summary = f"{balancer.name} has {listeners} of the {LISTENERS} listeners that it can have at most."
    fix = remedy.advice("Plan a second load balancer: this quota cannot be raised.")
    return Passed(evidence, Problem(Code.LISTENER_QUOTA_NEAR, summary, fix, Verdict.WARN))
