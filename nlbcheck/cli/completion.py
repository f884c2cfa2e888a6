"""``nlbcheck completion``: how does a shell complete rows, targets, findings and options?"""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from nlbcheck.cli.spoken import SpokenCommand
from nlbcheck.cli.streams import write_stdout

_VARIABLE = "_NLBCHECK_COMPLETE"
"""Where click looks for a shell that asks for proposals."""

_SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command(cls=SpokenCommand)
@click.argument("shell", type=click.Choice(list(_SHELLS)))
def command(shell: str) -> None:
    """Print the completion script of a shell: bash 4.4 or later, zsh, or fish.

    It completes commands, options and files; the rows and targets of the mapping table; finding codes, faults
    and formats.

    \b
    bash: nlbcheck completion bash > ~/.local/share/bash-completion/completions/nlbcheck
    zsh:  nlbcheck completion zsh > ~/.zfunc/_nlbcheck   (a folder of your $fpath)
    fish: nlbcheck completion fish > ~/.config/fish/completions/nlbcheck.fish
    """  # noqa: D301 (click reads the \b)
    group = click.get_current_context().find_root().command
    script = _SHELLS[shell](group, {}, "nlbcheck", _VARIABLE)
    write_stdout(script.source_template % script.source_vars() + "\n")
