"""What does a shell propose where the user presses Tab? Rows, targets, findings, faults and formats."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nlbcheck.errors import NlbcheckError
from nlbcheck.relays import Table, load
from nlbcheck.relays.many import load_all

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_PLAIN = re.compile(r"[\w.:/@%+=-]+")
"""What a shell takes as one word and acts on nowhere: a proposal lands on the command line as it is."""


def rows(context: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Propose the names of rows, of several tables with the relay; listener ports where a digit is typed."""
    tables = _tables(context)
    typed = set(context.params.get("names") or ())
    named: list[tuple[str, str]] = []
    for table in tables:
        relay = f"{table.relay}/" if len(tables) > 1 else ""
        if begun.isdigit():
            named += [(str(row.listener.number), relay + row.name) for row in table.rows]
            continue
        named += [(relay + row.name, f"{row.listener} to {row.target_port}") for row in table.rows]
        named += [(relay + item.name, "must not be reachable") for item in table.forbidden]
    return _beginning(((name, about) for name, about in named if name not in typed), begun)


def targets(context: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Propose the names of the tables' targets, for an address to be written behind."""
    rows = [row for table in _tables(context) for row in table.rows]
    named = dict.fromkeys(target.name for row in rows for target in row.targets if target.name)
    return _beginning(((f"{name}=", "") for name in named), begun)


def codes(_context: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Propose the codes of findings."""
    from nlbcheck.explain import pages

    return _beginning(((page.code, page.title) for page in pages()), begun)


def faults(_context: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Propose the lab's faults."""
    from nlbcheck.lab.faults import FAULTS

    return _beginning(((fault.name, fault.summary) for fault in FAULTS.values()), begun)


def formats(_context: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Propose the formats of reports."""
    from nlbcheck.formats import FORMATS

    return _beginning(((name, "") for name in FORMATS), begun)


def _tables(context: click.Context) -> Sequence[Table]:
    """Return the tables that the words typed so far mean; none where none can be read."""
    from nlbcheck.cli.options import table_path

    typed = context.params.get("mapping") or ()
    try:
        return load_all([typed] if isinstance(typed, Path) else typed or [table_path()], load).tables
    except NlbcheckError:
        return ()


def _beginning(named: Iterable[tuple[str, str]], begun: str) -> list[CompletionItem]:
    """Return what begins as the word does, without names that mean something to a shell."""
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(name, help=about or None)
        for name, about in named
        if name.startswith(begun) and _PLAIN.fullmatch(name)
    ]
