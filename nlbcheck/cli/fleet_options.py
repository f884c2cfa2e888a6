"""The options that say how hosts of Systems Manager probe, which --via names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar

import click

from nlbcheck.errors import InputError
from nlbcheck.model.where import Where

_Returned = TypeVar("_Returned")


def fleet_options(command: Callable[..., _Returned]) -> Callable[..., _Returned]:
    """Add the options to a command with ``via``, whose places then say what they say."""

    @click.option(
        "--every-host",
        is_flag=True,
        help="Probe from every instance with the tag of ssm://tag:KEY=VALUE. Default: one instance for each "
        "combination of subnet and security groups.",
    )
    @click.option(
        "--ssm-bucket",
        metavar="NAME",
        help="S3 bucket for the complete output of ssm:// hosts. Without one, AWS keeps 24,000 characters.",
    )
    @wraps(command)
    def with_places(
        *arguments: Any,  # noqa: ANN401 (the command's own)
        via: Sequence[Where],
        every_host: bool,
        ssm_bucket: str | None,
        **options: Any,  # noqa: ANN401
    ) -> _Returned:
        if (every_host or ssm_bucket) and not any(where.scheme == "ssm" for where in via):
            name = "--every-host" if every_host else "--ssm-bucket"
            raise InputError(f"{name}: needs --via ssm://…")
        places = [replace(where, every_host=every_host, bucket=ssm_bucket) for where in via]
        return command(*arguments, via=places, **options)

    return with_places
