"""Does anybody listen at a port who takes connections to the target's address, and who else may be meant?

A process that listens on one address takes connections to that one alone, on 0.0.0.0 those to all of IPv4,
on :: those to all of IPv6 and, unless it is for IPv6 alone, of IPv4, too: ip(7), ipv6(7) (IPV6_V6ONLY).
Where nobody listens the kernel answers with a reset: RFC 9293, section 3.10.7.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlbcheck.inspection.host_port import HostPort, finding
from nlbcheck.inspection.usual_ports import is_the_service
from nlbcheck.language import listed, paragraph, tell
from nlbcheck.model import (
    Code,
    Direction,
    Finding,
    Json,
)
from nlbcheck.model.inspected import HostListener


def takes(at: HostPort) -> bool | None:
    """Whether somebody listens who takes connections to the target's address; None where that is not seen."""
    told = [item.takes(at.question.address) for item in at.seen.at(at.port)]
    return True if True in told else None if None in told else False


def findings(at: HostPort) -> Iterator[Finding]:
    """Yield what is wrong with who listens."""
    if at.seen.listeners is None or takes(at) is not False:
        return
    others: list[Json] = [f"{item.where} {item.process or ''}".strip() for item in at.seen.listeners]
    there = at.seen.at(at.port)
    if there:
        yield _elsewhere(at, there)
        return
    moved = [item for item in at.seen.listeners if _may_be_meant(at, item)]
    code, told, remedy = _on_other_port(at, moved) if moved else _nobody(at)
    summary = paragraph(told, _unless_sure(at))
    yield finding(at, code, summary, remedy, Direction.REQUEST, is_sure=at.is_sure, listening=others)


def _unless_sure(at: HostPort) -> str:
    """Return the sentence that says what is only likely, where not all of the firewall is seen."""
    if at.is_sure:
        return ""
    return tell("Likely connections are refused: not all of the firewall's rules are visible.")


def _on_other_port(at: HostPort, moved: Sequence[HostListener]) -> tuple[Code, str, str]:
    who = [tell("{process} on port {port}", process=_who(item), port=item.port) for item in moved]
    summary = tell(
        "{place}: no process listens there, but {processes} does.",
        place=at.place,
        processes=listed([*dict.fromkeys(who)]),
    )
    remedy = tell(
        "On {target}, let the service listen on port {port}. Or register {address} with port {other}, "
        "deregister port {port}, and correct the mapping table.",
        target=at.question.name,
        port=at.port,
        address=at.question.address,
        other=moved[0].port,
    )
    return Code.HOST_OTHER_PORT, summary, remedy


def _nobody(at: HostPort) -> tuple[Code, str, str]:
    remedy = tell(
        "On {target}, start the service that should listen on port {port} (ss -ltnp shows whether it does). "
        "Nothing needs to change in AWS.",
        target=at.question.name,
        port=at.port,
    )
    return Code.HOST_NOT_LISTENING, tell("{place}: no process listens there.", place=at.place), remedy


def _may_be_meant(at: HostPort, item: HostListener) -> bool:
    """Whether a process on another port, which no row names, is likely the one that is meant."""
    taken = item.port in (*at.question.ports, *at.question.other_ports)
    return not taken and item.takes(at.question.address) is True and is_the_service(at.question.check, item)


def _elsewhere(at: HostPort, there: Sequence[HostListener]) -> Finding:
    told = tell(
        "{place}: {process} listens on {addresses} only, so only the host itself can connect."
        if all(item.is_local for item in there)
        else "{place}: {process} listens on {addresses}, and not on {address}.",
        place=at.place,
        process=_who(there[0]),
        addresses=listed([*dict.fromkeys(item.where.rpartition(":")[0] for item in there)]),
        address=at.question.address,
    )
    summary = paragraph(told, _unless_sure(at))
    remedy = tell(
        "On {target}, let it listen on {address} or on all addresses (listen or bind address in its "
        "configuration), and restart it. Nothing needs to change in AWS.",
        target=at.question.name,
        address=at.question.address,
    )
    listening: list[Json] = [item.where for item in there]
    return finding(
        at, Code.HOST_LISTENS_ELSEWHERE, summary, remedy, Direction.REQUEST, is_sure=at.is_sure,
        listening=listening, process=there[0].process,
    )  # fmt: skip


def _who(item: HostListener) -> str:
    return item.process or tell("a process")
