"""Where is the script written that would put it right?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nlbcheck import files
from nlbcheck.cli.output import Output, write_text
from nlbcheck.errors import InputError
from nlbcheck.formats import script
from nlbcheck.model import Report

LANGUAGES = ("aws", "terraform")
"""How fixes can be written: as a shell script of AWS CLI commands, or as Terraform."""


def check(file: Path, reports: Sequence[Output], inputs: Mapping[str, Path | None]) -> None:
    """Make sure that a script can be written; InputError where not, or where the file is another's."""
    files.check([*(item.file for item in reports), files.unless_stdout(file)], inputs, "the script")
    files.check([files.unless_stdout(file)], {}, "the script")


def check_printed(language: str, file: Path | None, reports: Sequence[Output]) -> bool:
    """Return whether fixes are printed below a report; InputError where they would end up inside of one."""
    if file or language == "aws":
        return False
    if any(item.file is None and item.format != "table" for item in reports):
        raise InputError(
            f"--fix-as {language}: name a file for it with --fix-script, or for the report with -f"
        )
    return True


def write(report: Report, file: Path | None, language: str = "aws") -> None:
    """Write the plan of a report, for its owner alone; InputError where that fails."""
    text = _as_terraform(report) if language == "terraform" else script.render(report)
    write_text(text if file else f"\n{text}", files.unless_stdout(file) if file else None, private=True)


def _as_terraform(report: Report) -> str:
    from nlbcheck.formats import terraform  # only who asks for it needs it

    return terraform.render(report)
