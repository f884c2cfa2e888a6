"""Who listens, and who is connected, as ``ss``, ``netstat`` or the kernel's tables say it?

The forms are those of ss(8), netstat(8) of net-tools and of BusyBox, and of
https://docs.kernel.org/networking/proc_net_tcp.html. A line that is none of them is left out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from ipaddress import ip_address

from nlbcheck.model.inspected import HostConnection, HostListener, plain
from nlbcheck.model.net import Address, SocketAddress

_PLACE = r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:.]+|\*)(?:%[\w.-]+)?:(\d+|\*)"
_SS = re.compile(rf"([A-Z][A-Z0-9-]+)\s+\d+\s+\d+\s+{_PLACE}\s+{_PLACE}(?:\s|$)(.*)")
_OWNER = re.compile(r'users:\(\("([^"\n]{1,64})",pid=\d{1,10},fd=\d{1,10}\)')
_RECEIVED = re.compile(r"\sbytes_received:(\d{1,20})\s")
_NETSTAT = re.compile(
    r"tcp6?\s+\d+\s+\d+\s+([0-9A-Fa-f:.]+):(\d+)\s+([0-9A-Fa-f:.]+):(\d+|\*)\s+([A-Z][A-Z0-9_]+)\s*(.*)"
)
_PROGRAM = re.compile(r"\d+/(.{0,63}\S)")
_PROC = re.compile(r"\s*\d+: ([0-9A-F]{8,32}):([0-9A-F]{4}) ([0-9A-F]{8,32}):([0-9A-F]{4}) ([0-9A-F]{2}) ")
_LISTEN = "LISTEN"
_WORDS = {
    "ESTAB": "ESTABLISHED",
    "SYN-RECV": "SYN_RECV",
    "UNCONN": "CLOSED",
    "FIN-WAIT-1": "FIN_WAIT1",
    "FIN-WAIT-2": "FIN_WAIT2",
}
"""The words of ss for which netstat has other ones."""
_NUMBERS = {
    "01": "ESTABLISHED", "03": "SYN_RECV", "04": "FIN_WAIT1", "05": "FIN_WAIT2", "06": "TIME_WAIT",
    "08": "CLOSE_WAIT", "09": "LAST_ACK", "0A": _LISTEN, "0B": "CLOSING", "0C": "SYN_RECV",
}  # fmt: skip
"""The kernel's numbers: https://github.com/torvalds/linux/blob/v6.6/include/net/tcp_states.h."""

Socket = HostListener | HostConnection


def by_ss(text: str) -> Iterator[Socket]:
    """Yield what ``ss -tnpi`` or ``ss -ltnp`` shows; the line below a socket has its counters."""
    lines = text.split("\n")
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if not (found := _SS.match(line)):
            continue
        state, own, port, far, far_port, rest = found.groups()
        owner = _OWNER.search(rest)
        name = owner[1] if owner else None
        if state == _LISTEN:
            yield from _listener(own, port, _leaves_v4_out(own), name)
        else:
            counted = _RECEIVED.search(f"{below} ") if below.startswith(("\t", " ")) else None
            # What has received nothing has no counter; without any counters nothing is known.
            received = int(counted[1]) if counted else 0 if "segs_in:" in below else None
            yield from _connection(port, far, far_port, _word(state), received, name)


def _leaves_v4_out(own: str) -> bool:
    """Whether a socket of IPv6 takes no IPv4: ss writes * for one that takes both."""
    return own == "[::]"


def by_netstat(text: str) -> Iterator[Socket]:
    """Yield what ``netstat -tn`` or ``netstat -ltnp`` shows; it tells no sockets of IPv6 alone."""
    for line in text.split("\n"):
        if not (found := _NETSTAT.match(line)):
            continue
        own, port, far, far_port, state, rest = found.groups()
        program = _PROGRAM.match(rest)
        name = program[1] if program else None
        if state == _LISTEN:
            yield from _listener(own, port, None, name)
        else:
            yield from _connection(port, far, far_port, state, None, name)


def by_proc(text: str, order: str = sys.byteorder) -> Iterator[Socket]:
    """Yield what the kernel's ``/proc/net/tcp`` and ``tcp6`` show, on a machine of that byte order."""
    for line in text.split("\n"):
        if not (found := _PROC.match(line)) or found[5] not in _NUMBERS:
            continue
        own, far = (_of_kernel(found[place], order) for place in (1, 3))
        port, far_port = str(int(found[2], 16)), str(int(found[4], 16))
        if own and far and found[5] == "0A":
            yield from _listener(own, port, None, None)
        elif own and far:
            yield from _connection(port, far, far_port, _NUMBERS[found[5]], None, None)


def _of_kernel(digits: str, order: str) -> str | None:
    """Return the address that the kernel writes as 32-bit numbers of its own byte order."""
    if len(digits) not in (8, 32):
        return None
    raw = bytes.fromhex(digits)
    words = [raw[place : place + 4] for place in range(0, len(raw), 4)]
    ordered = b"".join(word[::-1] if order == "little" else word for word in words)
    return str(ip_address(ordered))


def _word(state: str) -> str:
    return _WORDS.get(state, state.replace("-", "_"))


def _address(text: str) -> Address | None:
    try:
        return plain(ip_address(text.strip("[]")))
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if len(text) <= 5 and text.isdigit() and int(text) < 1 << 16 else None


def _listener(own: str, port: str, v6_only: bool | None, name: str | None) -> Iterator[HostListener]:
    number, address = _number(port), _address(own)
    if number is None or (address is None and own != "*"):
        return
    if own == "*":
        yield HostListener(None, number, v6_only=False, process=name)
    elif address and address.version == 6 and address.is_unspecified:
        yield HostListener(None, number, v6_only, name)
    else:
        yield HostListener(address, number, process=name)


def _connection(
    port: str, far: str, far_port: str, state: str, received: int | None, name: str | None
) -> Iterator[HostConnection]:
    number, address, far_number = _number(port), _address(far), _number(far_port)
    if number is not None and address is not None and far_number is not None:
        peer = SocketAddress(str(address), far_number)
        yield HostConnection(number, peer, state, received, process=name)
