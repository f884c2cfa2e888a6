"""How many connections does a row have to each node: what the table says, else enough to see each target?"""

from __future__ import annotations

import re
from fractions import Fraction
from ipaddress import ip_address
from math import comb
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.errors import InputError
from nlbcheck.model import DeclaredTarget
from nlbcheck.relays import document, fields, load
from nlbcheck.relays.samples import MOST, enough
from tests.formats.reports import TABLE, several

ROW = "mappings:\n  - {listener: 10022, target_group: tg, target_port: 22, target: 10.0.0.1"


def all_seen(targets: int, connections: int) -> Fraction:
    """Return the probability that each of some targets gets a connection, by inclusion and exclusion."""
    terms = [
        Fraction((-1) ** left * comb(targets, left) * (targets - left) ** connections, targets**connections)
        for left in range(targets + 1)
    ]
    return sum(terms, Fraction(0))


def written(path: Path) -> dict[str, Any]:
    """Return the first row of a table as it is written down again."""
    whole: Any = document.of_table(load(path))
    row: dict[str, Any] = whole["mappings"][0]
    return row


@given(targets=st.integers(1, 60))
def test_it_is_the_least_number_that_shows_each_almost_surely(targets: int) -> None:
    connections = enough(targets)
    assert 1 <= connections <= MOST
    if connections < MOST:
        assert all_seen(targets, connections) >= Fraction(99, 100)
    assert all_seen(targets, connections - 1) < Fraction(99, 100)


@given(targets=st.integers(1, 499))
def test_more_targets_never_take_fewer(targets: int) -> None:
    assert enough(targets) <= enough(targets + 1)


def test_what_they_are() -> None:
    assert [enough(targets) for targets in (1, 2, 3, 4, 5, 500)] == [1, 8, 15, 21, 28, 50]


def test_a_row_says_its_own_or_has_the_default(tmp_path: Path) -> None:
    path = tmp_path / "nlbcheck.yaml"
    path.write_text(f"{ROW}, samples: 7}}\n")
    assert load(path).rows[0].connections == 7
    assert written(path)["samples"] == 7
    path.write_text(f"{ROW}}}\n")
    assert load(path).rows[0].connections == 1
    assert "samples" not in written(path)
    assert several(TABLE.rows[0], "TargetServer1", "TargetServer2").connections == 8


def test_a_flow_carries_it() -> None:
    row = several(TABLE.rows[0], "TargetServer1", "TargetServer2")
    assert {flow.samples for flow in TABLE.flows([row])} == {8}
    assert {flow.samples for flow in TABLE.flows(TABLE.rows)} == {1}
    assert DeclaredTarget("x", ip_address("10.0.0.1")).is_named


@pytest.mark.parametrize("wrong", ["0", "51", "-1", "1.5", "true", "many", "[2]", "''", "1000000"])
def test_what_is_no_number_of_connections_is_refused(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "nlbcheck.yaml"
    path.write_text(f"{ROW}, samples: {wrong}}}\n")
    with pytest.raises(InputError, match=r"samples: .* is not a number of connections from 1 to 50"):
        load(path)


@pytest.mark.parametrize("number", [0, *range(1, MOST + 1), MOST + 1, 99, 100])
def test_the_pattern_of_columns_has_the_same_bounds(number: int) -> None:
    assert bool(re.search(fields.SAMPLES, str(number))) == (1 <= number <= MOST)
