"""What does a newcomer see first: the article's network in order, and two ways in which it fails?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from nlbcheck.errors import ExitStatus
from nlbcheck.lab.session import Lab
from nlbcheck.lab.twin.seats import ON_PREMISES

PROBE = (sys.executable, "-m", "nlbcheck", "probe", "--timeout", "2")
"""The command that is shown; a dropped connection request is given two seconds."""

_SERVER_1 = "172.31.129.10"
_SSH = 22


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done to the network, and what the probe must make of it."""

    title: str
    remark: str
    change: Callable[[Lab], None]
    expected: ExitStatus


def _nothing(_lab: Lab) -> None:
    pass


def _stop(lab: Lab) -> None:
    lab.stop(_SERVER_1, _SSH)


def _drop(lab: Lab) -> None:
    lab.start(_SERVER_1, _SSH)
    lab.drop(ON_PREMISES)


def _restore(lab: Lab) -> None:
    lab.heal(ON_PREMISES)


ACTS = (
    Act(
        "All is well",
        "The article's network runs on this machine, with its real addresses. The client, 192.168.1.214,\n"
        "makes one connection to each listener port on both static IPs of the load balancer.",
        _nothing,
        ExitStatus.OK,
    ),
    Act(
        "A process is down",
        "The sshd of target server 1 was stopped. Look at tg-10022: it is refused. The host itself said\n"
        "no, so the way to it is open; nothing in AWS needs to be changed.",
        _stop,
        ExitStatus.BROKEN,
    ),
    Act(
        "A path is cut",
        "The sshd runs again, and the VPN to target server 3 now drops every packet. Look at tg-30080: it\n"
        "times out. Nobody said anything, as when a route, a security group or a listener is missing.",
        _drop,
        ExitStatus.BROKEN,
    ),
    Act("All is well again", "The VPN carries packets again.", _restore, ExitStatus.OK),
)


def play(lab: Lab, say: Callable[[str], None]) -> int:
    """Play the acts and return 0 when the probe saw in each what was to be seen.

    A probe that is interrupted ends the demo with its status.
    """
    surprises = []
    for number, act in enumerate(ACTS, start=1):
        act.change(lab)
        say(f"\n{number}. {act.title}\n\n{act.remark}\n\n$ nlbcheck probe --timeout 2")
        status = lab.run(PROBE)
        if status >= 128:  # ended by a signal, as Ctrl-C sends it
            return status
        if status != act.expected:
            surprises.append(f"{number}. {act.title}: exit status {status}, {int(act.expected)} was expected")
    if surprises:
        say("\nThe demo did not go as planned:\n" + "\n".join(surprises))
        return ExitStatus.BROKEN
    say("\nYour own command runs in this network with: nlbcheck lab run -- COMMAND")
    return ExitStatus.OK
