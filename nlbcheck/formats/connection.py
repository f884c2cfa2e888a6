"""What became of one connection, for a person and for a script: the document ``nlbcheck.trace/1``."""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.escape import printable
from nlbcheck.formats import chain, json, words
from nlbcheck.formats.lines import bold, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.model import Finding, Path, Verdict, worst

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


def document(reach: str, paths: Sequence[Path], findings: Sequence[Finding]) -> str:
    """Return the JSON document."""
    return json.encoded(
        {
            "schema": SCHEMA,
            "verdict": reach,
            "paths": [json.of_path(path) for path in paths],
            "findings": [json.of_finding(finding) for finding in findings],
        }
    )


def text(
    source: str, to: str, reach: str, paths: Sequence[Path], findings: Sequence[Finding], style: Style
) -> str:
    """Return the verdict, every finding with its fix, and the path."""
    verdict, said = _SAID[reach]
    gravest = worst([verdict, *(finding.verdict for finding in findings)])
    also = _ALSO.get(gravest, "") if verdict is Verdict.PASS else ""
    blocks = [wrapped(f"{chain.MARKS[gravest]} {to} {said} from {source}{also}.", style, gravest)]
    blocks += [_finding(finding, style) for finding in findings]
    blocks.append([bold("The path", style), *chain.picture(paths, style)])
    if style.verbose:
        blocks.append([bold("Every gate", style), *chain.details(paths, style)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _finding(finding: Finding, style: Style) -> list[str]:
    lines = wrapped(f"{finding.summary} [{finding.code}]", style, finding.verdict)
    remedy = finding.remedy
    if remedy:
        lines += wrapped(f"Fix: {remedy.text}{words.proof(finding)}", style, first="  ", indent="       ")
        lines += [f"    {printable(command)}" for command in remedy.commands]
    return lines
