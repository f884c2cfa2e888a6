"""Servers that say whatever they are told to, many at a time, and what nlbcheck makes of them."""

from __future__ import annotations

import json
import random
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import Any

from nlbcheck.model import Check, Observation, Status
from nlbcheck.probes.bounded import MOST
from nlbcheck.probes.limits import Limits
from tests.attack import Attempt
from tests.probes.probing import endpoint, run
from tests.servers import serving

LIMITS = Limits(timeout=1.5)
_SLACK = 6.0
"""Seconds beyond what is promised, on a machine that does much else."""
_AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class Attacker:
    """A server that attacks, and how it is probed."""

    what: str
    check: Check
    handler: Callable[[socket.socket], None]
    options: Mapping[str, Any]
    is_another: bool = False
    """Whether it cannot be who is expected, so that it never is in order."""


def mutated(chance: random.Random, data: bytes) -> bytes:
    """Return bytes changed in a few places: other ones, some more, some less, some twice."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(changed) + 1)
        length = chance.choice((1, 1, 2, 4, 30))
        match chance.randrange(4):
            case 0:
                changed[place : place + length] = chance.randbytes(length)
            case 1:
                changed[place:place] = chance.randbytes(length)
            case 2:
                del changed[place : place + length]
            case _:
                changed[place:place] = changed[place : place + length] * chance.choice((1, 2, 50))
    return bytes(changed)


def pieces(chance: random.Random, data: bytes) -> Iterator[bytes]:
    """Yield bytes in one piece or a few."""
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice((0, 0, 1, 3))))
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        yield data[start:end]


def attempts(attackers: Iterator[Attacker], tries: int) -> Iterator[Attempt]:
    """Probe each attacker once, several at a time; yield how nlbcheck took it."""
    left = islice(attackers, tries)
    while some := list(islice(left, _AT_ONCE)):
        yield from _round(some)


def _round(some: Sequence[Attacker]) -> Iterator[Attempt]:
    """Serve all of them at once, and probe them in one run."""
    with ExitStack() as stack:
        flows = [
            endpoint(stack.enter_context(serving(one.handler)), one.check, target=str(number), **one.options)
            for number, one in enumerate(some)
        ]
        begun = time.monotonic()
        seen = run(flows, LIMITS)
        late = time.monotonic() - begun - LIMITS.bound(flows) - _SLACK
    for attacker, result in zip(some, seen.results, strict=True):
        yield Attempt(attacker.what, f"{late:.0f} s too late" if late > 0 else fault(attacker, result))


def fault(attacker: Attacker, result: Observation) -> str | None:
    """Say what is wrong with the result of a server."""
    if attacker.is_another and result.status is Status.OK:
        return f"taken for another one: {result.detail}"
    if result.status in (Status.CRASHED, Status.INTERRUPTED):
        return f"{result.status}: {result.error}"
    if (size := len(json.dumps(result.detail))) > MOST:
        return f"{size:,} bytes in a report"
    if result.error and len(result.error) > MOST:
        return f"an error of {len(result.error):,} characters"
    return None
