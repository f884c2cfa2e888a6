from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.cli.durations import MOST, seconds
from tests.cli.running import nlbcheck


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("90", 90), ("90s", 90), ("5m", 300), ("2m30s", 150), ("1h", 3600), ("1.5m", 90), (" 5s ", 5)],
)
def test_a_time_is_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "m", "-1", "5 m", "5d", "1h1h", "nan", "inf", "1e3", "25h", "86401", "٥m", "5s5m", "."]
)
def test_what_is_no_time_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected a time of at most a day, as 90s, 5m"):
        seconds(text)


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_parts_add_up(hours: int, minutes: int, rest: int) -> None:
    assert seconds(f"{hours}h{minutes}m{rest}s") == hours * 3600 + minutes * 60 + rest


@given(st.text(max_size=12))
def test_any_text_is_a_time_within_a_day_or_refused(text: str) -> None:
    try:
        found = seconds(text)
    except ValueError:
        return
    assert 0 <= found <= MOST


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("probe", "--timeout", "5s"), "'5s': expected a number of seconds, such as 5"),
        (("smoke", "--timeout", ""), "'': expected a number of seconds, such as 5"),
        (("inspect", "a", "--seconds", "5s"), "'5s': expected a whole number of seconds, such as 5"),
        (("export", "prometheus", "d", "--timeout", "2.5"), "expected a whole number of seconds, such as 5"),
        (("export", "prometheus", "d", "--interval", "5m"), "expected a whole number of seconds, such as 5"),
        (("probe", "--timeout", "0"), "0.0 is not in the range 0<x<=3600"),
    ],
)
def test_what_is_no_number_of_seconds_is_refused_with_what_is_expected(
    words: tuple[str, ...], told: str
) -> None:
    done = nlbcheck(*words)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
