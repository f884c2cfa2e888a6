"""What does it mean that an SSH server opens no connection to an address?"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable

from nlbcheck.errors import VantageError
from nlbcheck.escape import printable, shortened
from nlbcheck.hosts.ssh.tunnel import ChannelRefusal
from nlbcheck.language import marked, tell
from nlbcheck.model.net import SocketAddress

_PROHIBITED, _FAILED, _UNKNOWN_KIND = 1, 2, 3
_LONGEST = 160
_ERRORS = {
    "refused": errno.ECONNREFUSED,
    "timed out": errno.ETIMEDOUT,
    "no route to host|host is unreachable": errno.EHOSTUNREACH,
    "network is unreachable|network unreachable": errno.ENETUNREACH,
    "host is down": errno.EHOSTDOWN,
    "reset by peer": errno.ECONNRESET,
    "permission denied": errno.EACCES,
}
"""What the C libraries of Linux call an error of ``connect``; OpenSSH and Dropbear hand their words on."""


NoRoute = Callable[[str], OSError | None]
"""Returns the error of connections to an address, where it is known that the host has no route to it."""


_FORBIDDEN = marked(
    "its SSH server forbids connections to others: see AllowTcpForwarding, PermitOpen or DisableForwarding "
    "in its sshd_config, and restrict or permitopen in authorized_keys"
)


def as_error(refusal: ChannelRefusal, to: SocketAddress, no_route: NoRoute) -> OSError:
    """Return a server's refusal as the error of a connect.

    One that is the server's own, and says nothing of the address, is a VantageError. Where a connection fails
    at once, as without a route, OpenSSH does not say why; ``no_route`` is asked then.
    """
    said = shortened(printable(refusal.words.strip()), _LONGEST)
    if refusal.reason == _PROHIBITED:
        return VantageError(tell(_FORBIDDEN))
    if refusal.reason == _UNKNOWN_KIND:
        return VantageError(_with(said, tell("its SSH server makes no connections for others")))
    if refusal.reason == _FAILED:
        for words, number in _ERRORS.items():
            if re.search(words, refusal.words, re.IGNORECASE):
                return OSError(number, os.strerror(number))
        if error := no_route(to.address):
            return error
    told = tell("its SSH server makes no connection to {address} and does not say why", address=to)
    return VantageError(_with(said, told))


def _with(said: str, told: str) -> str:
    """Return what is told of a refusal, with the server's own words where it has any."""
    return tell("{told} ({words})", told=told, words=said) if said else told
