"""What does a tool answer? These types are its schema, too.

They have no slots: the SDK of MCP takes what stands in a class for a default.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nlbcheck.agents.marking import RULE
from nlbcheck.errors import ExitStatus

ToolVerdict = Literal["pass", "fail", "unknown"]
"""``unknown``: something could not be seen. It is never a pass."""


@dataclass(frozen=True)
class ToolFinding:
    """One cause, or something else that was found."""

    code: str
    """A code that the tool explain tells all about."""
    verdict: str
    confidence: str
    meaning: str
    """What the code means, in nlbcheck's own words."""
    said: str
    rows: list[str] = field(default_factory=list)
    evidence: dict[str, str] = field(default_factory=dict)
    fix: str | None = None
    commands: list[str] = field(default_factory=list)
    """What a person may run to carry the fix out; nlbcheck runs none of it."""


@dataclass(frozen=True)
class ToolRow:
    """One row of the mapping table."""

    name: str
    verdict: str
    connections: list[str] = field(default_factory=list)
    """How the connection to each static IP ended."""
    answered: list[str] = field(default_factory=list)
    """Who answered."""


@dataclass(frozen=True)
class ToolAnswer:
    """The verdict, then what it rests on."""

    verdict: ToolVerdict
    exit_status: int
    """As that of the command: 0 in order, 1 proven broken, 3 something could not be seen, 130 interrupted."""
    summary: str
    marks: str = RULE
    findings: list[ToolFinding] = field(default_factory=list)
    """The causes first."""
    unseen: list[str] = field(default_factory=list)
    """What AWS refused to show."""
    rows: list[ToolRow] = field(default_factory=list)
    """The failing ones first."""
    path: list[str] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)
    """The fixes in their order, where there is more than one."""
    about: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    """What is left out because the answer would be too long."""


def verdict_of(status: ExitStatus) -> ToolVerdict:
    """Return the verdict that an exit status stands for."""
    if status is ExitStatus.OK:
        return "pass"
    return "fail" if status is ExitStatus.BROKEN else "unknown"
