"""How are cases brought up one after the other in one lab, and disagreements made small?"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.world import World
from nlbcheck.errors import NlbcheckError
from nlbcheck.lab import session
from nlbcheck.lab.plan import Link, Namespace, Plan
from nlbcheck.lab.session import Lab
from nlbcheck.lab.twin import Blueprint
from nlbcheck.lab.twin import draw as drawn
from nlbcheck.lab.twin.seats import Role
from nlbcheck.lab.twin.services import Wishes
from tests.lab.agreement import cases
from tests.lab.agreement.cases import Case
from tests.lab.agreement.judge import Judgement, judge
from tests.lab.agreement.kernel import Dialled, Fate, dial
from tests.lab.agreement.network import PORTS
from tests.lab.agreement.shrinking import shrunk

PATIENCE = 0.15
MORE_PATIENCE = 1.0
"""Seconds for those that have not fared as expected: this machine may be busy."""
SHRINKING = 60
_ENOUGH = 10
_TRIES = 6


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

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._namespaces: dict[str, Namespace] = {}
        self._links: tuple[Link, ...] = ()

    def compare(self, case: Case, counts: Counter[str] | None = None) -> list[Difference]:
        """Turn the lab into a case's network and return what walk and kernel differ about.

        ``counts`` are added to.
        """
        world = World(case.recording)
        blueprint = plan_of(case, world)
        self._bring_up(blueprint.plan)
        said, seen = self._both(world, blueprint, case.dialled, PATIENCE)
        unclear = [item for item in seen if not said[item].agrees(seen[item])]
        found = self._confirmed(world, blueprint, unclear)
        if counts is not None:
            counts.update(_counted(said, seen, len(found)))
        return found

    def _confirmed(self, world: World, blueprint: Blueprint, unclear: list[Dialled]) -> list[Difference]:
        """Return the differences that are seen again, in some tries: chance may choose another target."""
        for _ in range(_TRIES if unclear else 0):
            said, seen = self._both(world, blueprint, unclear, MORE_PATIENCE)
            found = [Difference(item, said[item], seen[item]) for item in unclear]
            found = [item for item in found if not item.said.agrees(item.seen)]
            if found:
                return found
        return []

    def smaller(self, case: Case, difference: Difference) -> Case:
        """Return a case without what a difference does not need."""
        ends = (difference.dialled.source, difference.dialled.address)
        case = replace(case, dialled=(difference.dialled,))

        def differs(known: Recording) -> bool:
            trying = replace(case, recording=known)
            try:
                found = self.compare(trying)
            except (NlbcheckError, LookupError, OSError):  # too little is left to be a network
                return False
            return [(item.said, item.seen) for item in found] == [(difference.said, difference.seen)]

        fewer = replace(case, machines=tuple(name for name in case.machines if name in ends))
        case = fewer if self.compare(fewer) else case
        return replace(case, recording=shrunk(case.recording, differs, SHRINKING))

    def _bring_up(self, plan: Plan) -> None:
        """Turn the lab into a network; what it does not need stays, as nothing leads there any more.

        To make and end namespaces would take longer than all else.
        """
        self._namespaces |= {item.name: item for item in plan.namespaces}
        taken = {end for link in plan.links for end in (link.one, link.other)}
        idle = [link for link in self._links if link not in plan.links]
        cut = [link for link in idle if not taken.isdisjoint((link.one, link.other))]
        unused = self._namespaces.keys() - {item.name for item in plan.namespaces}
        for name in unused & {end.namespace for link in cut for end in (link.one, link.other)}:
            self._namespaces[name] = Namespace(name)  # its program names a device that goes
        self._links = (*plan.links, *(link for link in idle if link not in cut))
        try:
            self._lab.update(replace(plan, namespaces=tuple(self._namespaces.values()), links=self._links))
        except NlbcheckError:  # what runs now is neither this network nor the one before
            self._lab.network.close()
            self._lab = Lab(Plan((), (), (), plan.client), self._lab.environment)
            self._namespaces, self._links = {}, ()
            raise

    def _both(
        self, world: World, blueprint: Blueprint, wanted: Iterable[Dialled], patience: float
    ) -> tuple[Mapping[Dialled, Judgement], Mapping[Dialled, Fate]]:
        hosts = {str(seat.address): seat.name for seat in blueprint.survey.seats if seat.role is Role.HOST}
        with dial(self._lab, hosts, PORTS, list(wanted)) as dialling:
            said = {item: judge(world, item) for item in wanted}  # while packets are under way
            return said, dialling.outcome(patience)


def _counted(
    said: Mapping[Dialled, Judgement], seen: Mapping[Dialled, Fate], differences: int
) -> Counter[str]:
    return Counter({
        "networks": 1,
        "connections": len(seen),
        "answered": sum(item.answered for item in seen.values()),
        "reply blocked": sum(bool(item.arrives) and not item.answered for item in seen.values()),
        "unknown": sum(item.fates is None for item in said.values()),
        "by chance": sum(len(item.fates or ()) > 1 for item in said.values()),
        "disagreements": differences,
    })  # fmt: skip


def plan_of(case: Case, world: World) -> Blueprint:
    """Return the network of a case, with no server: the kernel listens."""
    return drawn(world, Wishes(listening={}), case.machines[0], case.machines)


def run(tried: Iterable[Case]) -> int:
    """Compare walk and kernel on cases, keep some on which they differ, and write what it gave as JSON."""
    each = iter(tried)
    first = next(each)

    def story(lab: Lab) -> int:
        bench, counts, told = Bench(lab), Counter[str](), list[str]()
        for case in chain([first], each):
            differences = bench.compare(case, counts)
            told += [f"{case.name}: {difference}" for difference in differences]
            if differences and len(told) < _ENOUGH:
                kept = cases.write(bench.smaller(case, differences[0]), str(differences[0]))
                told.append(f"the first of these is kept as {kept}")
        json.dump({"counts": counts, "told": told}, sys.stdout)
        return 0

    return session.run(plan_of(first, World(first.recording)).plan, os.environ, story)
