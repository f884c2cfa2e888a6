"""Everything that came from the network is hostile until it has been through here."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0 and C1 controls: cursor movement, colours, window titles
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # invisible or direction-changing
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0\ufff9-\ufffb"  # invisible: fillers, joiners
    "\U000e0000-\U000e0fff"  # invisible: tags, and variation selectors for ideographs
    "\ud800-\udfff\ufffe\uffff]"  # lone surrogates and non-characters: no encoder takes them
    "|(?<=[\x20-\x7e])[\ufe00-\ufe0f]"  # a variation selector where nothing varies: in numbers and names
)
_COMMAND = re.compile(
    # ##[…] of GitHub, ##vso[…] of Azure, ##teamcity[…], anywhere in a line
    r"(?<=#)#(?=[A-Za-z]*\[)"
    # ::error … of GitHub, where a word begins and may come to begin a line; ::1 and ::/0 are addresses
    r"|(?<!\S):(?=:(?![0-9A-Fa-f]{0,4}(?:[:/%\s]|$))[A-Za-z])"
)
"""What CI systems take for commands to them when a job prints it."""


def printable(text: str) -> str:
    r"""Return ``text`` with all that could steer a terminal or a CI system written out, as in ``\x1b``.

    The result is one line; ordinary text, also Japanese, stays as it is.
    """
    if not (text.isascii() and text.isprintable()):
        text = _UNSAFE.sub(_written_out, text)
    if "##" in text or "::" in text:
        text = _COMMAND.sub(_written_out, text)
    return text


def _written_out(match: re.Match[str]) -> str:
    number = ord(match.group())
    if 0x20 <= number < 0x7F:
        return f"\\x{number:02x}"
    return match.group().encode("unicode_escape").decode("ascii")


def shortened(text: str, limit: int) -> str:
    """Return ``text``, cut to ``limit`` characters with an ellipsis when it is longer."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
