"""How is the path of packets drawn in text, with the closed gates marked?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from nlbcheck.escape import printable, shortened
from nlbcheck.formats import words
from nlbcheck.formats.lines import LONGEST_TEXT, colored, padded, widest, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.language import marked, tell
from nlbcheck.model import Direction, Finding, Hop, Json, Leg, Path, Verdict
from nlbcheck.wrapping import columns_of

MARKS = {
    Verdict.PASS: "✓",
    Verdict.WARN: "!",
    Verdict.UNKNOWN: "?",
    Verdict.FAIL: "✗",
    Verdict.ERROR: "✗",
}
_LEGEND = marked("✓ passed   ! warning   ✗ closed   ? not visible")
_KINDS = {
    "client": marked("client"),
    "firewall-endpoint": marked("firewall"),
    "instance": marked("instance"),
    "internet-gateway": marked("internet gateway"),
    "listener": marked("listener"),
    "load-balancer": marked("nlb"),
    "nat-gateway": marked("NAT gateway"),
    "network-acl": marked("acl"),
    "network-interface": marked("interface"),
    "on-premises": marked("on premises"),
    "route-table": marked("routes"),
    "security-group": marked("sg"),
    "target": marked("target"),
    "target-group": marked("group"),
    "target-health": marked("target-health"),
    "transit-gateway": marked("tgw"),
    "transit-gateway-attachment": marked("tgw attachment"),
    "transit-gateway-route-table": marked("tgw routes"),
    "vpc-endpoint": marked("endpoint"),
    "vpc-peering-connection": marked("peering"),
    "vpn-connection": marked("vpn"),
    "vpn-gateway": marked("vgw"),
}
"""What sorts of gates are called in pictures; others by their own word."""
TITLES = {
    (Leg.FRONT, Direction.REQUEST): marked("client to node"),
    (Leg.BACK, Direction.REQUEST): marked("node to target"),
    (Leg.BACK, Direction.REPLY): marked("target to node"),
    (Leg.FRONT, Direction.REPLY): marked("node to client"),
    (Leg.HEALTH, Direction.REQUEST): marked("health check"),
    (Leg.HEALTH, Direction.REPLY): marked("its reply"),
}
_DIRECT = {
    (Leg.FRONT, Direction.REQUEST): marked("request"),
    (Leg.FRONT, Direction.REPLY): marked("reply"),
}
"""The legs of a connection without a load balancer."""
_LONGEST_NAME = 44
_MOST_PATHS = 3
"""Paths of one leg and fate that are drawn, and targets that are named, where there are many."""
_FEW_PATHS = 30
"""Paths up to which all are drawn."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate of a path, as a picture shows it."""

    name: str
    """``sg targets``; not yet escaped."""
    verdict: Verdict
    hop: Hop | None
    """What it is; None where several are counted."""


def picture(
    paths: Sequence[Path],
    style: Style,
    indent: str = "  ",
    *,
    failing: bool = False,
    cause: Finding | None = None,
) -> list[str]:
    """Return each leg and direction as a chain of gates, in the order in which a packet meets them.

    With ``failing`` those that are passed, if with a warning, are left out, unless all of them are; with a
    ``cause`` also those that fail elsewhere, where it is known on which it lies.
    """
    is_direct = all(path.leg is Leg.FRONT for path in paths)
    titles = {leg: tell(title) for leg, title in (_DIRECT if is_direct else TITLES).items()}
    room = widest([*titles.values(), *map(tell, TITLES.values())])
    several = len({path.target for path in paths if path.target}) > 1
    drawn = _failing(paths, cause) if failing else paths
    lines: list[str] = []
    for alike in _by_fate(drawn or paths):
        title = padded(titles[alike[0].leg, alike[0].direction], room)
        for path in alike[:_MOST_PATHS]:
            names = [printable(path.target)] if several and path.target else []
            lines += _chain(indent, title, path, names, style)
        if (more := len(alike) - _MOST_PATHS) > 0:
            told = tell("and {count} more", count=more)
            lines.append(_head(indent, title, alike[0].verdict, style) + told)
    return [*lines, style.shown(indent + tell(_LEGEND))] if lines else []


def _failing(paths: Sequence[Path], cause: Finding | None) -> Sequence[Path]:
    """Return the paths that fail where a cause lies; all that fail where that is not known."""
    closed = [path for path in paths if not _is_passed(path.verdict)]
    if cause is None:
        return closed
    own = [path for path in closed if (path.leg, path.direction) == (cause.leg, cause.direction)]
    return own or [path for path in closed if _is_closed_by(cause, path)] or closed


def _is_closed_by(cause: Finding, path: Path) -> bool:
    """Whether a gate of a path is what the cause is about, and is not passed."""
    thing = cause.resource and cause.resource.id
    return any(hop.resource.id == thing for hop in path.hops if not _is_passed(hop.verdict))


def _is_passed(verdict: Verdict) -> bool:
    return verdict in (Verdict.PASS, Verdict.WARN)


