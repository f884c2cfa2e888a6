"""Is an answer as short as it should be, whatever is told, and does it say what is left out?"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.agents import telling
from nlbcheck.agents.fitting import LIMIT, fitted
from nlbcheck.agents.marking import CLOSE, OPEN, marked
from nlbcheck.agents.tool_answer import ToolAnswer, ToolFinding, ToolRow
from nlbcheck.model import Call, Code, Finding, Leg, Remedy, Verdict
from nlbcheck.path.reach import Reach, Trace
from nlbcheck.path.walk import Walk

TEXTS = st.text(max_size=80) | st.text('⟦⟧\\"\n\x1b界', max_size=700)
MARKED = st.lists(TEXTS.map(marked), max_size=60)
FINDINGS = st.builds(
    ToolFinding,
    code=st.just("sg-denies"),
    verdict=st.just("fail"),
    confidence=st.just("certain"),
    meaning=st.just("no rule admits the packet"),
    said=TEXTS.map(marked),
    rows=MARKED,
    evidence=st.dictionaries(st.text("abc", max_size=5), TEXTS.map(marked), max_size=12),
    fix=TEXTS.map(marked),
    commands=st.lists(TEXTS.map(marked), max_size=5),
)
ROWS = st.builds(
    ToolRow, name=TEXTS.map(marked), verdict=st.just("pass"), connections=MARKED, answered=MARKED
)


@settings(max_examples=25)
@given(st.lists(FINDINGS, max_size=5), st.lists(ROWS, max_size=5), MARKED, st.integers(1, 60))
def test_no_answer_is_longer_than_the_limit(
    findings: list[ToolFinding], rows: list[ToolRow], texts: list[str], times: int
) -> None:
    whole = ToolAnswer("fail", 1, "x", findings=findings * times, rows=rows * times, about=texts, plan=texts)
    answer = fitted(whole)
    assert len(json.dumps(asdict(answer), ensure_ascii=False, indent=2)) <= LIMIT
    left_out = sum(int(number) for line in answer.more for number in re.findall(r"…and (\d+) more", line))
    parts = ("findings", "rows", "about", "plan")
    assert left_out == sum(len(getattr(whole, part)) - len(getattr(answer, part)) for part in parts)
    for part in parts:
        kept = getattr(answer, part)
        assert kept == getattr(whole, part)[: len(kept)]


@pytest.mark.parametrize("character", ["x", '"', "\\", "\x1b", "⟦", "界"])
def test_the_first_cause_is_told_whatever_it_holds(character: str) -> None:
    long = character * 2000
    call = Call("ec2", "CreateRoute", {"RouteTableId": character * 400})
    finding = Finding(
        Code.SG_DENIES,
        Verdict.FAIL,
        long,
        Leg.BACK,
        evidence={f"key{number}": long for number in range(40)},
        remedy=Remedy(long, (call,) * 9),
    )
    told = telling.of_trace(Trace(Reach.BLOCKED, Walk(paths=(), findings=(finding,) * 3)), [long] * 50)
    assert told.findings
    assert told.findings[0].code == "sg-denies"
    assert told.remarks
    assert len(json.dumps(asdict(told), ensure_ascii=False, indent=2)) <= LIMIT


def test_rows_are_left_out_before_causes() -> None:
    finding = ToolFinding("sg-denies", "fail", "certain", "x", marked("y"), fix=marked("z" * 500))
    row = ToolRow(marked("row"), "fail", [marked("timed-out")])
    answer = fitted(ToolAnswer("fail", 1, "x", findings=[finding] * 5, rows=[row] * 200))
    assert len(answer.findings) == 5
    assert 0 < len(answer.rows) < 200
    assert answer.more == [f"…and {200 - len(answer.rows)} more rows"]
    assert replace(answer, more=[]) == fitted(replace(answer, more=[]))


@given(TEXTS, st.integers(2, 100))
def test_marked_text_cannot_end_its_marks(text: str, longest: int) -> None:
    found = marked(text, longest)
    assert found[0] == OPEN
    assert found[-1] == CLOSE
    inside = found[1:-1]
    assert not {OPEN, CLOSE} & set(inside)
    assert inside.isprintable() or not inside.isascii()
    assert "\n" not in inside
    assert len(inside) <= longest
