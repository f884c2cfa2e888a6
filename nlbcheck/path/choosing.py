"""Which route of a table takes a packet to an address? Asked often, so remembered per recorded state."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from nlbcheck.aws.network import RouteTable
from nlbcheck.aws.state import AwsState
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.net import Address
from nlbcheck.path.gates import route_table
from nlbcheck.path.gates.route_table import Choice

_Choices = dict[tuple[str, Address], Choice | NotVisible | None]
_KNOWN: WeakKeyDictionary[AwsState, _Choices] = WeakKeyDictionary()


def choose(state: AwsState, table: RouteTable, address: Address) -> Choice | NotVisible | None:
    """Return the route of a table for an address, as ``route_table.select`` does."""
    known = _KNOWN.setdefault(state, {})
    key = table.id, address
    if key not in known:
        known[key] = route_table.select(table, address, state.prefix_list)
    return known[key]
