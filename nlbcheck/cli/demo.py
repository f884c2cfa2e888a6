"""See it all work, on the article's network, with no AWS account."""

from __future__ import annotations

import os

import click

from nlbcheck import relays
from nlbcheck.aws import recording
from nlbcheck.cli import options
from nlbcheck.cli.spoken import SpokenCommand
from nlbcheck.cli.streams import write_stdout
from nlbcheck.errors import InputError
from nlbcheck.lab import article, demo, stage
from nlbcheck.lab.emulation import running


@click.command(cls=SpokenCommand)
def command() -> int:
    """See nlbcheck work on an example network. No AWS account is needed.

    The network runs in namespaces on this machine. nlbcheck probes it in order, with a stopped server, and
    with a missing route. Then it diagnoses the missing route and carries out the fix.
    """
    environment = {**os.environ, options.VARIABLE: str(article.TABLE)}
    healthy = recording.read(article.SNAPSHOT)
    table = relays.load(article.TABLE)
    settings = running.settings(healthy, table)
    return stage.run(healthy, settings, environment, lambda lab: demo.play(lab, table, _say))


def _say(text: str) -> None:
    try:
        write_stdout(f"{text}\n")
    except OSError as error:
        raise InputError(f"stdout: the story was not written: {error.strerror}") from None
