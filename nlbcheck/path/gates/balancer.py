"""Does the load balancer as a whole work?

Its states: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerState.html;
why it could not be set up:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-troubleshooting.html;
its quota of listeners:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.load_balancer import BalancerState, LoadBalancer
from nlbcheck.language import tell
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
            fact = tell("the state of {name}", name=balancer.name)
            return Unseen(
                NotVisible(fact, "elbv2", "DescribeLoadBalancers", balancer.account_region), evidence
            )
        case BalancerState.ACTIVE:
            return Passed(evidence)
        case BalancerState.ACTIVE_IMPAIRED:
            summary = tell(
                "{balancer} is active_impaired: it works, but lacks resources to scale. Its subnets likely "
                "have too few free addresses.",
                balancer=balancer.name,
            )
            fix = remedy.advice(
                tell("Free up addresses in its subnets. If the state does not change, contact AWS Support.")
            )
            problem = Problem(Code.BALANCER_NOT_ACTIVE, summary, fix, Verdict.WARN, Confidence.LIKELY)
            return Passed(evidence, problem)
    summary = tell(
        "{balancer} is {state}, not active: {reason}."
        if balancer.state_reason
        else "{balancer} is {state}, not active.",
        balancer=balancer.name,
        state=balancer.state.value,
        reason=balancer.state_reason,
    )
    text = tell("Wait until the load balancer is active.")
    if balancer.state is BalancerState.FAILED:
        text = tell(
            "Remove the cause that AWS names, such as an address that is in use. The load "
            "balancer likely must be created again."
        )
    return Stopped(Problem(Code.BALANCER_NOT_ACTIVE, summary, remedy.advice(text)), evidence)


def check_quota(balancer: LoadBalancer, listeners: int) -> Outcome:
    """Say whether there is room for more listeners."""
    evidence: dict[str, Json] = {"listeners": listeners, "quota": LISTENERS}
    if listeners < NEAR:
        return Passed(evidence)
    if listeners > LISTENERS:
        summary = tell(
            "{balancer} has {count} listeners. AWS allows at most {quota}.",
            balancer=balancer.name,
            count=listeners,
            quota=LISTENERS,
        )
        fix = remedy.advice(
            tell("Move some listeners to a second load balancer: AWS does not raise this quota.")
        )
        return Stopped(Problem(Code.LISTENER_QUOTA_NEAR, summary, fix), evidence)
    summary = tell(
        "{balancer} has {count} of at most {quota} listeners.",
        balancer=balancer.name,
        count=listeners,
        quota=LISTENERS,
    )
    fix = remedy.advice(tell("Plan a second load balancer: AWS does not raise this quota."))
    return Passed(evidence, Problem(Code.LISTENER_QUOTA_NEAR, summary, fix, Verdict.WARN))
