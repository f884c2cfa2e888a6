"""What does one look at a host say of a row's target?"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import zip_longest

from nlbcheck.errors import UnseenError
from nlbcheck.escape import shortened
from nlbcheck.hosts.host import Host
from nlbcheck.inspection import firewall, host_findings, interfaces, peers, sections, sockets
from nlbcheck.inspection.question import HostQuestion
from nlbcheck.inspection.script import script
from nlbcheck.inspection.sections import ABSENT, CommandAnswer
from nlbcheck.inspection.sockets import Socket
from nlbcheck.language import marked, tell
from nlbcheck.model.inspected import HostConnection, HostListener, HostLook, RouteBack

SECONDS = 2
"""For how long connections are looked at: those that last are told from those that come and go."""
_PATIENCE = 30.0
"""Seconds that the script may take besides, and for each of those once more."""
_LONGEST = 160
"""Characters that are shown of what a host says of itself."""
_NAMES_HIDDEN = marked("Which processes listen is not visible: seeing them takes root.")
_NOT_THERE = marked("The host has no interface with the address {address}: is it the target?")

_Answers = Mapping[str, tuple[CommandAnswer, ...]]


def inspect(host: Host, question: HostQuestion, *, seconds: int = SECONDS, sudo: bool = False) -> HostLook:
    """Return what a look at a host says of a row's target; connections are watched for so many seconds.

    With ``sudo`` the commands run as root, where that takes no password. Raises UnseenError where nobody may
    log in, where the host runs no Linux, and where its answer is not understood at all.
    """
    mark = secrets.token_hex(16)
    ran = host.run(script(question, mark, seconds=seconds, sudo=sudo), _PATIENCE + 2 * seconds)
    found = sections.split(ran.output, mark)
    if "system" not in found:
        said = shortened((ran.errors or ran.output).strip().partition("\n")[0], _LONGEST)
        raise UnseenError(f"{host.name}: runs no commands of a POSIX shell: {said or 'no output'}")
    system = shortened(found["system"][0].text.strip(), _LONGEST)
    if not system.startswith("Linux "):
        raise UnseenError(
            f"{host.name}: only Linux can be inspected, and it runs {system or 'something else'}"
        )
    return _told(found, question, HostLook(
        question.row, question.listener, question.name, question.address, question.port, question.health_port,
        host.name, system, nodes=question.nodes, preserves_client=question.preserves_client,
        seconds=seconds,
    ))  # fmt: skip


def _told(found: _Answers, question: HostQuestion, seen: HostLook) -> HostLook:
    """Return what the script's answers say, and what it means."""
    last = {name: answers[-1] for name, answers in found.items()}
    own = interfaces.addresses(last.get("addresses", ABSENT).text)
    at = [name for name, item in own if item.ip == question.address]
    device = next((name for name in at if name != "lo"), None)
    routes = _routes(last, question, own)
    filtering = firewall.read(last, question.address.version)
    told = _with_sockets(found, question, seen)
    told = replace(
        told,
        device=device,
        routes=routes,
        firewalls=filtering.managers,
        rulings=firewall.rulings(filtering, question, device, routes),
        reverse_path_filter=_reverse_path_filter(last, question, device),
    )
    if own and not at:
        return replace(told, unseen=(tell(_NOT_THERE, address=question.address),))
    more = interfaces.is_ruled_by_more(*(last.get(name, ABSENT).text for name in ("policy", "paths")))
    told = replace(told, unseen=_unseen(told, question, filtering.unseen))
    return host_findings.judged(told, question, ruled_by_more=more)


def _reverse_path_filter(
    last: Mapping[str, CommandAnswer], question: HostQuestion, device: str | None
) -> int | None:
    """Return what rp_filter is; IPv6 has none."""
    if question.address.version == 6:
        return 0
    text = last.get("settings", ABSENT).text
    return interfaces.reverse_path_filter(text, device) if device else None


