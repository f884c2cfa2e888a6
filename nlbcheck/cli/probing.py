"""How are endpoints probed from the command line?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from nlbcheck.cli.progress import progress
from nlbcheck.cli.streams import write_stderr
from nlbcheck.model import Endpoint
from nlbcheck.probes.limits import Limits

if TYPE_CHECKING:
    from nlbcheck.probes.outcome import Outcome
    from nlbcheck.vantage.port import Vantage

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
    """Add the options that say how endpoints are probed."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def probed(
    endpoints: Sequence[Endpoint],
    limits: Limits,
    *,
    quiet: bool,
    verbose: bool,
    vantage: Vantage | None = None,
) -> Outcome:
    """Probe every endpoint from ``vantage``, else from this machine; say on stderr how far that is."""
    from nlbcheck.vantage.local import ThisMachine

    vantage = vantage or ThisMachine()
    if verbose and not quiet:
        write_stderr(f"{len(endpoints)} endpoints, at most {limits.bound(endpoints):,.0f} s")
    with progress(len(endpoints), "Probing", quiet=quiet) as step:
        return vantage.probe(endpoints, limits, step)
