"""One ruleset becomes another by the tables that differ."""

from __future__ import annotations

from nlbcheck.lab.emulation import nft
from nlbcheck.lab.rulesets import DEAD, SILENCE, replacing


def table(name: str, *lines: str) -> str:
    return nft.table(name, [nft.chain("forward", lines)])


def test_a_table_that_stays_is_left_alone() -> None:
    stays, old, new = table("sources", "accept"), table("node", "accept"), table("node", "drop")
    assert replacing(stays + old, stays + new) == f"delete table ip node\n{new}"


def test_the_first_ruleset_is_loaded_whole() -> None:
    assert replacing("", table("node", "drop") + table("host", "accept")) == (
        table("node", "drop") + table("host", "accept")
    )


def test_what_is_gone_is_deleted() -> None:
    assert replacing(DEAD, SILENCE) == "delete table ip dead\n"
    assert replacing(SILENCE, "") == "delete table ip silence\n"
    assert replacing(SILENCE, SILENCE) == ""
