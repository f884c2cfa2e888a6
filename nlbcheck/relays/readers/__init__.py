"""Which formats can a table be written in? One reader each, all of them ending in the same tree."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.relays.text import BOM
from nlbcheck.relays.tree import Problems, TreeNode

READERS = {
    ".yaml": "yaml_file",
    ".yml": "yaml_file",
    ".json": "json_file",
    ".csv": "csv_file",
    ".tsv": "csv_file",
    ".md": "markdown_file",
    ".markdown": "markdown_file",
}
"""The module that reads a format, by the file's suffix; imported when such a file is read."""


def check_suffix(path: Path) -> None:
    """Raise InputError unless there is a reader for the file at ``path``."""
    if path.suffix.lower() not in READERS:
        raise InputError(
            f"{printable(str(path))}: the name of a mapping table ends in "
            + ", ".join(list(READERS)[:-1])
            + f" or {list(READERS)[-1]}"
        )


def read(path: Path, text: str, problems: Problems) -> TreeNode:
    """Return what ``text``, the content of ``path``, says; mistakes that leave a tree go to ``problems``."""
    module = import_module(f"nlbcheck.relays.readers.{READERS[path.suffix.lower()]}")
    reader: Callable[[str, Problems], TreeNode] = module.read
    return reader(text.removeprefix(BOM), problems)
