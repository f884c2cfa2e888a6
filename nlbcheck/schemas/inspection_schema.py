"""What may stand in what ``inspect -f json`` prints: ``nlbcheck.inspection/1``?"""

from __future__ import annotations

from nlbcheck.formats.inspection import SCHEMA
from nlbcheck.model import Direction, Json
from nlbcheck.model.inspected import PeerKind
from nlbcheck.schemas import shared
from nlbcheck.schemas.parts import (
    ADDRESS,
    COUNT,
    FLAG,
    PORT,
    TEXT,
    listed,
    maybe,
    one_of,
    record,
    ref,
    said,
    whole,
)

_LISTENER = record(
    {
        "address": said(ADDRESS, ":: for all addresses, of IPv4 too unless `v6_only`."),
        "port": PORT,
        "v6_only": said(maybe(FLAG), "null where it is not visible."),
        "process": said(maybe(TEXT), "null where it is not visible."),
    },
    meaning="A socket that accepts connections.",
)
_CONNECTION = record(
    {
        "port": said(PORT, "The port of the host."),
        "peer": record({"address": TEXT, "port": PORT}),
        "state": said(TEXT, "In the words of netstat: ESTABLISHED, SYN_RECV …"),
        "bytes_received": said(maybe(COUNT), "Bytes that the peer has sent; null where it is not visible."),
        "lasts": said(FLAG, "Whether it stood from the first look to the last."),
        "process": said(maybe(TEXT), "null where it is not visible."),
        "whose": one_of(PeerKind),
    },
    meaning="A connection to one of the ports.",
)
_RULING = record(
    {
        "peer": ADDRESS,
        "port": PORT,
        "direction": one_of(Direction),
        "verdict": said(shared.VERDICT, "pass: allowed; fail: dropped or rejected; unknown: not visible."),
        "rejects": said(FLAG, "Whether it answers what it drops."),
        "rule": said(maybe(TEXT), "The rule that decides."),
        "chain": said(maybe(TEXT), "The table and chain of the rule."),
    },
    meaning="What the firewall of the host does with the packets of a peer, or with the replies to it.",
)
_ROUTE = record(
    {
        "peer": ADDRESS,
        "interface": said(maybe(TEXT), "null where there is no route."),
        "gateway": maybe(TEXT),
        "is_bridge": said(FLAG, "Whether the interface is a bridge, as those of containers are."),
        "range": said(maybe(TEXT), "The range of the interface that holds the address of the peer."),
        "error": said(maybe(TEXT), "What the host says where there is no route."),
    },
    meaning="By which path the host replies to a peer.",
)
_TARGET = record(
    {
        "mapping": said(TEXT, "The row of the mapping table."),
        "name": TEXT,
        "address": ADDRESS,
        "port": PORT,
        "health_check_port": said(maybe(PORT), "null where it is not known."),
        "host": said(TEXT, "Where the look was taken."),
        "system": said(TEXT, "What the host runs: Linux 6.1.0."),
        "interface": said(maybe(TEXT), "The interface that has the address of the target."),
        "verdict": shared.VERDICT,
        "listeners": said(maybe(listed(ref("listener"))), "null where they are not visible."),
        "connections": said(maybe(listed(ref("connection"))), "null where they are not visible."),
        "seen_by": said(TEXT, "What lists the sockets: ss, netstat or /proc/net/tcp."),
        "seconds": said(COUNT, "How long connections were watched."),
        "client_ip_preserved": said(maybe(FLAG), "null where it is not known."),
        "nodes": said(listed(ADDRESS), "The addresses of the load balancer."),
        "firewall": record({"read_from": listed(TEXT), "rulings": listed(ref("ruling"))}),
        "routes_back": listed(ref("route")),
        "rp_filter": said(maybe(COUNT), "0 off, 1 strict, 2 loose; null where it is not visible."),
        "findings": listed(ref("finding")),
        "unseen": said(listed(TEXT), "What is not visible, and may decide."),
        "notes": said(listed(TEXT), "What is not visible, and decides nothing."),
    },
    meaning="A target as it is seen from inside, for one row.",
)
_DOCUMENT = record(
    {
        "schema": {"const": SCHEMA},
        "version": TEXT,
        "exit_status": shared.EXIT_STATUS,
        "targets": listed(ref("target")),
        "unseen": said(listed(TEXT), "Why other targets could not be inspected."),
    },
    meaning="What targets show from inside.",
)


def schema() -> dict[str, Json]:
    """Return the schema."""
    own = {
        "target": _TARGET,
        "listener": _LISTENER,
        "connection": _CONNECTION,
        "ruling": _RULING,
        "route": _ROUTE,
    }
    defs = {name: part for name, part in shared.DEFS.items() if name not in ("path", "hop")}
    return whole(SCHEMA, _DOCUMENT, {**own, **defs})
