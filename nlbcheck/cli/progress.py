"""How far along is a run that takes its time?"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import click

from nlbcheck.cli.showing import can_redraw

_WORTH_A_BAR = 1.0
"""Seconds; what is over sooner needs no bar."""


@contextmanager
def progress(total: int, label: str, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Yield a function to call with how many more, of ``total`` things, are done.

    Its first call is the beginning, and no thread is started before it. A person at a terminal sees a bar on
    stderr once it has lasted a second; nobody else does.
    """
    done, begun = 0, False
    wanted = can_redraw(sys.stderr) and not quiet
    advance: Callable[[int], None] | None = None
    lock = threading.Lock()

    def step(count: int) -> None:
        nonlocal done, begun
        if wanted and not begun:
            timer.start()
        begun = True
        with lock:
            done += count
            if advance:
                advance(count)

    def show() -> None:
        nonlocal advance
        with lock:
            bar = stack.enter_context(click.progressbar(length=total, label=label, file=sys.stderr))
            bar.update(done)
            advance = bar.update

    timer = threading.Timer(_WORTH_A_BAR, show)
    timer.daemon = True
    with ExitStack() as stack:
        try:
            yield step
        finally:
            timer.cancel()
            with lock:
                advance = None
