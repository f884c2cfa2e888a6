"""Does a health check that fails ask what the service is?

When no target is healthy, all of them get connections (fail-open), so a check that asks something else, and
fails, proves nothing of connections:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html.
"""

from __future__ import annotations

from nlbcheck.model import Check, Code, Json, Remedy, Verdict
from nlbcheck.path import remedy
from nlbcheck.path.health_asked import Asked
from nlbcheck.path.outcome import Outcome, Passed, Problem


def check(asked: Asked) -> Outcome:
    """Say whether a check that fails asks what the service is; it has to be asked of failing checks alone."""
    evidence: dict[str, Json] = {"check": asked.evidence, "target": f"{asked.target.id}:{asked.target.port}"}
    if asked.service is not None:
        evidence["service"] = {
            "check": asked.service.check.value,
            "port": asked.target.port,
            "path": asked.service.path if asked.service.check in (Check.HTTP, Check.HTTPS) else None,
        }
    if not asked.differences:
        return Passed(evidence)
    summary = (
        f"The health check of {asked.group.name} is {asked}, which does not fit the service: "
        f"{'; '.join(asked.differences)}. That it fails proves nothing of connections."
    )
    problem = Problem(Code.HEALTH_CHECK_DIFFERS, summary, _fit(asked), Verdict.WARN)
    return Passed(evidence, problem)


def _fit(asked: Asked) -> Remedy:
    return remedy.advice(
        f"If the table is right, let {asked.group.name} check by what the service speaks; for a service that "
        "speaks nothing else, by TCP on traffic-port. If the check is right, see why it fails at the target."
    )
