"""Who answers otherwise than before: which host keys, certificates and servers are seen now?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from nlbcheck.formats import answers
from nlbcheck.language import listed, tell
from nlbcheck.model import Json, Observation, RowResults

_HEADERS = ("server", "location")
"""Headers that stay the same as long as the server does."""


def changed(before: RowResults, after: RowResults) -> Iterator[tuple[str, str, str]]:
    """Yield what of a row's servers is another way: its subject, and how it was and is.

    Of several servers each connection reaches one: something counts as changed once something is seen that
    was not seen before, and nothing does as long as less is seen.
    """
    for subject, describe in _SUBJECTS.items():
        was, now = _seen(before, describe), _seen(after, describe)
        if was and not now.issubset(was):
            yield subject, ", ".join(sorted(was)), ", ".join(sorted(now))


def _seen(row: RowResults, describe: Callable[[Observation], str | None]) -> set[str]:
    probes: Iterable[Observation] = (seen for result in row.results for seen in result.connections)
    return {told for seen in probes if (told := describe(seen))}


def _host_key(seen: Observation) -> str | None:
    detail = seen.detail
    return f"{detail.get('key_type')} {detail['fingerprint']}" if "fingerprint" in detail else None


def _certificate(seen: Observation) -> str | None:
    detail = seen.detail
    if "not_after" not in detail:
        return None
    return tell(
        "{names} from {issuer} until {time}",
        names=_listed(detail.get("names")),
        issuer=detail.get("issuer"),
        time=detail["not_after"],
    )


def _listed(names: Json) -> str:
    return listed([*map(str, names)]) if isinstance(names, list | tuple) else str(names)


def _server(seen: Observation) -> str | None:
    """Return the version line of an SSH server; what an HTTP server answers, and what it calls itself."""
    detail = seen.detail
    if "banner" in detail:
        return str(detail["banner"])
    if "status" not in detail:
        return None
    told: Mapping[str, Json] = answers.headers(seen)
    named = [f"{name}: {value}" for name, value in told.items() if name.lower() in _HEADERS]
    return ", ".join([tell("HTTP status {status}", status=detail["status"]), *named])


_SUBJECTS: Mapping[str, Callable[[Observation], str | None]] = {
    "host-key": _host_key,
    "certificate": _certificate,
    "server": _server,
}
