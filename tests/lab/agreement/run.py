"""How are cases brought up one after the other in one lab, and disagreements made small?"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.errors import NlbcheckError
from nlbcheck.lab import session
from nlbcheck.lab.emulation import Blueprint
from nlbcheck.lab.emulation import draw as drawn
from nlbcheck.lab.emulation.seats import Role
from nlbcheck.lab.emulation.services import Wishes
from nlbcheck.lab.plan import Link, Namespace, Plan
from nlbcheck.lab.session import Lab
from tests.lab.agreement import cases
from tests.lab.agreement.cases import Case
from tests.lab.agreement.judge import Judgement, judge
from tests.lab.agreement.kernel import Dialled, Fate, dial
from tests.lab.agreement.network import PORTS
from tests.lab.agreement.shrinking import shrunk

LEAST, MOST = 0.15, 0.4
"""Seconds that connections are given, and those that fare otherwise than expected."""
AGAIN, MORE = 6, 8.0
"""So often are those tried again, at once, with so many seconds: then the kernel has sent each of them four
times. A machine that is too busy for that can run no lab; chance may choose a target that is no problem."""
SHRINKING = 120


@dataclass(frozen=True)
class Tried:
    """A connection, what the walk says of it, and what the kernel does with it."""

    dialled: Dialled
    said: Judgement
    seen: Fate

    @property
    def agrees(self) -> bool:
        """Whether both agree."""
        return self.said.agrees(self.seen)

    def __str__(self) -> str:
        fates = " or ".join(sorted(map(str, self.said.fates or ())))
        return f"{self.dialled}: walk {fates} {list(self.said.codes)}, kernel {self.seen}"


class Network:
    """A case's network, which runs."""

    def __init__(self, lab: Lab, hosts: Mapping[str, str], state: AwsState) -> None:
        """Dial between ``hosts``, namespaces by address, where the walk knows a ``world``."""
        self._lab, self._hosts = lab, hosts
        self._says = cache(lambda item: judge(state, item))

    def tried(self, wanted: Sequence[Dialled], most: float) -> list[Tried]:
        """Return what becomes of connections; who fares as expected is not waited for."""

        def matched(seen: Sequence[Fate]) -> list[Tried]:
            return [Tried(item, self._says(item), fate) for item, fate in zip(wanted, seen, strict=True)]

        with dial(self._lab, self._hosts, PORTS, wanted) as dialling:
            for item in wanted:  # while packets are under way
                self._says(item)
            return matched(dialling.fates(LEAST, most, lambda seen: all(x.agrees for x in matched(seen))))

    def differing(self, wanted: Sequence[Dialled], most: float) -> list[Tried]:
        """Return the connections that do not fare as expected when each is made several times."""
        again = self.tried([*wanted] * AGAIN, most) if wanted else []
        return list({item.dialled: item for item in again if not item.agrees}.values())


class Bench:
    """A lab that becomes one network after the other."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._namespaces: dict[str, Namespace] = {}
        self._links: tuple[Link, ...] = ()

    def compare(self, case: Case, counts: Counter[str] | None = None) -> list[Tried]:
        """Turn the lab into a case's network and return what walk and kernel differ about.

        ``counts`` are added to.
        """
        network = self._become(case)
        tried = network.tried(case.dialled, MOST)
        unclear = [item.dialled for item in tried if not item.agrees]
        found = network.differing(unclear, MORE)
        if counts is not None:
            counts.update(_counted(tried), again=len(unclear), disagreements=len(found))
        return found

    def smaller(self, case: Case, difference: Tried) -> Case:
        """Return a case without what a difference does not need."""
        case = replace(case, dialled=(difference.dialled,))

        def differs(trying: Case) -> bool:
            try:
                if judge(AwsState(trying.recording), difference.dialled) != difference.said:
                    return False  # which is sooner known than what the kernel does
                found = self._become(trying).differing(trying.dialled, LEAST)
            except (NlbcheckError, LookupError, OSError):  # too little is left to be a network
                return False
            return [item.seen for item in found] == [difference.seen]

        def still_differs(known: Recording) -> bool:
            return differs(replace(case, recording=known))

        ends = (difference.dialled.source, difference.dialled.address)
        fewer = replace(case, machines=tuple(name for name in case.machines if name in ends))
        case = fewer if differs(fewer) else case
        return replace(case, recording=shrunk(case.recording, still_differs, SHRINKING))

    def _become(self, case: Case) -> Network:
        state = AwsState(case.recording)
        blueprint = plan_of(case, state)
        self._bring_up(blueprint.plan)
        seats = [seat for seat in blueprint.survey.seats if seat.role is Role.HOST]
        return Network(self._lab, {str(seat.address): seat.name for seat in seats}, state)

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


def _counted(tried: Sequence[Tried]) -> Counter[str]:
    return Counter({
        "networks": 1,
        "connections": len(tried),
        "answered": sum(item.seen.answered for item in tried),
        "reply blocked": sum(bool(item.seen.arrives) and not item.seen.answered for item in tried),
        "unknown": sum(item.said.fates is None for item in tried),
        "by chance": sum(len(item.said.fates or ()) > 1 for item in tried),
    })  # fmt: skip


def plan_of(case: Case, state: AwsState) -> Blueprint:
    """Return the network of a case, with no server: the kernel listens."""
    return drawn(state, Wishes(listening={}), case.machines[0], case.machines)


def run(tried: Iterable[Case], keep: int) -> int:
    """Compare walk and kernel on cases, keep some on which they differ, and write the sums as JSON.

    Differences are told on standard error when they are found.
    """
    each = iter(tried)
    first = next(each)

    def story(lab: Lab) -> int:
        bench, counts, kept = Bench(lab), Counter[str](), 0
        for case in chain([first], each):
            differences = bench.compare(case, counts)
            for difference in differences:
                _tell(f"{case.name}: {difference}")
            if differences and kept < keep:
                kept += 1
                path = cases.write(bench.smaller(case, differences[0]), str(differences[0]))
                _tell(f"the first of these is kept as {path}")
        json.dump(counts, sys.stdout)
        return 0

    return session.run(plan_of(first, AwsState(first.recording)).plan, os.environ, story)


def _tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
