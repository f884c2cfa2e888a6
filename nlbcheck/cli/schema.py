"""``nlbcheck schema``: what may stand in the JSON that nlbcheck reads and writes?"""

from __future__ import annotations

import json

import click

from nlbcheck import schemas
from nlbcheck.cli.spoken import SpokenCommand
from nlbcheck.cli.streams import write_stdout


@click.command(cls=SpokenCommand)
@click.argument("name", metavar="NAME", type=click.Choice(list(schemas.NAMES)))
def command(name: str) -> None:
    """Print the JSON Schema of a document: report, trace, drift, inspection, diff, snapshot or table.

    \b
    nlbcheck schema table > nlbcheck.schema.json    (for an editor)
    nlbcheck schema report > report.schema.json     (for programs that read -f json)

    Later versions may add keys. They keep the keys of this version.
    """  # noqa: D301 (click reads the \b)
    write_stdout(json.dumps(schemas.schema(name), indent=2, ensure_ascii=False) + "\n")
