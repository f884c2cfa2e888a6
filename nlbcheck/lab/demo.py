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
from nlbcheck.model import Call
from nlbcheck.relays import Table
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose

_ROW = "tg-10022"
_PROBE = ("probe", "--timeout", "2")
"""A dropped connection request is given two seconds."""
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
        "All is well",
        "The article's network runs on this machine, with its real addresses. The client, 192.168.1.214,\n"
        "makes one connection to each listener port on both static IPs of the load balancer.",
        _nothing,
        (_PROBE,),
        ExitStatus.OK,
    ),
    Act(
        "A process is down",
        "The sshd of target server 1 was stopped. Look at tg-10022: it is refused. The host itself said\n"
        "no, so the path to it is open; nothing in AWS needs to be changed.",
        _stop,
        (_PROBE,),
        ExitStatus.BROKEN,
    ),
    Act(
        "A line of configuration is missing",
        "The sshd runs again, and one route was taken from one route table. Look at the column: one static\n"
        "IP times out, silently. Which line is it, and what is the fix? nlbcheck reads AWS (here, the lab's\n"
        "own endpoint) and walks the packets' path through it.",
        _lose_the_way_back,
        (_PROBE, _DIAGNOSE),
        ExitStatus.BROKEN,
    ),
    Act(
        "The fix, as printed",
        "The command is carried out on the lab's AWS, and the network follows.",
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
        say(f"\n{number}. {act.title}\n\n{act.remark}\n")
        act.change(stage, table, say)
        for arguments in act.shown:
            say(f"$ nlbcheck {' '.join(arguments)}")
            # -P: modules that lie in the working directory are not to be imported.
            status = stage.emulation.lab.run((sys.executable, "-P", "-m", "nlbcheck", *arguments))
            if status >= 128:  # ended by a signal, as Ctrl-C sends it
                return status
            if status != act.expected:
                told = f"exit status {status}, {int(act.expected)} was expected"
                surprises.append(f"{number}. {act.title}, {arguments[0]}: {told}")
            say("")
    if surprises:
        say("The demo did not go as planned:\n" + "\n".join(surprises))
        return ExitStatus.BROKEN
    say(
        "Your own command runs in this network with: nlbcheck lab run -- COMMAND\n"
        "and in a broken one with: nlbcheck lab run --fault NAME -- COMMAND (see nlbcheck lab faults)"
    )
    return ExitStatus.OK
