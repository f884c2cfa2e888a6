"""Rows of a mapping table for tests that are programs: the fixture ``nlbcheck``."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from nlbcheck import relays
from nlbcheck.errors import ExitStatus, InputError
from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Report
from nlbcheck.relays import Table
from nlbcheck.run.aws import Aws
from nlbcheck.run.diagnose import diagnose
from nlbcheck.run.probe import probe
from nlbcheck.run.vantage_points import opened

_VARIABLE = "NLBCHECK_MAPPING"


class Nlbcheck:
    """Probes and diagnoses rows of a mapping table.

    A name is a row's, a listener port, or the target group's in AWS; without names, all rows are meant.
    ``table`` is a file, or a table that was loaded; by default that of ``--nlbcheck``, else of
    ``$NLBCHECK_MAPPING``.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._tables = config.getoption("nlbcheck_tables")
        self._folder = config.invocation_params.dir
        self._snapshot = config.getoption("nlbcheck_snapshot")

    def __call__(self, *names: str, table: Table | Path | str | None = None) -> Report:
        """Probe rows, and fail the test where one does not answer as it should; return the report."""
        report = self.probe(*names, table=table)
        if report.exit_status is not ExitStatus.OK:
            pytest.fail(FORMATS["table"](report, Style(width=100)), pytrace=False)
        return report

    def probe(self, *names: str, table: Table | Path | str | None = None) -> Report:
        """Probe rows, and return the report, whatever is in it; see `nlbcheck.probe` for the errors."""
        known = self._table(table)
        with opened(known) as points:
            return probe(known, names, vantage=points)

    def diagnose(
        self, *names: str, table: Table | Path | str | None = None, probing: bool | None = None
    ) -> Report:
        """Diagnose rows by what AWS says, or the file of ``--nlbcheck-snapshot``; see `nlbcheck.diagnose`."""
        aws = Aws(Path(self._folder, self._snapshot)) if self._snapshot else Aws()
        known = self._table(table)
        if aws.snapshot and not probing:
            known = replace(known, via=())  # a snapshot is looked at without any network
        with opened(known, aws=aws) as points:
            return diagnose(known, names, aws=aws, probing=probing, vantage=points)

    def _table(self, table: Table | Path | str | None) -> Table:
        if isinstance(table, Table):
            return table
        named = table or next(iter(self._tables), None) or os.environ.get(_VARIABLE)
        if named is None:
            raise InputError(f"which mapping table? Name it with table=, --nlbcheck FILE or ${_VARIABLE}")
        return relays.load(Path(self._folder, named))
