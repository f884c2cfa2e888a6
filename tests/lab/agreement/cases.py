"""What is tried: a recording, who is there, and connections; drawn at random, or kept in a file."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path

from nlbcheck.aws import recording
from nlbcheck.aws.recording import Recording
from tests.lab.agreement import balancing, changes, doors, network, public
from tests.lab.agreement.kernel import Dialled
from tests.lab.agreement.network import PORTS, Draft

FOUND = Path(__file__).with_name("found")
"""Networks on which walk and kernel have differed once."""
_ALIKE = 4


@dataclass(frozen=True)
class Case:
    """A network and connections in it."""

    name: str
    recording: Recording
    machines: tuple[str, ...]
    """Those that are there whether or not the load balancer needs them."""
    dialled: tuple[Dialled, ...]


def draw(seed: str, number: int, connections: int) -> Case:
    """Return one of the random cases that follow from a seed.

    Some that follow each other are changes of one and the same network, so that little is to be reprogrammed.
    """
    chance = random.Random(f"{seed}:{number // _ALIKE}")
    draft = network.draw(chance)
    balancing.balance(draft, chance)
    public.publish(draft, random.Random(f"{seed}:{number // _ALIKE}:public"))
    chance = random.Random(f"{seed}:{number // _ALIKE}:doors")
    doors.offer(draft, chance)
    doors.chain(draft, chance)
    chance = random.Random(f"{seed}:{number}:changes")
    changes.change(draft, chance)
    drawn = (_connection(draft, chance) for _ in range(10 * connections))
    wanted = dict.fromkeys(item for item in drawn if item.source != item.address)
    machines = tuple(machine.address for machine in (*draft.machines, *draft.internet))
    return Case(f"{seed}-{number}", draft.cloud.recording(), machines, tuple(wanted)[:connections])


def _connection(draft: Draft, chance: random.Random) -> Dialled:
    if draft.internet and chance.random() < 0.5:
        return _to_public(draft, chance)
    if draft.doors and chance.random() < 0.3:
        return _to_door(draft, chance)
    source = chance.choice(draft.machines).address
    kind = chance.random()
    if kind < 0.6:
        balancer = chance.choice(draft.balancers)
        ports = [*balancer.target_groups, *balancer.target_groups, 9]
        return Dialled(source, chance.choice(list(balancer.nodes)), chance.choice(ports))
    if kind < 0.96:
        return Dialled(source, chance.choice(draft.machines).address, chance.choice((*PORTS, 8080)))
    return Dialled(source, chance.choice(draft.places).address(99), 22)


def _to_door(draft: Draft, chance: random.Random) -> Dialled:
    """Return a connection to an interface endpoint, rather from its own VPC."""
    address = chance.choice(list(draft.doors))
    balancer, site = draft.doors[address]
    near = draft.inside(site)
    source = chance.choice(near if near and chance.random() < 0.8 else draft.machines)
    ports = [*balancer.target_groups, *balancer.target_groups, 9]
    return Dialled(source.address, address, chance.choice(ports))


def _to_public(draft: Draft, chance: random.Random) -> Dialled:
    """Return a connection from or to a public address."""
    inside = [machine for machine in draft.machines if machine.place]
    source = chance.choice((*inside, *inside, *draft.internet)).address
    drawn = chance.random()
    if draft.public and drawn < 0.6:
        address = chance.choice(list(draft.public))
        balancer = draft.public[address]
        return Dialled(source, address, chance.choice([*balancer.target_groups, 9]))
    if draft.addresses and drawn < 0.93:
        return Dialled(source, chance.choice(list(draft.addresses)), chance.choice(PORTS))
    return Dialled(chance.choice(draft.internet).address, chance.choice(draft.machines).address, 22)


def write(case: Case, about: str) -> Path:
    """Keep a case."""
    path = FOUND / f"{case.name}.json"
    content = {
        "about": about,
        "machines": case.machines,
        "connections": [asdict(item) for item in case.dialled],
        "snapshot": recording.document(case.recording),
    }
    FOUND.mkdir(exist_ok=True)
    text = json.dumps(content, separators=(",", ":"))
    path.write_text(text.replace('{"account":', '\n{"account":') + "\n")  # a line for each answer
    return path


def read(path: Path) -> Case:
    """Return a case that was kept."""
    content = json.loads(path.read_text())
    dialled = tuple(Dialled(**item) for item in content["connections"])
    known = recording.parse(content["snapshot"], str(path))
    return Case(path.stem, known, tuple(content["machines"]), dialled)
