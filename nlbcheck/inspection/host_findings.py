"""What is wrong at a target, as it says itself?

- A process that listens on one address takes connections to that one alone, on 0.0.0.0 those to all of IPv4,
  on :: those to all of IPv6 and, unless it is for IPv6 alone, of IPv4, too: ip(7), ipv6(7) (IPV6_V6ONLY).
- Where nobody listens the kernel answers with a reset: RFC 9293, section 3.10.7.1.
- With rp_filter 1 a packet is dropped whose sender's address is not best reached by the interface that it
  comes in by; the highest of ``all`` and the interface's own counts:
  https://docs.kernel.org/networking/ip-sysctl.html (rp_filter).
- What is sent to a range that is an interface's own goes out there, as docker0's does: ip-route(8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nlbcheck.inspection.question import HostQuestion
from nlbcheck.inspection.usual_ports import is_the_service
from nlbcheck.model import (
    Address,
    Code,
    Confidence,
    Direction,
    Finding,
    Json,
    Leg,
    Remedy,
    Resource,
    Verdict,
)
from nlbcheck.model.inspected import HostListener, HostLook, HostRuling, RouteBack

_STRICT = 1
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def judged(seen: HostLook, question: HostQuestion, *, ruled_by_more: bool) -> HostLook:
    """Return a look with what is wrong; ``ruled_by_more`` where routes depend on what was not asked."""
    unseen, findings = list(seen.unseen), list[Finding]()
    for port in question.ports:
        at = _Port(seen, question, port, ruled_by_more)
        findings += at.findings()
        unseen += at.unseen()
    return replace(seen, findings=tuple(findings), unseen=tuple(dict.fromkeys(unseen)))


@dataclass(frozen=True, slots=True)
class _Port:
    """One port of the target: that of the service, or of health checks."""

    seen: HostLook
    question: HostQuestion
    port: int
    ruled_by_more: bool

    @property
    def leg(self) -> Leg:
        return Leg.BACK if self.port == self.question.port else Leg.HEALTH

    @property
    def place(self) -> str:
        """The target and port, as a sentence begins with it."""
        purpose = "" if self.leg is Leg.BACK else ", where health checks go"
        return f"{self.question.name}, port {self.port}{purpose}"

    @property
    def rulings(self) -> Sequence[HostRuling]:
        return [item for item in self.seen.rulings if item.port == self.port]

    @property
    def doubts(self) -> Sequence[HostRuling]:
        return [item for item in self.rulings if item.verdict is Verdict.UNKNOWN]

    @property
    def is_sure(self) -> bool:
        """Whether it is seen that no rule hands connections on to another port or host."""
        inbound = [item for item in self.rulings if item.direction is Direction.REQUEST]
        return bool(inbound) and all(item.verdict is not Verdict.UNKNOWN for item in inbound)

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with the port."""
        yield from _of_listeners(self)
        blocked = [item for item in self.rulings if item.verdict is Verdict.FAIL]
        for first in {(item.direction, item.rule): item for item in reversed(blocked)}.values():
            alike = [item for item in blocked if (item.direction, item.rule) == (first.direction, first.rule)]
            yield _of_firewall(self, first, [item.peer for item in alike])
        senders = self.question.senders(self.port)
        for route in self.seen.routes:
            if self.seen.device and route.peer in senders and route.device != self.seen.device:
                yield _of_route(self, route)

    def unseen(self) -> Iterator[str]:
        """Yield what may be wrong with it, and is not understood."""
        for item in self.doubts:
            way = "the answers from" if item.direction is Direction.REPLY else "connections to"
            yield f"What the firewall does with {way} port {self.port} is not understood: {item.rule}"
        if _takes(self) is None and self.seen.listeners is not None:
            yield f"Whether the process on port {self.port} takes IPv4, too, is not visible."


def _finding(
    at: _Port,
    code: Code,
    summary: str,
    remedy: str,
    direction: Direction,
    subject: str = "",
    *,
    is_sure: bool = True,
    **evidence: Json,
) -> Finding:
    return Finding(
        code,
        Verdict.FAIL,
        summary,
        at.leg,
        direction,
        None,
        Resource("target", f"{at.question.address}:{at.port}", at.question.name),
        {"host": at.seen.host, "port": at.port, **evidence},
        Remedy(remedy),
        Confidence.CERTAIN if is_sure else Confidence.LIKELY,
        subject,
    )


def _takes(at: _Port) -> bool | None:
    """Whether somebody listens who takes connections to the target's address; None where that is not seen."""
    told = [item.takes(at.question.address) for item in at.seen.at(at.port)]
    return True if True in told else None if None in told else False


def _of_listeners(at: _Port) -> Iterator[Finding]:
    if at.seen.listeners is None or _takes(at) is not False:
        return
    likely = (
        "" if at.is_sure else " Likely connections are refused: not all of the firewall's rules are seen."
    )
    others: list[Json] = [f"{item.where} {item.process or ''}".strip() for item in at.seen.listeners]
    there = at.seen.at(at.port)
    if there:
        yield _elsewhere(at, there, likely)
        return
    address, name = at.question.address, at.question.name
    moved = [item for item in at.seen.listeners if _may_be_meant(at, item)]
    if moved:
        where = " and ".join(dict.fromkeys(f"{_who(item)} on port {item.port}" for item in moved))
        summary = f"{at.place}: no process listens there, but {where} does.{likely}"
        remedy = (
            f"On {name}, let the service listen on port {at.port}; or register {address} with port "
            f"{moved[0].port} and take port {at.port} out, and correct the mapping table."
        )
        code = Code.HOST_OTHER_PORT
    else:
        summary = f"{at.place}: no process listens there.{likely}"
        remedy = (
            f"On {name}, start the service that is to listen on port {at.port}; ss -ltnp shows whether it "
            "does. Nothing needs to change in AWS."
        )
        code = Code.HOST_NOT_LISTENING
    yield _finding(at, code, summary, remedy, Direction.REQUEST, is_sure=at.is_sure, listening=others)


