"""Everything that came from the network is hostile until it has been through here."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0 and C1 controls: cursor movement, colours, window titles
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # invisible or direction-changing
    "\ud800-\udfff\ufffe\uffff]"  # lone surrogates and non-characters: no encoder takes them
)


def printable(text: str) -> str:
    r"""Return ``text`` with everything that could steer a terminal written out, as in ``\x1b``.

    The result is one line; ordinary text, also Japanese, stays as it is.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(lambda match: match.group().encode("unicode_escape").decode("ascii"), text)


def shortened(text: str, limit: int) -> str:
    """Return ``text``, cut to ``limit`` characters with an ellipsis when it is longer."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
