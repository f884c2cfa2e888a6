"""What changed from one stored report or snapshot to a later one, for a person and for a script?

For a script it is the document ``nlbcheck.diff/1``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlbcheck import __version__
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.formats import json, words
from nlbcheck.formats.lines import bold, colored, padded, widest, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.language import marked, tell
from nlbcheck.model import Json, Report, Verdict
from nlbcheck.reports.comparing import compare
from nlbcheck.reports.difference import Difference, Effect, ended
from nlbcheck.reports.loading import Stored
from nlbcheck.reports.state_changes import StateChange, StateComparison, compare_states

SCHEMA = "nlbcheck.diff/1"

TITLES = {
    Effect.BROKEN: (marked("Newly broken"), Verdict.FAIL),
    Effect.UNSEEN: (marked("No longer visible"), Verdict.UNKNOWN),
    Effect.FIXED: (marked("Fixed"), Verdict.PASS),
    Effect.CHANGED: (marked("Changed"), None),
    Effect.ADDED: (marked("Only in the later report"), None),
    Effect.REMOVED: (marked("Only in the earlier report"), None),
}
_COUNTED = {
    Effect.BROKEN: marked("{count} newly broken"),
    Effect.UNSEEN: marked("{count} no longer visible"),
    Effect.FIXED: marked("{count} fixed"),
    Effect.CHANGED: marked("{count} changed"),
    Effect.ADDED: marked("{count} only in the later report"),
    Effect.REMOVED: marked("{count} only in the earlier report"),
}


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed between two files."""

    before: Stored
    after: Stored
    changes: tuple[Difference, ...] | None
    """What changed in the reports; None where not both files hold one."""
    state: StateComparison | None
    """What changed in AWS; None where not both files hold a recording."""
    remarks: tuple[str, ...]
    """What a reader should know about the comparison."""

    @property
    def exit_status(self) -> ExitStatus:
        """Whether something is newly broken, or cannot be seen any more."""
        return ended(self.changes or ())


def diff(before: Stored, after: Stored) -> Diff:
    """Return what changed from one file to a later one; InputError where they hold nothing of one kind."""
    changes = state = None
    remarks: list[str] = []
    if before.report and after.report:
        changes = tuple(compare(before.report, after.report))
        remarks += unlike(before.report, after.report)
    if before.recording and after.recording:
        state = compare_states(before.recording, after.recording)
        remarks += state.uncompared
    if changes is None and state is None:
        raise InputError(
            f"{before.source} and {after.source}: nothing can be compared: one holds a report alone, and the "
            "other one a recording of AWS alone"
        )
    return Diff(before, after, changes, state, tuple(remarks))


def unlike(before: Report, after: Report) -> Iterable[str]:
    """Yield in what two reports differ besides what they found, which may be why that differs."""
    if before.is_diagnosed != after.is_diagnosed:
        yield tell(_EARLIER_UNREAD if after.is_diagnosed else _LATER_UNREAD)
    names = [sorted(filter(None, (item.load_balancer for item in run.relays))) for run in (before, after)]
    if all(names) and names[0] != names[1]:
        was, now = (", ".join(item) for item in names)
        yield tell(
            "The load balancers have other names: {before} earlier, {after} later.", before=was, after=now
        )
    was, now = (", ".join(map(words.vantage, run.vantages)) for run in (before, after))
    if was != now:
        yield tell(
            "Connections start elsewhere: earlier at {before}, later at {after}.", before=was, after=now
        )


_EARLIER_UNREAD = marked(
    "The earlier report did not read AWS. Causes, and findings that are gone, are not compared."
)
_LATER_UNREAD = marked(
    "The later report did not read AWS. Causes, and findings that are gone, are not compared."
)


