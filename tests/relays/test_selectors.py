# ruff: noqa: E501 - one case a line
"""Do the words that people type mean the rows that they mean, and is everything else one clear error?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.errors import InputError
from nlbcheck.relays import load
from tests.relays.build import SAMPLES

ARTICLE = load(SAMPLES / "nlbcheck.yaml")
EVERYWHERE = [10022, 10080, 20022, 20080, 30080]


def ports(*names: str, table=ARTICLE) -> list[int]:
    return [row.listener.number for row in table.select(names)]


def flows(*names: str) -> list[tuple[int, str]]:
    table = ARTICLE.narrowed(names)
    return [(flow.port, str(flow.node.address)) for flow in table.flows(table.select(names))]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("tg-10022", [10022]),
        ("TG-10022", [10022]),
        ("example-tg-10022", [10022]),
        ("10022", [10022]),
        ("TCP:10022", [10022]),
        ("tcp/10022", [10022]),
        ("10022/tcp", [10022]),
        ("TargetServer1", [10022, 10080]),
        ("172.31.129.10", [10022, 10080]),
        ("172.31.129.10:80", [10080]),
        ("TargetServer2:22", [20022]),
        ("172.31.128.10:10022", [10022]),
        ("172.31.128.10", EVERYWHERE),
        ("ap-northeast-1a", EVERYWHERE),
        ("tg-1*", [10022, 10080]),
        ("*080", [10080, 20080, 30080]),
        ("172.31.1?9.*", [10022, 10080]),
        ("TargetServer[12]", [10022, 10080, 20022, 20080]),
    ],
)
def test_a_word(name: str, wanted: list[int]) -> None:
    assert ports(name) == wanted


def test_a_static_ip_narrows_to_its_node() -> None:
    assert flows("172.31.128.10:10022") == [(10022, "172.31.128.10")]
    assert flows("172.31.136.10") == [(port, "172.31.136.10") for port in EVERYWHERE]
    assert flows("ap-northeast-1c") == flows("172.31.136.10")
    both = [(10022, "172.31.128.10"), (10022, "172.31.136.10")]
    assert flows("tg-10022") == both
    assert flows("172.31.128.10:10022", "172.31.136.10:10022") == both


def test_a_row_that_is_named_anyway_is_for_every_node() -> None:
    for names in (("172.31.128.10:10022", "tg-10022"), ("tg-10022", "172.31.128.10:10022")):
        assert len(flows(*names)) == 2
    assert len(flows("172.31.128.10", "tg-10022")) == 10


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("22", "'22' fits several rows of {}: tg-10022 (listener TCP:10022, line 23), tg-20022 (listener TCP:20022, line 34)"),
        ("TargetServer9", "'TargetServer9' fits no row of {}; perhaps TargetServer3 or TargetServer2 or TargetServer1 is meant"),
        ("172.31.128.10:1", "'172.31.128.10:1' fits no row of {}; 'mapping show' lists them"),
        ("x*", "'x*' fits no row of {}; 'mapping show' lists them"),
        ("", "'' fits no row of {}; 'mapping show' lists them"),
        ("-", "'-' fits no row of {}; 'mapping show' lists them"),
    ],
)  # fmt: skip
def test_what_is_unclear(name: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        ARTICLE.select([name])
    assert caught.value.problems == (problem.format(ARTICLE.source),)


def test_the_table_may_have_the_whole_name(tmp_path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "Listener,Target group,Target port,Target\n10022,example-tg-10022,22,a\n1,example-db,5,b\n2,other-db,5,c\n"
    )
    table = load(path)
    assert ports("tg-10022", table=table) == [10022]
    with pytest.raises(InputError, match="'db' fits several rows"):
        table.select("db")


def test_a_row_that_is_not_probed_is_told_so(tmp_path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Listener,Target port,Target\nTCP:1,22,a\nUDP:53,53,b\n")
    with pytest.raises(
        InputError, match=r"'53' is not probed: UDP:53 in row 2 of .*: only TCP and TLS can be probed"
    ):
        load(path).select("53")


@given(st.text(st.sampled_from("tg-10*[]?:.2TCP/\\"), max_size=12))
def test_any_word_means_rows_or_is_an_error(name: str) -> None:
    try:
        rows = ARTICLE.select([name])
    except InputError:
        return
    assert rows
