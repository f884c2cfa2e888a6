"""For which of several targets is the path open?"""

from __future__ import annotations

from collections.abc import Iterable

from nlbcheck.formats import words
from nlbcheck.language import listed, marked, tell
from nlbcheck.model import Result, TargetsReached


def reached(results: Iterable[Result]) -> list[str]:
    """Return for which of several targets the paths are open, one text for all nodes that are alike."""
    told: dict[TargetsReached, list[str]] = {}
    for result in results:
        if result.reached and result.reached.several:
            told.setdefault(result.reached, []).append(result.flow.node.label)
    return [of_targets(found, listed([*dict.fromkeys(nodes)])) for found, nodes in told.items()]


def of_targets(found: TargetsReached, nodes: str = "") -> str:
    """Return for which of several targets the path is open, and which share of the connections fails."""
    parts = {"open": found.open, "nodes": nodes}
    if nodes:
        one = marked("{open} of {count} target is reachable from {nodes}.")
        many = marked("{open} of {count} targets are reachable from {nodes}.")
    else:
        one = marked("{open} of {count} target is reachable.")
        many = marked("{open} of {count} targets are reachable.")
    sentences = [tell(one if found.used == 1 else many, count=found.used, **parts)]
    if found.closed:
        sentences.append(tell("Not reachable: {targets}.", targets=words.names(found.closed)))
    if hidden := found.used - found.open - len(found.closed):
        sentences.append(tell("Not visible: {count}.", count=hidden))
    if found.spare:
        sentences.append(tell("Not in use: {count} more.", count=found.spare))
    if 0 < found.failing < 1:
        sentences.append(tell("Likely {percent} of the connections fail.", percent=_percent(found.failing)))
    return words.joined(sentences)


def _percent(share: float) -> str:
    if 0.01 <= share <= 0.99:
        return f"{share:.0%}"
    return tell("less than 1%") if share < 0.5 else tell("more than 99%")
