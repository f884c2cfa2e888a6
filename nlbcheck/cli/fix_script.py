"""Where is the script written that would put it right?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import takewhile
from pathlib import Path
from typing import Any

import click

from nlbcheck import files
from nlbcheck.cli.output import Output, write_text
from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.formats import script
from nlbcheck.model import Report

_WRITTEN = re.compile(rb"# .*nlbcheck \S+ .*\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
"""What one of the first comments of each file of fixes says, in every language."""
_LONGEST_HEAD = 1 << 20
LANGUAGES = ("aws", "terraform")
"""How fixes can be written: as a shell script of AWS CLI commands, or as Terraform."""


_OPTIONS = (
    click.option(
        "--fix-script", type=click.Path(path_type=Path), metavar="FILE",
        help="Write the fixes, in order, as a shell script. nlbcheck does not run it.",
    ),
    click.option(
        "--fix-as", type=click.Choice(LANGUAGES), default="aws", show_default=True,
        help="Language of the fixes. terraform: also as resource blocks, below the report or into the FILE "
        "of --fix-script.",
    ),
)  # fmt: skip


def fix_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how fixes are written; the command takes ``fixes``."""

    @wraps(command)
    def with_fixes(*, fix_script: Path | None, fix_as: str, **others: Any) -> Any:  # noqa: ANN401
        return command(fixes=FixOptions(fix_script, fix_as), **others)

    decorated: Callable[..., Any] = with_fixes
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


@dataclass(frozen=True, slots=True)
class FixOptions:
    """How fixes are written, and where."""

    file: Path | None
    language: str

    @property
    def wanted(self) -> bool:
        """Whether fixes are written besides those of the report."""
        return self.file is not None or self.language != "aws"

    def check(self, reports: Sequence[Output], inputs: Mapping[str, Path | None]) -> None:
        """Make sure that fixes can be written; InputError where not, or where the file is another's.

        Those that are printed must not end up inside of a report.
        """
        if self.file:
            file = files.unless_stdout(self.file)
            files.check([*(item.file for item in reports), file], inputs, "the script")
            files.check([file], {}, "the script")
            _check_earlier(file)
        elif self.wanted and any(item.file is None and item.format != "table" for item in reports):
            raise InputError(
                f"--fix-as {self.language}: stdout has the report: give a file with --fix-script FILE, or to "
                "the report with -f FORMAT:FILE"
            )

    def write(self, report: Report) -> None:
        """Write the plan of a report, for its owner alone; InputError where that fails."""
        text = _as_terraform(report) if self.language == "terraform" else script.render(report)
        file = files.unless_stdout(self.file) if self.file else None
        write_text(text if self.file else f"\n{text}", file, private=True)


def _check_earlier(file: Path | None) -> None:
    """Raise InputError where there is a file that nlbcheck did not write; it may be somebody's only copy."""
    if file is None or not files.is_there(file):
        return
    try:
        with file.open("rb") as opened:
            head = opened.read(_LONGEST_HEAD)
    except OSError as error:
        raise InputError(printable(f"{file}: cannot be read: {error.strerror}")) from None
    comments = takewhile(lambda line: line.startswith(b"#"), head.splitlines())
    if head.strip() and not any(map(_WRITTEN.match, comments)):
        raise InputError(
            printable(
                f"{file}: is not a fix script of nlbcheck: expected a new file, or one that --fix-script "
                "wrote before"
            )
        )


def _as_terraform(report: Report) -> str:
    from nlbcheck.formats import terraform  # only who asks for it needs it

    return terraform.render(report)
