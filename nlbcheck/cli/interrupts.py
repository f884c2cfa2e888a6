"""What does a second Ctrl-C cost, while the first one's report is on its way?"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def one_interrupt() -> Iterator[None]:
    """Let the first Ctrl-C end a run as always, and ignore those after it, so that its report gets out."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:  # nobody wants to interrupt this process
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is interrupt:  # else the process is about to end
            signal.signal(signal.SIGINT, before)
