"""What can the place show that a text is written to: colours, and which signs?"""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from typing import TextIO

_DUMB = "dumb"
"""The terminal that knows neither colours nor movements, as terminfo calls it."""
_ENCODING = ("PYTHONIOENCODING", "PYTHONUTF8")
"""Where an environment says how text is encoded, whatever its locale."""
_LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")
"""Where it says which locale's characters there are; the first that says anything decides (POSIX)."""


def has_colors(environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Return whether there are colours where no option says so: at a terminal, or as the environment says.

    What the variables mean: https://no-color.org, https://force-color.org, https://bixense.com/clicolors.
    """
    if environment.get("NO_COLOR"):
        return False
    if any(environment.get(name, "") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return is_terminal and environment.get("CLICOLOR") != "0" and environment.get("TERM") != _DUMB


def can_redraw(stream: TextIO) -> bool:
    """Return whether a stream is a terminal on which a line can be written again in its place."""
    return stream.isatty() and os.environ.get("TERM") != _DUMB


def can_show(signs: str, stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Return whether a stream has signs, and the locale, too.

    In the locale C Python writes UTF-8 (PEP 540), which is no word on what the terminal reads. A locale that
    is not installed here is C to Python, whatever the terminal reads.
    """
    encodings = [stream.encoding or "utf-8"]
    name = next((said for variable in _LOCALE if (said := environment.get(variable))), "")
    is_said = any(environment.get(variable) for variable in _ENCODING)
    if not is_said and "utf" not in name.lower():
        encodings.append(locale.getencoding())
    return all(_has(signs, encoding) for encoding in encodings)


def _has(signs: str, encoding: str) -> bool:
    try:
        signs.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
