"""Does a health check that fails ask what the service is?

When no target is healthy, all of them get connections (fail-open), so a check that asks something else, and
fails, proves nothing of connections:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html.
"""

from __future__ import annotations

from nlbcheck.language import tell
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
    summary = tell(
        "The health check of {group} ({check}) does not match the service: {differences}. Its failure proves "
        "nothing about connections.",
        group=asked.group.name,
        check=asked,
        differences=tell("; ").join(asked.differences),
    )
    problem = Problem(Code.HEALTH_CHECK_DIFFERS, summary, _fit(asked), Verdict.WARN)
    return Passed(evidence, problem)


def _fit(asked: Asked) -> Remedy:
    text = tell(
        "If the table is right, set the health check of {group} to the protocol that the service speaks, or "
        "to TCP on traffic-port. If the health check is right, find out at the target why it fails.",
        group=asked.group.name,
    )
    return remedy.advice(text)