def _routes(
    last: Mapping[str, CommandAnswer],
    question: HostQuestion,
    own: Sequence[tuple[str, interfaces.HostAddress]],
) -> tuple[RouteBack, ...]:
    bridging = interfaces.bridges(last.get("links", ABSENT), last.get("plain-links", ABSENT))
    answers = ((peer, last.get(f"route-{peer}", ABSENT)) for peer in question.peers)
    found = (interfaces.route_back(peer, answer, own, bridging) for peer, answer in answers)
    return tuple(route for route in found if route)


_TOLD_BY = {"ss": ("ss", sockets.by_ss), "netstat": ("netstat", sockets.by_netstat)}
_KERNEL = "/proc/net/tcp"


def _with_sockets(found: _Answers, question: HostQuestion, seen: HostLook) -> HostLook:
    """Return what is seen of the host's sockets, by whatever program told of them.

    Who listens on the ports is asked apart from who listens at all, of which a busy host has too much to say.
    """
    told, read = next(
        (by for name, by in _TOLD_BY.items() if f"{name}-own" in found), (_KERNEL, partial(_by_kernel, found))
    )
    name = "proc" if told == _KERNEL else told
    own, listening, looks = (_looks(found, f"{name}-{part}") for part in ("own", "listening", "connections"))
    if not own or any(answer.status not in (0, 1) for answer in own[0][:1]):  # grep says 1 for nothing
        return seen
    every = [item for parts in (*own, *listening) for part in parts for item in read(part.text)]
    listeners = [item for item in every if isinstance(item, HostListener)]
    connections = [
        [item for part in parts for item in read(part.text) if isinstance(item, HostConnection)]
        for parts in looks
    ]
    hidden = any(item.process is None for item in listeners if item.port in question.ports)
    return replace(
        seen,
        listeners=tuple(dict.fromkeys(listeners)),
        seen_by=told,
        connections=peers.told_apart(connections, question),
        notes=(*seen.notes, *([tell(_NAMES_HIDDEN)] if hidden else [])),
    )


def _looks(found: _Answers, name: str) -> list[list[CommandAnswer]]:
    """Return each look that has a name; one at the kernel's tables has two parts, one a family."""
    if name in found:
        return [[answer] for answer in found[name]]
    parts = zip_longest(found.get(f"{name}-tcp", ()), found.get(f"{name}-tcp6", ()))
    return [[part for part in both if part] for both in parts]


def _by_kernel(found: _Answers, text: str) -> Iterator[Socket]:
    """Yield what the kernel's tables show, in the byte order of the machine."""
    machine = found["machine"][0].text.strip() if "machine" in found else ""
    big = machine in ("s390x", "ppc64", "ppc", "mips", "mips64")
    return sockets.by_proc(text, "big" if big else "little")


def _unseen(told: HostLook, question: HostQuestion, of_firewall: str | None) -> tuple[str, ...]:
    """Return what could not be seen and may decide."""
    sentences = [of_firewall] if of_firewall else []
    if told.listeners is None:
        sentences.append(
            tell("Who listens is not visible: neither ss nor netstat nor /proc/net/tcp shows it.")
        )
    known = {route.peer for route in told.routes}
    lost = [str(peer) for peer in question.peers if peer not in known]
    if lost:
        sentences.append(
            tell(
                "The route back to {addresses} is not visible: 'ip route get' does not show it.",
                addresses=", ".join(lost),
            )
        )
    if told.device is None:
        sentences.append(tell("By which interface connections come in is not visible."))
    elif told.reverse_path_filter is None:
        sentences.append(tell("What the reverse path filter (rp_filter) does is not visible."))
    if question.preserves_client is None:
        sentences.append(tell("Whether the target sees the clients' own addresses is not known."))
    elif question.preserves_client and not question.clients:
        sentences.append(tell("The client's own address, which the target sees, is not known."))
    return tuple(sentences)
