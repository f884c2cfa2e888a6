"""Who answered, in one line that a person can compare with another?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from nlbcheck.language import plural, tell
from nlbcheck.model import Json, Observation, Result, RowResults

_KEY_TYPES = {
    "ssh-ed25519": "ED25519",
    "ssh-rsa": "RSA",
    "ecdsa-sha2-nistp256": "ECDSA",
    "ecdsa-sha2-nistp384": "ECDSA",
    "ecdsa-sha2-nistp521": "ECDSA",
}
"""Names of key types as ``ssh-keygen -l`` prints them."""

_TELLING_HEADERS = ("server", "location", "last-modified", "etag")
"""Headers that differ between servers, and not between two answers of one server."""


def described(probe: Observation | None) -> str | None:
    """Return who answered a probe, None where nobody said anything; the text is not yet escaped."""
    if probe is None:
        return None
    told, unseen = _told(probe.detail), probe.detail.get("not_checked")
    return tell("{answer}; not checked: {what}", answer=told, what=unseen) if told and unseen else told


def _told(detail: Mapping[str, Json]) -> str | None:
    if "banner" in detail:
        return _ssh(detail)
    if "status" in detail:
        return _http(detail)
    if "names" in detail:
        return _certificate(detail)
    if "heard" in detail:
        return tell("heard “{words}”", words=detail["heard"])
    return None


def of_result(result: Result) -> str | None:
    """Return who answered a flow; of several connections how many were answered, and how often by whom."""
    return _of_several(result.samples) if result.samples else described(result.observation)


def _of_several(samples: Sequence[Observation]) -> str | None:
    told = Counter(answer for sample in samples if (answer := described(sample)))
    keys = Counter(str(sample.detail["fingerprint"]) for sample in samples if _has_key(sample))
    if not told:
        return None
    answered = plural(
        len(samples),
        "{part} of {count} connection answered",
        "{part} of {count} connections answered",
        part=told.total(),
    )
    if len(keys) > 1 and keys.total() == told.total():
        return tell("{answered}; SSH host keys: {keys}", answered=answered, keys=_counted(keys, ", "))
    return f"{answered}; {_counted(told, '; ')}"


def _has_key(sample: Observation) -> bool:
    return "fingerprint" in sample.detail


def _counted(answers: Counter[str], between: str) -> str:
    """Return answers, each with how often it was given; one alone needs no number."""
    if len(answers) == 1:
        return next(iter(answers))
    return between.join(f"{answer} ({count})" for answer, count in answers.items())


def headers(probe: Observation) -> Mapping[str, Json]:
    """Return the headers of an HTTP answer; of any other, none."""
    found = probe.detail.get("headers")
    return found if isinstance(found, Mapping) else {}


def per_row(row: RowResults) -> list[tuple[Result | None, str]]:
    """Return who answered: once, with None, where all nodes that were answered agree, else node by node."""
    seen = [(result, answer) for result in row.results if (answer := of_result(result))]
    if len({_answers(result) for result, _ in seen}) != 1:
        return list(seen)
    if any(result.samples for result, _ in seen):
        every = [sample for result in row.results for sample in result.connections]
        return [(None, answer) for answer in [_of_several(every)] if answer]
    return [(None, seen[0][1])]


def _answers(result: Result) -> frozenset[str]:
    """Return all that was answered at a node, however often."""
    return frozenset(answer for seen in result.connections if (answer := described(seen)))


def _ssh(detail: Mapping[str, Json]) -> str:
    parts = [str(detail["banner"])]
    if "fingerprint" in detail:
        key_type = str(detail.get("key_type", ""))
        parts += [_KEY_TYPES.get(key_type, key_type), str(detail["fingerprint"])]
    return " ".join(parts)


def _http(detail: Mapping[str, Json]) -> str:
    parts = [f"HTTP/{detail.get('http_version')} {detail['status']} {detail.get('reason') or ''}".rstrip()]
    found = detail.get("headers")
    if isinstance(found, Mapping):
        parts += [f"{name}: {value}" for name, value in found.items() if name.lower() in _TELLING_HEADERS]
    if "names" in detail:
        parts.append(_certificate(detail))
    return ", ".join(parts)


def _certificate(detail: Mapping[str, Json]) -> str:
    names = detail["names"]
    told = ", ".join(map(str, names)) if isinstance(names, list | tuple) else names
    return tell("certificate for {names} until {time}", names=told, time=detail.get("not_after"))
