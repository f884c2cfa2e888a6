"""The options that say how endpoints are probed."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from nlbcheck.cli.durations import Seconds
from nlbcheck.probes.limits import Limits

if TYPE_CHECKING:
    from nlbcheck.run.progress import Progress
    from nlbcheck.run.together import Maker

_DEFAULT = Limits()


def _a_number(_context: click.Context, _option: click.Parameter, value: float) -> float:
    """Refuse what is written like a number and is none; it compares with nothing."""
    if math.isnan(value):
        raise click.BadParameter("nan is not a time.")
    return value


_OPTIONS = (
    click.option(
        "--timeout",
        type=Seconds(min=0, min_open=True, max=3600),
        callback=_a_number,
        default=_DEFAULT.timeout,
        show_default=True,
        metavar="SECONDS",
        help="Time limit of one probe, from the first packet to the complete answer.",
    ),
    click.option(
        "--attempts",
        type=click.IntRange(1, 100),
        metavar="N",
        default=_DEFAULT.attempts,
        show_default=True,
        help=f"Number of attempts where a probe gets no answer, {_DEFAULT.pause:g} s apart.",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(1, 10_000),
        metavar="N",
        default=_DEFAULT.concurrency,
        show_default=True,
        help=f"Number of simultaneous connections. One target gets at most {_DEFAULT.per_target}.",
    ),
    click.option(
        "--ssh-banner-only", is_flag=True, help="Read only the version line of SSH servers; exchange no keys."
    ),
)


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """How endpoints are probed."""

    limits: Limits
    banner_only: bool

    def by(self, progress: Progress) -> Maker:
        """Return what makes connections so, and tells how far it is."""
        from nlbcheck.run.probe import probed

        return functools.partial(probed, limits=self.limits, banner_only=self.banner_only, progress=progress)


def probe_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how endpoints are probed; the command takes ``probes``."""

    @functools.wraps(command)
    def limited(
        *, timeout: float, attempts: int, concurrency: int, ssh_banner_only: bool, **others: object
    ) -> object:
        limits = Limits(concurrency=concurrency, timeout=timeout, attempts=attempts)
        return command(probes=ProbeOptions(limits, ssh_banner_only), **others)

    for option in reversed(_OPTIONS):
        limited = option(limited)
    return limited
