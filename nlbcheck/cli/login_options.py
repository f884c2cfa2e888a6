"""The options that say how one logs in to targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from nlbcheck.errors import InputError

if TYPE_CHECKING:
    from nlbcheck.run.aws import Aws
    from nlbcheck.run.inspect import LogIn

LogInBy = Callable[["Aws", "str | None"], "LogIn"]
"""Returns who logs in, by the AWS and the Region that may be asked for that."""
_OPTIONS = (
    click.option(
        "--ssh", metavar="[USER@][HOST][:PORT]",
        help="SSH login of the targets. Without HOST: the address of the target. Default: as in ssh_config.",
    ),
    click.option(
        "--jump", "jumps", metavar="[USER@]HOST[:PORT]", multiple=True,
        help="SSH jump host, in place of ProxyJump in ssh_config; may be repeated, nearest first.",
    ),
    click.option(
        "--ssm", is_flag=True,
        help="Run the commands by Systems Manager (SendCommand). The targets must be EC2 instances.",
    ),
    click.option(
        "--sudo", is_flag=True,
        help="Use 'sudo -n' where the login is not root. Process names and firewall rules need root.",
    ),
)  # fmt: skip


def login_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how one logs in; the command takes them as ``log_in`` and ``sudo``.

    ``log_in`` is a function of the ``Aws`` and Region to ask that returns who logs in, so that nothing is
    imported where nobody asks.
    """

    @wraps(command)
    def with_login(*, ssh: str | None, jumps: Sequence[str], ssm: bool, **options: Any) -> Any:  # noqa: ANN401
        def log_in(aws: Aws, region: str | None) -> LogIn:
            from nlbcheck.run import logins

            return logins.by_ssm(aws, region) if ssm else logins.by_ssh(ssh, jumps)

        if ssm and (ssh is not None or jumps):
            raise InputError("--ssm: cannot be combined with --ssh or --jump")
        if ssh is not None and not ssh.strip():
            raise InputError("--ssh: expected [USER@][HOST][:PORT], found nothing")
        return command(log_in=log_in, **options)

    decorated: Callable[..., Any] = with_login
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated
