"""What does a look at a client's host say of a connection that failed?

Only what must lead to how its probe ended is a cause; a VPN client's route may be just as it should be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from nlbcheck.inspection.client_look import ClientSeen
from nlbcheck.inspection.filtering import Doing, FilterDecision
from nlbcheck.language import tell
from nlbcheck.model import (
    Code,
    Confidence,
    Direction,
    Finding,
    Json,
    Leg,
    Remedy,
    Resource,
    Status,
    Verdict,
)
from nlbcheck.model.flow import named
from nlbcheck.model.net import SocketAddress

_BLOCKING = (Doing.DROP, Doing.REJECT)


def findings(seen: ClientSeen, to: SocketAddress, status: Status) -> tuple[Finding, ...]:
    """Return what a client's host does with a connection whose probe ended in ``status``."""
    return (*_no_route(seen, to, status), *_filtered(seen, to, status), *_by_vpn(seen, to, status))


def _no_route(seen: ClientSeen, to: SocketAddress, status: Status) -> Iterator[Finding]:
    known = seen.routes.get(ip_address(to.address))
    if known is None or known.route.device or status is Status.REFUSED:
        return
    likely = seen.ruled_by_more
    summary = tell(
        "Packets to {address} likely never leave {host}: {reason}."
        if likely
        else "Packets to {address} never leave {host}: {reason}.",
        address=to.address,
        host=named(seen.host),
        reason=tell(known.route.said),
    )
    fix = tell(
        "Give {host} a route to {address}. `ip route get {address}` shows what it has now.",
        host=named(seen.host),
        address=to.address,
    )
    yield _finding(
        Code.CLIENT_ROUTE_MISSING, seen, to, summary, {"said": known.route.said}, fix,
        confidence=Confidence.LIKELY if likely else Confidence.CERTAIN,
    )  # fmt: skip


def _filtered(seen: ClientSeen, to: SocketAddress, status: Status) -> Iterator[Finding]:
    decisions = seen.decisions(to)
    if decisions is None:
        return
    for direction, found in zip((Direction.REQUEST, Direction.REPLY), decisions, strict=True):
        if _explains(found, direction, status):
            yield _by_rule(seen, to, direction, found)
            return


def _explains(found: FilterDecision, direction: Direction, status: Status) -> bool:
    """Whether what the rules do leads to how a probe ended: who refuses has sent an answer.

    A packet that the host itself drops as it leaves is told to whoever sends it (``EPERM``), which a program
    reports as unreachable; through a forwarder it may look like silence.
    """
    if direction is Direction.REPLY:
        return found.doing in _BLOCKING and status is Status.TIMED_OUT
    return found.doing is Doing.REJECT or (found.doing is Doing.DROP and status is not Status.REFUSED)


def _by_rule(seen: ClientSeen, to: SocketAddress, direction: Direction, found: FilterDecision) -> Finding:
    parts = {"host": named(seen.host), "rule": found.rule, "where": found.where}
    if direction is Direction.REQUEST:
        summary = tell(
            'The firewall on {host} itself drops connections: "{rule}" in {where}.'
            if found.doing is Doing.DROP
            else 'The firewall on {host} itself rejects connections: "{rule}" in {where}.',
            **parts,
        )
    else:
        summary = tell(
            'The firewall on {host} itself drops the answers to connections: "{rule}" in {where}.'
            if found.doing is Doing.DROP
            else 'The firewall on {host} itself rejects the answers to connections: "{rule}" in {where}.',
            **parts,
        )
    evidence: dict[str, Json] = {"rule": found.rule, "where": found.where}
    fix = tell(
        "On {host}, allow TCP to the load balancer's listeners in the firewall, before that rule.",
        host=named(seen.host),
    )
    about = f"{found.where} {found.rule}"
    return _finding(
        Code.CLIENT_FIREWALL, seen, to, summary, evidence, fix, direction=direction, subject=about
    )


def _by_vpn(seen: ClientSeen, to: SocketAddress, status: Status) -> Iterator[Finding]:
    known = seen.routes.get(ip_address(to.address))
    device = known.route.device if known else None
    if device not in seen.tunnels or seen.elsewhere in (None, device) or status is Status.REFUSED:
        return
    summary = tell(
        "Packets to {address} leave {host} by {device}, an interface of a VPN client. All others leave by "
        "{other}. If the VPN does not reach the load balancer, that is likely the cause.",
        address=to.address,
        host=named(seen.host),
        device=device,
        other=seen.elsewhere,
    )
    fix = tell(
        "Find out whether the VPN should reach {address}. If not, exclude the address from its routes (split "
        "tunnel), or disconnect the VPN.",
        address=to.address,
    )
    yield _finding(
        Code.CLIENT_VPN_ROUTE, seen, to, summary, {"interface": device, "others": seen.elsewhere}, fix,
        verdict=Verdict.WARN, confidence=Confidence.LIKELY,
    )  # fmt: skip


def _finding(
    code: Code,
    seen: ClientSeen,
    to: SocketAddress,
    summary: str,
    evidence: Mapping[str, Json],
    fix: str,
    *,
    verdict: Verdict = Verdict.FAIL,
    confidence: Confidence = Confidence.CERTAIN,
    direction: Direction = Direction.REQUEST,
    subject: str | None = None,
) -> Finding:
    return Finding(
        code,
        verdict,
        summary,
        Leg.FRONT,
        direction,
        None,
        Resource("client", seen.host),
        {"static_ip": str(to), **evidence},
        Remedy(fix),
        confidence,
        subject=subject or to.address,
    )
