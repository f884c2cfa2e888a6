"""``python -m tests.lab.agreement NETWORKS [SEED]``: walk and kernel on random networks."""

from __future__ import annotations

import os
import sys
import time

from nlbcheck.aws.world import World
from nlbcheck.lab import session
from nlbcheck.lab.session import Lab
from nlbcheck.lab.twin import draw as drawn
from nlbcheck.lab.twin.services import Wishes
from tests.lab.agreement import judge
from tests.lab.agreement.judge import Case
from tests.lab.agreement.kernel import Kernel
from tests.lab.agreement.network import MACHINES, OUTSIDE, PORTS

CONNECTIONS = 20
_EVERYBODY = [*(address for _, address in MACHINES.values()), OUTSIDE]


def plan_of(world: World):
    """Return the plan of a network, with every machine but no server: the kernel listens."""
    return drawn(world, Wishes(listening={}), _EVERYBODY[0], _EVERYBODY).plan


def compare(lab: Lab, kernel: Kernel, case: Case):
    """Bring a case up and return the connections about which walk and kernel differ."""
    world = World(case.draft().cloud.recording())
    lab.update(plan_of(world))
    return judge.differences(world, kernel.dial(case.dialled))


def shrunk(lab: Lab, kernel: Kernel, case: Case) -> Case:
    """Return the case without the changes and connections that the disagreement does not need."""
    case = Case(
        case.by_transit,
        case.balancer_has_group,
        case.changes,
        tuple(item for item, _, _ in compare(lab, kernel, case))[:1] or case.dialled,
    )
    place = 0
    while place < len(case.changes):
        less = Case(
            case.by_transit,
            case.balancer_has_group,
            case.changes[:place] + case.changes[place + 1 :],
            case.dialled,
        )
        if compare(lab, kernel, less):
            case = less
        else:
            place += 1
    return case


def main(networks: int, seed: str) -> int:
    """Run, print every disagreement, and fail when there is one."""
    first = judge.draw(f"{seed}:0", CONNECTIONS)
    counts = {"connections": 0, "disagreements": 0, "told": 0, "open": 0}

    def story(lab: Lab) -> int:
        kernel = Kernel(lab, _EVERYBODY, PORTS)
        started = time.monotonic()
        for number in range(networks):
            case = judge.draw(f"{seed}:{number}", CONNECTIONS)
            world = World(case.draft().cloud.recording())
            lab.update(plan_of(world))
            seen = kernel.dial(case.dialled)
            said = {item: judge.judge(world, item) for item in seen}
            counts["connections"] += len(seen)
            counts["told"] += sum(item.expected is not None for item in said.values())
            counts["open"] += sum(item.answered for item in seen.values())
            wrong = [item for item in seen if not judge.agrees(said[item], seen[item])]
            if wrong:
                counts["disagreements"] += len(wrong)
                small = shrunk(lab, kernel, case)
                sys.stdout.write(f"network {number}: {small}\n")
                for item, verdicts, found in compare(lab, kernel, small):
                    sys.stdout.write(f"   {item}: walk {verdicts}, kernel {found}\n")
                sys.stdout.flush()
        seconds = time.monotonic() - started
        sys.stdout.write(
            f"{counts['told']} told, {counts['open']} open, {seconds / max(1, networks) * 1000:.0f} ms a network\n"
            f"agreement: {networks} networks, {counts['connections']} connections, "
            f"{counts['disagreements']} disagreements\n"
        )
        return 1 if counts["disagreements"] else 0

    plan = plan_of(World(first.draft().cloud.recording()))
    return session.run(plan, os.environ, story)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "1"))
