"""How are times written on the command line? ``90s``, ``5m``, ``2m30s``, ``1h``, or seconds alone."""

from __future__ import annotations

import re
from typing import Any

import click

from nlbcheck.escape import printable

_DURATION = re.compile(
    r"(?=.)(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m)?(?:(?P<s>\d+(?:\.\d+)?)s?)?", re.ASCII
)
_SECONDS = {"h": 3600, "m": 60, "s": 1}
MOST = 86_400.0
"""Seconds of the longest time that is taken: a day."""


def seconds(text: str) -> float:
    """Return the seconds that a time stands for. Raises ValueError for what is none, or beyond a day."""
    found = _DURATION.fullmatch(text.strip())
    total = sum(float(found[unit] or 0) * factor for unit, factor in _SECONDS.items()) if found else None
    if total is None or total > MOST:
        raise ValueError(f"'{text}': expected a time of at most a day, as 90s, 5m, 2m30s, 1h or 0")
    return total


class Duration(click.ParamType[float]):
    """An option's time, in seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """See `click.ParamType.convert`."""
        try:
            return seconds(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Seconds(click.FloatRange):
    """An option's number of seconds."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """See `click.ParamType.convert`."""
        try:
            float(value)
        except ValueError:
            self.fail(f"'{printable(value)}': expected a number of seconds, such as 5", param, ctx)
        return super().convert(value, param, ctx)


class WholeSeconds(click.IntRange):
    """An option's whole number of seconds."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """See `click.ParamType.convert`."""
        try:
            int(value)
        except ValueError:
            self.fail(f"'{printable(value)}': expected a whole number of seconds, such as 5", param, ctx)
        return super().convert(value, param, ctx)
