"""For which of the targets that a node uses is the path open, and which share of connections fails?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlbcheck.model import Direction, Leg, Path, TargetsReached, Verdict
from nlbcheck.path.selected import Selected


def reached(walked: Iterable[tuple[Selected, Sequence[Path]]]) -> TargetsReached | None:
    """Return for how many targets the path is open; None where the node uses none.

    A node chooses a target by a hash of the connection, so targets of a group get like shares:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html.
    """
    walked = list(walked)
    used = [(item, [path for path in paths if path.leg is Leg.BACK]) for item, paths in walked if item.used]
    if not used:
        return None
    parts = [(item, _closed(paths) if item.served else 1.0) for item, paths in used]
    closed = tuple(f"{item.target.id}:{item.target.port}" for item, part in parts if part == 1)
    hidden = sum(
        part < 1 and any(path.verdict is Verdict.UNKNOWN for path in paths)
        for (_, part), (_, paths) in zip(parts, used, strict=True)
    )
    return TargetsReached(
        used=len(used),
        open=len(used) - len(closed) - hidden,
        spare=len(walked) - len(used),
        closed=closed,
        failing=sum(item.share * part for item, part in parts),
    )


def _closed(paths: Sequence[Path]) -> float:
    """Return the part of connections to one target that fails: nodes use each of their addresses alike."""
    there = [path.verdict is Verdict.FAIL for path in paths if path.direction is Direction.REQUEST]
    back = [path.verdict is Verdict.FAIL for path in paths if path.direction is Direction.REPLY]
    if len(there) != len(back):
        return float(any((*there, *back)))
    fails = [one or other for one, other in zip(there, back, strict=True)]
    return sum(fails) / len(fails) if fails else 0.0