def _may_be_meant(at: _Port, item: HostListener) -> bool:
    """Whether a process on another port, which no row names, is likely the one that is meant."""
    taken = item.port in (*at.question.ports, *at.question.other_ports)
    return not taken and item.takes(at.question.address) is True and is_the_service(at.question.check, item)


def _elsewhere(at: _Port, there: Sequence[HostListener], likely: str) -> Finding:
    where = " and ".join(dict.fromkeys(item.where.rpartition(":")[0] for item in there))
    local = " alone, so that nobody but the host itself can connect" if all(
        item.is_local for item in there
    ) else f", and not on {at.question.address}"  # fmt: skip
    summary = f"{at.place}: {_who(there[0])} listens on {where}{local}.{likely}"
    remedy = (
        f"On {at.question.name}, let it listen on {at.question.address} or on all addresses (its "
        "configuration's listen or bind address), and restart it. Nothing needs to change in AWS."
    )
    listening: list[Json] = [item.where for item in there]
    return _finding(
        at, Code.HOST_LISTENS_ELSEWHERE, summary, remedy, Direction.REQUEST, is_sure=at.is_sure,
        listening=listening, process=there[0].process,
    )  # fmt: skip


def _who(item: HostListener) -> str:
    return item.process or "a process"


def _of_firewall(at: _Port, ruling: HostRuling, peers: Sequence[Address]) -> Finding:
    addresses = ", ".join(map(str, peers))
    does = "rejects" if ruling.rejects else "drops"
    reply = ruling.direction is Direction.REPLY
    what = f"its answers to {addresses}" if reply else f"connections from {addresses}"
    summary = f"{at.place}: the host's own firewall {does} {what}: {ruling.rule} ({ruling.where})."
    told: list[Json] = [str(peer) for peer in peers]
    return _finding(
        at, Code.HOST_FIREWALL, summary, _admit(at, ruling, peers), ruling.direction, ruling.rule,
        rule=ruling.rule, chain=ruling.where, peers=told, rejects=ruling.rejects,
    )  # fmt: skip


def _admit(at: _Port, ruling: HostRuling, peers: Sequence[Address]) -> str:
    """Return what admits the peers, as commands where it is certain which."""
    name, addresses = at.question.name, ", ".join(map(str, peers))
    if ruling.direction is Direction.REPLY:
        return f"On {name}, let the firewall pass answers from port {at.port} to {addresses}."
    asked = f"On {name}, admit {addresses} on port {at.port}"
    commands = _commands(at, ruling, peers)
    kept = " The next start forgets that, unless the firewall's own configuration says it, too."
    return f"{asked}: {'; '.join(commands)}.{kept}" if commands else f"{asked} in the host's firewall."


def _commands(at: _Port, ruling: HostRuling, peers: Sequence[Address]) -> list[str]:
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


def _of_route(at: _Port, route: RouteBack) -> Finding:
    """Return what is wrong with answers that do not leave by the interface that requests come in by."""
    name, peer, device = at.question.name, route.peer, at.seen.device
    evidence: dict[str, Json] = {"peers": [str(peer)], "leaves_by": route.device, "comes_in_by": device}
    told = f"{at.place}: packets from {peer} come in by {device}, and"
    back = f"On {name}, give {peer} a route back by {device}"
    if at.seen.reverse_path_filter == _STRICT and route.device is not None:
        summary = (
            f"{told} are dropped there: the route to {peer} leaves by {route.device}, and the reverse path "
            f"filter is strict (rp_filter 1)."
        )
        remedy = f"{back}, or make the filter loose: sysctl -w net.ipv4.conf.{device}.rp_filter=2"
        code, direction, sure = Code.HOST_REVERSE_PATH, Direction.REQUEST, not at.ruled_by_more
    else:
        why, sure = _why_lost(route)
        summary = f"{told} the answers are lost: {why}."
        remedy = f"{back}{', or give the containers another address range' if route.is_bridge else ''}."
        code, direction, sure = Code.HOST_ROUTE, Direction.REPLY, sure and not at.ruled_by_more
    if not sure:
        summary = f"{summary} This is only likely: rules or devices decide that are not followed here."
    evidence["rp_filter"] = at.seen.reverse_path_filter
    return _finding(at, code, summary, remedy, direction, str(peer), is_sure=sure, **evidence)


def _why_lost(route: RouteBack) -> tuple[str, bool]:
    """Return where answers to a peer go, and whether it is certain that they are lost there."""
    if route.device is None:
        return route.said, True
    if route.device == "lo":
        return f"the host takes {route.peer} for an address of its own", True
    held = f", which has the range {route.holding}" if route.holding else ""
    if route.is_bridge:
        return f"they go to the bridge {route.device}{held}", bool(route.holding)
    return f"they leave by {route.device}{held}", False
