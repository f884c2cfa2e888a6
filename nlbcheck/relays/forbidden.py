"""What may nobody reach that no row is about: any address and port, from any client?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nlbcheck.model import THIS_MACHINE, Address, Check, Flow, Node, ProbeSpec
from nlbcheck.relays import fields
from nlbcheck.relays.section import Section
from nlbcheck.relays.tree import MOST_ROWS, TreeNode, Value, shown

KEYS = ("name", "client", "address", "port", "protocol")
PROTOCOLS = ("tcp", "TCP")


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A TCP connection that nobody may open."""

    name: str
    """As the table has it, else ``forbidden-10.0.0.5:3306``."""
    address: Address
    port: int
    client: str | None = None
    """An instance id, network interface id or address; None where the run's client is meant."""

    @property
    def spec(self) -> ProbeSpec:
        """How it is probed: any answer is one too many."""
        return ProbeSpec(check=Check.TCP, is_said=True, reachable=False)

    def flow(self, relay: str, vantage: str = THIS_MACHINE) -> Flow:
        """Return the connection from a vantage point."""
        target = str(self.address)
        return Flow(self.name, Node(None, self.address), self.port, target, self.spec, vantage, relay)


def read(top: Section, rows: Iterable[str]) -> tuple[Forbidden, ...]:
    """Return the entries under ``forbidden`` of a table; mistakes are noted. ``rows`` are taken names."""
    node = top.entries.get("forbidden")
    if node is None:
        return ()
    if not isinstance(node.value, list):
        top.refuse(node, f"{shown(node.value)} is not a list of entries", "forbidden")
        return ()
    if len(node.value) > MOST_ROWS:
        top.refuse(node, f"has more than {MOST_ROWS:,} entries", "forbidden")
        return ()
    taken = dict.fromkeys(rows, "a row")
    found = (_entry(top, item, number, taken) for number, item in enumerate(node.value))
    return tuple(entry for entry in found if entry)


def _entry(top: Section, node: TreeNode, number: int, taken: dict[str, str]) -> Forbidden | None:
    """Return one entry, or None where it has mistakes; its name is taken then."""
    section = Section(node, top.problems, f"forbidden[{number}]")
    if not isinstance(node.value, dict):
        return None
    section.only(KEYS)
    address = section.take("address", fields.address, required=True)
    port = section.take("port", _port, required=True)
    section.take("protocol", _protocol)
    client = section.take("client", fields.target)
    said = section.take("name", fields.text)
    if address is None or port is None:
        return None
    name = said or f"forbidden-{address}:{port}"
    if name in taken:
        told = f"{shown(name)} is the name of {taken[name]} already"
        top.problems.add(section.line, f"{section.path}: {told}{'' if said else ': give it a name'}")
    taken.setdefault(name, section.path)
    return Forbidden(name, address, port, client)


def _port(value: Value) -> int:
    found = fields.port(value)
    if found.protocol != "TCP":
        raise ValueError(f"{shown(value)}: a TCP port was expected")
    return found.number


def _protocol(value: Value) -> str:
    if value not in PROTOCOLS:
        raise ValueError(f"{shown(value)} is not tcp, the only protocol that can be forbidden")
    return str(value)
