"""What became of one connection, for a person and for a script: the document ``nlbcheck.trace/1``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from nlbcheck.escape import printable
from nlbcheck.formats import chain, json, json_findings, words
from nlbcheck.formats.lines import bold, unprinted, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.model import Code, Finding, Path, TargetsReached, Verdict, worst

SCHEMA = "nlbcheck.trace/1"
_SAID = {
    "reachable": (Verdict.PASS, "is reachable"),
    "blocked": (Verdict.FAIL, "is blocked"),
    "reply-blocked": (Verdict.FAIL, "is reached, but the answer does not come back"),
    "unknown": (Verdict.UNKNOWN, "cannot be judged: something is not visible"),
}
_ALSO = {
    Verdict.FAIL: ", but a health check of its target fails",
    Verdict.UNKNOWN: ", but not all of its target's health check is visible",
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
    gravest = worst([verdict, *(finding.verdict for finding in findings)])
    also = _ALSO.get(gravest, "") if verdict is Verdict.PASS else ""
    some = " for a share of the connections" if reached and 0 < reached.failing < 1 else ""
    blocks = [wrapped(f"{chain.MARKS[gravest]} {to} {said}{some} from {source}{also}.", style, gravest)]
    if reached and reached.several:
        blocks[0] += wrapped(words.of_targets(reached), style, first="  ")
    printed: set[str] = set()
    blocks += [_finding(finding, style, more, printed) for finding, more in _told(findings, style)]
    blocks.append([bold("The path", style), *chain.picture(paths, style)])
    if style.verbose:
        blocks.append([bold("Every gate", style), *chain.details(paths, style)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


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
    others = f" (and {more} more like it)" if more else ""
    lines = wrapped(f"{finding.summary}{others} [{finding.code}]", style, finding.verdict)
    remedy = finding.remedy
    if remedy:
        lines += wrapped(f"Fix: {remedy.text}{words.proof(finding)}", style, first="  ", indent="       ")
        lines += [f"    {printable(command)}" for command in unprinted(remedy, printed)]
    return lines
