"""Which rows are for protocols that no probe is made for? They are put aside, and refuse no other row."""

from __future__ import annotations

from nlbcheck.model import Json
from nlbcheck.relays import fields
from nlbcheck.relays.section import Section
from nlbcheck.relays.tree import Number, TreeNode
from nlbcheck.relays.understood import Unprobed

WHY = "only TCP and TLS can be probed"


def put_aside(top: Section) -> list[Unprobed]:
    """Return the rows of ``top`` whose listeners are for UDP or QUIC alone, and take them out of it."""
    node = top.entries.get("mappings")
    if node is None or not isinstance(node.value, list):
        return []
    found = []
    kept = []
    for row in node.value:
        listener = row.value.get("listener") if isinstance(row.value, dict) else None
        text = listener.value if listener else None
        if isinstance(text, str) and fields.is_unprobable(text):
            said = {key: plain(inner) for key, inner in _entries(row).items()}
            place = row.heading or f"line {row.line}"
            found.append(Unprobed(text.strip(), place, WHY, said))
        else:
            kept.append(row)
    node.value[:] = kept
    return found


def _entries(node: TreeNode) -> dict[str, TreeNode]:
    return node.value if isinstance(node.value, dict) else {}


def plain(node: TreeNode) -> Json:
    """Return a value without the places where it stands."""
    match node.value:
        case dict():
            return {key: plain(inner) for key, inner in node.value.items()}
        case list():
            return [plain(inner) for inner in node.value]
        case Number(text):
            return text
        case value:
            return value
