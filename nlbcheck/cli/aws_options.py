"""The options that say where AWS's state comes from, and as whom it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import Any

import click

from nlbcheck.aws.sources import endpoint_url
from nlbcheck.run.aws import Aws


def _endpoint(_context: click.Context, _option: click.Parameter, url: str | None) -> str | None:
    """Refuse what is no URL of an API before anything is read."""
    if url is not None:
        endpoint_url.check(url)
    return url


_PROFILE = click.option("--profile", metavar="NAME", help="AWS profile.")
_PROFILES = click.option(
    "--profile", "profiles", metavar="NAME", multiple=True,
    help="AWS profile; with --all it may be repeated, one for each account.",
)  # fmt: skip
_OPTIONS = (
    click.option(
        "--snapshot", type=click.Path(path_type=Path), metavar="FILE",
        help="Read the recorded state in FILE instead of AWS.",
    ),
    _PROFILE,
    click.option("--role-arn", metavar="ARN", help="IAM role to assume."),
    click.option(
        "--client-profile", metavar="NAME",
        help="AWS profile for the client's account, if that is another account.",
    ),
    click.option(
        "--endpoint-url", metavar="URL", callback=_endpoint, help="URL of the AWS API endpoint."
    ),
)  # fmt: skip
_AHEAD = (
    click.option(
        "--plan", type=click.Path(path_type=Path), metavar="FILE",
        help="Apply the changes of a Terraform plan to the state first, to see what the plan breaks. FILE "
        "is the output of 'terraform show -json PLANFILE'.",
    ),
    click.option(
        "--apply", "calls", type=click.Path(path_type=Path), metavar="FILE",
        help="Apply the AWS calls of a JSON list (service, operation, parameters) to the state first.",
    ),
)  # fmt: skip
_TERRAFORM = click.option(
    "--terraform", type=click.Path(path_type=Path), metavar="PATH",
    help="Read Terraform instead of AWS: the output of 'terraform show -json' for a plan or state, a state "
    "file, or a folder of .tf files.",
)  # fmt: skip


def aws_options(
    *, snapshot: bool = True, ahead: bool = False, terraform: bool = False, profiles: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options that say where AWS's state comes from; the command takes them as ``aws``.

    With ``profiles`` there may be several, which the command takes as such.
    """

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_aws(**options: Any) -> Any:  # noqa: ANN401
            names = [field.name for field in fields(Aws)]
            given = {name: options.pop(name) for name in names if name in options}
            return command(aws=Aws(**given), **options)

        decorated: Callable[..., Any] = with_aws
        chosen = [*_OPTIONS[0 if snapshot else 1 :], *(_AHEAD if ahead else ()), *([_TERRAFORM] * terraform)]
        if profiles:
            chosen[chosen.index(_PROFILE)] = _PROFILES
        for option in reversed(chosen):
            decorated = option(decorated)
        return decorated

    return add
