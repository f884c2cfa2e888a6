"""Recordings in which one field is missing, null, of another type or an unknown word; what is said of them?

A verdict may become unknown. It may never become better, never certainly worse, and never certain of another
cause.
"""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from nlbcheck.aws.state import AwsState
from nlbcheck.errors import NlbcheckError
from nlbcheck.model import Code, Confidence, Finding, Report, Verdict, worst
from nlbcheck.path.reach import Trace
from tests.aws.every_network import RELAYS, TRACES, Known

KNOWN = {**RELAYS, **TRACES}
EACH = "[]"
"""A step of a field that means any item of a list."""
Path = tuple[str | int, ...]
Field = tuple[str, ...]
"""An operation, and the steps to a field of its answer."""


def _deleted(around: dict[str, Any], key: str) -> None:
    del around[key]


def _null(around: dict[str, Any], key: str) -> None:
    around[key] = None


def _of_another_type(around: dict[str, Any], key: str) -> None:
    around[key] = {"odd": 1} if isinstance(around[key], (str, int, list)) else "odd"


def _word(around: dict[str, Any], key: str) -> None:
    around[key] = "a-new-word"


WAYS: dict[str, Callable[[dict[str, Any], str], None]] = {
    "missing": _deleted,
    "null": _null,
    "of another type": _of_another_type,
    "an unknown word": _word,
}
NULL = ("Attachment", "InstanceId", "MutualAuthentication", "PropagatingVgws", "NetworkFirewallAssociations")
"""What AWS leaves out where there is none: no attachment, no instance; no mutual authentication likely, as
answers recorded before AWS had it are without it (inferred: no page of AWS's says so). The last two are
lists, for which others write null where they are empty."""
ABSENT = (
    *NULL, "SecurityGroups", "LoadBalancerAddresses", "PrivateIPv4Address",
    "Association", "AdministrativeOverride", "ForwardConfig", "Weight",
)  # fmt: skip
"""Fields that AWS leaves out where there is no such thing; ``NULL`` are those that others write as null.

Answers from before 2026 have no firewalls of a VPC, and those from before Network Load Balancers had weights
neither weights nor a configuration of what they forward to.
"""
NAMED = (
    "ZoneName",
    "AvailabilityZone",
    "AvailabilityZoneId",
    "LoadBalancerName",
    "TargetGroupName",
    "GroupName",
    "InterfaceType",
    "ServiceName",
)
"""Fields that tell what something is, so that with another word it is something else."""
NAMES = re.compile(r"[a-z]+(-[a-z]+)*-[0-9a-f]{8,}|arn:.*|[0-9a-f:.]+(/\d+)?")
"""What names something: with another name it is something else, and so may be what is said."""


@dataclass(frozen=True)
class Mutant:
    """A network of the tests, with one field of one answer in another way."""

    network: str
    recording: int
    answer: int
    path: Path
    way: str

    def known(self) -> Known:
        """Return the network so."""
        known = network(self.network)
        recording = known.recordings[self.recording]
        answers = list(recording.answers)
        changed = copy.deepcopy(answers[self.answer].response)
        around: Any = changed
        for step in self.path[:-1]:
            around = around[step]
        WAYS[self.way](around, str(self.path[-1]))
        answers[self.answer] = replace(answers[self.answer], response=changed)
        recordings = list(known.recordings)
        recordings[self.recording] = replace(recording, answers=tuple(answers))
        return replace(known, recordings=tuple(recordings))


@cache
def network(name: str) -> Known:
    return KNOWN[name]()


