"""What differs between a table and AWS, for a person and for a script: the document ``nlbcheck.drift/1``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nlbcheck import __version__
from nlbcheck.errors import ExitStatus
from nlbcheck.escape import printable
from nlbcheck.formats import following, json, json_findings, words
from nlbcheck.formats.diagnosis import fix_lines
from nlbcheck.formats.lines import unprinted, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.language import marked, tell
from nlbcheck.model import Finding, Resource, Verdict

SCHEMA = "nlbcheck.drift/1"
_COUNTED = {
    Verdict.FAIL: marked("{count} different"),
    Verdict.UNKNOWN: marked("{count} not visible"),
    Verdict.WARN: marked("{count} with a warning"),
}


def document(
    balancer: Resource | None, findings: Sequence[Finding], status: ExitStatus, not_compared: Sequence[str]
) -> str:
    """Return the JSON document: the load balancer, every finding, and the names that have no address."""
    found = None if balancer is None else {"id": balancer.id, "name": balancer.name}
    return json.encoded(
        {
            "schema": SCHEMA,
            "version": __version__,
            "command": "mapping check",
            "exit_status": int(status),
            "load_balancer": found,
            "findings": [json_findings.of_finding(finding) for finding in findings],
            "not_compared": list(not_compared),
        }
    )


def text(about: str, findings: Sequence[Finding], style: Style, remark: str | None) -> str:
    """Return each finding with its remedy, and one line of sum; ``about`` names the two that are compared."""
    printed: set[str] = set()
    gravest_first = sorted(findings, key=lambda finding: -finding.verdict.severity)
    blocks = ["\n".join(_lines(finding, style, printed)) for finding in gravest_first]
    if remark:
        blocks.append("\n".join(wrapped(remark, style, indent="")))
    counts = Counter(finding.verdict for finding in findings)
    told = [tell(sentence, count=counts[of]) for of, sentence in _COUNTED.items() if counts[of]]
    about = f"{printable(about)}: {', '.join(told) or tell('no difference')}"
    blocks.append("\n".join([style.shown(about), *following.after_findings(findings, style)]))
    return "\n\n".join(blocks) + "\n"


def _lines(finding: Finding, style: Style, printed: set[str]) -> list[str]:
    found = wrapped(words.finding(finding), style, finding.verdict)
    if finding.remedy is None:
        return found
    fix = fix_lines(finding.remedy.text, style, "  ")
    # Command lines stand whole, to be copied.
    return [*found, *fix, *(f"    {printable(command)}" for command in unprinted(finding.remedy, printed))]
