"""What puts it right, as a shell script that a person reads and then runs? nlbcheck runs none of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from nlbcheck.escape import printable
from nlbcheck.formats import words
from nlbcheck.model import Report
from nlbcheck.model.plan import Step, plan


def render(report: Report, load_balancer: str, region: str | None) -> str:
    """Return the plan of a report as a script for a POSIX shell.

    ``load_balancer`` and ``region`` are for the reader, who knows from them what the script is for.
    """
    steps = plan(report)
    at = report.started_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    head = [
        f"Load balancer {load_balancer}{f', Region {region}' if region else ''}",
        f"as nlbcheck {report.version} saw it at {at}",
        "nlbcheck runs none of it: read it, then run it yourself.",
        "The commands act on the account and Region that the AWS CLI is set to.",
    ]
    lines = ["#!/bin/sh", *map(_comment, head), "set -eu"]
    for number, step in enumerate(steps, 1):
        lines += ["", *_step(step, f"Step {number} of {len(steps)}")]
    if not steps:
        lines += ["", _comment("Nothing fails that a fix is known for.")]
    return "\n".join(lines) + "\n"


def _step(step: Step, title: str) -> Iterator[str]:
    by_hand = "" if step.calls else ", by hand"
    yield _comment(f"{title}{by_hand}: {step.text}")
    if step.rows:
        yield _comment(f"For {', '.join(step.rows)}.")
    for finding in step.findings:
        yield _comment(words.finding(finding))
    for command in step.commands:
        # A name with control characters in it would be another name once it is escaped.
        yield command if printable(command) == command else _comment(f"Left out for what it holds: {command}")


def _comment(text: str) -> str:
    """Return one line that no shell acts on, whatever stands in it."""
    return f"# {printable(text)}"
