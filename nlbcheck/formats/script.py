"""What puts it right, as a shell script that a person reads and then runs? nlbcheck runs none of it."""

from __future__ import annotations

from collections.abc import Iterator

from nlbcheck.escape import printable
from nlbcheck.formats import words
from nlbcheck.language import tell
from nlbcheck.model import Call, RelayReport, Report
from nlbcheck.model.plan import Step, plan


def render(report: Report) -> str:
    """Return the plan of a report as a script for a POSIX shell, which begins with what it is for."""
    steps = plan(report)
    head = [
        *(_about(report, relay) for relay in report.relays),
        tell(
            "As nlbcheck {version} saw it at {time}.",
            version=report.version,
            time=words.time(report.started_at),
        ),
        tell("nlbcheck runs none of these commands. Read them, then run them yourself."),
        tell("The commands act on the account and Region that the AWS CLI is set to."),
    ]
    lines = ["#!/bin/sh", *map(_comment, head), "set -eu"]
    for number, step in enumerate(steps, 1):
        lines += ["", *_step(step, number, len(steps))]
    if not steps:
        lines += ["", _comment(tell("Nothing fails, or no fix is known."))]
    return "\n".join(lines) + "\n"


def _about(report: Report, relay: RelayReport) -> str:
    parts = (words.balancer(report, relay), *words.account_and_region(relay))
    return tell("Load balancer {balancer}", balancer=", ".join(parts))


def _step(step: Step, number: int, total: int) -> Iterator[str]:
    """Yield a step's lines; no target leaves before the one that takes its place is healthy.

    The AWS CLI asks for that every 15 seconds, 40 times, and then fails:
    https://docs.aws.amazon.com/cli/latest/reference/elbv2/wait/target-in-service.html
    """
    yield _comment(
        tell(
            "Step {number} of {total}: {fix}" if step.calls else "Step {number} of {total}, by hand: {fix}",
            number=number,
            total=total,
            fix=step.text,
        )
    )
    if step.rows:
        yield _comment(tell("For {rows}.", rows=", ".join(step.rows)))
    for finding in step.findings:
        yield _comment(words.finding(finding))
    registered: Call | None = None
    for call in step.calls:
        if call.operation == "RegisterTargets":
            registered = call
        elif call.operation == "DeregisterTargets" and registered:
            yield _comment(
                tell("The old target stays until the new one is healthy. The wait ends after ten minutes.")
            )
            yield _line(registered.command.replace("register-targets", "wait target-in-service", 1))
        yield _line(call.command)


def _line(command: str) -> str:
    """Return a command; with control characters in a name it would be another name once that is escaped."""
    if printable(command) == command:
        return command
    return _comment(tell("Left out, for its control characters: {command}", command=command))


def _comment(text: str) -> str:
    """Return one line that no shell acts on, whatever stands in it."""
    return f"# {printable(text)}"
