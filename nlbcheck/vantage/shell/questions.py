"""Which script makes probes of some flows, on any host with a POSIX shell?"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.resources import files
from itertools import zip_longest

from nlbcheck import __version__
from nlbcheck.model import Check, Flow, ProbeSpec
from nlbcheck.probes import registry
from nlbcheck.probes.exchange import Exchange
from nlbcheck.probes.limits import Limits
from nlbcheck.vantage import processes

_MOST_AT_ONCE = 32
"""Connections of one host at once; each takes a few small processes there."""
MOST_BYTES = 4096
"""Bytes of an answer that are kept."""
_MOST_TURNS = 500
"""Hosts whose moments are in the script; where there are more, each takes one by chance."""
_OVERHEAD = 3.0
"""Seconds that one probe takes on a slow host at most, besides connecting and talking."""
_BANNER = ProbeSpec(Check.SSH, ssh_banner_only=True)
_PLAIN = re.compile(r"[0-9A-Za-z!#$&()*+,./:;<=>?\[\]^_|~-]")
"""Characters that ``printf %b`` takes as they are, within single quotes, too.

Braces are written out, for Systems Manager puts parameters of the account in the place of ``{{…}}``.
"""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Hosts that probe the same targets together, which hear from all of them no more than is allowed."""

    hosts: tuple[str, ...] = ()
    """Their instance ids; with fewer than a target takes at once, none has to wait for another."""

    def gap(self, limits: Limits) -> float:
        """Return the seconds between two connections of one host to one target."""
        if len(self.hosts) <= limits.per_target:
            return 0.0
        return len(self.hosts) * limits.rest / limits.per_target


@dataclass(frozen=True, slots=True)
class ShellScript:
    """A script, and what its output must begin and end with."""

    text: str
    nonce: str
    seconds: float
    """After how many seconds it ends by itself."""


def script(asked: Mapping[int, Flow], limits: Limits, crowd: Crowd = Crowd()) -> ShellScript:
    """Return the script that probes flows, by the numbers that its output calls them.

    A target hears from a host one connection after the other. Raises InputError for what no request can be
    written of.
    """
    flows = list(asked.values())
    numbers = list(asked)
    shares = processes.shares(flows, min(_MOST_AT_ONCE, limits.concurrency))
    gap = crowd.gap(limits)
    wording = _Wording()
    tasks = [
        [[wording.task(numbers[index], flows[index]) for index in each] for each in _rounds(flows, share)]
        for share in shares
    ]
    longest = max((len(share) for share in shares), default=0)
    rounds = max((len(each) for each in tasks), default=0)
    once = 2 * math.ceil(limits.timeout) + _OVERHEAD
    each = limits.attempts * once + (limits.attempts - 1) * limits.pause
    seconds = longest * each + rounds * gap
    settings = {
        "timeout_ms": round(limits.timeout * 1000),
        "connect_seconds": math.ceil(limits.timeout),
        "deadline_ms": math.ceil(seconds * 1000),
        "gap_ms": math.ceil(gap * 1000),
        "attempts": limits.attempts,
        "pause_ms": round(limits.pause * 1000),
        "most_bytes": MOST_BYTES,
        "agent": f"nlbcheck/{__version__}",
    }
    body = "\n".join(
        [*(f"{name}={value}" for name, value in settings.items()), *_turns(crowd, gap), *wording.lines()]
    )
    workers = "\n".join(_worker(number, rounds, gap) for number, rounds in enumerate(tasks))
    nonce = sha256(f"{body}{workers}".encode()).hexdigest()[:16]
    head, tail = _source("probe.sh"), _source("telling.sh")
    return ShellScript(f"nonce={nonce}\n{body}\n{head}{workers}\n{tail}", nonce, seconds)


def _source(name: str) -> str:
    return files("nlbcheck.vantage.shell").joinpath(name).read_text("utf-8")


def _rounds(flows: Sequence[Flow], share: Iterable[int]) -> list[list[int]]:
    """Return a share in rounds: in each, no target hears more than once."""
    by_target: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for index in share:
        flow = flows[index]
        # What may reach any of several targets goes with all others of its share that may.
        by_target[("",) if flow.any_of else flow.machines].append(index)
    if ("",) in by_target:
        return [[index] for queue in by_target.values() for index in queue]
    return [[index for index in each if index is not None] for each in zip_longest(*by_target.values())]


def _worker(number: int, rounds: Sequence[Sequence[str]], gap: float) -> str:
    lines = [line for each in rounds for line in (*(["turn"] if gap else []), *each)]
    return "\n".join([f"worker {number} <<'TASKS' &", *lines, "TASKS"])


def _turns(crowd: Crowd, gap: float) -> Iterator[str]:
    """Yield the lines that give each host its moment; one that does not know its id takes one by chance.

    That the agent tells a script its instance by ``AWS_SSM_INSTANCE_ID`` is inferred: no page of AWS says so.
    """
    if not gap or len(crowd.hosts) > _MOST_TURNS:
        return
    yield "case $AWS_SSM_INSTANCE_ID in"
    for number, host in enumerate(crowd.hosts):
        yield f"{host}) turn_ms={int(number * gap * 1000 / len(crowd.hosts))} ;;"
    yield "*) turn_ms= ;;\nesac"


class _Wording:
    """The tasks' lines, and what many of them say, once."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str, str], int] = {}

    def task(self, number: int, flow: Flow) -> str:
        """Return the line of a task."""
        key = _said(flow)
        said = self._said.setdefault(key, len(self._said))
        name = flow.server_name if flow.check in (Check.HTTPS, Check.TLS) else "-"
        verify = "no" if flow.spec.verify is False else "yes"
        return f"{number} {flow.check} {flow.node.address} {flow.port} {said} {name} {verify}"

    def lines(self) -> Iterator[str]:
        """Yield the lines that define what the tasks say."""
        for (question, path, host), number in self._said.items():
            yield f"question{number}='{question}' path{number}='{path}' host{number}='{host}'"


def _said(flow: Flow) -> tuple[str, str, str]:
    """Return a flow's question, path and Host header for ``printf %b``; ``@`` stands for what is dialled."""
    if flow.check in (Check.TCP, Check.TLS):
        return "", "", ""
    question = exchange(flow).question
    if flow.check is Check.SSH:
        return _escaped(question), "", ""
    path = question.split(b" ", 2)[1]
    if flow.spec.host:
        return _escaped(question), _escaped(path), _escaped(flow.spec.host.encode("latin-1"))
    before, dialled, after = question.partition(str(flow.dialled).encode())
    return f"{_escaped(before)}@{_escaped(after)}" if dialled else _escaped(question), _escaped(path), "@"


def exchange(flow: Flow) -> Exchange:
    """Return the exchange that is all a shell can hold: of SSH the version lines, without TLS around it."""
    held = flow
    if flow.check is Check.SSH:
        held = replace(flow, spec=_BANNER)
    elif flow.check is Check.HTTPS:
        held = replace(flow, spec=replace(flow.spec, check=Check.HTTP))
    made = registry.find(held.check).exchange(held)
    if made is None:
        raise ValueError(f"a shell cannot hold the conversation of {flow.check}")
    return made


def _escaped(data: bytes) -> str:
    """Return bytes as ``printf %b`` writes them, in one word without a quote, a backslash or ``@``."""
    return "".join(chr(byte) if _PLAIN.fullmatch(chr(byte)) else f"\\0{byte:03o}" for byte in data)
