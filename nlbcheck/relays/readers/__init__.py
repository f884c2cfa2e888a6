"""Which formats can a table be written in? One reader each, all of them ending in the same tree."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.relays import text
from nlbcheck.relays.tree import Problems, TreeNode
from nlbcheck.relays.understood import Content

READERS = {
    ".yaml": "yaml_file",
    ".yml": "yaml_file",
    ".json": "json_file",
    ".csv": "csv_file",
    ".tsv": "csv_file",
    ".txt": "csv_file",
    ".md": "markdown_file",
    ".markdown": "markdown_file",
    ".html": "html_file",
    ".htm": "html_file",
    ".xlsx": "xlsx_file",
}
"""The module that reads a format, by the file's suffix; imported when such a file is read."""
_STRICT = ("yaml_file", "json_file")
"""Formats that are written for nlbcheck; all others people keep for themselves."""


def check_suffix(path: Path) -> None:
    """Raise InputError unless there is a reader for the file at ``path``."""
    if path.suffix.lower() not in READERS:
        if path.is_dir():
            raise InputError(f"{printable(str(path))}: is a folder: expected the file of one mapping table")
        raise InputError(
            f"{printable(str(path))}: the name of a mapping table ends in "
            + ", ".join(list(READERS)[:-1])
            + f" or {list(READERS)[-1]}"
        )


def read(path: Path, problems: Problems, asked: tuple[tuple[str, str], ...] = ()) -> Content:
    """Return what the file at ``path`` says; mistakes that leave a tree go to ``problems``.

    ``asked`` says what columns are, as pairs of a key and a heading. Raises InputError for a file that cannot
    be read, or that is no table.
    """
    name = READERS[path.suffix.lower()]
    if name in _STRICT:
        if asked:
            raise InputError(f"{printable(str(path))}: has keys and no columns: leave --column out")
        return Content(parsed(path, text.read(path), problems))
    reader = import_module(f"nlbcheck.relays.readers.{name}")
    if name == "xlsx_file":
        workbook: Content = reader.read(text.content_of(path), problems, asked)
        return workbook
    words, encoding = text.read_any(path)
    content: Content = reader.read(words, problems, asked)
    return content if encoding == "UTF-8" else content.with_note(f"read as {encoding}")


def parsed(path: Path, content: str, problems: Problems) -> TreeNode:
    """Return what ``content`` says, the text of a file in one of nlbcheck's own formats at ``path``."""
    reader = import_module(f"nlbcheck.relays.readers.{READERS[path.suffix.lower()]}")
    tree: TreeNode = reader.read(content.removeprefix(text.BOM), problems)
    return tree
