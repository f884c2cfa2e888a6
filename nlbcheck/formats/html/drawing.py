"""Where does each gate of a path stand in a picture of it, and which lines lead there?

A drawing is a line from top to bottom with a station for each gate. Behind the first closed gate the line is
broken: no packet comes there. What is drawn here are numbers and texts; the template makes SVG of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlbcheck.escape import printable, shortened
from nlbcheck.formats import chain, words
from nlbcheck.formats.view import View
from nlbcheck.language import marked, tell
from nlbcheck.model import OF_THE_THING, Direction, Finding, Hop, Leg, Path, Result, Verdict, worst
from nlbcheck.wrapping import columns_of, wrapped

WIDTH = 370
_STEP = 26
"""Pixels from one station to the next."""
_LINE = 16
"""Pixels of a line of a closed gate's rule."""
_COLUMNS = 46
"""Characters of a line of a rule, of the width of letters."""
_MOST_LINES = 5
_MOST_PATHS = 3
"""Paths of one leg that are drawn, where there are many targets."""

_LANES = (
    (marked("The request"), ((Leg.FRONT, Direction.REQUEST), (Leg.BACK, Direction.REQUEST))),
    (marked("The reply"), ((Leg.BACK, Direction.REPLY), (Leg.FRONT, Direction.REPLY))),
    (marked("The health check"), ((Leg.HEALTH, Direction.REQUEST), (Leg.HEALTH, Direction.REPLY))),
)


@dataclass(frozen=True, slots=True)
class Station:
    """A place on the line."""

    y: int
    name: str
    verdict: Verdict | None
    """What the gate does; None for the ends of a leg."""
    rule: Sequence[tuple[int, str]]
    """What closes it, line by line, each with its place."""
    is_beyond: bool
    """Whether no packet comes here."""

    @property
    def height(self) -> int:
        """How far the box around a rule reaches."""
        return len(self.rule) * _LINE + 8


@dataclass(frozen=True, slots=True)
class Drawing:
    """The path of a request, a reply or a health check."""

    title: str
    verdict: Verdict
    stations: Sequence[Station]
    height: int
    width: int = WIDTH

    @property
    def described(self) -> str:
        """The drawing in words, for those who do not see it."""
        told = [
            f"{item.name} ({tell(_SAID[item.verdict])})" if item.verdict else item.name
            for item in self.stations
        ]
        sentences = [tell("{gates}.", gates=tell(", then ").join(told))]
        if rules := [line for item in self.stations for _, line in item.rule]:
            sentences.append(tell("Closed by: {rule}.", rule=" ".join(rules)))
        return words.joined(sentences)


_SAID = {
    Verdict.PASS: marked("passed"),
    Verdict.WARN: marked("passed with a warning"),
    Verdict.UNKNOWN: marked("not visible"),
    Verdict.FAIL: marked("closed"),
    Verdict.ERROR: marked("closed"),
}

Stop = tuple[str, Verdict | None, Sequence[str]]
"""A station before it has a place: name, what it does, and the rule that closes it."""
_KINDS = {
    "address": marked("address"),
    "client": marked("client"),
    "client-ip": marked("client IP of"),
    "firewall-endpoint": marked("firewall endpoint"),
    "instance": marked("instance"),
    "internet-gateway": marked("internet gateway"),
    "listener": marked("listener"),
    "load-balancer": marked("load balancer"),
    "nat-gateway": marked("NAT gateway"),
    "network-acl": marked("network ACL"),
    "network-interface": marked("network interface"),
    "on-premises": marked("on premises"),
    "route-table": marked("route table"),
    "security-group": marked("security group"),
    "target": marked("target"),
    "target-group": marked("target group"),
    "target-health": marked("target health"),
    "transit-gateway": marked("transit gateway"),
    "transit-gateway-attachment": marked("transit gateway attachment"),
    "transit-gateway-route-table": marked("transit gateway route table"),
    "vpc-endpoint": marked("VPC endpoint"),
    "vpc-peering-connection": marked("peering connection"),
    "vpn-connection": marked("VPN connection"),
    "vpn-gateway": marked("virtual private gateway"),
}
"""What AWS calls a gate; others go by their kind's own words."""
_LONGEST = 46


