"""What may become of a connection, if the walk is right?

A listener may have several targets, and chance decides: then there are several fates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

from nlbcheck.aws.state import AwsState
from nlbcheck.model import Address, Direction, Hop, Leg, Path, Verdict
from nlbcheck.path.reach import Reach, Trace, reach, trace
from nlbcheck.path.walk import TargetWalk
from tests.lab.agreement.kernel import Dialled, Fate
from tests.lab.agreement.network import OUTSIDE

LOST = Fate(None, answered=False)


@dataclass(frozen=True)
class Judgement:
    """What the walk says."""

    fates: frozenset[Fate] | None
    """None where it says that it does not know."""
    codes: tuple[str, ...]
    met: frozenset[str]
    """The kinds of things that packets meet."""

    def agrees(self, seen: Fate) -> bool:
        """Hold the walk's word against the kernel's."""
        return self.fates is None or seen in self.fates


def judge(state: AwsState, dialled: Dialled) -> Judgement:
    """Ask the walk."""
    told = trace(state, dialled.source, ip_address(dialled.address), dialled.port)
    codes = tuple(finding.code for finding in told.findings)
    if told.walk.targets:
        fates = _relayed(told, Beyond(state, dialled.source))
    else:
        fates = fates_at(told.paths, _behind(state, dialled.address))
    met = frozenset(hop.kind for path in told.paths for hop in path.hops)
    return Judgement(frozenset(fates) if fates else None, codes, met)


def _behind(state: AwsState, address: str) -> str:
    """Return the machine that an address means: the one that has it, or whose public address it is."""
    public = ip_address(address)
    found = state.interfaces_dialled_by(public)
    private = found[0].private_of(public) if isinstance(found, tuple) and found else None
    return address if private is None else str(private)


@dataclass(frozen=True)
class End:
    """Where a connection may end."""

    targets: tuple[str, ...]
    """By which targets, the last of which is the machine's own."""
    machine: str


@dataclass(frozen=True)
class Beyond:
    """Follows connections that targets hand on."""

    state: AwsState
    source: str

    def ends(self, item: TargetWalk, passed: tuple[str, ...] = ()) -> list[End] | None:
        """Return where connections to a target may end; None where that is not known."""
        name = _name(item)
        way = (*passed, name)
        if item.address is None or not self._hands_on(item.address):
            return [End(way, str(item.address))]
        told = trace(self.state, self.source, item.address, item.target.port or 0)
        used = [inner for inner in told.walk.targets if inner.used]
        front = [path for path in told.paths if path.leg is Leg.FRONT]
        if name in passed or (used and _useless(front)):
            return None
        found = [self.ends(inner, way) for inner in used]
        known = [ends for ends in found if ends is not None]
        if len(known) < len(found):
            return None
        return [end for ends in known for end in ends] or [End(way, "")]

    def _hands_on(self, address: Address) -> bool:
        found = self.state.interfaces_with(address)
        doors = ("network_load_balancer", "vpc_endpoint")
        return isinstance(found, tuple) and any(item.type in doors for item in found)


def _relayed(told: Trace, beyond: Beyond) -> set[Fate]:
    """Return the fates of a connection by way of a load balancer; none where they are not known."""
    used = [item for item in told.walk.targets if item.used]
    names = [_name(item) for item in used]
    if len(set(names)) < len(names):
        return set()  # the walk tells the ways to one target in two groups apart, their names do not
    front = [path for path in told.paths if path.leg is Leg.FRONT]
    useless = _useless(front)
    shared = {hop.resource.id for path in front for hop in path.hops if hop.kind == "target-group"}
    fates: set[Fate] = set()
    if useless and len(shared) > 1:  # what falls to a group without a target here is lost, the rest is not
        front = [_without(path, useless) for path in front]
        fates.add(LOST)
        gone = {hop.resource.id for hop in useless}
        used = [item for item in used if gone.isdisjoint((item.group.arn, _name(item)))]
    if not used:
        return fates_at(told.paths, "")
    known = [ends for item in used if (ends := beyond.ends(item)) is not None]
    ends = [end for some in known for end in some]
    if len(known) < len(used) or len({end.targets[-1] for end in ends}) < len(ends):
        return set()
    for end in ends:
        back = [path for path in told.paths if path.leg is Leg.BACK and path.target in end.targets]
        found = fates_at([*front, *back], end.machine)
        if not found:
            return set()
        fates |= found
    return fates


def _name(used: TargetWalk) -> str:
    return f"{used.target.id}:{used.target.port}"


def _useless(paths: Iterable[Path]) -> Sequence[Hop]:
    """Return the target groups without a target here, and the targets that get no connection."""
    hops = [hop for path in paths for hop in path.hops if hop.kind in ("target-group", "target")]
    return [hop for hop in hops if hop.verdict is Verdict.FAIL]


def _without(path: Path, gone: Sequence[Hop]) -> Path:
    return replace(path, hops=tuple(hop for hop in path.hops if hop not in gone))


