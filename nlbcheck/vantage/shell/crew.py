"""How do many hosts probe the same flows by their shells, in as few commands as that takes?"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from nlbcheck.errors import UnseenError
from nlbcheck.escape import printable, shortened
from nlbcheck.language import tell
from nlbcheck.model import Check, Flow, Observation, Status
from nlbcheck.probes import outcome
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import OUT_OF_TIME, Observations, Watch
from nlbcheck.vantage.shell import judging, outcomes, questions
from nlbcheck.vantage.shell.questions import Crowd, ShellScript

_MOST_WEIGHT = 600
"""Tasks of one script whose packed output fits into 24,000 characters, with room to spare."""
_WEIGHT = {Check.HTTP: 4, Check.HTTPS: 4}
"""How much more than others these checks print: the head of an answer, not a line."""
_MOST_AGAIN = 20
"""So often a host is asked again for what was cut off of its output."""
_MOST_SCRIPTS = 32
"""Scripts that are kept for the next host that is asked the same."""
_DELAY = 5.0
"""Seconds beyond a script's own time after which it is ended."""
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class HostOutput:
    """What a script printed on a host."""

    output: str = ""
    is_cut: bool = False
    why: str | None = None
    """Why it did not run to its end, in words."""


RunOnHosts = Callable[[Sequence[str], str, float], Mapping[str, HostOutput]]
"""Runs a script on hosts for at most so many seconds; what prevents it on one is that one's output."""


