"""What does a person see of a run that is under way?"""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from nlbcheck.cli import interrupts
from nlbcheck.cli.progress import progress as bar
from nlbcheck.cli.showing import can_redraw
from nlbcheck.cli.streams import write_stderr
from nlbcheck.errors import NlbcheckError
from nlbcheck.escape import printable
from nlbcheck.language import tell
from nlbcheck.model import Flow
from nlbcheck.probes.limits import Limits
from nlbcheck.run.progress import Progress
from nlbcheck.wrapping import cut


class Terminal(Progress):
    """Shows progress and remarks on stderr, unless it is to be quiet; progress at a terminal only."""

    def __init__(self, *, quiet: bool, verbose: bool = False) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._awaited = ""
        """What was last said to be waited for."""

    def waiting(self, sentence: str, spent: float, bound: float) -> None:
        """See `Progress.waiting`; a terminal has one line that lives, anything else a line per change."""
        if self._quiet:
            return
        if can_redraw(sys.stderr):
            width = shutil.get_terminal_size().columns
            line = tell(
                "{spent} s of at most {bound} s: {sentence}",
                spent=f"{spent:.0f}",
                bound=f"{bound:.0f}",
                sentence=printable(sentence),
            )
            click.echo(f"\r\x1b[K{cut(line, width - 1)}", err=True, nl=False)
        elif sentence != self._awaited:
            write_stderr(tell("{spent} s: {sentence}", spent=f"{spent:.0f}", sentence=printable(sentence)))
        self._awaited = sentence

    def waited(self) -> None:
        """See `Progress.waited`."""
        if self._awaited and can_redraw(sys.stderr) and not self._quiet:
            click.echo("\r\x1b[K", err=True, nl=False)
        self._awaited = ""

    def remark(self, sentence: str) -> None:
        """See `Progress.remark`."""
        if not self._quiet:
            write_stderr(printable(sentence))

    def error(self, error: NlbcheckError) -> None:
        """Say what is wrong, where a run goes on all the same."""
        for line in str(error).splitlines():
            write_stderr(f"nlbcheck: {printable(line)}")

    @contextmanager
    def asking(self) -> Iterator[Callable[[str], None]]:
        """See `Progress.asking`."""
        if self._quiet or not can_redraw(sys.stderr):
            yield lambda _call: None
            return
        count = 0

        def told(call: str) -> None:
            nonlocal count
            count += 1
            line = tell("Reading AWS: call {count}, {call}", count=count, call=call)
            click.echo(f"\r\x1b[K{line}", err=True, nl=False)

        try:
            yield told
        finally:
            click.echo("\r\x1b[K", err=True, nl=False)

    @contextmanager
    def probing(self, flows: Sequence[Flow], limits: Limits) -> Iterator[Callable[[int], None]]:
        """See `Progress.probing`."""
        if self._verbose:
            endpoints = len({(flow.relay, flow.row, flow.node.address) for flow in flows})
            self.remark(
                tell(
                    "{endpoints} endpoints, {count} connections, at most {bound} s"
                    if len(flows) > endpoints
                    else "{endpoints} endpoints, at most {bound} s",
                    endpoints=endpoints,
                    count=len(flows),
                    bound=f"{math.ceil(limits.bound(flows)):,}",
                )
            )
        interrupts.probing_begins()
        with bar(len(flows), tell("Probing"), quiet=self._quiet) as step:
            yield step