def fates_at(paths: Sequence[Path], machine: str) -> set[Fate]:
    """Return the fates of a connection that ends at one machine; none where they are not known."""
    paths = [_as_in_the_lab(path) for path in paths]
    hops = [hop for path in paths if path.leg in (Leg.FRONT, Leg.BACK) for hop in path.hops]
    arrived = Fate(machine, answered=False)
    if any(hop.kind == "client-ip" and hop.verdict is Verdict.FAIL for hop in hops):
        # AWS says that it does not work, and not which packet is lost on the way to the target.
        return {LOST} if _is_closed_before_node(paths) else {LOST, arrived}
    narrow = any(_is_narrow(hop) for path in paths if path.direction is Direction.REPLY for hop in path.hops)
    paths = [_without(path, [hop for hop in path.hops if _is_narrow(hop)]) for path in paths]
    if _is_steered(paths):
        narrow = True
        paths = [_without(path, _closed_way_back(path)) for path in paths]
    match reach(paths):
        case Reach.UNKNOWN:
            return set()
        case Reach.BLOCKED:
            return {LOST}
        case Reach.REPLY_BLOCKED:
            found = {arrived, LOST} if _has_unseen_request(paths) else {arrived}
        case Reach.REACHABLE:
            found = {Fate(machine, answered=True)} | ({arrived} if narrow else set())
    if _leaves_aws(paths) and machine not in OUTSIDE:
        return {LOST}  # nobody on-premises has the address
    return found


def _is_closed_before_node(paths: Iterable[Path]) -> bool:
    """Whether requests do not come as far as the load balancer."""
    front = [path for path in paths if (path.leg, path.direction) == (Leg.FRONT, Direction.REQUEST)]
    hops = [hop for path in front for hop in path.hops if hop.kind != "client-ip"]
    return any(hop.verdict is Verdict.FAIL for hop in hops)


def _as_in_the_lab(path: Path) -> Path:
    """Return a path without what the lab knows better than the walk."""
    hops = [hop for hop in path.hops if not (_is_premises(hop) or _is_firewall(hop) or _is_half_seen(hop))]
    return replace(path, hops=tuple(_without_proof(hop) for hop in hops))


def _without_proof(hop: Hop) -> Hop:
    """Return as not visible what only recorded health proves: that is drawn, too, and so no proof here.

    Nothing but the tunnels carries packets in the lab, whatever health is drawn.
    """
    tunnels = hop.evidence.get("tunnels")
    if hop.kind == "vpn-connection" and hop.verdict is Verdict.WARN and isinstance(tunnels, list):
        down = all(isinstance(item, dict) and item.get("status") == "DOWN" for item in tunnels)
        return replace(hop, verdict=Verdict.FAIL) if down else hop
    proven = "health checks pass it" in str(hop.evidence.get("meaning"))
    return replace(hop, verdict=Verdict.UNKNOWN) if proven else hop


def _is_narrow(hop: Hop) -> bool:
    """Whether a network ACL lets some ports pass, be it next to none: chance decides on them.

    Only replies go to ports that chance chooses, so that the request is not concerned.
    """
    admits = hop.verdict is Verdict.WARN or "admitted" in hop.evidence
    return hop.kind == "network-acl" and hop.verdict is not Verdict.PASS and admits


def _has_unseen_request(paths: Iterable[Path]) -> bool:
    """Whether a request meets what is not visible: a reply that fails does not tell that it arrives."""
    requests = [path for path in paths if path.direction is Direction.REQUEST]
    return any(path.verdict is Verdict.UNKNOWN for path in requests)


def _is_steered(paths: Sequence[Path]) -> bool:
    """Whether a target in a peered VPC sees the client's address, and has no way to the load balancer.

    AWS does not say whether its answer needs one, or goes back by the way that the request came.
    """
    back = [path for path in paths if path.leg is Leg.BACK]
    hops = [hop for path in back if path.direction is Direction.REQUEST for hop in path.hops]
    keeps = any(hop.evidence.get("preserve_client_ip.enabled") is True for hop in hops)
    peered = any(hop.kind == "vpc-peering-connection" for hop in hops)
    replies = [path for path in back if path.direction is Direction.REPLY]
    return keeps and peered and any(_closed_way_back(path) for path in replies)


def _closed_way_back(path: Path) -> list[Hop]:
    """Return what closes the way between the subnets of a target and a node, their own ACLs aside."""
    if (path.leg, path.direction) != (Leg.BACK, Direction.REPLY):
        return []
    acls = [place for place, hop in enumerate(path.hops) if hop.kind == "network-acl"]
    own = {acls[0], acls[-1]} if acls else set()
    return [hop for place, hop in enumerate(path.hops) if hop.verdict is Verdict.FAIL and place not in own]


def _is_premises(hop: Hop) -> bool:
    """Whether a hop says that on-premises is not visible; in the lab nothing stops packets there."""
    own = "own network" in str(hop.evidence.get("fact"))
    return hop.kind == "on-premises" and hop.verdict is Verdict.UNKNOWN and own


def _is_firewall(hop: Hop) -> bool:
    """Whether a hop says that a firewall's rules are not visible; in the lab it has none, and lets all pass.

    Anything else that is not visible of a firewall stays so.
    """
    rules = str(hop.evidence.get("fact")).startswith("what the firewall behind")
    return hop.kind == "firewall-endpoint" and hop.verdict is Verdict.UNKNOWN and rules


def _is_half_seen(hop: Hop) -> bool:
    """Whether an answer comes around the firewall that its request has passed.

    The client sees it, so that the connection is answered; it hangs after that, which is not looked at here.
    """
    return hop.kind == "firewall-endpoint" and hop.evidence.get("reply") == []


def _leaves_aws(paths: Iterable[Path]) -> bool:
    requests = [path for path in paths if path.direction is Direction.REQUEST]
    return any(path.hops and path.hops[-1].kind == "on-premises" for path in requests)
