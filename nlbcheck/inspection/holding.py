"""Does a match of a firewall rule hold for the first packet of a connection, or for the answer to it?

Such packets are the only ones that are asked about: TCP, with SYN or with SYN and ACK, of a connection that
the kernel's tracking calls new or established. Their marks, sizes, users and rates are not known.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from nlbcheck.inspection.filtering import Holds, HostPacket
from nlbcheck.model.net import Network

Ranges = tuple[tuple[int, int], ...]
"""The first and last of each."""


def unknown(_packet: HostPacket) -> None:
    """Hold or not: nobody knows."""
    return


def always(told: bool) -> Holds:
    """Return what holds for all packets, or for none."""
    return lambda _: told


def negated(holds: Holds) -> Holds:
    """Return what holds where the other does not."""

    def other(packet: HostPacket) -> bool | None:
        told = holds(packet)
        return None if told is None else not told

    return other


def source(network: Network) -> Holds:
    """Return what holds for packets from a range."""
    return lambda packet: packet.source in network


def destination(network: Network) -> Holds:
    """Return what holds for packets to a range."""
    return lambda packet: packet.destination in network


def comes_by(device: re.Pattern[str]) -> Holds:
    """Return what holds for packets that come in by a device; what leaves comes in by none."""

    def holds(packet: HostPacket) -> bool | None:
        if packet.leaves:
            return False
        return None if packet.device is None else device.fullmatch(packet.device) is not None

    return holds


def leaves_by(device: re.Pattern[str]) -> Holds:
    """Return what holds for packets that leave by a device; what is for the host leaves by none."""

    def holds(packet: HostPacket) -> bool | None:
        if not packet.leaves:
            return False
        return None if packet.device is None else device.fullmatch(packet.device) is not None

    return holds


def _within(port: int, ranges: Ranges) -> bool:
    return any(start <= port <= end for start, end in ranges)


def _of_client(ranges: Ranges) -> bool | None:
    """Whether a client's port is one of them: it may be any from 1024 on."""
    if any(start <= 1024 and end >= 65535 for start, end in ranges):
        return True
    return None if any(end >= 1024 for _, end in ranges) else False


def to_port(ranges: Ranges) -> Holds:
    """Return what holds for packets to a port."""
    return lambda packet: _of_client(ranges) if packet.is_reply else _within(packet.port, ranges)


def from_port(ranges: Ranges) -> Holds:
    """Return what holds for packets from a port."""
    return lambda packet: _within(packet.port, ranges) if packet.is_reply else _of_client(ranges)


def state(states: Collection[str]) -> Holds:
    """Return what holds for connections in one of the states of the kernel's tracking.

    Nothing has changed their addresses, as far as rules are followed here.
    """
    return lambda packet: ("established" if packet.is_reply else "new") in states


def flags(mask: Collection[str], wanted: Collection[str]) -> Holds:
    """Return what holds for packets that have, of some flags, just the ones that are wanted."""

    def holds(packet: HostPacket) -> bool:
        own = {"syn", "ack"} if packet.is_reply else {"syn"}
        return own & set(mask) == set(wanted)

    return holds


def first(packet: HostPacket) -> bool:
    """Hold for the first packet of a connection, and not for the answer to it."""
    return not packet.is_reply


def for_host(packet: HostPacket) -> bool:
    """Hold for what comes in: it is for the host itself."""
    return not packet.leaves
