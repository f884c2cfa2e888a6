"""How does a process wait for its only child as a shell does, and hand signals on to it?"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Set
from contextlib import contextmanager

_HANDED_ON = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
_SENT_BY_KILL = 0  # SI_USER in <bits/siginfo-consts.h>; signals of the terminal have SI_KERNEL
_GLANCE = 0.1
"""Seconds. A signal that comes right before Python waits for a line is looked at when that wait is
interrupted, not before: https://docs.python.org/3/library/signal.html#execution-of-python-signal-handlers.
"""


def hold_signals() -> Set[signal.Signals | int]:
    """Block the signals that end a command, and return the mask as it was.

    From here until the child runs, and while it is waited for, a signal waits too. One that this
    process was told to ignore (by ``nohup``, say) stays ignored.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return signal.pthread_sigmask(signal.SIG_BLOCK, {*_wanted(), signal.SIGCHLD})


def pending() -> int | None:
    """Return the number of a signal that came in meanwhile and asks to end, if there is one."""
    return min((int(number) for number in signal.sigpending() & _wanted()), default=None)


class SignalledError(Exception):
    """A signal came in while this process waited for its user."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.strsignal(number))
        self.number = number


@contextmanager
def interruptible() -> Iterator[None]:
    """Let the held signals in for a while: SignalledError when one comes, or came before."""

    def interrupt(number: int, _frame: object) -> None:
        raise SignalledError(number)

    wanted = _wanted()
    before = {number: signal.signal(number, interrupt) for number in wanted}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, lambda _number, _frame: None)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.setitimer(signal.ITIMER_REAL, _GLANCE, _GLANCE)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, wanted)
        yield
    finally:
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)  # a signal may still come before it
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in before.items():
                signal.signal(number, handler)


def wait(child: int) -> int:
    """Wait for ``child`` as `ended` does and return its exit status, 128 + N if signal N killed it."""
    code = ended(child)
    return code if code >= 0 else 128 - code


def ended(child: int) -> int:
    """Wait for ``child`` and return its exit status, -N if signal N killed it.

    To be called by the main thread, with the signals held. Signals that somebody sent to this
    process alone are handed on. Those of the terminal are not: it sends them to the child too.
    """
    wanted = {*_wanted(), signal.SIGCHLD}
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        received = signal.sigwaitinfo(wanted)
        if received.si_signo != signal.SIGCHLD and received.si_code == _SENT_BY_KILL:
            os.kill(child, received.si_signo)


def _wanted() -> set[signal.Signals]:
    return {number for number in _HANDED_ON if signal.getsignal(number) != signal.SIG_IGN}
