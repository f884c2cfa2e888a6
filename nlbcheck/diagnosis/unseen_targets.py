"""Which of the servers that a row declares has no connection reached?

Only host keys tell servers apart: where a row with several targets pins them, or another row has the key of
one of them alone, a key that many connections never showed is a server that the load balancer does not use
from there. It uses healthy targets alone while there is one
(https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html), those of a
node's own zone where cross-zone load balancing is off, and one target for a client where the group is sticky
(https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from nlbcheck.language import listed, marked, tell
from nlbcheck.model import (
    Code,
    Confidence,
    Finding,
    HostKey,
    Json,
    Leg,
    Observation,
    Remedy,
    Resource,
    Result,
    Verdict,
)
from nlbcheck.relays.table import Row

_BY_CHANCE = 0.05
"""How likely a server may be left out by chance alone, so that nothing is said of it."""
_LOOK = marked(
    "Check whether each declared target is registered and healthy, in which zones, and whether the target "
    "group is sticky (aws elbv2 describe-target-health, describe-target-group-attributes)."
)


def findings(
    row: Row, results: Sequence[Result], keys_of: Mapping[str, Collection[str]]
) -> Iterable[Finding]:
    """Yield the remark on servers that no connection reached, where so many were made to see each.

    ``keys_of`` has the host keys of targets, by the targets' own key, as far as other rows have these alone.
    """
    servers = len(row.targets)
    if servers == 1:
        return
    shown = [(str(key), str(seen.detail.get("key_type"))) for seen, key in _shown(results)]
    keys = {key for key, _ in shown}
    by_chance = servers * (1 - 1 / servers) ** len(shown)
    if len(keys) >= servers or by_chance > _BY_CHANCE:
        return
    names = [
        server.name
        for server in row.targets
        if keys_of.get(server.key) and keys.isdisjoint(keys_of[server.key])
    ]
    pins = _missing(row.spec.host_keys, keys, {None, *(key_type for _, key_type in shown)})
    if not names and not pins:
        return
    who = listed(names) if names else _servers(pins, servers - len(keys))
    yield Finding(
        code=Code.TARGET_NOT_SEEN,
        verdict=Verdict.WARN,
        summary=tell(
            "No connection of {row} reached {targets}: {count} connections were answered by {seen} of "
            "{total} servers. Likely the load balancer does not use the others: they are not healthy, are in "
            "another zone, or the target group is sticky.",
            row=row.name,
            targets=who,
            count=len(shown),
            seen=len(keys),
            total=servers,
        ),
        leg=Leg.TABLE,
        resource=Resource("target-group", row.target_group),
        evidence={
            "targets": names, "host_keys": pins, "connections": len(shown), "servers_seen": len(keys),
        },
        remedy=Remedy(tell(_LOOK)),
        confidence=Confidence.LIKELY,
    )  # fmt: skip


def _missing(pins: Iterable[HostKey], shown: Collection[str], types: Collection[str | None]) -> list[str]:
    """Return the pinned keys that were not shown, of the types that were."""
    return [pin.fingerprint for pin in pins if pin.fingerprint not in shown and pin.key_type in types]


def _shown(results: Iterable[Result]) -> list[tuple[Observation, Json]]:
    """Return the connections that showed a host key, with it."""
    seen = (one for result in results for one in result.connections)
    return [(one, one.detail["fingerprint"]) for one in seen if "fingerprint" in one.detail]


def _servers(keys: Sequence[str], left: int) -> str:
    """Return the servers of some keys; there may be more keys than servers, if one has several."""
    if len(keys) == 1:
        return tell("the server with {keys}", keys=keys[0])
    return tell(
        "{count} of the servers with {keys}" if len(keys) > left else "the servers with {keys}",
        count=left,
        keys=listed(keys),
    )
