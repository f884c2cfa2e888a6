"""How is a table that was made from AWS written down as YAML, with remarks between its rows?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from nlbcheck.escape import printable
from nlbcheck.model import Json
from nlbcheck.relays import validate
from nlbcheck.relays.readers import yaml_file
from nlbcheck.relays.table import Table
from nlbcheck.relays.tree import Problems

_ENDLESS = 1_000_000
"""A width that no line reaches: PyYAML would break long texts."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment that stands where a row would."""

    text: str


Entry = Mapping[str, Json] | Remark


def text(head: Mapping[str, Json], entries: Sequence[Entry], title: str) -> str:
    """Return a mapping table as YAML: a comment with its ``title``, the keys of ``head``, and the rows.

    Raises InputError where it would not be a table, so that what is written can be read again.
    """
    parts = [_comment(title), _dumped(head) if head else "", "mappings:\n"]
    parts += [_comment(entry.text) if isinstance(entry, Remark) else _dumped([entry]) for entry in entries]
    written = "".join(parts)
    read_again(written)
    return written


def read_again(written: str) -> Table:
    """Return the table that a text in YAML is; InputError where it is none."""
    problems = Problems("the table")
    return validate.table(yaml_file.read(written, problems), Path("nlbcheck.yaml"), {}, problems)


def _comment(words: str) -> str:
    return f"# {printable(words)}\n"


def _dumped(value: Mapping[str, Json] | Sequence[Mapping[str, Json]]) -> str:
    dumped: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_ENDLESS)
    return dumped


class _Dumper(yaml.SafeDumper):
    """Quotes what the reader of tables, which follows YAML 1.2, would not take for text."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent(dumper: yaml.SafeDumper, word: str) -> yaml.ScalarNode:
    style = None if isinstance(yaml_file.plain(word), str) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", word, style=style)


_Dumper.add_representer(str, _represent)
