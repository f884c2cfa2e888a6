"""What does a target's health mean while other targets get the connections?

A node sends new connections to healthy targets alone where enough are healthy, and to none that is being
deregistered; connections that a draining target has may go on until its deregistration delay is over:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlbcheck.language import tell
from nlbcheck.model import Code, Remedy, Verdict
from nlbcheck.path import remedy
from nlbcheck.path.outcome import Outcome, Passed, Problem, Stopped


def beside_others(health: Outcome, opening: Sequence[Remedy] = (), *, declared: bool = True) -> Outcome:
    """Return what is said of a target's health as a remark, for nobody waits for this target.

    ``opening`` is what would open the path of its health checks. That a target is unhealthy which no table
    declares is no remark: that it is registered is one already, and many are unhealthy by design.
    """
    match health:
        case Stopped(problem, evidence) | Passed(evidence, Problem(code=Code.TARGET_UNHEALTHY) as problem):
            unhealthy = problem.code is Code.TARGET_UNHEALTHY
            return Passed(evidence, None if unhealthy and not declared else _remark(problem, opening))
    return health


def beside_strangers(health: Outcome) -> Outcome:
    """Return what is said of a target that leaves while others come that the table does not name.

    Likely somebody replaces it on purpose, and the table is behind: it is not registered again by a command.
    """
    match health:
        case Stopped(Problem(code=Code.TARGET_DRAINING) as problem, evidence):
            text = tell("If the other targets replace it, add them to the row. Otherwise register it again.")
            summary = tell(
                "{problem} Targets that the table does not name get the connections.", problem=problem.summary
            )
            return Stopped(replace(problem, summary=summary, remedy=remedy.advice(text)), evidence)
    return health


def _remark(problem: Problem, opening: Sequence[Remedy]) -> Problem:
    """Return a problem as a remark: nothing is to be registered again, or taken out, for it."""
    fix: Remedy | None = remedy.advice(problem.remedy.text) if problem.remedy else None
    if problem.code is Code.TARGET_UNHEALTHY and opening:
        calls = {call.identity: call for item in opening for call in item.calls}
        steps = " ".join(dict.fromkeys(item.text for item in opening))
        text = tell("To bring it into service, open the path of its health checks: {steps}", steps=steps)
        fix = remedy.advice(text, *calls.values())
    if problem.code is Code.TARGET_DRAINING:
        text = tell("No change is needed: the target is removed when its deregistration delay is over.")
        fix = remedy.advice(text)
    summary = tell("{problem} It gets no new connections: other targets serve them.", problem=problem.summary)
    return replace(problem, verdict=Verdict.WARN, summary=summary, remedy=fix)
