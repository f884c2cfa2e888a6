"""What may become of a connection, if the walk is right?

A listener may have several targets, and chance decides: then there are several fates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

from nlbcheck.aws.resources.internet_gateway import routable
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Direction, Hop, Leg, Path, Verdict
from nlbcheck.path.reach import Reach, Trace, reach, trace
from nlbcheck.path.walk import TargetWalk
from tests.lab.agreement import public
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
    fates = _relayed(told) if told.walk.targets else _fates(told.paths, _behind(state, dialled.address))
    if fates and dialled.source in public.OUTSIDE and not routable(ip_address(dialled.address)):
        fates.add(LOST)  # the walk does not know whether a public address is used on-premises
    met = frozenset(hop.kind for path in told.paths for hop in path.hops)
    return Judgement(frozenset(fates) if fates else None, codes, met)


def _behind(state: AwsState, address: str) -> str:
    """Return the machine that an address means: the one that has it, or whose public address it is."""
    public = ip_address(address)
    found = state.interfaces_dialled_by(public)
    private = found[0].private_of(public) if isinstance(found, tuple) and found else None
    return address if private is None else str(private)


def _relayed(told: Trace) -> set[Fate]:
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
        return _fates(told.paths, "")
    for item in used:
        back = [path for path in told.paths if path.leg is Leg.BACK and path.target == _name(item)]
        found = _fates([*front, *back], str(item.address))
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


def _fates(paths: Sequence[Path], machine: str) -> set[Fate]:
    """Return the fates of a connection that ends at one machine; none where they are not known."""
    paths = [
        _without(path, [hop for hop in path.hops if _is_premises(hop) or _is_firewall(hop)]) for path in paths
    ]
    hops = [hop for path in paths if path.leg in (Leg.FRONT, Leg.BACK) for hop in path.hops]
    arrived, narrow = Fate(machine, answered=False), False
    if any("health checks pass it" in str(hop.evidence.get("meaning")) for hop in hops):
        return set()  # that a target is healthy is drawn, too, and so no proof here
    if any(hop.kind == "client-ip" and hop.verdict is Verdict.FAIL for hop in hops):
        return {LOST, arrived}  # AWS says that it does not work, and not which packet is lost
    for path in paths:
        replies = path.direction is Direction.REPLY
        acls = [hop for hop in path.hops if hop.kind == "network-acl"]
        narrow = narrow or (replies and any(hop.verdict is Verdict.WARN for hop in acls))
        if replies and any(hop.verdict is Verdict.FAIL and "admitted" in hop.evidence for hop in acls):
            return {
                LOST,
                arrived,
                Fate(machine, answered=True),
            }  # next to no port is open, and chance decides
    if any(hop.kind == "firewall-endpoint" and hop.evidence.get("reply") == [] for hop in hops):
        narrow = True  # the answer comes around the firewall: it connects, and hangs then
        hops = [hop for hop in hops if hop.kind == "firewall-endpoint"]
        paths = [_without(path, hops) for path in paths]
    if _is_steered(paths):
        narrow = True
        paths = [_without(path, _closed_way_back(path)) for path in paths]
    match reach(paths):
        case Reach.UNKNOWN:
            return set()
        case Reach.BLOCKED:
            return {LOST}
        case Reach.REPLY_BLOCKED:
            unseen = any(
                path.verdict is Verdict.UNKNOWN for path in paths if path.direction is Direction.REQUEST
            )
            found = {arrived} | ({LOST} if unseen else set())
        case Reach.REACHABLE:
            found = {Fate(machine, answered=True)} | ({arrived} if narrow else set())
    if _leaves_aws(paths) and machine not in OUTSIDE:
        return {LOST}  # nobody on-premises has the address
    return found


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
    """Whether a hop says that a firewall is not visible; in the lab it lets whole connections through."""
    return hop.kind == "firewall-endpoint" and hop.verdict is Verdict.UNKNOWN


def _leaves_aws(paths: Iterable[Path]) -> bool:
    requests = [path for path in paths if path.direction is Direction.REQUEST]
    return any(path.hops and path.hops[-1].kind == "on-premises" for path in requests)