class Crew:
    """Hosts that probe the same flows: the first that is asked lets all of them do it, by one script."""

    def __init__(self, run: RunOnHosts, hosts: Sequence[str]) -> None:
        self._run = run
        self._hosts = tuple(hosts)
        self._crowd = Crowd(self._hosts)
        self._made: dict[tuple[str, str], list[Observation | None]] = {}
        """What hosts have seen that nobody has asked for yet, by host and script."""
        self._scripts: deque[tuple[object, ShellScript]] = deque(maxlen=_MOST_SCRIPTS)
        self._lock = Lock()

    def probe(self, host: str, flows: Sequence[Flow], limits: Limits, watch: Watch) -> Observations:
        """Return what one of the hosts sees of flows; see `Vantage.probe`."""
        watch(0)
        results: list[Observation | None] = [
            judging.unchecked(flow, why) if (why := judging.unasked(flow)) else None for flow in flows
        ]
        asked = {number: flow for number, flow in enumerate(flows) if results[number] is None}
        watch(len(flows) - len(asked))
        interrupted = False
        try:
            with self._lock:
                for part in _parts(asked):
                    for number, seen in zip(part, self._seen(host, part, limits), strict=True):
                        results[number] = seen
                    watch(len(part))
        except KeyboardInterrupt:
            interrupted = True
        except UnseenError as error:  # the host is out of reach from here on: what it has said stands
            results = [one or _not_made(flow, str(error)) for flow, one in zip(flows, results, strict=True)]
        return outcome.whole(flows, results, interrupted=interrupted)

    def _seen(self, host: str, part: Mapping[int, Flow], limits: Limits) -> list[Observation]:
        """Return what a host sees of a part; of the first host's questions, all others are asked as well."""
        script = self._script(part, limits)
        if host == self._hosts[0]:
            self._ask(self._hosts, script, part)
        elif (host, script.text) not in self._made:
            self._ask([host], script, part)
        seen = self._made.pop((host, script.text))
        return self._again(host, part, seen, limits)

    def _script(self, part: Mapping[int, Flow], limits: Limits) -> ShellScript:
        """Return the script for a part; for all hosts that are asked the same, it is made once."""
        same = replace(limits, until=None), [_but_vantage(number, flow) for number, flow in part.items()]
        for known, script in self._scripts:
            if known == same:
                return script
        script = questions.script(part, limits, self._crowd)
        self._scripts.append((same, script))
        return script

    def _ask(self, hosts: Sequence[str], script: ShellScript, part: Mapping[int, Flow]) -> None:
        told = self._run(hosts, script.text, script.seconds + _DELAY)
        for host in hosts:
            output = told.get(host, HostOutput(why=tell("nothing is known of {host}", host=host)))
            self._made[host, script.text] = _results(output, script, part)

    def _again(
        self, host: str, part: Mapping[int, Flow], seen: list[Observation | None], limits: Limits
    ) -> list[Observation]:
        """Return what a host sees, where what was cut off of its output is asked for again."""
        found = dict(zip(part, seen, strict=True))
        # As many as came through before, and a few less; half where none came through.
        size = max(sum(one is not None for one in seen) * 3 // 4, 1) if any(seen) else len(part) // 2
        for _ in range(_MOST_AGAIN):
            missing = [number for number, one in found.items() if one is None]
            if not missing or not size:
                break
            due = {number: part[number] for number in missing[:size]}
            script = questions.script(due, limits, self._crowd)
            self._ask([host], script, due)
            found.update(zip(due, self._made.pop((host, script.text)), strict=True))
            if all(found[number] is None for number in due):
                size //= 2
        return [one or _cut_off(part[number]) for number, one in found.items()]


def _but_vantage(number: int, flow: Flow) -> object:
    """Return all of a flow that its probe depends on."""
    return number, flow.node.address, flow.port, flow.target, flow.any_of, flow.spec


def _parts(asked: Mapping[int, Flow]) -> Iterator[dict[int, Flow]]:
    """Yield flows in parts, the output of each of which is kept as a whole; each has some of every target."""
    part: dict[int, Flow] = {}
    weight = 0
    for number, flow in _in_turn(asked):
        own = _WEIGHT.get(flow.check, 1)
        if weight + own > _MOST_WEIGHT:
            yield part
            part, weight = {}, 0
        part[number] = flow
        weight += own
    if part:
        yield part


def _in_turn(asked: Mapping[int, Flow]) -> list[tuple[int, Flow]]:
    """Return flows so that of each target the first come first, then the second, and so on."""
    heard: Counter[tuple[str, ...]] = Counter()
    ranked = []
    for number, flow in asked.items():
        ranked.append((heard[flow.machines], number, flow))
        heard[flow.machines] += 1
    return [(number, flow) for _, number, flow in sorted(ranked, key=lambda one: one[:2])]


def _results(output: HostOutput, script: ShellScript, part: Mapping[int, Flow]) -> list[Observation | None]:
    """Return what a host's output says of each flow; None where it was cut off before it said anything."""
    read = outcomes.read(output.output, script.nonce)
    if read.lacks:
        return [judging.lacking(flow, read.lacks) for flow in part.values()]
    results: list[Observation | None] = []
    for number, flow in part.items():
        if number in read.outcomes:
            results.append(judging.judged(flow, read.outcomes[number], read.dials))
        elif output.is_cut:
            results.append(None)
        else:
            results.append(_unseen(flow, output, is_whole=read.is_whole))
    return results


def _cut_off(flow: Flow) -> Observation:
    """Return the result of a flow that was cut off of a host's output, again and again."""
    why = tell(
        "AWS keeps 24,000 characters of a host's output, and this result was cut off: name a bucket to keep "
        "all"
    )
    return _not_made(flow, why)


def _unseen(flow: Flow, output: HostOutput, *, is_whole: bool) -> Observation:
    """Return the result of a flow that a host says nothing of."""
    why = output.why
    if why is None and is_whole:
        why = tell(OUT_OF_TIME)
    elif why is None:
        printed = shortened(printable(output.output.strip()), _LONGEST)
        why = tell(
            "the host did not run the probes to the end; it printed: {words}"
            if printed
            else "the host did not run the probes to the end, and printed nothing",
            words=printed,
        )
    return _not_made(flow, why)


def _not_made(flow: Flow, why: str) -> Observation:
    """Return the result of a probe that was not made, or that nobody told the end of."""
    return Observation(flow.check, Status.INTERRUPTED, attempts=0, error=why)
