"""One mapping of the file that is being validated: its keys are taken one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from nlbcheck.relays import fields
from nlbcheck.relays.tree import Problems, TreeNode, Value, shown

T = TypeVar("T")


class Section:
    """A mapping of the file; what is wrong with a key goes to ``problems`` under the key's own name."""

    __slots__ = ("_row", "entries", "line", "path", "problems")

    def __init__(self, node: TreeNode, problems: Problems, path: str = "", row: str = "") -> None:
        self.line = node.line
        self.problems = problems
        self.path = path
        self._row = row or path
        self.entries: dict[str, TreeNode] = {}
        if isinstance(node.value, dict):
            self.entries = node.value
        else:
            self.refuse(node, f"{shown(node.value)} is not a mapping of keys to values")

    def only(self, known: Sequence[str]) -> None:
        """Note every key that is not among ``known``."""
        for key, node in self.entries.items():
            if key not in known:
                line = node.key.line if node.key else node.line
                where = f"{self.path}: " if self.path else ""
                sentence = "" if self.problems.full else fields.unknown(key, known)
                self.problems.add(line, where + sentence)

    def take(self, key: str, parse: Callable[[Value], T], *, required: bool = False) -> T | None:
        """Return the parsed value of ``key``; None where it is absent or wrong, which is noted."""
        node = self.entries.get(key)
        if node is not None:
            try:
                return parse(node.value)
            except ValueError as error:
                self.problems.add(node.line, f"{self.name(key)}: {error}")
        elif required:
            where = f"{self.path}: " if self.path else ""
            self.problems.add(self.line, f"{where}{key} is missing")
        return None

    def parse(self, node: TreeNode, name: str, parse: Callable[[Value], T]) -> T | None:
        """Return the parsed value of ``node``, which messages call ``name``."""
        try:
            return parse(node.value)
        except ValueError as error:
            self.problems.add(node.line, f"{name}: {error}")
            return None

    def each(self, key: str, parse: Callable[[Value], T]) -> list[T]:
        """Return the parsed elements of the list at ``key``, or its one value."""
        node = self.entries.get(key)
        if node is None:
            return []
        if not isinstance(node.value, list):
            one = self.parse(node, self.name(key), parse)
            return [] if one is None else [one]
        if not node.value:
            self.refuse(node, "is an empty list", key)
        names = [self.name(key) + ("" if node.heading else f"[{place}]") for place in range(len(node.value))]
        parsed = [self.parse(item, name, parse) for item, name in zip(node.value, names, strict=True)]
        return [value for value in parsed if value is not None]

    def every(self, pattern: str, parse: Callable[[Value], T]) -> dict[str, T]:
        """Return all values by their keys, which are free but have to fit ``pattern``."""
        found = {}
        for key, node in self.entries.items():
            wanted = self.parse(
                TreeNode(key, (node.key or node).line), f"{self.path}: key", _fitting(pattern)
            )
            value = self.take(key, parse)
            if wanted is not None and value is not None:
                found[wanted] = value
        return found

    def inner(self, key: str) -> Section | None:
        """Return the mapping at ``key``; None where there is none."""
        node = self.entries.get(key)
        return None if node is None else Section(node, self.problems, self.name(key), self._row)

    def refuse(self, node: TreeNode, sentence: str, key: str | None = None) -> None:
        """Note what is wrong with ``node``, the value of ``key`` or this mapping itself."""
        name = self.path if key is None else self.name(key)
        self.problems.add(node.line, f"{name}: {sentence}" if name else sentence)

    def name(self, key: str) -> str:
        """Return what messages call the value of ``key``: its path, or the heading of its column."""
        node = self.entries.get(key)
        if node is not None and node.heading is not None:
            return f"{self._row}, {node.heading}"
        return f"{self.path}.{key}" if self.path else key


def _fitting(pattern: str) -> Callable[[Value], str]:
    return lambda value: fields.matching(pattern, "possible here", value)
