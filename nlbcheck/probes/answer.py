"""What is one conversation taken for: the answer that was wanted, or the way in which it failed?"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from nlbcheck.escape import printable, shortened
from nlbcheck.language import tell
from nlbcheck.model import Flow, Json, Status
from nlbcheck.probes.connection import Connection

_EXCERPT = 160


@dataclass(frozen=True, slots=True)
class Answer:
    """What a probe makes of one conversation."""

    status: Status
    detail: dict[str, Json] = field(default_factory=dict)
    error: str | None = None
    ask_next: tuple[Flow, ...] = ()
    """The question changed, each worth a connection of its own until one is answered as wanted.

    This answer stands where none of them is.
    """


def failed(connection: Connection, wanted: str, fault: str | None = None, *, of: str | None = None) -> Answer:
    """Say how a conversation that brought no answer ended; ``wanted`` is what would have been one.

    Only what was seen on the wire decides: silence, a reset, too much, too slow, or another protocol.
    ``fault`` is the sentence on what is wrong with an answer in the right protocol. Where every answer in the
    protocol ``of`` begins as what is wanted does, one that ends early breaks off.
    """
    heard = bytes(connection.transcript)
    seconds = time.monotonic() - connection.opened
    detail: dict[str, Json] = {"heard": first_line(heard)} if heard else {}
    if connection.was_reset:
        reset = tell(
            'connected, then reset by the other side after {count} bytes: "{line}"'
            if heard
            else "connected, then reset by the other side",
            count=connection.received,
            line=first_line(heard),
        )
        return Answer(Status.RESET, detail, reset)
    if not heard and not fault:
        silence = tell(
            "connected, but no data came within {seconds} s"
            if connection.expired
            else "connected, but the other side closed the connection without sending data",
            seconds=f"{seconds:.1f}",
        )
        return Answer(Status.NO_REPLY, error=silence)
    if connection.flooded:
        error = tell(
            "sent more than {count} bytes that are not {wanted}",
            count=f"{connection.budget:,}",
            wanted=wanted,
        )
    elif connection.expired:
        error = tell("did not finish {wanted} within {seconds} s", wanted=wanted, seconds=f"{seconds:.1f}")
    else:
        error = fault or _something_else(heard, wanted, of)
    return Answer(Status.BAD_REPLY, detail, error)


def _something_else(heard: bytes, wanted: str, of: str | None) -> str:
    """Say what was heard instead of what was wanted, or that the beginning of it was all."""
    spoken = protocol(heard)
    if spoken and spoken == of:
        return tell("closed the connection in the middle of {wanted}", wanted=wanted)
    if spoken:
        return tell(
            "sent something other than {wanted}; it speaks {protocol}", wanted=wanted, protocol=spoken
        )
    return tell('sent something other than {wanted}: "{line}"', wanted=wanted, line=first_line(heard))


def protocol(heard: bytes | bytearray) -> str | None:
    """Name the protocol that the first bytes from a server belong to, where they give it away."""
    if heard.startswith(b"SSH-") or b"\nSSH-" in heard:
        return "SSH"
    if heard.startswith(b"HTTP/"):
        return "HTTP"
    if heard[:2] in (b"\x15\x03", b"\x16\x03"):
        return "TLS"
    # A SETTINGS or GOAWAY frame of the whole connection (RFC 9113, sections 4.1, 6.5 and 6.8).
    if heard[3:4] in (b"\x04", b"\x07") and heard[5:9] == bytes(4):
        return "HTTP/2"
    return None


def first_line(heard: bytes | bytearray) -> str:
    """Return the first line of what a server said, as a report quotes it."""
    return shortened(printable(decoded(heard.strip().partition(b"\n")[0].rstrip())), _EXCERPT)


def decoded(data: bytes | bytearray) -> str:
    r"""Return bytes from the network as text; what is not UTF-8 is written out as ``\xff``."""
    return data.decode("utf-8", "backslashreplace")
