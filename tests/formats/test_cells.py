"""Does a cell say that another server answers, where that is proven, and only there?"""

from __future__ import annotations

import pytest

from nlbcheck.formats import FORMATS, Style, cells
from nlbcheck.model import Report, Status
from tests.diagnosis.diagnosing import diagnosed, everywhere
from tests.formats.reports import REPORTS
from tests.scenarios.faulty import broken


def of_row(report: Report, name: str) -> list[str]:
    (row,) = (row for row in report.by_row() if row.row.name == name)
    return [cells.ending(row, result) for result in row.results]


@pytest.mark.parametrize("fault", ["wrong-target", "wrong-port", "listener-forwards-elsewhere"])
def test_what_aws_leads_elsewhere_is_answered_by_the_wrong_server(fault: str) -> None:
    report = diagnosed(broken("article", [fault]), everywhere(Status.OK))
    assert of_row(report, "tg-10022") == ["wrong-server"] * 2
    assert of_row(report, "tg-20022") == ["ok"] * 2
    for name in ("table", "html", "markdown"):
        assert "wrong-server" in FORMATS[name](report, Style(width=120))
    assert "wrong-server" not in FORMATS["json"](report, Style()).replace("wrong-server-answers", "")


@pytest.mark.parametrize("fault", ["target-added", "default-port-differs"])
def test_an_answer_that_may_be_the_rows_own_is_ok(fault: str) -> None:
    report = diagnosed(broken("article", [fault]), everywhere(Status.OK))
    assert of_row(report, "tg-10022") == ["ok"] * 2


def test_no_answer_is_nobodys() -> None:
    report = diagnosed(broken("article", ["wrong-target"]), everywhere(Status.TIMED_OUT))
    assert of_row(report, "tg-10022") == ["timed-out"] * 2


def test_a_key_that_another_row_pins_is_another_servers() -> None:
    assert of_row(REPORTS["other-key"], "tg-10022") == ["ok", "wrong-server"]
    assert of_row(REPORTS["other-key"], "tg-20022") == ["ok", "ok"]
