"""Where is the script written that would put it right?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nlbcheck import files
from nlbcheck.cli.output import Output, write_text
from nlbcheck.formats import script
from nlbcheck.model import Report


def check(file: Path, reports: Sequence[Output], inputs: Mapping[str, Path | None]) -> None:
    """Make sure that a script can be written; InputError where not, or where the file is another's."""
    files.check([*(item.file for item in reports), files.unless_stdout(file)], inputs, "the script")
    files.check([files.unless_stdout(file)], {}, "the script")


def write(report: Report, file: Path) -> None:
    """Write the plan of a report, for its owner alone; InputError where that fails."""
    write_text(script.render(report), files.unless_stdout(file), private=True)
