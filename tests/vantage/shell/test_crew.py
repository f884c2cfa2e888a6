"""Many hosts that probe the same flows: in how few commands, and what each is told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from nlbcheck.model import Check, Flow, Status
from nlbcheck.probes.outcome import unwatched
from nlbcheck.vantage.shell.crew import Crew, HostOutput
from tests.vantage.shell.shells import QUICK, flow

HOSTS = ("i-1", "i-2", "i-3")
TASK = re.compile(r"^(\d+) (tcp|http) \S+ (\d+) ", re.MULTILINE)


class Fleet:
    """Hosts that see every port as open, but for one that sees nothing."""

    def __init__(self, lost: str = "") -> None:
        self.asked: list[tuple[tuple[str, ...], list[int]]] = []
        self._lost = lost

    def run(self, hosts: Sequence[str], script: str, seconds: float) -> Mapping[str, HostOutput]:
        assert seconds > 0
        ports = [int(port) for _, _, port in TASK.findall(script)]
        self.asked.append((tuple(hosts), ports))
        told = b"connected 5\n".hex()
        lines = [f"{number} enough 10 1 : {told}" for number, _, _ in TASK.findall(script)]
        nonce = script[6:22]
        body = "\n".join(
            [f"nlbcheck-probe 1 {nonce}", "plain", "tools dials=bash tls=", *lines, f"end {nonce}"]
        )
        return {
            host: HostOutput(why="it is gone") if host == self._lost else HostOutput(body) for host in hosts
        }


def asked_of(crew: Crew, host: str, flows: Sequence[Flow]) -> Counter[Status]:
    named = [replace(one, vantage=host) for one in flows]
    return Counter(result.status for result in crew.probe(host, named, QUICK, unwatched).results)


def test_what_the_first_is_asked_all_are_asked_once() -> None:
    fleet = Fleet(lost="i-2")
    crew = Crew(fleet.run, HOSTS)
    flows = [flow(port) for port in range(1000, 2000)]
    seen = [asked_of(crew, host, flows) for host in HOSTS]
    assert seen == [
        Counter({Status.OK: 1000}),
        Counter({Status.INTERRUPTED: 1000}),
        Counter({Status.OK: 1000}),
    ]
    assert [hosts for hosts, _ in fleet.asked] == [HOSTS, HOSTS]
    assert sorted(port for _, ports in fleet.asked for port in ports) == [*range(1000, 2000)]


def test_what_another_alone_is_asked_is_for_it_alone() -> None:
    fleet = Fleet()
    crew = Crew(fleet.run, HOSTS)
    asked_of(crew, "i-1", [flow(1)])
    asked_of(crew, "i-3", [flow(2)])
    assert [hosts for hosts, _ in fleet.asked] == [HOSTS, ("i-3",)]


def test_each_part_has_some_of_every_target() -> None:
    fleet = Fleet()
    flows = [
        replace(flow(1000 + 400 * target + number), target=f"target-{target}")
        for target in range(3)
        for number in range(400)
    ]
    asked_of(Crew(fleet.run, ("i-1",)), "i-1", flows)
    assert len(fleet.asked) == 2
    for _, ports in fleet.asked:
        assert Counter((port - 1000) // 400 for port in ports) == {0: 200, 1: 200, 2: 200}


def test_heads_take_more_room_than_lines() -> None:
    fleet = Fleet()
    flows = [flow(port, Check.HTTP) for port in range(1000, 1300)]
    asked_of(Crew(fleet.run, ("i-1",)), "i-1", flows)
    assert [len(ports) for _, ports in fleet.asked] == [150, 150]