def _by_fate(paths: Sequence[Path]) -> Iterable[Sequence[Path]]:
    """Return the paths of each leg and direction that end alike, together; in the order of the first."""
    groups: dict[object, list[Path]] = {}
    for number, path in enumerate(paths):
        alike = (path.leg, path.direction, path.verdict) if len(paths) > _FEW_PATHS else number
        groups.setdefault(alike, []).append(path)
    return groups.values()


def few(gates: Sequence[Gate]) -> Sequence[Gate]:
    """Return gates with the targets that are passed counted, where there are many."""
    passed = [gate for gate in gates if _is_target(gate) and gate.verdict is Verdict.PASS]
    if len(passed) <= _MOST_PATHS:
        return gates
    left_out = {gate.name for gate in passed[_MOST_PATHS:]}
    kept = [gate for gate in gates if gate.name not in left_out]
    more = tell("{count} targets more", count=len(left_out))
    return [*kept, Gate(more, Verdict.PASS, None)]


def _is_target(gate: Gate) -> bool:
    return gate.hop is not None and gate.hop.kind == "target"


def _chain(indent: str, title: str, path: Path, names: Sequence[str], style: Style) -> list[str]:
    """Return a path as a chain of gates, broken between gates only; what is not passed has its colour."""
    room = columns_of(f"{indent}{MARKS[path.verdict]} {title}")
    parts = [(name, Verdict.PASS) for name in names]
    parts += [(_sign(gate, style), gate.verdict) for gate in few(gates_of(path.hops))]
    lines, line, used = [], _head(indent, title, path.verdict, style), room + 2
    for number, (part, verdict) in enumerate(parts):
        lead = f" {style.arrow} " if number else ""
        if number and used + columns_of(lead + part) > max(style.width, 2 * (room + 2)):
            lines.append(line)
            line, used = " " * (room - 1), room - 1
        line += lead + colored(part, style, None if verdict is Verdict.PASS else verdict)
        used += columns_of(lead + part)
    return [*lines, line.rstrip()]


def _sign(gate: Gate, style: Style) -> str:
    return style.shown(f"{MARKS[gate.verdict]} {printable(gate.name)}")


def _head(indent: str, title: str, verdict: Verdict, style: Style) -> str:
    """Return what a chain begins with; only the mark has a colour, and of a path that is passed none."""
    mark = colored(style.shown(MARKS[verdict]), style, None if verdict is Verdict.PASS else verdict)
    return f"{indent}{mark} {title}  "


def gates_of(hops: Sequence[Hop]) -> list[Gate]:
    """Return each gate once, with the gravest of what it did where a packet meets it several times on end."""
    gates: list[Gate] = []
    for hop, following in zip_longest(hops, hops[1:]):
        if _goes_without_saying(hop, following):
            continue
        gate = Gate(label(hop), hop.verdict, hop)
        if not gates or gates[-1].name != gate.name:
            gates.append(gate)
        elif gate.verdict.severity > gates[-1].verdict.severity:
            gates[-1] = gate
    return gates


def _goes_without_saying(hop: Hop, following: Hop | None) -> bool:
    """Whether a gate that is passed would only make the picture longer."""
    if hop.verdict is not Verdict.PASS:
        return False
    unguarded = hop.kind == "security-group" and hop.resource.type != "security-group"
    is_instance = hop.kind == "network-interface" and following is not None and following.kind == "instance"
    return unguarded or is_instance or hop.kind == "client-ip"


def label(hop: Hop) -> str:
    """Return what a gate is called in a picture: ``sg targets``; a passed ACL without a name is any."""
    return shortened(named(kind(hop), hop), _LONGEST_NAME)


def named(kind: str, hop: Hop) -> str:
    """Return a gate's kind with its name, or its id where it has none."""
    is_any = hop.kind == "network-acl" and hop.verdict is Verdict.PASS and not hop.resource.name
    return kind if is_any else f"{kind} {words.place(hop.resource.name or hop.resource.id)}"


def kind(hop: Hop) -> str:
    """Return what sort of gate it is, in a word or two."""
    return tell(_KINDS[hop.kind]) if hop.kind in _KINDS else hop.kind


def details(paths: Sequence[Path], style: Style) -> list[str]:
    """Return every gate of every leg with the evidence for what it does."""
    lines: list[str] = []
    for path in paths:
        title = tell(TITLES[path.leg, path.direction])
        lines += wrapped(f"{MARKS[path.verdict]} {title}", style, path.verdict, first="  ")
        for hop in path.hops:
            told = f"{MARKS[hop.verdict]} {kind(hop)} {words.place(str(hop.resource))}"
            lines += wrapped(told, style, hop.verdict, first="    ", indent="      ")
            if said := evidence(hop.evidence.items()):
                lines += wrapped(shortened(said, LONGEST_TEXT), style, first="        ", indent="        ")
    return lines


def evidence(items: Iterable[tuple[str, Json]]) -> str:
    """Return evidence in one line: ``destination 0.0.0.0/0, target igw-0…``."""
    return ", ".join(f"{name} {_value(value)}" for name, value in items if value not in (None, "", [], {}))


def _value(value: Json) -> str:
    if isinstance(value, dict):
        return f"({evidence(value.items())})"
    if isinstance(value, (list, tuple)):
        return f"[{'; '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
