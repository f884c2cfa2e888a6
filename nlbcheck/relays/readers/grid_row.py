"""What does one line of a printed table say of a row?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlbcheck.escape import printable
from nlbcheck.relays import fields
from nlbcheck.relays.readers import cells
from nlbcheck.relays.readers.columns import Columns
from nlbcheck.relays.row_keys import ROW_KEYS
from nlbcheck.relays.tree import Problems, TreeNode, shown

_SEVERAL = {key.name for key in ROW_KEYS if key.several}
_PORTS = ("listener", "target_port")
_BESIDE = ("protocol", "target_protocol", "target_name", "target_address", "target", *_PORTS)
"""Roles of columns that are not each a key of the row."""


@dataclass(slots=True)
class GridRow:
    """A line of a table, whose cells are taken one by one."""

    name: str
    """What messages call it: ``row 3``."""
    columns: Columns
    texts: Sequence[str]
    line: int
    problems: Problems
    addresses: dict[str, str]
    """Targets that have an address beside them, in the whole file."""

    def says(self, role: str) -> str:
        """Return the text of a role's column; empty where it says nothing."""
        return "" if cells.says_nothing(self._written(role)) else self._written(role)

    def _written(self, role: str) -> str:
        at = self.columns.at.get(role)
        return self.texts[at] if at is not None and at < len(self.texts) else ""

    @property
    def listener(self) -> str:
        """Return the listener as a table writes it; a dash where there is none."""
        text = self._port("listener", "protocol", self.says("listener"))[0]
        return f"TCP:{text}" if text.isdecimal() else text or "-"

    def tree(self, *, is_loose: bool) -> TreeNode:
        """Return the row as a tree; what is wrong with it is noted, here or when the tree is validated."""
        entries: dict[str, TreeNode] = {}
        for role in self.columns.at:
            text = self.says(role)
            if text and role not in _BESIDE:
                self._enter(entries, role, text)
        remarks = self._remarks(is_loose=is_loose)
        self._enter_ports(entries)
        self._enter_targets(entries, remarks)
        if remarks:
            values = {heading: TreeNode(text, self.line) for heading, text in remarks.items()}
            entries["remarks"] = TreeNode(dict(values), self.line)
        return TreeNode(entries, self.line, heading=self.name)

    def _enter(self, entries: dict[str, TreeNode], role: str, text: str) -> None:
        *outer, name = role.split(".")
        inner = entries
        for part in outer:
            node = inner.setdefault(part, TreeNode({}, self.line))
            inner = node.value if isinstance(node.value, dict) else {}
        heading = self._heading(role)
        items = [TreeNode(item, self.line, heading=heading) for item in fields.SEPARATOR.split(text) if item]
        inner[name] = TreeNode(list(items) if role in _SEVERAL else text, self.line, heading=heading)

    def _heading(self, role: str) -> str:
        at = self.columns.at.get(role)
        return self.columns.headings[at] if at is not None else role

    def _enter_ports(self, entries: dict[str, TreeNode]) -> None:
        listener, protocol, check = self._port("listener", "protocol", self.says("listener"))
        if listener:
            self._enter(entries, "listener", listener)
        behind = self.says("target_port") or (self._port_of_targets() if self.says_ports_in_targets else "")
        target_port, _, own = self._port("target_port", "target_protocol", behind)
        if target_port:
            twin = protocol == "TCP_UDP" and target_port.isdecimal()
            self._enter(entries, "target_port", f"TCP_UDP:{target_port}" if twin else target_port)
        if (check or own) and protocol != "TLS" and "check" not in entries:
            entries["check"] = TreeNode(check or own, self.line, heading=self._heading("protocol"))

    @property
    def says_ports_in_targets(self) -> bool:
        """Whether the port behind the target is the target's port."""
        return self.columns.has_ports_in_targets

    def _port_of_targets(self) -> str:
        ports = cells.target(self.says("target")).ports
        if len(ports) > 1:
            sentence = f"{shown(self.says('target'))} has different ports, a row for each was expected"
            self.problems.add(self.line, f"{self.name}, {self._heading('target')}: {sentence}")
        return ports[0] if ports else ""

    def _port(self, role: str, beside: str, text: str) -> tuple[str, str | None, str | None]:
        """Return a port as the table's own format writes it, its protocol, and the check that this means."""
        found = cells.port(text) if text else None
        word = self.says(beside)
        said = cells.protocol(word) if word else None
        if word and said is None:
            self.problems.add(
                self.line, f"{self.name}, {self._heading(beside)}: {shown(word)} is not TCP, TLS or UDP"
            )
        if found is None:
            return text, None, None
        own, column = found.protocol, said[0] if said else None
        check = found.check or (said[1] if said else None)
        if own and column and own != column and not check:
            sentence = f"{shown(text)}, and column {shown(self._heading(beside))} says {shown(word)}"
            self.problems.add(self.line, f"{self.name}, {self._heading(role)}: {sentence}")
        protocol = (column or own) if found.check else (own or column)
        return f"{protocol}:{found.number}" if protocol else found.number, protocol, check

    def _enter_targets(self, entries: dict[str, TreeNode], remarks: dict[str, str]) -> None:
        if "target" in self.columns.at:
            text = self._one_column(self.says("target"))
            role = "target"
        else:
            role = "target_address" if self.says("target_address") else "target_name"
            text = self._two_columns(remarks)
        text = text or self._written(role)  # a dash is named as the mistake
        if text:
            entries["target"] = TreeNode(text, self.line, heading=self._heading(role))

    def _one_column(self, text: str) -> str:
        """Return the targets of a cell, without the ports and the addresses beside them."""
        found = cells.target(text)
        port = cells.port(self.says("target_port"))
        if found.ports and not self.says_ports_in_targets and (port is None or found.ports != (port.number,)):
            return text  # what is wrong with it, the validator says
        if any(self.addresses.get(name, address) != address for name, address in found.addresses):
            return ", ".join(dict(found.addresses).get(name, name) for name in found.names)
        self.addresses.update(found.addresses)
        return ", ".join(found.names) if found.addresses or found.ports else text

    def _two_columns(self, remarks: dict[str, str]) -> str:
        """Return the targets that have a column for names and one for addresses."""
        name, address = self.says("target_name"), self.says("target_address")
        names, addresses = cells.target(name).names, cells.target(address).names
        if not name or not address:
            return address or name
        pairs = dict(zip(names, addresses, strict=False))
        if len(names) == len(addresses) and all(self.addresses.get(n, a) == a for n, a in pairs.items()):
            self.addresses.update(pairs)
            return ", ".join(names)
        remarks[self._heading("target_name")] = name
        return address

    def _remarks(self, *, is_loose: bool) -> dict[str, str]:
        """Return what the other columns say, by their headings."""
        found: dict[str, str] = {}
        headings = self.columns.headings
        for number, text in enumerate(self.texts):
            heading = headings[number] if number < len(headings) else ""
            if cells.says_nothing(text) or (heading and number not in self.columns.left):
                continue
            if not heading and not is_loose:
                sentence = f"cell {shown(text)} stands in a column without a heading"
                self.problems.add(self.line, f"{self.name}: {sentence}")
                continue
            known = heading or f"column {number + 1}"
            plain = " ".join(printable(text.replace("\n", " ")).split())
            found[known if known not in found else f"{known} ({number + 1})"] = plain[: fields.LONGEST]
        return found
