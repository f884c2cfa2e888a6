"""How are the rows of a mapping table kept in a wiki? In Markdown, with headings that ``-m`` reads again."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from nlbcheck.escape import printable
from nlbcheck.language import marked, tell
from nlbcheck.model import Node
from nlbcheck.relays import Row, Table
from nlbcheck.relays.readers import markup

_HEADINGS = (
    marked("No."),
    marked("Listener port"),
    marked("Action"),
    marked("Target group name"),
    marked("Target group port"),
    marked("Target IP"),
)


def rows(table: Table) -> str:
    """Return the rows of a table in Markdown, with headings in the language that is spoken."""
    lines = [[tell(heading) for heading in _HEADINGS], ["---"] * len(_HEADINGS)]
    lines += [_cells(number, row) for number, row in enumerate(table.rows, 1)]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def rest(table: Table) -> str:
    """Return what a table in Markdown does not hold, as options of the commands that read it."""
    named = {"--load-balancer": table.load_balancer, "--region": table.region}
    given = [f"{option} {shlex.quote(value)}" for option, value in named.items() if value]
    return " ".join([*given, *(f"--static-ip {shlex.quote(_node(node))}" for node in table.static_ips)])


def _cells(number: int, row: Row) -> list[str]:
    group, listener, port = row.target_group, str(row.listener), str(row.target_port)
    return [str(number), listener, tell("forward"), group, port, ", ".join(_targets(row))]


def _targets(row: Row) -> Iterable[str]:
    return (f"{item.name} ({item.address})" if item.is_named else item.name for item in row.targets)


def _node(node: Node) -> str:
    return f"{node.zone}={node.address}" if node.zone else str(node.address)


def _cell(text: str) -> str:
    return markup.marked(printable(text))
