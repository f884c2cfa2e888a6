"""Networks rebuilt from public trouble reports, each in a folder: what must be said of them.

Tables and recordings that others made lie in ``files``. The servers of live networks answer on
127.31.0.0/16, a part of loopback; the networks are those of their reports for the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from nlbcheck.cli import cli

HERE = Path(__file__).parent
FILES = HERE / "files"


def told(name: str, *options: str) -> Result:
    """Return what ``diagnose --all`` prints of a network, as text unless ``options`` ask for another format.

    Nothing is probed unless ``options`` say so.
    """
    return command("diagnose", "--all", *_of(name), *(options or ("--no-probe",)))


def report(name: str, *options: str) -> Any:
    """Return the JSON report of ``diagnose --all`` of a network."""
    return json.loads(told(name, *(options or ("--no-probe",)), "-f", "json").stdout)


def command(*words: str) -> Result:
    """Run ``nlbcheck`` with words, without AWS and without a table of its own."""
    return CliRunner().invoke(cli, words, catch_exceptions=False, env={"NLBCHECK_MAPPING": ""})


def _of(name: str) -> tuple[str, ...]:
    return ("--snapshot", str(HERE / name / "snapshot.json"), "-m", str(HERE / name / "table.yaml"))


def findings(report: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every finding of a report once, those of its rows, then those of the table."""
    for row in report["mappings"]:
        yield from row["findings"]
    yield from report["findings"]


def codes(report: Mapping[str, Any], *verdicts: str) -> set[str]:
    """Return the codes of a report's findings, of those with one of ``verdicts`` if any is named."""
    return {item["code"] for item in findings(report) if not verdicts or item["verdict"] in verdicts}


def verdicts(report: Mapping[str, Any]) -> dict[str, str]:
    """Return the verdict of each row."""
    return {row["name"]: row["verdict"] for row in report["mappings"]}


def commands(report: Mapping[str, Any]) -> list[str]:
    """Return the command lines of all remedies, each once."""
    lines = [line for item in findings(report) if item["remedy"] for line in item["remedy"]["commands"]]
    return list(dict.fromkeys(lines))
