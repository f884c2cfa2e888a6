"""What is wrong at a target, as it says itself?

- With rp_filter 1 a packet is dropped whose sender's address is not best reached by the interface that it
  comes in by; the highest of ``all`` and the interface's own counts:
  https://docs.kernel.org/networking/ip-sysctl.html (rp_filter).
- What is sent to a range that is an interface's own goes out there, as docker0's does: ip-route(8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nlbcheck.inspection import listening
from nlbcheck.inspection.host_port import HostPort, finding
from nlbcheck.inspection.question import HostQuestion
from nlbcheck.language import paragraph, tell
from nlbcheck.model import (
    Address,
    Code,
    Direction,
    Finding,
    Json,
    Verdict,
)
from nlbcheck.model.inspected import HostLook, HostRuling, RouteBack

_STRICT = 1
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def judged(seen: HostLook, question: HostQuestion, *, ruled_by_more: bool) -> HostLook:
    """Return a look with what is wrong; ``ruled_by_more`` where routes depend on what was not asked."""
    unseen, findings = list(seen.unseen), list[Finding]()
    for port in question.ports:
        at = HostPort(seen, question, port, ruled_by_more)
        findings += _findings(at)
        unseen += _unseen(at)
    return replace(seen, findings=tuple(findings), unseen=tuple(dict.fromkeys(unseen)))


def _findings(at: HostPort) -> Iterator[Finding]:
    """Yield what is wrong with the port."""
    yield from listening.findings(at)
    blocked = [item for item in at.rulings if item.verdict is Verdict.FAIL]
    for first in {(item.direction, item.rule): item for item in reversed(blocked)}.values():
        alike = [item for item in blocked if (item.direction, item.rule) == (first.direction, first.rule)]
        yield _of_firewall(at, first, [item.peer for item in alike])
    senders = at.question.senders(at.port)
    for route in at.seen.routes:
        if at.seen.device and route.peer in senders and route.device != at.seen.device:
            yield _of_route(at, route)


def _unseen(at: HostPort) -> Iterator[str]:
    """Yield what may be wrong with it, and is not understood."""
    for item in at.doubts:
        yield tell(
            "What the firewall does with the answers from port {port} is not understood: {rule}"
            if item.direction is Direction.REPLY
            else "What the firewall does with connections to port {port} is not understood: {rule}",
            port=at.port,
            rule=item.rule,
        )
    if listening.takes(at) is None and at.seen.listeners is not None:
        yield tell("Whether the process on port {port} also accepts IPv4 is not visible.", port=at.port)


def _of_firewall(at: HostPort, ruling: HostRuling, peers: Sequence[Address]) -> Finding:
    told: list[Json] = [str(peer) for peer in peers]
    return finding(
        at, Code.HOST_FIREWALL, _blocks(at, ruling, peers), _admit(at, ruling, peers),
        ruling.direction, ruling.rule,
        rule=ruling.rule, chain=ruling.where, peers=told, rejects=ruling.rejects,
    )  # fmt: skip


def _blocks(at: HostPort, ruling: HostRuling, peers: Sequence[Address]) -> str:
    """Return the sentence on a rule that lets connections, or the answers to them, not through."""
    parts = {
        "place": at.place,
        "addresses": ", ".join(map(str, peers)),
        "rule": ruling.rule,
        "where": ruling.where,
    }
    if ruling.direction is Direction.REPLY:
        return tell(
            "{place}: the host's own firewall rejects its answers to {addresses}: {rule} ({where})."
            if ruling.rejects
            else "{place}: the host's own firewall drops its answers to {addresses}: {rule} ({where}).",
            **parts,
        )
    return tell(
        "{place}: the host's own firewall rejects connections from {addresses}: {rule} ({where})."
        if ruling.rejects
        else "{place}: the host's own firewall drops connections from {addresses}: {rule} ({where}).",
        **parts,
    )


def _admit(at: HostPort, ruling: HostRuling, peers: Sequence[Address]) -> str:
    """Return what admits the peers, as commands where it is certain which."""
    parts = {"target": at.question.name, "addresses": ", ".join(map(str, peers)), "port": at.port}
    if ruling.direction is Direction.REPLY:
        return tell("On {target}, let the firewall pass answers from port {port} to {addresses}.", **parts)
    commands = _commands(at, ruling, peers)
    if not commands:
        return tell("On {target}, allow {addresses} on port {port} in the host's firewall.", **parts)
    return tell(
        "On {target}, allow {addresses} on port {port}: {commands}. The next start of the host loses this, "
        "unless the firewall's own configuration has it too.",
        commands="; ".join(commands),
        **parts,
    )


def _commands(at: HostPort, ruling: HostRuling, peers: Sequence[Address]) -> list[str]:
    managers, words = at.seen.firewalls, ruling.where.split(" ")
    if "ufw" in managers and ("policy drop" in ruling.rule or words[-1].startswith("ufw")):
        return [f"ufw prepend allow proto tcp from {peer} to any port {at.port}" for peer in peers]
    if "firewalld" in managers or not all(_PLAIN_NAME.fullmatch(word) for word in words):
        return []
    match words:
        case ["table", ("ip" | "ip6" | "inet") as family, table, "chain", chain]:
            by = "ip6" if peers[0].version == 6 else "ip"
            rest = f"tcp dport {at.port} accept"
            return [f"nft insert rule {family} {table} {chain} {by} saddr {peer} {rest}" for peer in peers]
        case ["iptables", "table", table, "chain", chain]:
            by = "ip6tables" if peers[0].version == 6 else "iptables"
            rest = f"-p tcp --dport {at.port} -j ACCEPT"
            return [f"{by} -t {table} -I {chain} -s {peer} {rest}" for peer in peers]
    return []


def _of_route(at: HostPort, route: RouteBack) -> Finding:
    """Return what is wrong with answers that do not leave by the interface that requests come in by."""
    peer, device = route.peer, at.seen.device
    parts = {"place": at.place, "target": at.question.name, "address": peer, "device": device}
    evidence: dict[str, Json] = {"peers": [str(peer)], "leaves_by": route.device, "comes_in_by": device}
    if at.seen.reverse_path_filter == _STRICT and route.device is not None:
        summary = tell(
            "{place}: packets from {address} come in by {device} and are dropped there. The route to "
            "{address} leaves by {other}, and the reverse path filter is strict (rp_filter 1).",
            other=route.device,
            **parts,
        )
        remedy = tell(
            "On {target}, give {address} a route back by {device}, or make the filter loose: sysctl -w "
            "net.ipv4.conf.{device}.rp_filter=2",
            **parts,
        )
        code, direction, sure = Code.HOST_REVERSE_PATH, Direction.REQUEST, not at.ruled_by_more
    else:
        why, sure = _why_lost(route)
        summary = tell(
            "{place}: packets from {address} come in by {device}, and the answers are lost: {reason}.",
            reason=why,
            **parts,
        )
        remedy = tell(
            "On {target}, give {address} a route back by {device}, or give the containers another address "
            "range."
            if route.is_bridge
            else "On {target}, give {address} a route back by {device}.",
            **parts,
        )
        code, direction, sure = Code.HOST_ROUTE, Direction.REPLY, sure and not at.ruled_by_more
    if not sure:
        unsure = tell("This is only likely: rules or devices that nlbcheck does not follow decide.")
        summary = paragraph(summary, unsure)
    evidence["rp_filter"] = at.seen.reverse_path_filter
    return finding(at, code, summary, remedy, direction, str(peer), is_sure=sure, **evidence)


def _why_lost(route: RouteBack) -> tuple[str, bool]:
    """Return where answers to a peer go, and whether it is certain that they are lost there."""
    if route.device is None:
        return tell(route.said), True
    if route.device == "lo":
        return tell("the host takes {address} for one of its own addresses", address=route.peer), True
    parts = {"device": route.device, "range": route.holding}
    if route.is_bridge:
        why = tell(
            "they go to the bridge {device}, which has the range {range}"
            if route.holding
            else "they go to the bridge {device}",
            **parts,
        )
        return why, bool(route.holding)
    why = tell(
        "they leave by {device}, which has the range {range}" if route.holding else "they leave by {device}",
        **parts,
    )
    return why, False