def drawings(view: View, result: Result, paths: Sequence[Path]) -> list[Drawing]:
    """Return the drawings of a result's paths: request, reply and health check, as far as they are known."""
    found = []
    for title, legs in _LANES:
        chosen = [path for leg in legs for path in _few([p for p in paths if (p.leg, p.direction) == leg])]
        if chosen:
            stops = list(_stops(view, result, chosen))
            verdict = worst(path.verdict for path in chosen)
            found.append(_placed(tell(title), verdict, stops))
    return found


def _few(paths: Sequence[Path]) -> Sequence[Path]:
    """Return the paths of a leg that are drawn, the gravest first where there are many."""
    if len(paths) <= _MOST_PATHS:
        return paths
    return sorted(paths, key=lambda path: -path.verdict.severity)[:_MOST_PATHS]


def _stops(view: View, result: Result, paths: Sequence[Path]) -> Iterator[Stop]:
    at: str | None = None
    for path in paths:
        start, end = _ends(view, result, path)
        if start != at:
            yield start, None, ()
        yield from _gates(path, result.findings)
        yield end, None, ()
        at = end


def _ends(view: View, result: Result, path: Path) -> tuple[str, str]:
    """Return where a path begins and ends."""
    client = next((item for item in view.report.vantages if item.source == result.flow.vantage), None)
    far = words.vantage(client or view.report.client) if path.leg is Leg.FRONT else _target(result, path)
    near = tell("node {node}", node=words.node(result.flow.node))
    named = tell("client {vantage}" if path.leg is Leg.FRONT else "target {target}", vantage=far, target=far)
    is_inward = (path.leg is Leg.FRONT) == (path.direction is Direction.REQUEST)
    return (named, near) if is_inward else (near, named)


def _target(result: Result, path: Path) -> str:
    return path.target or result.flow.target


def _gates(path: Path, found: Sequence[Finding]) -> Iterator[Stop]:
    if not path.hops:
        yield tell("all gates"), path.verdict, ()
    for gate in chain.few(chain.gates_of(path.hops)):
        hop = gate.hop
        name = shortened(chain.named(_kind(hop), hop), _LONGEST) if hop else ""
        yield name or gate.name, gate.verdict, _rule(path, hop, found) if hop else ()


def _kind(hop: Hop) -> str:
    return words.in_a_line(_KINDS[hop.kind]) if hop.kind in _KINDS else hop.kind.replace("-", " ")


def _rule(path: Path, hop: Hop, found: Sequence[Finding]) -> Sequence[str]:
    """Return what closes a gate, or hides it: the finding's sentence, and the evidence."""
    if hop.verdict not in (Verdict.FAIL, Verdict.UNKNOWN):
        return ()
    own = next((finding for finding in found if _is_of(finding, path, hop)), None)
    return (*((own.summary,) if own else ()), chain.evidence(hop.evidence.items()))


def _is_of(finding: Finding, path: Path, hop: Hop) -> bool:
    """Whether a finding says of a gate what it does."""
    is_same = finding.resource is not None and finding.resource.id == hop.resource.id
    here = (path.leg, path.direction), (Leg.BALANCER, None)
    is_here = finding.code in OF_THE_THING or (finding.leg, finding.direction) in here
    return is_same and is_here and finding.verdict is hop.verdict


def _placed(title: str, verdict: Verdict, stops: Sequence[Stop]) -> Drawing:
    """Return a drawing with every station at its place."""
    stations, y, is_beyond = [], _STEP // 2 + 2, False
    for name, does, said in stops:
        lines = [line for text in said for line in _lines(text)]
        rule = [(y + 12 + _LINE * (number + 1), line) for number, line in enumerate(lines)]
        stations.append(Station(y, printable(name), does, rule, is_beyond))
        is_beyond = is_beyond or does is Verdict.FAIL
        y += _STEP + (len(lines) * _LINE + 14 if lines else 0)
    return Drawing(title, verdict, stations, y - _STEP // 2 + 2)


def _lines(said: str) -> list[str]:
    safe = printable(said)
    lines = [piece for line in wrapped(safe, _COLUMNS) for piece in _chopped(line) if piece]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1]} …"]
    return lines


def _chopped(line: str) -> Iterator[str]:
    """Yield the pieces of a line that a long word makes too long."""
    while columns_of(line) > _COLUMNS:
        end = next(end for end in range(_COLUMNS, 0, -1) if columns_of(line[:end]) <= _COLUMNS)
        yield line[:end]
        line = line[end:]
    yield line
