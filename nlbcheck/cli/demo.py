"""See it all work, on the article's network, with no AWS account."""

from __future__ import annotations

import os

import click

from nlbcheck import relays
from nlbcheck.aws import recording
from nlbcheck.cli import options
from nlbcheck.cli.streams import write_stdout
from nlbcheck.errors import InputError
from nlbcheck.lab import article, demo, stage
from nlbcheck.lab.emulation import running


@click.command()
def command() -> int:
    """See it all work, on the article's network, with no AWS account.

    The network is brought up in namespaces on this machine and probed as it should be, with a server
    stopped, and with a route missing; then the missing route is diagnosed, and the fix carried out.
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
