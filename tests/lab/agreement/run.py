"""How are cases brought up one after the other in one lab, and disagreements made small?"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.world import World
from nlbcheck.errors import NlbcheckError
from nlbcheck.lab import session
from nlbcheck.lab.session import Lab
from nlbcheck.lab.twin import Blueprint
from nlbcheck.lab.twin import draw as drawn
from nlbcheck.lab.twin.seats import Role
from nlbcheck.lab.twin.services import Wishes
from tests.lab.agreement import cases
from tests.lab.agreement.cases import Case
from tests.lab.agreement.judge import Judgement, judge
from tests.lab.agreement.kernel import Dialled, Fate, dial, forget
from tests.lab.agreement.network import PORTS
from tests.lab.agreement.shrinking import shrunk

PATIENCE = 0.15
MORE_PATIENCE = 1.5
"""Seconds for those that have not fared as expected: this machine may be busy."""
SHRINKING = 60


@dataclass(frozen=True)
class Difference:
    """A connection about which walk and kernel do not agree."""

    dialled: Dialled
    said: Judgement
    seen: Fate

    def __str__(self) -> str:
        fates = " or ".join(sorted(map(str, self.said.fates or ())))
        return f"{self.dialled}: walk {fates} {list(self.said.codes)}, kernel {self.seen}"


class Bench:
    """A lab that becomes one network after the other."""

    def __init__(self, lab: Lab, counts: Counter[str]) -> None:
        self._lab, self.counts = lab, counts

    def compare(self, case: Case) -> list[Difference]:
        """Turn the lab into a case's network and return what walk and kernel differ about."""
        world = World(case.recording)
        blueprint = plan_of(case, world)
        self._lab.update(blueprint.plan)
        said, seen = self._both(world, blueprint, case.dialled, PATIENCE)
        self._count(said, seen)
        unclear = [item for item in seen if not said[item].agrees(seen[item])]
        if unclear:
            said, seen = self._both(world, blueprint, unclear, MORE_PATIENCE)
        return [
            Difference(item, said[item], seen[item])
            for item in unclear
            if not said[item].agrees(seen[item])
        ]

    def smaller(self, case: Case, difference: Difference) -> tuple[Case, str]:
        """Return a case without what a difference does not need, and the difference in words."""
        ends = (difference.dialled.source, difference.dialled.address)
        case = replace(case, dialled=(difference.dialled,))

        def differs(known: Recording) -> bool:
            trying = replace(case, recording=known)
            try:
                found = self.compare(trying)
            except (NlbcheckError, LookupError):  # too little is left to be a network
                return False
            return [(item.said.fates, item.seen) for item in found] == [(difference.said.fates, difference.seen)]

        fewer = replace(case, machines=tuple(name for name in case.machines if name in ends))
        case = fewer if self.compare(fewer) else case
        counts = self.counts.copy()
        case = replace(case, recording=shrunk(case.recording, differs, SHRINKING))
        self.counts.clear()
        self.counts.update(counts)
        return case, str(difference)

    def _both(
        self, world: World, blueprint: Blueprint, wanted: Iterable[Dialled], patience: float
    ) -> tuple[Mapping[Dialled, Judgement], Mapping[Dialled, Fate]]:
        forget(self._lab, [item.name for item in blueprint.plan.namespaces])
        hosts = [seat.name for seat in blueprint.survey.seats if seat.role is Role.HOST]
        with dial(self._lab, hosts, PORTS, list(wanted)) as dialling:
            said = {item: judge(world, item) for item in wanted}  # while packets are under way
            return said, dialling.outcome(patience)

    def _count(self, said: Mapping[Dialled, Judgement], seen: Mapping[Dialled, Fate]) -> None:
        self.counts["networks"] += 1
        self.counts["connections"] += len(seen)
        self.counts["answered"] += sum(item.answered for item in seen.values())
        self.counts["reply blocked"] += sum(bool(item.arrives) and not item.answered for item in seen.values())
        self.counts["unknown"] += sum(item.fates is None for item in said.values())
        self.counts["by chance"] += sum(len(item.fates or ()) > 1 for item in said.values())


def plan_of(case: Case, world: World) -> Blueprint:
    """Return the network of a case, with no server: the kernel listens."""
    return drawn(world, Wishes(listening={}), case.machines[0], case.machines)


def run(tried: Iterable[Case], first: Case, counts: Counter[str]) -> None:
    """Compare walk and kernel on cases, and keep those on which they differ, made small."""

    def story(lab: Lab) -> int:
        bench = Bench(lab, counts)
        for case in tried:
            differences = bench.compare(case)
            counts["disagreements"] += len(differences)
            if differences and counts["kept"] < 3:
                counts["kept"] += 1
                print(case.name, *differences, sep="\n  ", flush=True)
                print("  kept as", cases.write(*bench.smaller(case, differences[0])), flush=True)
        print(dict(counts))
        return 0

    session.run(plan_of(first, World(first.recording)).plan, os.environ, story)
