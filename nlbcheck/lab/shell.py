"""How does one work in a lab by hand: a prompt at the client, with faults that come and go?"""

from __future__ import annotations

import os
import shlex
import signal
from collections import Counter
from collections.abc import Callable

from nlbcheck.aws.resources.target_group import HealthState
from nlbcheck.errors import ExitStatus, InputError, NlbcheckError
from nlbcheck.escape import printable
from nlbcheck.lab import faults, waiting
from nlbcheck.lab.faults import FAULTS
from nlbcheck.lab.stage import Stage
from nlbcheck.language import marked, tell, translated

PROMPT = "lab> "
_HELP = (
    ("fault NAME…", marked("inject faults; without a NAME, list them")),
    ("heal [NAME…]", marked("remove faults; without a NAME, all of them and all changes by AWS calls")),
    ("status", marked("show the client, the injected faults and the health of the targets")),
    ("exit [N]", marked("leave (or Ctrl-D), with exit status N or that of the last command")),
)
_ELSE = marked(
    "Everything else runs in a shell at the client: nlbcheck probe, nlbcheck diagnose --all, curl …"
)

Say = Callable[[str], object]
ReadLine = Callable[[str], str | None]
"""Shows a prompt and returns a line; None at the end."""


def converse(stage: Stage, read: ReadLine, say: Say) -> int:
    """Do what is typed until the end; return the last command's exit status."""
    status = int(ExitStatus.OK)
    while True:
        try:
            with waiting.interruptible():
                line = read(PROMPT)
        except waiting.SignalledError as signalled:
            if signalled.number != signal.SIGINT:
                return 128 + signalled.number
            say("\n")
            continue
        match line.split() if line is not None else ["exit"]:
            case []:
                continue
            case ["exit" | "quit"]:
                return status
            case ["exit" | "quit", number] if number.isdecimal():
                return int(number) % 256
            case words:
                status = _status(stage, line or "", words, say)
        if status == 128 + signal.SIGINT:
            say("\n")  # the terminal shows ^C in this line


def _status(stage: Stage, line: str, words: list[str], say: Say) -> int:
    try:
        return _done(stage, line, words, say)
    except NlbcheckError as error:
        say(f"{error}\n")
        return int(error.exit_status)


def _done(stage: Stage, line: str, words: list[str], say: Say) -> int:
    match words:
        case ["fault"]:
            width = max(map(len, FAULTS))
            say("".join(f"{name:{width}}  {translated(one.summary)}\n" for name, one in FAULTS.items()))
        case ["fault", *names]:
            for fault in [faults.named(name, FAULTS) for name in names]:
                stage.inject(fault)
        case ["heal", *names]:
            stage.heal(*(faults.named(name, FAULTS) for name in names))
        case ["status"]:
            say(status(stage))
        case ["help"]:
            say("".join(f"{word:13} {tell(what)}\n" for word, what in _HELP) + f"{tell(_ELSE)}\n")
        case ["cd", *_]:
            _change_folder(line)
        case _:
            return stage.emulation.lab.run([os.environ.get("SHELL", "/bin/sh"), "-c", line])
    return int(ExitStatus.OK)


def status(stage: Stage) -> str:
    """Return the client, the faults in force and the targets' states, those that are not healthy by name."""
    injected = ", ".join(fault.name for fault in stage.injected) or "none"
    states = {
        f"{printable(group.group.name)} {member.address}:{member.port}": stage.checkers.health(group, member)
        for relay in stage.emulation.blueprint.relays
        for group in relay.groups
        for member in group.members
    }
    counts = sorted(Counter(state or "unknown" for state in states.values()).items())
    told = ", ".join(f"{number} {state}" for state, number in counts) or "none"
    ailing = [
        f"         {name} is {state or 'unknown'}\n"
        for name, state in states.items()
        if state is not HealthState.HEALTHY
    ]
    return f"client   {stage.emulation.lab.client}\nfaults   {injected}\ntargets  {told}\n{''.join(ailing)}"


def _change_folder(line: str) -> None:
    try:
        folder = (shlex.split(line)[1:] or ["~"])[0]
        os.chdir(os.path.expanduser(folder))  # noqa: PTH111
    except ValueError as error:
        raise InputError(f"cd: {error}") from error
    except OSError as error:
        raise InputError(f"cd: {printable(folder)}: {error.strerror}") from error
