"""A list or mapping that is being read, and what is added to it next."""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.relays.tree import Problems, TreeNode, shown


@dataclass(slots=True)
class Parent:
    """A list or mapping whose end has not been read yet."""

    node: TreeNode
    anchor: str | None = None
    key: TreeNode | None = None
    """The key that has been read and waits for its value."""

    def add(self, child: TreeNode, problems: Problems) -> None:
        """Add the next element, key or value; a key that is no text or was there before is a problem."""
        value = self.node.value
        if isinstance(value, dict):
            if self.key is None:
                self.key = child
                return
            key, self.key = self.key, None
            self._enter(value, key, child, problems)
        elif isinstance(value, list):
            value.append(child)
        self.node.size += child.size

    def _enter(
        self, entries: dict[str, TreeNode], key: TreeNode, child: TreeNode, problems: Problems
    ) -> None:
        if not isinstance(key.value, str):
            problems.add(
                key.line, f"key {shown(key.value)}: a key is text, quoted where it reads as a number"
            )
        elif key.value in entries:
            first = entries[key.value].key
            where = f", first in line {first.line}" if first else ""
            problems.add(key.line, f"key {shown(key.value)} is there twice{where}")
        else:
            child.key = key
            entries[key.value] = child
