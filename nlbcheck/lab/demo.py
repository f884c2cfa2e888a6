"""What does a newcomer see first: the article's network in order, how it fails, and how that is cured?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from nlbcheck.aws.apply import apply
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources.snapshot_file import Snapshot
from nlbcheck.errors import ExitStatus
from nlbcheck.lab import faults
from nlbcheck.lab.stage import Stage
from nlbcheck.language import current, marked, tell
from nlbcheck.model import Call
from nlbcheck.relays import Table
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose
from nlbcheck.wrapping import wrapped

_ROW = "tg-10022"
_PROBE = ("probe", "--timeout", "2")
"""A dropped connection request is given two seconds."""
_WIDTH = 100
"""Columns of the story."""
_DIAGNOSE = ("diagnose", _ROW, "--timeout", "2")
_STOPPED, _NO_WAY_BACK = "process-stopped", "return-route-missing"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done to the network, and what nlbcheck makes of it."""

    title: str
    remark: str
    change: Callable[[Stage, Table, Callable[[str], None]], None]
    shown: tuple[tuple[str, ...], ...]
    """The commands that are run, as arguments of nlbcheck."""
    expected: ExitStatus


def _nothing(_stage: Stage, _table: Table, _say: Callable[[str], None]) -> None:
    pass


def _stop(stage: Stage, _table: Table, _say: Callable[[str], None]) -> None:
    stage.inject(faults.FAULTS[_STOPPED])


def _lose_the_way_back(stage: Stage, _table: Table, _say: Callable[[str], None]) -> None:
    stage.heal(faults.FAULTS[_STOPPED])
    stage.inject(faults.FAULTS[_NO_WAY_BACK])


def _mend(stage: Stage, table: Table, say: Callable[[str], None]) -> None:
    for call in _remedy(stage, table):
        say(f"$ {call.command}\n")
        stage.change(partial(_after, call))


def _after(call: Call, state: Recording) -> Recording:
    return apply(state, call.service, call.operation, call.parameters)


def _remedy(stage: Stage, table: Table) -> tuple[Call, ...]:
    """Return the calls of the fix that the diagnosis proposes."""
    report = diagnose(
        table,
        [_ROW],
        aws=Aws(held=Snapshot(stage.endpoint.state.recording)),
        client=table.client,
        probing=False,
    )
    cause = report.rows[0].cause
    return cause.remedy.calls if cause and cause.remedy else ()


ACTS = (
    Act(
        marked("Everything works"),
        marked(
            "The network of the article runs on this machine, with its real addresses. The client, "
            "192.168.1.214, makes one connection to each listener port on both static IPs of the load "
            "balancer."
        ),
        _nothing,
        (_PROBE,),
        ExitStatus.OK,
    ),
    Act(
        marked("A process is stopped"),
        marked(
            "The sshd of target server 1 is stopped. Look at tg-10022: the host itself refuses the "
            "connection. So the path to the host is open, and nothing in AWS needs a change."
        ),
        _stop,
        (_PROBE,),
        ExitStatus.BROKEN,
    ),
    Act(
        marked("A route is missing"),
        marked(
            "The sshd runs again. One route is removed from one route table. Look at the column: one static "
            "IP times out. Which route is missing, and what is the fix? nlbcheck reads AWS (here: the "
            "endpoint of the lab) and walks the path of the packets."
        ),
        _lose_the_way_back,
        (_PROBE, _DIAGNOSE),
        ExitStatus.BROKEN,
    ),
    Act(
        marked("The fix, as printed"),
        marked("The command is carried out on the lab's AWS. The network follows."),
        _mend,
        (_PROBE,),
        ExitStatus.OK,
    ),
)


def play(stage: Stage, table: Table, say: Callable[[str], None]) -> int:
    """Play the acts and return 0 when nlbcheck saw in each what was to be seen.

    A command that is interrupted ends the demo with its status.
    """
    surprises = []
    for number, act in enumerate(ACTS, start=1):
        remark = "\n".join(wrapped(tell(act.remark), _WIDTH))
        say(f"\n{number}. {tell(act.title)}\n\n{remark}\n")
        act.change(stage, table, say)
        for arguments in act.shown:
            say(f"$ nlbcheck {' '.join(arguments)}")
            # -P: modules that lie in the working directory are not to be imported.
            words = (sys.executable, "-P", "-m", "nlbcheck", "--lang", current(), *arguments)
            status = stage.emulation.lab.run(words)
            if status >= 128:  # ended by a signal, as Ctrl-C sends it
                return status
            if status != act.expected:
                told = f"exit status {status}, expected {int(act.expected)}"
                surprises.append(f"{number}. {act.title}, {arguments[0]}: {told}")
            say("")
    if surprises:
        say("The demo did not go as planned:\n" + "\n".join(surprises))
        return ExitStatus.BROKEN
    say(tell("Run your own command in this network: nlbcheck lab run -- COMMAND"))
    say(tell("In a broken network: nlbcheck lab run --fault NAME -- COMMAND (names: nlbcheck lab faults)"))
    return ExitStatus.OK
