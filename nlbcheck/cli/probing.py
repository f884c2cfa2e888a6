"""The options that say how endpoints are probed."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import click

from nlbcheck.probes.limits import Limits

_DEFAULT = Limits()


def _a_number(_context: click.Context, _option: click.Parameter, value: float) -> float:
    """Refuse what is written like a number and is none; it compares with nothing."""
    if math.isnan(value):
        raise click.BadParameter("nan is no time.")
    return value


_OPTIONS = (
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True, max=3600),
        callback=_a_number,
        default=_DEFAULT.timeout,
        show_default=True,
        metavar="SECONDS",
        help="Time for one probe, from the first packet to the complete answer.",
    ),
    click.option(
        "--attempts",
        type=click.IntRange(1, 100),
        metavar="N",
        default=_DEFAULT.attempts,
        show_default=True,
        help=f"Attempts in all, {_DEFAULT.pause:g} s apart, where a probe gets no answer.",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(1, 10_000),
        metavar="N",
        default=_DEFAULT.concurrency,
        show_default=True,
        help=f"Connections at once in all; to one target there are never more than {_DEFAULT.per_target}.",
    ),
    click.option(
        "--ssh-banner-only", is_flag=True, help="Read SSH servers' version lines, exchange no keys."
    ),
)


def probe_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how endpoints are probed: the command gets ``limits``, ``ssh_banner_only``."""

    @functools.wraps(command)
    def limited(*, timeout: float, attempts: int, concurrency: int, **others: object) -> object:
        limits = Limits(concurrency=concurrency, timeout=timeout, attempts=attempts)
        return command(limits=limits, **others)

    for option in reversed(_OPTIONS):
        limited = option(limited)
    return limited
