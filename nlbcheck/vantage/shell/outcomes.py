"""What did the script print: which of its tasks ended how, and what was heard?"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

_TASK = re.compile(
    r"(?P<number>0|[1-9][0-9]{0,6}) (?P<ended>enough|closed|late) (?P<ms>[0-9]{1,9}) "
    r"(?P<attempts>[1-9][0-9]{0,3}) "
    r"(?P<heard>(?:[0-9a-f]{2}){0,4200}): ?(?P<told>(?:[0-9a-f]{2}){0,1500})"
)
_TOOLS = re.compile(r"tools dials=(?P<dials>[a-z_-]{0,40}) tls=(?P<tls>[a-z]{0,20})")
_MOST_TEXT = 1 << 24
"""Bytes of output, unpacked: a thousand times what AWS keeps of it."""


class TaskEnd(StrEnum):
    """How a task ended."""

    ENOUGH = "enough"
    """What was to be seen was seen."""
    CLOSED = "closed"
    """The program that connected ended by itself."""
    LATE = "late"
    """The time allowed was over."""


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """What a task saw; all of it is hostile."""

    ended: TaskEnd
    seconds: float
    heard: bytes
    """The first bytes of what the other side said."""
    told: str
    """What the program that connected wrote to its standard error."""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class ScriptOutput:
    """What a script printed, as far as it could be read."""

    outcomes: Mapping[int, TaskOutcome]
    is_whole: bool
    """Whether it came to its end; else the rest was cut off, or never written."""
    lacks: str | None = None
    """What the host lacks so that nothing could be probed."""
    dials: str = ""
    """The program that connects: ``bash``, ``nc_-n_-v`` …"""


def read(output: str, nonce: str) -> ScriptOutput:
    """Return what a script's output says; what is not written as the script writes it is no outcome."""
    begin, end = f"nlbcheck-probe 1 {nonce}\n", f"\nend {nonce}"
    _, found, body = output.partition(begin)
    body, is_whole, _ = f"\n{body}".partition(end)
    lines = body.lstrip("\n")
    if not found:
        return ScriptOutput({}, is_whole=False)
    if lines.startswith("lacks "):
        return ScriptOutput({}, bool(is_whole), lacks=lines.partition("\n")[0].removeprefix("lacks "))
    form, _, packed = lines.partition("\n")
    text = _unpacked(packed) if form == "gzip" else packed if form == "plain" else ""
    # The last line may have been cut short.
    whole_lines = text.split("\n") if is_whole else text.split("\n")[:-1]
    tools = _TOOLS.fullmatch(whole_lines[0]) if whole_lines else None
    return ScriptOutput(dict(_tasks(whole_lines)), bool(is_whole), dials=tools["dials"] if tools else "")


def _tasks(lines: list[str]) -> Iterator[tuple[int, TaskOutcome]]:
    for line in lines:
        if found := _TASK.fullmatch(line):
            told = bytes.fromhex(found["told"]).decode("utf-8", "backslashreplace")
            yield (
                int(found["number"]),
                TaskOutcome(
                    TaskEnd(found["ended"]),
                    int(found["ms"]) / 1000,
                    bytes.fromhex(found["heard"]),
                    told,
                    int(found["attempts"]),
                ),
            )


def _unpacked(packed: str) -> str:
    """Return the text in lines of base64 of gzip, up to where it breaks off."""
    letters = re.match(r"[A-Za-z0-9+/=\n]*", packed)
    joined = (letters[0] if letters else "").replace("\n", "")
    try:
        data = base64.b64decode(joined[: len(joined) // 4 * 4])
    except binascii.Error:
        return ""
    unpacking = zlib.decompressobj(wbits=31)
    text = b""
    for at in range(0, len(data), 1024):  # an error costs what comes after it
        try:
            text += unpacking.decompress(data[at : at + 1024], _MOST_TEXT - len(text))
        except zlib.error:
            break
        if len(text) >= _MOST_TEXT:
            break
    return text.decode("ascii", "replace")