def text(found: Diff, style: Style) -> str:
    """Return what changed for people: the gravest first, and the sum last."""
    blocks = [
        [*_head(tell("Before"), found.before, style), *_head(tell("After"), found.after, style)],
        *sections(found.changes or (), style),
        _section(tell("In AWS"), map(str, found.state.changes if found.state else ()), style),
        _section(tell("To keep in mind"), found.remarks, style),
        [_summary(found)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def sections(changes: Sequence[Difference], style: Style) -> list[list[str]]:
    """Return a block for each effect; endpoints that changed in the same way are told in one line."""
    blocks = []
    for effect, (title, verdict) in TITLES.items():
        told: dict[object, list[Difference]] = {}
        for number, change in enumerate(changes):
            if change.effect is effect:
                alike = change.subject == "endpoint"
                told.setdefault((change.before, change.after) if alike else number, []).append(change)
        lines = [_together(alike) for alike in told.values()]
        blocks.append(_section(tell(title), lines, style, verdict))
    return [block for block in blocks if block]


def _together(alike: Sequence[Difference]) -> str:
    first, *others = alike
    if not others:
        return str(first)
    name = words.names(change.what for change in alike)
    return str(first).replace(first.what, name, 1)


def _section(title: str, told: Iterable[str], style: Style, verdict: Verdict | None = None) -> list[str]:
    lines = [line for sentence in told for line in wrapped(sentence, style, verdict, first="  ")]
    head = colored(title, style, verdict) if verdict else bold(title, style)
    return [head, *lines] if lines else []


def _head(what: str, side: Stored, style: Style) -> list[str]:
    told = [side.source]
    if side.report:
        at = words.time(side.report.started_at)
        told.append(tell("{command} at {time}", command=side.report.command, time=at))
    if side.recording:
        told.append(tell("AWS as recorded at {time}", time=words.time(side.recording.taken_at)))
    room = widest((tell("Before"), tell("After")))
    return wrapped(", ".join(told), style, first=f"{padded(what, room)}  ", indent=" " * (room + 2))


def _summary(found: Diff) -> str:
    counts = [
        tell(word, count=count)
        for effect, word in _COUNTED.items()
        if (count := sum(change.effect is effect for change in found.changes or ()))
    ]
    if found.state and found.state.changes:
        counts.append(tell("{count} changed in AWS", count=len(found.state.changes)))
    return ", ".join(counts) or tell("nothing changed")


def document(found: Diff) -> str:
    """Return what changed as the JSON document ``nlbcheck.diff/1``; what was not compared is absent."""
    changes = found.changes
    whole: dict[str, Json] = {
        "schema": SCHEMA,
        "version": __version__,
        "exit_status": int(found.exit_status),
        "before": _side(found.before),
        "after": _side(found.after),
    }
    if changes is not None:
        whole["summary"] = {item.value: sum(one.effect is item for one in changes) for item in Effect}
        whole["changes"] = [of_change(change) for change in changes]
    if found.state:
        whole["state"] = [_of_state(change) for change in found.state.changes]
    return json.encoded({**whole, "remarks": found.remarks})


def of_change(change: Difference) -> Json:
    """Return a change as every document of nlbcheck has it."""
    result = change.result
    flow = result.flow if result else None
    node = {"zone": flow.node.zone, "address": str(flow.node.address), "port": flow.port} if flow else {}
    return {
        "effect": change.effect.value,
        "subject": change.subject,
        "name": change.what,
        "rows": change.rows,
        **({"node": {**node, "vantage": flow.vantage}} if flow else {}),
        "before": change.before,
        "after": change.after,
        "summary": str(change),
    }


def _of_state(change: StateChange) -> Json:
    return {
        "type": change.type,
        "id": change.id,
        "part": change.part,
        "before": change.before,
        "after": change.after,
        "summary": str(change),
    }


def _side(side: Stored) -> Json:
    made = words.time(side.report.started_at) if side.report else None
    taken = words.time(side.recording.taken_at) if side.recording else None
    known = {"file": side.source, "started_at": made, "taken_at": taken}
    return {key: value for key, value in known.items() if value is not None}
