"""Which tests are in a mapping table? One for each row and static IP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nlbcheck import relays
from nlbcheck.errors import InputError, NlbcheckError
from nlbcheck.escape import printable
from nlbcheck.model import Node
from nlbcheck.relays import Forbidden, Row, Table
from nlbcheck.testing.outcomes import Outcomes, Wanted


class NlbcheckWarning(pytest.PytestWarning):
    """Something works, and yet something is to be said of it."""


class NotReachedError(Exception):
    """A row does not answer as it should; the message is the diagnosis."""


class Tables:
    """What pytest asks once tables are named: which files are collected."""

    def __init__(self, config: pytest.Config) -> None:
        """Let the tables be collected; by themselves where no other tests are named."""
        folder = config.invocation_params.dir
        self._files = [Path(folder, file).absolute() for file in config.getoption("nlbcheck_tables")]
        for file in self._files:
            if not file.is_file():
                raise pytest.UsageError(f"--nlbcheck {file}: there is no such file")
        self.outcomes = Outcomes(config)
        named = [Path(folder, argument.partition("::")[0]).absolute() for argument in config.args]
        files = [str(file) for file in dict.fromkeys(self._files) if file not in named]
        is_said = config.args_source is pytest.Config.ArgsSource.ARGS
        config.args = [*config.args, *files] if is_said else files

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect a table that is named."""
        if file_path not in self._files:
            return None
        return TableFile.from_parent(parent, path=file_path, outcomes=self.outcomes)


class TableFile(pytest.File):
    """A mapping table."""

    def __init__(self, *, outcomes: Outcomes, **others: Any) -> None:  # noqa: ANN401 (pytest's own)
        super().__init__(**others)
        self._outcomes = outcomes

    def collect(self) -> Iterator[pytest.Item]:
        """Return a test for each row and static IP, and for what nobody may reach.

        A table's mistakes are errors of the collection.
        """
        try:
            table = relays.load(self.path)
            table.flows(table.rows)
        except InputError as error:
            raise self.CollectError(str(error)) from None
        for row in table.rows:
            for node in table.static_ips:
                yield self._item(table, row, node, str(row.listener))
        for entry in table.forbidden:
            if entry.client is None:  # another machine's connections are none of this one's tests
                yield self._item(table, entry, Node(None, entry.address), entry.name)

    def _item(self, table: Table, row: Row | Forbidden, node: Node, selector: str) -> ConnectionItem:
        """Return a test; its id is given as text, as which pytest's cache writes it and reads it again."""
        name = name_of(row, node)
        item: ConnectionItem = ConnectionItem.from_parent(
            self,
            name=name,
            nodeid=f"{self.nodeid}::{name}",
            wanted=Wanted(table, row, node, selector),
            outcomes=self._outcomes,
        )
        return item


def name_of(row: Row | Forbidden, node: Node) -> str:
    """Return a test's name: ``tg-10022[ap-northeast-1a]``, without what splits a test's address."""
    return printable(f"{row.name}[{node.label}]").replace("::", "%3A%3A")


class ConnectionItem(pytest.Item):
    """A row at a static IP."""

    def __init__(self, *, wanted: Wanted, outcomes: Outcomes, **others: Any) -> None:  # noqa: ANN401
        super().__init__(**others)
        self.wanted = wanted
        self._outcomes = outcomes

    def runtest(self) -> None:
        """Look at what the probes saw; the first test that does has all of them made."""
        outcome = self._outcomes.of(self.wanted, self._together())
        for sentence in outcome.warnings:
            self.add_report_section("call", "nlbcheck", printable(sentence))
            self.warn(NlbcheckWarning(printable(sentence)))
        if outcome.failure is not None:
            raise NotReachedError(outcome.failure)

    def _together(self) -> list[Wanted]:
        """Return whatever is probed in one run with this: all that is selected, if this process runs it."""
        if hasattr(self.config, "workerinput"):  # one of several of pytest-xdist, each with tests of its own
            return [self.wanted]
        return [item.wanted for item in self.session.items if isinstance(item, ConnectionItem)]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401
        """Return the diagnosis, or the sentence of an error."""
        if isinstance(excinfo.value, NotReachedError | NlbcheckError | NlbcheckWarning):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the test stands."""
        return self.path, 0, self.name
