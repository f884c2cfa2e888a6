"""Which fix restores a connection by itself, and which only together with others?

Each is tried on the recorded state, first alone, and the path is walked again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from nlbcheck.model import OF_CLIENT, OF_THE_THING, Call, Code, Direction, Finding, Leg, Path, Verdict, worst

_HEALTH_ITSELF = ("target-health", "health-check")
"""Hops that tell what the recorded checks have found; only new checks would tell something else."""
_OPEN = (Verdict.PASS, Verdict.WARN)
_MOST_ALONE = 24
"""Fixes of one row up to which each is tried alone; every trial walks all of the row's targets."""
_DOUBTFUL = (Code.PROXY_PROTOCOL_ON, Code.NACL_NARROW_EPHEMERAL)
"""Warnings of what stops connections now and then, or for a target that does not expect it."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is told of a connection from one place to another: a row at a node."""

    findings: tuple[Finding, ...]
    open: bool
    """Whether it succeeds as it is, as far as is known."""
    passed: frozenset[Hashable] = frozenset()
    """The identities of findings that a walk has, and that do not stop it: the wire says so."""
    answered: bool = False
    """Whether a probe got through: then there is nothing to restore but health."""


@dataclass(frozen=True, slots=True)
class After:
    """What a walk finds at a place once calls are made."""

    findings: tuple[Finding, ...]
    paths: tuple[Path, ...]


Again = Callable[[Sequence[Call], int], After | None]
"""Makes calls on the recorded state and walks to a place, by its number; None where nothing can be walked."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of trying a fix."""

    verified: bool | None
    together_with: tuple[str, ...] = ()
    """The codes of what it needs besides, or where nothing is proven, of what leaves a doubt."""


@dataclass(frozen=True, slots=True)
class _Fix:
    """One fix of one fault, and the places that the fault is told of."""

    finding: Finding
    calls: tuple[Call, ...]
    places: tuple[int, ...]
    identities: frozenset[Hashable]
    """Of its calls."""


def has_calls(finding: Finding) -> bool:
    """Whether a finding's remedy can be tried on a recorded state.

    What a target makes of a proxy protocol header, no state of AWS shows.
    """
    tried = finding.code is not Code.PROXY_PROTOCOL_ON
    return tried and finding.remedy is not None and bool(finding.remedy.calls)


def prove(places: Sequence[Place], again: Again) -> Mapping[Hashable, Proof]:
    """Try every fix that is told of some places, each for all the places that its finding is told of.

    ``places`` are a row's: faults that meet on one connection are told of one place. What is proven is to be
    looked up with ``with_proof``.
    """
    fixes = _fixes(places)
    if len(fixes) > _MOST_ALONE:
        return _all_at_once(fixes, places, again)
    return {_key(fix.finding): _proof(fix, fixes, places, again) for fix in fixes}


def _all_at_once(fixes: Sequence[_Fix], places: Sequence[Place], again: Again) -> Mapping[Hashable, Proof]:
    """Try very many fixes together only, such as those of a group with hundreds of closed targets."""
    codes = tuple(dict.fromkeys(fix.finding.code for fix in fixes))
    verified = _restored(fixes, fixes, places, again)
    return {_key(fix.finding): Proof(verified, codes if verified else ()) for fix in fixes}


def _restored(
    told: Sequence[_Fix], tried: Sequence[_Fix], places: Sequence[Place], again: Again
) -> bool | None:
    """Whether some fixes restore all that they are told of, when all of ``tried`` are made."""
    calls = [call for item in tried for call in item.calls]
    numbers = {number for fix in told for number in fix.places}
    after = {number: again(calls, number) for number in sorted(numbers)}
    judged = {number: _Judged(places[number], found) for number, found in after.items() if found}
    verdicts = [
        judged[number].verdict(fix.finding) for fix in told for number in fix.places if number in judged
    ]
    if not verdicts or worst(verdicts) is Verdict.UNKNOWN:
        return None
    return worst(verdicts) in _OPEN


def with_proof(finding: Finding, proofs: Mapping[Hashable, Proof]) -> Finding:
    """Return a finding whose remedy says what was proven of it."""
    known = proofs.get(_key(finding))
    if finding.remedy is None or known is None:
        return finding
    remedy = replace(finding.remedy, verified=known.verified, together_with=known.together_with)
    return replace(finding, remedy=remedy)


def _key(finding: Finding) -> Hashable:
    return finding.identity, finding.remedy and finding.remedy.identity


def _fixes(places: Sequence[Place]) -> list[_Fix]:
    """Return what is to be tried, in the order in which packets meet it; nothing where all is open."""
    told: dict[Hashable, tuple[Finding, list[int]]] = {}
    for number, place in enumerate(places):
        for finding in place.findings:
            if _is_to_try(finding, place):
                told.setdefault(_key(finding), (finding, []))[1].append(number)
    fixes = []
    for finding, numbers in told.values():
        calls = finding.remedy.calls if finding.remedy else ()
        identities = frozenset(call.identity for call in calls)
        fixes.append(_Fix(finding, calls, tuple(dict.fromkeys(numbers)), identities))
    return sorted(fixes, key=lambda fix: fix.finding.order)


def _is_to_try(finding: Finding, place: Place) -> bool:
    """Whether a fix would restore anything: the path is not open, or another one than that which answers."""
    elsewhere = finding.leg is Leg.HEALTH or finding.is_behind_listener
    if not has_calls(finding) or (place.answered and not elsewhere):
        return False
    return finding.verdict is Verdict.FAIL or (finding.verdict is Verdict.WARN and not place.open)


