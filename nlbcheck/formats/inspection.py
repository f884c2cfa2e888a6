"""What was seen on targets, for a person and for a script: the document ``nlbcheck.inspection/1``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nlbcheck import __version__
from nlbcheck.errors import ExitStatus
from nlbcheck.escape import printable
from nlbcheck.formats import json, json_findings
from nlbcheck.formats.chain import MARKS
from nlbcheck.formats.lines import bold, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.model import Direction, Finding, Json, Verdict
from nlbcheck.model.inspected import HostConnection, HostListener, HostLook, HostRuling, PeerKind, RouteBack

SCHEMA = "nlbcheck.inspection/1"
_MOST = 20
"""Connections of one kind that are told each; of more the rest is counted."""
_FILTERS = {0: "off", 1: "strict", 2: "loose"}
_SEVERAL = {
    PeerKind.HEALTH_CHECK: "health checks",
    PeerKind.RELAYED: "relayed clients",
    PeerKind.CHECK_OR_RELAYED: "health checks or relayed clients",
    PeerKind.OTHER: "others",
}
_RULED = {Verdict.PASS: "admitted", Verdict.UNKNOWN: "not understood"}


def document(inspected: Sequence[HostLook], unseen: Sequence[str], status: ExitStatus) -> str:
    """Return the JSON document; ``unseen`` is why some targets could not be looked at."""
    return json.encoded(
        {
            "schema": SCHEMA,
            "version": __version__,
            "exit_status": int(status),
            "targets": [_object(one) for one in inspected],
            "unseen": [*unseen],
        }
    )


def _object(one: HostLook) -> Json:
    return {
        "mapping": one.row,
        "name": one.name,
        "address": str(one.address),
        "port": one.port,
        "health_check_port": one.health_port,
        "host": one.host,
        "system": one.system,
        "interface": one.device,
        "verdict": one.verdict.value,
        "listeners": None if one.listeners is None else [_listener(item) for item in one.listeners],
        "connections": None if one.connections is None else [_connection(item) for item in one.connections],
        "seen_by": one.seen_by,
        "seconds": one.seconds,
        "client_ip_preserved": one.preserves_client,
        "nodes": [str(address) for address in one.nodes],
        "firewall": {"read_from": [*one.firewalls], "rulings": [_ruling(item) for item in one.rulings]},
        "routes_back": [_route(item) for item in one.routes],
        "rp_filter": one.reverse_path_filter,
        "findings": [json_findings.of_finding(finding) for finding in one.findings],
        "unseen": [*one.unseen],
        "notes": [*one.notes],
    }


def _listener(item: HostListener) -> Json:
    address = str(item.address) if item.address else "::"
    return {"address": address, "port": item.port, "v6_only": item.v6_only, "process": item.process}


def _connection(item: HostConnection) -> Json:
    return {
        "port": item.port,
        "peer": {"address": item.peer.address, "port": item.peer.port},
        "state": item.state,
        "bytes_received": item.received,
        "lasts": item.lasts,
        "process": item.process,
        "whose": item.kind.value,
    }


def _ruling(item: HostRuling) -> Json:
    return {
        "peer": str(item.peer),
        "port": item.port,
        "direction": item.direction.value,
        "verdict": item.verdict.value,
        "rejects": item.rejects,
        "rule": item.rule or None,
        "chain": item.where or None,
    }


def _route(item: RouteBack) -> Json:
    return {
        "peer": str(item.peer),
        "interface": item.device,
        "gateway": item.gateway,
        "is_bridge": item.is_bridge,
        "range": item.holding,
        "error": item.said or None,
    }


def text(inspected: Sequence[HostLook], unseen: Sequence[str], style: Style) -> str:
    """Return the verdict on each target, every finding with its fix, and what was seen."""
    blocks = [block for one in inspected for block in _blocks(one, style)]
    blocks += [wrapped(f"{MARKS[Verdict.UNKNOWN]} {said}", style, Verdict.UNKNOWN) for said in unseen]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _blocks(one: HostLook, style: Style) -> Iterator[list[str]]:
    mark = MARKS[one.verdict]
    head = f"{mark} {one.row}: {one.name} {one.address}:{one.port} {_said(one)}"
    yield wrapped(head, style, one.verdict)
    for finding in one.findings:
        yield _finding(finding, style)
    if one.unseen:
        yield [line for said in one.unseen for line in wrapped(f"? {said}", style, Verdict.UNKNOWN)]
    yield [bold("Listening", style), *_listening(one)]
    yield [bold(f"Connections{_watched(one)}", style), *_connections(one)]
    yield [bold(f"Firewall of the host{_read_from(one)}", style), *_rulings(one, style)]
    yield [bold("Route back", style), *_routes(one)]
    told = f"Seen at {one.host} ({one.system}){f' by {one.seen_by}' if one.seen_by else ''}."
    yield [line for said in (told, *one.notes) for line in wrapped(said, style)]


def _said(one: HostLook) -> str:
    if one.verdict is Verdict.FAIL:
        return "does not serve what comes through the load balancer, and says why."
    if one.verdict is Verdict.UNKNOWN:
        return "shows no fault, but not all of it is visible."
    return "listens, its firewall admits who has to get in, and it answers them by the same path."


def _finding(finding: Finding, style: Style) -> list[str]:
    lines = wrapped(f"{finding.summary} [{finding.code}]", style, finding.verdict)
    if finding.remedy:
        lines += wrapped(f"Fix: {finding.remedy.text}", style, first="  ", indent="       ")
    return lines


def _ports(one: HostLook) -> list[int]:
    return list(dict.fromkeys([one.port, *([one.health_port] if one.health_port else [])]))


def _purpose(one: HostLook, port: int) -> str:
    if port != one.port:
        return "health checks"
    return "registered, health checks" if port == one.health_port else "registered"


def _listening(one: HostLook) -> Iterator[str]:
    """Yield who listens on each port, in columns as netstat has them."""
    if one.listeners is None:
        yield "  not visible"
        return
    for port in _ports(one):
        found = one.at(port)
        for item in found:
            yield f"  {item.where:<24}LISTEN       {printable(item.process or '-')}  ({_purpose(one, port)})"
        if not found:
            yield f"  port {port}: nobody  ({_purpose(one, port)})"


def _watched(one: HostLook) -> str:
    return f" (watched for {one.seconds} s)" if one.seconds else ""


def _connections(one: HostLook) -> Iterator[str]:
    """Yield the connections in columns, kind by kind; those that come and go are counted for each peer."""
    if one.connections is None:
        yield "  not visible"
        return
    groups: dict[object, list[HostConnection]] = {}
    for item in one.connections:
        fleeting = (item.port, item.peer.address, item.state, item.kind)
        groups.setdefault(item if item.lasts else fleeting, []).append(item)
    for kind in PeerKind:
        alike = [group for group in groups.values() if group[0].kind is kind]
        yield from (_alike(group) for group in alike[:_MOST])
        if len(alike) > _MOST:
            yield f"  and from {len(alike) - _MOST} more peers: {_SEVERAL[kind]}"
    if not one.connections:
        yield f"  none to port {' or '.join(map(str, _ports(one)))}"


def _alike(group: Sequence[HostConnection]) -> str:
    """Return one connection, or several of one peer in one state."""
    first, count = group[0], len(group)
    peer = first.peer.address if count > 1 else str(first.peer)
    told = f"{count} {_SEVERAL[first.kind]}" if count > 1 else f"{first.kind.value}{_more(first)}"
    return f"  {f':{first.port} ← {peer}':<32}{first.state:<13}{told}"


def _more(item: HostConnection) -> str:
    told = [f"has sent {item.received} bytes"] if item.kind is PeerKind.RELAYED and item.received else []
    told += ["stands"] if item.lasts and item.state == "ESTABLISHED" else []
    return f" ({', '.join(told)})" if told else ""


def _read_from(one: HostLook) -> str:
    return f" ({', '.join(one.firewalls)})" if one.firewalls else ""


def _rulings(one: HostLook, style: Style) -> Iterator[str]:
    if not one.rulings:
        yield "  not visible" if one.unseen else "  nobody is to be asked about"
    for item in one.rulings:
        way = (
            f"{item.peer} → :{item.port}"
            if item.direction is Direction.REQUEST
            else f":{item.port} → {item.peer}"
        )
        said = _RULED.get(item.verdict) or ("rejected" if item.rejects else "dropped")
        rule = f": {item.rule} ({item.where})" if item.rule else ""
        yield from wrapped(f"{way:<26}{said}{rule}", style, first="  ")


def _routes(one: HostLook) -> Iterable[str]:
    for item in one.routes:
        by = f"by {printable(item.device)}" if item.device else f"none: {item.said}"
        via = f" via {item.gateway}" if item.gateway else ""
        kind = " (a bridge)" if item.is_bridge else ""
        yield f"  {item.peer!s:<24}{by}{via}{kind}"
    if not one.routes:
        yield "  not visible"
    if one.device and one.reverse_path_filter is not None:
        told = f"{one.reverse_path_filter} ({_FILTERS.get(one.reverse_path_filter, '')})"
        yield f"  requests come in by {printable(one.device)}, whose rp_filter is {told}"
