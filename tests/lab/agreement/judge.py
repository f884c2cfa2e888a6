"""Do the walk and the kernel agree about a network, connection by connection?"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from nlbcheck.aws.world import World
from nlbcheck.model import Leg, Verdict
from nlbcheck.way.trace import Reach, Trace, trace
from tests.lab.agreement import changes
from tests.lab.agreement.changes import Change
from tests.lab.agreement.kernel import Dialled, Seen
from tests.lab.agreement.network import LISTENERS, MACHINES, NODES, OUTSIDE, PORTS, Draft, healthy

SOURCES = [address for _, address in MACHINES.values()]
NARROW = "nacl-narrow-ephemeral"
UNSUPPORTED = {"client-ip-preserved-outside-vpc", "hairpin"}
"""AWS says that it does not work, and not which packet is lost."""


@dataclass(frozen=True)
class Case:
    """A network and connections in it, as values."""

    by_transit: bool
    balancer_has_group: bool
    changes: tuple[Change, ...]
    dialled: tuple[Dialled, ...]

    def draft(self) -> Draft:
        """Build the network."""
        draft = healthy(by_transit=self.by_transit, balancer_has_group=self.balancer_has_group)
        changes.apply(draft, self.changes)
        return draft


@dataclass(frozen=True)
class Verdicts:
    """What the walk says of a connection, where it says one thing."""

    expected: Reach | None
    """None where it says that it does not know, or that it depends on chance."""
    codes: tuple[str, ...]


def draw(seed: str, connections: int) -> Case:
    """Return a random case."""
    chance = random.Random(seed)
    wanted: dict[Dialled, None] = {}
    while len(wanted) < connections:
        source = chance.choice(SOURCES)
        if chance.random() < 0.6:
            item = Dialled(source, chance.choice(list(NODES.values())), chance.choice([*LISTENERS, 1009]))
        else:
            item = Dialled(source, chance.choice([*SOURCES, OUTSIDE]), chance.choice([*PORTS, 443]))
        if item.source != item.address:
            wanted[item] = None
    return Case(chance.random() < 0.4, chance.random() < 0.4, changes.draw(chance), tuple(wanted))


def judge(world: World, dialled: Dialled) -> Verdicts:
    """Ask the walk."""
    told = trace(world, dialled.source, ip_address(dialled.address), dialled.port)
    codes = tuple(finding.code for finding in told.findings)
    if told.reach is Reach.UNKNOWN or NARROW in codes:
        return Verdicts(None, codes)
    return Verdicts(None if _by_chance(told) else told.reach, codes)


def _by_chance(told: Trace) -> bool:
    """Whether several targets get connections, and not all fare alike."""
    fates: dict[str, set[bool]] = {}
    for path in told.paths:
        if path.leg is Leg.BACK and path.target:
            fates.setdefault(path.target, set()).add(path.verdict is Verdict.FAIL)
    used = [f"{item.target.id}:{item.target.port}" for item in told.walk.targets if item.used]
    return len(set(used)) > 1 and len({True in fates.get(name, {True}) for name in used}) > 1


def agrees(said: Verdicts, seen: Seen) -> bool:
    """Hold the walk's word against the kernel's."""
    match said.expected:
        case None:
            return True
        case Reach.REACHABLE:
            return seen.answered
        case Reach.BLOCKED if UNSUPPORTED & set(said.codes):
            return not seen.answered
        case Reach.BLOCKED:
            return not seen.answered and not seen.arrived
        case Reach.REPLY_BLOCKED:
            return not seen.answered and seen.arrived
    return False


def differences(
    world: World, seen: Mapping[Dialled, Seen]
) -> Sequence[tuple[Dialled, Verdicts, Seen]]:
    """Return the connections about which walk and kernel differ."""
    said = {dialled: judge(world, dialled) for dialled in seen}
    return [
        (dialled, said[dialled], found) for dialled, found in seen.items() if not agrees(said[dialled], found)
    ]


