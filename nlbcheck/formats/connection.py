"""What became of one connection, for a person and for a script: the document ``nlbcheck.trace/1``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from nlbcheck.escape import printable
from nlbcheck.formats import chain, failing, following, json, json_findings, reaching, words
from nlbcheck.formats.diagnosis import fix_lines
from nlbcheck.formats.lines import bold, unprinted, wrapped
from nlbcheck.formats.proofs import proof
from nlbcheck.formats.style import Style
from nlbcheck.language import marked, tell
from nlbcheck.model import Code, Finding, Path, TargetsReached, Verdict, worst

SCHEMA = "nlbcheck.trace/1"
_SAID = {
    "reachable": (Verdict.PASS, marked("{address} is reachable from {source}.")),
    "blocked": (Verdict.FAIL, marked("{address} is blocked from {source}.")),
    "reply-blocked": (
        Verdict.FAIL,
        marked("{address} is reached from {source}, but the answer does not come back."),
    ),
    "unknown": (
        Verdict.UNKNOWN,
        marked("{address} cannot be judged from {source}: something is not visible."),
    ),
}
_IN_PART = {
    "reachable": marked("{address} is reachable for a share of the connections from {source}."),
    "blocked": marked("{address} is blocked for a share of the connections from {source}."),
    "reply-blocked": marked(
        "{address} is reached from {source}, but the answer does not come back for a share of the "
        "connections."
    ),
    "unknown": marked(
        "{address} cannot be judged for a share of the connections from {source}: something is not visible."
    ),
}
"""What is said where not all connections end alike."""
_ALSO = {
    Verdict.FAIL: marked("The health check of its target fails."),
    Verdict.UNKNOWN: marked("Not all of its target's health check is visible."),
}
"""What a reachable connection has besides; a diagnosis ends with the same status."""


_FEW = 8
"""Findings of one code up to which each is told; of more, such as of many targets, the rest is counted."""


def document(
    reach: str, paths: Sequence[Path], findings: Sequence[Finding], reached: TargetsReached | None = None
) -> str:
    """Return the JSON document."""
    return json.encoded(
        {
            "schema": SCHEMA,
            "verdict": reach,
            **json_findings.of_reached(reached),
            "paths": [json_findings.of_path(path) for path in paths],
            "findings": [json_findings.of_finding(finding) for finding in findings],
        }
    )


def text(
    source: str,
    to: str,
    reach: str,
    paths: Sequence[Path],
    findings: Sequence[Finding],
    style: Style,
    reached: TargetsReached | None = None,
) -> str:
    """Return the verdict, every finding with its fix, and the path."""
    verdict, said = _SAID[reach]
    if reached and 0 < reached.failing < 1:
        said = _IN_PART[reach]
    gravest = worst([verdict, *(finding.verdict for finding in findings)])
    told = f"{chain.MARKS[gravest]} {tell(said, address=to, source=source)}"
    if verdict is Verdict.PASS and gravest in _ALSO:
        told = f"{told} {tell(_ALSO[gravest])}"
    blocks = [wrapped(told, style, gravest)]
    if reached and reached.several:
        blocks[0] += wrapped(reaching.of_targets(reached), style, first="  ")
    printed: set[str] = set()
    blocks += [_finding(finding, style, more, printed) for finding, more in _told(findings, style)]
    drawn = chain.picture(paths, style, failing=not style.verbose)
    blocks.append([bold(tell("The path"), style), *drawn])
    if style.verbose:
        blocks.append([bold(tell("Every gate"), style), *chain.details(paths, style)])
    blocks.append(following.after_findings(findings, style))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _told(findings: Sequence[Finding], style: Style) -> Iterable[tuple[Finding, int]]:
    """Yield the findings that are told, each with the number of those like it that are not."""
    number = Counter(finding.code for finding in findings)
    first: set[Code] = set()
    for finding in findings:
        if style.verbose or number[finding.code] <= _FEW:
            yield finding, 0
        elif finding.code not in first:
            first.add(finding.code)
            yield finding, number[finding.code] - 1


def _finding(finding: Finding, style: Style, more: int, printed: set[str]) -> list[str]:
    said = failing.with_number(finding.summary, more)
    lines = wrapped(f"{said} [{failing.label(finding)}]", style, finding.verdict)
    remedy = finding.remedy
    if remedy:
        lines += fix_lines(words.joined([remedy.text + proof(finding)]), style, "  ")
        lines += [f"    {printable(command)}" for command in unprinted(remedy, printed)]
    return lines