def _paths(value: Any, here: Path = ()) -> Iterator[tuple[Path, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if isinstance(key, str):
            yield (*here, key), inner
        yield from _paths(inner, (*here, key))


def _is_wrong(path: Path, value: object, way: str) -> bool:
    """Whether a field, so written, says nothing, instead of something else."""
    if way in ("missing", "null"):
        return path[-1] not in (ABSENT if way == "missing" else NULL)
    is_word = isinstance(value, str) and path[-1] not in NAMED and not NAMES.fullmatch(value)
    return is_word or way != "an unknown word"


@cache
def places(name: str) -> dict[tuple[Field, str], list[Mutant]]:
    """Return all mutants of a network, by the field and the way."""
    found: dict[tuple[Field, str], list[Mutant]] = {}
    for number, recording in enumerate(network(name).recordings):
        for at, answer in enumerate(recording.answers):
            for path, value in _paths(answer.response):
                field = (answer.operation, *(EACH if isinstance(step, int) else step for step in path))
                for way in WAYS:
                    if _is_wrong(path, value, way):
                        found.setdefault((field, way), []).append(Mutant(name, number, at, path, way))
    return found


@dataclass(frozen=True)
class Said:
    """What is said of a network."""

    verdicts: dict[str, Verdict]
    """Of each row and node, or of the connection; a warning is a pass."""
    causes: frozenset[Code]
    """What is wrong, certainly or likely."""
    certain: frozenset[Code]
    """What of that is certainly wrong."""


def said(known: Known) -> Said:
    """Return what is said of a network; nothing where the question makes no sense there."""
    try:
        answer = known.ask(AwsState(known.whole))
    except NlbcheckError:
        return Said({}, frozenset(), frozenset())
    verdicts = dict(_of_trace(answer) if isinstance(answer, Trace) else _of_report(answer))
    failing = [item for item in answer.findings if item.verdict is Verdict.FAIL]
    certain = [item for item in failing if item.confidence is Confidence.CERTAIN]
    causes = {item.code for item in certain} - {Code.TARGET_UNHEALTHY}
    return Said(
        {what: _plain(verdict) for what, verdict in verdicts.items()},
        frozenset(item.code for item in failing),
        frozenset(item.code for item in certain if not _follows(item, causes)),
    )


def _follows(item: Finding, causes: set[Code]) -> bool:
    """Whether a finding only says that AWS calls a target unhealthy for what is found wrong besides."""
    blocking = item.evidence.get("health_check_blocked_by")
    told = isinstance(blocking, list) and bool(blocking) and causes.issuperset(blocking)
    return item.code is Code.TARGET_UNHEALTHY and told


def _of_trace(trace: Trace) -> Iterator[tuple[str, Verdict]]:
    verdicts = [path.verdict for path in trace.paths]
    yield "connection", worst(verdicts) if verdicts else Verdict.UNKNOWN


def _of_report(report: Report) -> Iterator[tuple[str, Verdict]]:
    for rows in report.by_row():
        yield rows.row.name, rows.verdict
        for result in rows.results:
            yield f"{rows.row.name} at {result.flow.node.address}", result.verdict


def _plain(verdict: Verdict) -> Verdict:
    return Verdict.PASS if verdict is Verdict.WARN else verdict


@cache
def whole(name: str) -> Said:
    """Return what is said of a network as it is."""
    return said(network(name))


LESS = {
    Code.ROUTE_MISSING: {Code.VPCS_NOT_CONNECTED, Code.TARGET_ADDRESS_NOT_ALLOWED},
    Code.TARGET_DIFFERS: {Code.LISTENER_HAS_NO_TARGET, Code.TARGET_DRAINING},
    Code.SG_DENIES: {Code.SG_REFERENCE_NOT_SEEN, Code.LISTENER_PROTOCOL_DIFFERS, Code.TARGET_DIFFERS},
    Code.TRANSIT_GATEWAY_ROUTE_MISSING: {Code.TARGET_ADDRESS_NOT_ALLOWED},
    Code.VPN_ROUTE_MISSING: {Code.VPCS_NOT_CONNECTED},
    Code.ROUTE_BLACKHOLE: {Code.GATEWAY_NOT_ATTACHED, Code.PEERING_NOT_ACTIVE},
}
"""Causes that say less than others, and nothing else: there is no route, nor anything for one to lead to.

The rule that names a group admits nobody. A group for UDP keeps the client's address where no attribute says
otherwise, and the target does not admit that; nor does it admit the wrong port that it is registered with,
which matters where it is not seen that the right one opens the path. A target at an address that AWS does not
take has no route, nor does a transit gateway's table have one. Where nothing leads to an address, no VPN
has a route for it. A route to what is detached or deleted is a blackhole: AWS's answer says so of the route
itself.
"""


def surer(mutant: Mutant) -> list[str]:
    """Return what is said of a mutant that its network does not bear out: verdicts, and certain causes."""
    before, after = whole(mutant.network), said(mutant.known())
    verdicts = [
        f"{what}: {verdict} instead of {before.verdicts[what]}"
        for what, verdict in after.verdicts.items()
        if what in before.verdicts and verdict not in (before.verdicts[what], Verdict.UNKNOWN)
    ]
    causes = [
        f"certainly {code}"
        for code in sorted(after.certain - before.causes)
        if before.causes.isdisjoint(LESS.get(code, ()))
    ]
    return verdicts + causes


def drawn(seed: int, count: int, networks: Sequence[str] = tuple(KNOWN)) -> Iterator[Mutant]:
    """Yield mutants, the same for the same seed: of every network, and rare fields as often as others."""
    random_ = random.Random(seed)
    for number in range(count):
        name = networks[number % len(networks)]
        kinds = list(places(name))
        yield random_.choice(places(name)[random_.choice(kinds)])
