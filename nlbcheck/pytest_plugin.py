"""What does pytest learn of nlbcheck? Its options and one fixture; all else is imported when it is used.

``pytest --nlbcheck nlbcheck.yaml`` runs one test for each row and static IP of a mapping table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from nlbcheck.testing.fixture import Nlbcheck


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("nlbcheck", "connections through AWS Network Load Balancers")
    group.addoption(
        "--nlbcheck",
        dest="nlbcheck_tables",
        metavar="FILE",
        action="append",
        default=[],
        help="Run one test for each row and static IP of the mapping table in FILE; may be repeated.",
    )
    group.addoption(
        "--nlbcheck-snapshot",
        metavar="FILE",
        help="Diagnose failures by what nlbcheck has recorded of AWS in FILE, and do not ask AWS.",
    )
    group.addoption(
        "--nlbcheck-no-diagnose", action="store_true",
        help="Do not diagnose failures: probes alone, and no question to AWS.",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Collect the tables that are named, where any are."""
    if config.getoption("nlbcheck_tables"):
        from nlbcheck.testing.collecting import Tables

        config.pluginmanager.register(Tables(config), "nlbcheck-tables")


@pytest.fixture(scope="session")
def nlbcheck(pytestconfig: pytest.Config) -> Nlbcheck:
    """Probe and diagnose rows of a mapping table.

    Called with the names of rows, it fails the test where one of them fails. Its methods ``probe`` and
    ``diagnose`` return the report instead. The table is that of --nlbcheck, else $NLBCHECK_MAPPING;
    ``table=FILE`` names another one.
    """
    from nlbcheck.testing.fixture import Nlbcheck

    return Nlbcheck(pytestconfig)