def _proof(fix: _Fix, fixes: Sequence[_Fix], places: Sequence[Place], again: Again) -> Proof:
    def restored(others: Sequence[_Fix], numbers: Sequence[int]) -> bool | None:
        tried = [item for item in fixes if item is fix or item in others]
        calls = [call for item in tried for call in item.calls]
        found = [(places[number], again(calls, number)) for number in numbers]
        verdicts = [_Judged(place, after).verdict(fix.finding) for place, after in found if after]
        if not verdicts or worst(verdicts) is Verdict.UNKNOWN:
            return None
        return worst(verdicts) in _OPEN

    def doubts(others: Sequence[_Fix]) -> list[Code]:
        calls = [call for item in fixes if item is fix or item in others for call in item.calls]
        found = [again(calls, number) for number in fix.places]
        own = [code for number in fix.places for code in _of_client(fix.finding, places[number])]
        return [*own, *(code for after in found if after for code in _doubts(fix.finding, after))]

    others = [item for item in fixes if _may_help(item, fix)]
    needed = _enough(fix, others, restored)
    if needed is None:
        return Proof(restored(others, fix.places))
    left = doubts(needed)
    codes = [item.finding.code for item in others if item in needed]
    return Proof(None if left else True, tuple(dict.fromkeys((*codes, *left))))


def _enough(
    fix: _Fix, others: Sequence[_Fix], restored: Callable[[Sequence[_Fix], Sequence[int]], bool | None]
) -> Sequence[_Fix] | None:
    """Return the other fixes that one needs to restore all its places; None where all of them do not do."""
    if restored([], fix.places):
        return []
    if not others or not restored(others, fix.places):
        return None
    walked = [number for number in fix.places if restored(others, [number])]
    needed = [item for number in walked for item in _needed(others, number, restored)]
    return needed if restored(needed, fix.places) else others


def _of_client(finding: Finding, place: Place) -> Iterator[Code]:
    """Yield what stops connections on the client itself, which no call to AWS mends."""
    if finding.leg is not Leg.HEALTH:
        yield from (item.code for item in place.findings if item.code in OF_CLIENT)


def _doubts(finding: Finding, after: After) -> Iterator[Code]:
    """Yield what may stop connections all the same, where the path is open but for a finding."""
    for item in after.findings:
        here = (item.leg is Leg.HEALTH) is (finding.leg is Leg.HEALTH)
        if here and item.code in _DOUBTFUL and item.identity != finding.identity:
            yield item.code


def _needed(
    others: Sequence[_Fix], number: int, restored: Callable[[Sequence[_Fix], Sequence[int]], bool | None]
) -> Sequence[_Fix]:
    """Return the others without which one place is not restored; of several that do the same, the first."""
    needed = [item for item in others if number in item.places]
    for item in reversed(needed):
        rest = [other for other in needed if other is not item]
        if restored(rest, [number]):
            needed = rest
    return needed


def _may_help(other: _Fix, fix: _Fix) -> bool:
    """Whether another fix is for something that stops connections at the same places, and changes more.

    Some closed ephemeral ports stop a share of them.
    """
    is_near = not set(other.places).isdisjoint(fix.places)
    stops = other.finding.verdict is Verdict.FAIL or _stops_some(other.finding)
    return is_near and stops and not other.identities <= fix.identities


def _stops_some(finding: Finding) -> bool:
    """Whether a share of connections fails of it, and what would let them pass is known."""
    return finding.code is Code.NACL_NARROW_EPHEMERAL and has_calls(finding)


class _Judged:
    """What becomes of the connections of a place; that is looked at once for hundreds of findings."""

    def __init__(self, place: Place, after: After) -> None:
        self._after = after
        self._met = {item.identity for item in after.findings}
        self._connection = cache(partial(_connection, place, after))

    def verdict(self, finding: Finding) -> Verdict:
        """Return what becomes of the connection that a finding is about, or of the health check."""
        if finding.identity in self._met:
            return Verdict.FAIL
        if finding.leg is Leg.HEALTH:
            checks = [path for path in self._after.paths if path.leg is Leg.HEALTH]
            return worst(
                hop.verdict for path in checks for hop in path.hops if hop.kind not in _HEALTH_ITSELF
            )
        return self._connection()


def _connection(place: Place, after: After) -> Verdict:
    """Return what becomes of a connection, request and reply, to the target."""
    legs = [path for path in after.paths if path.leg is not Leg.HEALTH]
    met = {path.verdict for path in legs}
    verdicts = [
        Verdict.FAIL if _stops_some(item) else item.verdict
        for item in after.findings
        if item.identity not in place.passed
        and (item.leg is not Leg.HEALTH or (_is_shared(item) and item.verdict in met))
    ]
    if _is_relayed(legs) and all(path.leg is not Leg.BACK for path in legs):
        verdicts.append(Verdict.UNKNOWN)  # nothing was walked behind the node
    return worst(verdicts)


def _is_shared(finding: Finding) -> bool:
    """Whether a finding that a health check meets first is not told again of the connection."""
    return finding.code is Code.NOT_VISIBLE or finding.code in OF_THE_THING


def _is_relayed(paths: Sequence[Path]) -> bool:
    front = [path for path in paths if (path.leg, path.direction) == (Leg.FRONT, Direction.REQUEST)]
    return any(hop.kind == "listener" for path in front for hop in path.hops)
