"""What puts it right, as a shell script that a person reads and then runs? nlbcheck runs none of it."""

from __future__ import annotations

from collections.abc import Iterator

from nlbcheck.escape import printable
from nlbcheck.formats import words
from nlbcheck.model import Call, RelayReport, Report
from nlbcheck.model.plan import Step, plan


def render(report: Report) -> str:
    """Return the plan of a report as a script for a POSIX shell, which begins with what it is for."""
    steps = plan(report)
    head = [
        *(_about(report, relay) for relay in report.relays),
        f"as nlbcheck {report.version} saw it at {words.time(report.started_at)}",
        "nlbcheck runs none of it: read it, then run it yourself.",
        "The commands act on the account and Region that the AWS CLI is set to.",
    ]
    lines = ["#!/bin/sh", *map(_comment, head), "set -eu"]
    for number, step in enumerate(steps, 1):
        lines += ["", *_step(step, f"Step {number} of {len(steps)}")]
    if not steps:
        lines += ["", _comment("Nothing fails that a fix is known for.")]
    return "\n".join(lines) + "\n"


def _about(report: Report, relay: RelayReport) -> str:
    account = f", account {relay.account}" if relay.account else ""
    region = f", Region {relay.region}" if relay.region else ""
    return f"Load balancer {words.balancer(report, relay)}{account}{region}"


def _step(step: Step, title: str) -> Iterator[str]:
    """Yield a step's lines; no target leaves before the one that takes its place is healthy.

    The AWS CLI asks for that every 15 seconds, 40 times, and then fails:
    https://docs.aws.amazon.com/cli/latest/reference/elbv2/wait/target-in-service.html
    """
    by_hand = "" if step.calls else ", by hand"
    yield _comment(f"{title}{by_hand}: {step.text}")
    if step.rows:
        yield _comment(f"For {', '.join(step.rows)}.")
    for finding in step.findings:
        yield _comment(words.finding(finding))
    registered: Call | None = None
    for call in step.calls:
        if call.operation == "RegisterTargets":
            registered = call
        elif call.operation == "DeregisterTargets" and registered:
            yield _comment("Until the new target is healthy the old one stays; after ten minutes this ends.")
            yield _line(registered.command.replace("register-targets", "wait target-in-service", 1))
        yield _line(call.command)


def _line(command: str) -> str:
    """Return a command; with control characters in a name it would be another name once that is escaped."""
    return command if printable(command) == command else _comment(f"Left out for what it holds: {command}")


def _comment(text: str) -> str:
    """Return one line that no shell acts on, whatever stands in it."""
    return f"# {printable(text)}"
