"""What was seen on targets, for a person and for a script: the document ``nlbcheck.inspection/1``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nlbcheck import __version__
from nlbcheck.errors import ExitStatus
from nlbcheck.escape import printable
from nlbcheck.formats import failing, following, json, json_findings
from nlbcheck.formats.chain import MARKS
from nlbcheck.formats.diagnosis import fix_lines
from nlbcheck.formats.lines import bold, padded, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.language import marked, plural, tell
from nlbcheck.model import Direction, Finding, Json, Verdict
from nlbcheck.model.inspected import HostConnection, HostListener, HostLook, HostRuling, PeerKind, RouteBack

SCHEMA = "nlbcheck.inspection/1"
_MOST = 20
"""Connections of one kind that are told each; of more the rest is counted."""
_FILTERS = {0: marked("off"), 1: marked("strict"), 2: marked("loose")}
_KINDS = {
    PeerKind.HEALTH_CHECK: marked("health check"),
    PeerKind.RELAYED: marked("relayed client"),
    PeerKind.CHECK_OR_RELAYED: marked("health check or relayed client"),
    PeerKind.OTHER: marked("other"),
}
_SEVERAL = {
    PeerKind.HEALTH_CHECK: marked("{count} health checks"),
    PeerKind.RELAYED: marked("{count} relayed clients"),
    PeerKind.CHECK_OR_RELAYED: marked("{count} health checks or relayed clients"),
    PeerKind.OTHER: marked("{count} others"),
}
_MORE = {
    PeerKind.HEALTH_CHECK: marked("and {count} more peers: health checks"),
    PeerKind.RELAYED: marked("and {count} more peers: relayed clients"),
    PeerKind.CHECK_OR_RELAYED: marked("and {count} more peers: health checks or relayed clients"),
    PeerKind.OTHER: marked("and {count} more peers: others"),
}
_RULED = {Verdict.PASS: marked("allowed"), Verdict.UNKNOWN: marked("not understood")}
_SAID = {
    Verdict.FAIL: marked("{target} does not serve what comes through the load balancer."),
    Verdict.UNKNOWN: marked("{target} shows no fault, but not all of it is visible."),
}
_IN_ORDER = marked(
    "{target} listens. Its firewall allows everyone who must reach it. Its replies take the same path back."
)


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
    gravest_first = sorted(inspected, key=lambda one: -one.verdict.severity)
    blocks = [block for one in gravest_first for block in _blocks(one, style)]
    blocks += [wrapped(f"{MARKS[Verdict.UNKNOWN]} {said}", style, Verdict.UNKNOWN) for said in unseen]
    blocks.append(following.after_findings([item for one in inspected for item in one.findings], style))
    return style.shown("\n\n".join("\n".join(block) for block in blocks if block) + "\n")


def _blocks(one: HostLook, style: Style) -> Iterator[list[str]]:
    target = f"{one.row}: {one.name} {one.address}:{one.port}"
    said = tell(_SAID.get(one.verdict, _IN_ORDER), target=target)
    yield wrapped(f"{MARKS[one.verdict]} {said}", style, one.verdict)
    for finding in one.findings:
        yield _finding(finding, style)
    if one.unseen:
        yield [line for said in one.unseen for line in wrapped(f"? {said}", style, Verdict.UNKNOWN)]
    yield [bold(tell("Listening"), style), *_listening(one)]
    yield [bold(_watched(one), style), *_connections(one)]
    yield [bold(_read_from(one), style), *_rulings(one, style)]
    yield [bold(tell("Route back"), style), *_routes(one)]
    yield [line for said in (_seen(one), *one.notes) for line in wrapped(said, style)]


def _seen(one: HostLook) -> str:
    parts = {"host": one.host, "system": one.system}
    if one.seen_by:
        return tell("Seen at {host} ({system}) by {tool}.", tool=one.seen_by, **parts)
    return tell("Seen at {host} ({system}).", **parts)


def _finding(finding: Finding, style: Style) -> list[str]:
    lines = wrapped(f"{finding.summary} [{failing.label(finding)}]", style, finding.verdict)
    if finding.remedy:
        lines += fix_lines(finding.remedy.text, style, "  ")
    return lines


def _ports(one: HostLook) -> list[int]:
    return list(dict.fromkeys([one.port, *([one.health_port] if one.health_port else [])]))


def _purpose(one: HostLook, port: int) -> str:
    if port != one.port:
        return tell("health checks")
    return tell("registered, health checks") if port == one.health_port else tell("registered")


def _listening(one: HostLook) -> Iterator[str]:
    """Yield who listens on each port, in columns as netstat has them."""
    if one.listeners is None:
        yield f"  {tell('not visible')}"
        return
    for port in _ports(one):
        found = one.at(port)
        for item in found:
            yield f"  {item.where:<24}LISTEN       {printable(item.process or '-')}  ({_purpose(one, port)})"
        if not found:
            yield f"  {tell('port {port}: nobody', port=port)}  ({_purpose(one, port)})"


def _watched(one: HostLook) -> str:
    if one.seconds:
        return tell("Connections (watched for {seconds} s)", seconds=one.seconds)
    return tell("Connections")


def _connections(one: HostLook) -> Iterator[str]:
    """Yield the connections in columns, kind by kind; those that come and go are counted for each peer."""
    if one.connections is None:
        yield f"  {tell('not visible')}"
        return
    groups: dict[object, list[HostConnection]] = {}
    for item in one.connections:
        fleeting = (item.port, item.peer.address, item.state, item.kind)
        groups.setdefault(item if item.lasts else fleeting, []).append(item)
    for kind in PeerKind:
        alike = [group for group in groups.values() if group[0].kind is kind]
        yield from (_alike(group) for group in alike[:_MOST])
        if len(alike) > _MOST:
            yield f"  {tell(_MORE[kind], count=len(alike) - _MOST)}"
    if not one.connections:
        ports = tell(" or ").join(map(str, _ports(one)))
        yield f"  {tell('none to port {ports}', ports=ports)}"


def _alike(group: Sequence[HostConnection]) -> str:
    """Return one connection, or several of one peer in one state."""
    first, count = group[0], len(group)
    peer = first.peer.address if count > 1 else str(first.peer)
    told = tell(_SEVERAL[first.kind], count=count) if count > 1 else tell(_KINDS[first.kind]) + _more(first)
    return f"  {f':{first.port} ← {peer}':<32}{first.state:<13}{told}"


def _more(item: HostConnection) -> str:
    told = []
    if item.kind is PeerKind.RELAYED and item.received:
        told.append(plural(item.received, "has sent {count} byte", "has sent {count} bytes"))
    if item.lasts and item.state == "ESTABLISHED":
        told.append(tell("stays open"))
    return f" ({', '.join(told)})" if told else ""


def _read_from(one: HostLook) -> str:
    if one.firewalls:
        return tell("Firewall of the host ({firewalls})", firewalls=", ".join(one.firewalls))
    return tell("Firewall of the host")


def _rulings(one: HostLook, style: Style) -> Iterator[str]:
    if not one.rulings:
        yield f"  {tell('not visible') if one.unseen else tell('no address is checked')}"
    for item in one.rulings:
        way = (
            f"{item.peer} → :{item.port}"
            if item.direction is Direction.REQUEST
            else f":{item.port} → {item.peer}"
        )
        stopped = tell("rejected") if item.rejects else tell("dropped")
        said = tell(_RULED[item.verdict]) if item.verdict in _RULED else stopped
        rule = f": {item.rule} ({item.where})" if item.rule else ""
        yield from wrapped(f"{padded(way, 26)}{said}{rule}", style, first="  ")


def _routes(one: HostLook) -> Iterable[str]:
    for item in one.routes:
        yield f"  {item.peer!s:<24}{_route_back(item)}"
    if not one.routes:
        yield f"  {tell('not visible')}"
    number = one.reverse_path_filter
    if one.device and number is not None:
        meaning = tell(_FILTERS[number]) if number in _FILTERS else ""
        told = tell(
            "requests come in by {device}, whose rp_filter is {value}",
            device=printable(one.device),
            value=f"{number} ({meaning})",
        )
        yield f"  {told}"


def _route_back(item: RouteBack) -> str:
    if not item.device:
        return tell("none: {reason}", reason=item.said)
    by = tell("by {device}", device=printable(item.device))
    if item.gateway:
        by = tell("by {device} via {gateway}", device=printable(item.device), gateway=item.gateway)
    return tell("{route} (a bridge)", route=by) if item.is_bridge else by
