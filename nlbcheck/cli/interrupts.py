"""What does Ctrl-C cost? The first one costs no result that is there; a second one ends all at once."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from nlbcheck.interruption import OF_THIS_PROCESS

_MOMENT = 0.1
"""Seconds in which several signals are one Ctrl-C.

What is sent to a whole process group comes again from who hands it on, as `lab run` and timeout(1) do.
"""


class _Taken:
    """How the first Ctrl-C is taken."""

    coming = False
    """Whether the moment of the first one lasts."""

    noted = False
    """Whether it is only noted; else it is a KeyboardInterrupt, where the program happens to be."""
    noted_once_probing = False


_TAKEN = _Taken()


@contextmanager
def one_interrupt(*, whole_report: bool = False) -> Iterator[None]:
    """Let the first Ctrl-C end a run as always, and a later one the process, at once.

    With ``whole_report`` it is only noted once probes are being made: the run ends by itself then, and its
    report gets out.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:  # nobody wants to interrupt this process
        yield
        return
    OF_THIS_PROCESS.asked, _TAKEN.noted_once_probing = False, whole_report
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        _TAKEN.noted = _TAKEN.noted_once_probing = False
        if signal.getsignal(signal.SIGINT) is _interrupt:  # else the process is about to end
            signal.signal(signal.SIGINT, before)


def probing_begins() -> None:
    """From now on there is something to report."""
    _TAKEN.noted = _TAKEN.noted or _TAKEN.noted_once_probing


@contextmanager
def noted() -> Iterator[None]:
    """Only note the first Ctrl-C in here: what is being written gets whole."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        with one_interrupt(), noted():
            yield
        return
    before, _TAKEN.noted = _TAKEN.noted, True
    try:
        yield
    finally:
        _TAKEN.noted = before


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    if _TAKEN.coming:
        return
    _TAKEN.coming = True
    time.sleep(_MOMENT)
    _TAKEN.coming = False
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    OF_THIS_PROCESS.asked = True
    if OF_THIS_PROCESS.breaks_off or not _TAKEN.noted:
        raise KeyboardInterrupt
