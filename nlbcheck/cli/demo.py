"""See it all work, on the article's network, with no AWS account."""

from __future__ import annotations

import click

from nlbcheck import mapping
from nlbcheck.cli.output import write_stdout
from nlbcheck.errors import InputError
from nlbcheck.lab import demo, scenario, session


@click.command()
def command() -> int:
    """See it all work, on the article's network, with no AWS account.

    The network is brought up in namespaces on this machine and probed: first as it should be, then
    with a server stopped, then with a path cut.
    """
    plan = scenario.plan(mapping.load(scenario.TABLE))
    environment = {"NLBCHECK_MAPPING": str(scenario.TABLE)}
    return session.run(plan, environment, lambda lab: demo.play(lab, _say))


def _say(text: str) -> None:
    try:
        write_stdout(f"{text}\n")
    except OSError as error:
        raise InputError(f"stdout: the story was not written: {error.strerror}") from None
