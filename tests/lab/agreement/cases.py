"""What is tried: a recording, who is there, and connections; drawn at random, or kept in a file."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path

from nlbcheck.aws import recording
from nlbcheck.aws.recording import Recording
from tests.lab.agreement import balancing, changes, network
from tests.lab.agreement.kernel import Dialled
from tests.lab.agreement.network import PORTS, Draft

FOUND = Path(__file__).with_name("found")
"""Networks on which walk and kernel have differed once."""


@dataclass(frozen=True)
class Case:
    """A network and connections in it."""

    name: str
    recording: Recording
    machines: tuple[str, ...]
    """Those that are there whether or not the load balancer needs them."""
    dialled: tuple[Dialled, ...]


def draw(seed: str, connections: int) -> Case:
    """Return a random case."""
    chance = random.Random(seed)
    draft = network.draw(chance)
    balancing.balance(draft, chance)
    changes.change(draft, chance)
    wanted: dict[Dialled, None] = {}
    while len(wanted) < connections:
        item = _connection(draft, chance)
        if item.source != item.address:
            wanted[item] = None
    machines = tuple(machine.address for machine in draft.machines)
    return Case(seed, draft.cloud.recording(), machines, tuple(wanted))


def _connection(draft: Draft, chance: random.Random) -> Dialled:
    source = chance.choice(draft.machines).address
    kind = chance.random()
    if kind < 0.6:
        balancer = chance.choice(draft.balancers)
        ports = [*balancer.target_groups, *balancer.target_groups, 9]
        return Dialled(source, chance.choice(list(balancer.nodes)), chance.choice(ports))
    if kind < 0.96:
        return Dialled(source, chance.choice(draft.machines).address, chance.choice((*PORTS, 8080)))
    return Dialled(source, chance.choice(draft.places).address(99), 22)


def write(case: Case, about: str) -> Path:
    """Keep a case."""
    path = FOUND / f"{case.name.replace(':', '-')}.json"
    content = {
        "about": about,
        "machines": case.machines,
        "connections": [asdict(item) for item in case.dialled],
        "snapshot": recording.document(case.recording),
    }
    FOUND.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n")
    return path


def read(path: Path) -> Case:
    """Return a case that was kept."""
    content = json.loads(path.read_text())
    dialled = tuple(Dialled(**item) for item in content["connections"])
    known = recording.parse(content["snapshot"], str(path))
    return Case(path.stem, known, tuple(content["machines"]), dialled)
