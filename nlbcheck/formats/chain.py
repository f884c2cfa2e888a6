"""How is the path of packets drawn in text, with the closed gates marked?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from nlbcheck.escape import printable, shortened
from nlbcheck.formats.lines import LONGEST_TEXT, colored, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.model import Direction, Hop, Json, Leg, Path, Verdict

MARKS = {
    Verdict.PASS: "✓",
    Verdict.WARN: "!",
    Verdict.UNKNOWN: "?",
    Verdict.FAIL: "✗",
    Verdict.ERROR: "✗",
}
_LEGEND = "✓ passed   ! warning   ✗ closed   ? not visible"
_SHORT = {
    "security-group": "sg",
    "network-acl": "acl",
    "route-table": "routes",
    "vpc-peering-connection": "peering",
    "network-interface": "interface",
    "load-balancer": "nlb",
    "transit-gateway-route-table": "tgw routes",
    "transit-gateway-attachment": "tgw attachment",
    "transit-gateway": "tgw",
    "vpn-gateway": "vgw",
    "vpn-connection": "vpn",
    "target-group": "group",
    "on-premises": "on premises",
    "firewall-endpoint": "firewall",
}
TITLES = {
    (Leg.FRONT, Direction.REQUEST): "client to node",
    (Leg.BACK, Direction.REQUEST): "node to target",
    (Leg.BACK, Direction.REPLY): "target to node",
    (Leg.FRONT, Direction.REPLY): "node to client",
    (Leg.HEALTH, Direction.REQUEST): "health check",
    (Leg.HEALTH, Direction.REPLY): "its reply",
}
DIRECT = {(Leg.FRONT, Direction.REQUEST): "request", (Leg.FRONT, Direction.REPLY): "reply"}
_LONGEST_NAME = 44
_MOST_PATHS = 3
"""Paths of one leg and fate that are drawn, and targets that are named, where there are many."""
_FEW_PATHS = 30
"""Paths up to which all are drawn."""
_TITLE = max(map(len, TITLES.values()))


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate of a path, as a picture shows it."""

    name: str
    """``sg targets``; not yet escaped."""
    verdict: Verdict
    hop: Hop | None
    """What it is; None where several are counted."""


def picture(paths: Sequence[Path], style: Style, indent: str = "  ", *, failing: bool = False) -> list[str]:
    """Return each leg and direction as a chain of gates, in the order in which a packet meets them.

    With ``failing`` those that are passed, if with a warning, are left out, unless all of them are.
    """
    lines: list[str] = []
    titles = DIRECT if all(path.leg is Leg.FRONT for path in paths) else TITLES
    several = len({path.target for path in paths if path.target}) > 1
    closed = [path for path in paths if path.verdict not in (Verdict.PASS, Verdict.WARN)]
    for alike in _by_fate(closed if failing and closed else paths):
        for path in alike[:_MOST_PATHS]:
            head = f"{MARKS[path.verdict]} {titles[path.leg, path.direction]:<{_TITLE}}  "
            gates = [f"{MARKS[gate.verdict]} {printable(gate.name)}" for gate in few(gates_of(path.hops))]
            if several and path.target:
                gates.insert(0, printable(path.target))
            lines += _chain(indent + head, gates, path.verdict, style)
        if more := len(alike) - _MOST_PATHS:
            head = f"{MARKS[alike[0].verdict]} {titles[alike[0].leg, alike[0].direction]:<{_TITLE}}  "
            lines += _chain(indent + head, [f"and {more} more"], alike[0].verdict, style) if more > 0 else []
    return [*lines, f"{indent}{_LEGEND}"] if lines else []


def _by_fate(paths: Sequence[Path]) -> Iterable[Sequence[Path]]:
    """Return the paths of each leg and direction that end alike, together; in the order of the first."""
    groups: dict[object, list[Path]] = {}
    for number, path in enumerate(paths):
        alike = (path.leg, path.direction, path.verdict) if len(paths) > _FEW_PATHS else number
        groups.setdefault(alike, []).append(path)
    return groups.values()


def few(gates: Sequence[Gate]) -> Sequence[Gate]:
    """Return gates with the targets that are passed counted, where there are many."""
    passed = [gate for gate in gates if gate.name.startswith("target ") and gate.verdict is Verdict.PASS]
    if len(passed) <= _MOST_PATHS:
        return gates
    left_out = {gate.name for gate in passed[_MOST_PATHS:]}
    kept = [gate for gate in gates if gate.name not in left_out]
    return [*kept, Gate(f"{len(left_out)} targets more", Verdict.PASS, None)]


def _chain(head: str, gates: Iterable[str], verdict: Verdict, style: Style) -> list[str]:
    """Return a chain of gates, broken between gates only."""
    lines, line = [], head
    for number, gate in enumerate(gates):
        part = gate if not number else f" → {gate}"
        if number and len(line) + len(part) > max(style.width, 2 * len(head)):
            lines.append(line)
            line = f"{' ' * (len(head) - 2)}→ {gate}"
        else:
            line += part
    lines.append(line.rstrip())
    return [colored(item, style, None if verdict is Verdict.PASS else verdict) for item in lines]


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
    return kind if is_any else f"{kind} {hop.resource.name or hop.resource.id}"


def kind(hop: Hop) -> str:
    """Return what sort of gate it is, in a word or two."""
    return _SHORT.get(hop.kind, hop.kind)


def details(paths: Sequence[Path], style: Style) -> list[str]:
    """Return every gate of every leg with the evidence for what it does."""
    lines: list[str] = []
    for path in paths:
        title = TITLES[path.leg, path.direction]
        lines += wrapped(f"{MARKS[path.verdict]} {title}", style, path.verdict, first="  ")
        for hop in path.hops:
            told = f"{MARKS[hop.verdict]} {kind(hop)} {hop.resource}"
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
