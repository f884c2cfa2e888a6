"""Printed tables as people copy them: every row is read, and what cannot be compared is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlbcheck.errors import InputError
from tests.scenarios.article import SNAPSHOT
from tests.scenarios.reported import FILES, codes, command

OF_THE_ARTICLE = ("--snapshot", str(SNAPSHOT), "--load-balancer", "example-nlb", "--region", "ap-northeast-1")
HEAD = "| Listener port | Target group | Target group port | Target |\n|---|---|---|---|\n"


@pytest.mark.parametrize("name", ["03-two-tables.md", "03-blank-between.md"])
def test_rows_after_a_gap_are_read(name: str) -> None:
    shown = json.loads(command("mapping", "show", "-m", str(FILES / name), "-f", "json").stdout)
    assert [row["listener"] for row in shown["mappings"]] == ["TCP:10022", "TCP:20022"]
    assert [row["target"] for row in shown["mappings"]] == ["10.0.0.1", "10.0.0.2"]


def test_a_table_with_dashes_for_targets_is_refused() -> None:
    with pytest.raises(InputError) as found:
        command("mapping", "check", *OF_THE_ARTICLE, "-m", str(FILES / "03-silent.md"))
    said = str(found.value)
    assert "03-silent.md:7: row 3, Target: '-' is neither an address nor a name" in said
    assert "03-silent.md:8: row 4" in said  # 〃 stands for that one


def test_what_is_left_of_it_differs_from_aws(tmp_path: Path) -> None:
    path = tmp_path / "table.md"
    text = (FILES / "03-silent.md").read_text()
    kept = [line for line in text.splitlines() if "20022" not in line and "20080" not in line]
    path.write_text("\n".join(kept).replace("172.31.129.98, 172.31.129.99", "〃"))
    report = json.loads(command("mapping", "check", *OF_THE_ARTICLE, "-m", str(path), "-f", "json").stdout)
    failing = [item for item in report["findings"] if item["verdict"] == "fail"]
    assert {item["evidence"].get("row") for item in failing} == {"tg-10022", "tg-10080", "tg-99999"}
    assert {item["code"] for item in failing} == {"target-differs", "listener-forwards-elsewhere"}
    assert report["exit_status"] == 1
    assert report["not_compared"] == []


def test_a_name_without_an_address_is_said_not_to_be_compared(tmp_path: Path) -> None:
    path = tmp_path / "table.md"
    path.write_text(
        HEAD + "| TCP:10022 | tg-10022 | TCP:22 | Server9 |\n| TCP:10080 | tg-10080 | TCP:80 | Server9 |\n"
    )
    checked = command("mapping", "check", *OF_THE_ARTICLE, "-m", str(path))
    assert "Server9 has no address in the table. Whether AWS has the right" in " ".join(
        checked.stdout.split()
    )
    document = json.loads(command("mapping", "check", *OF_THE_ARTICLE, "-m", str(path), "-f", "json").stdout)
    assert document["not_compared"] == ["Server9"]
    diagnosed = command("diagnose", "--all", "--no-probe", *OF_THE_ARTICLE, "-m", str(path), "-f", "json")
    assert "Server9 has no address in the table" in diagnosed.stderr
    assert not codes(json.loads(diagnosed.stdout), "fail")


def test_an_address_for_the_name_is_compared(tmp_path: Path) -> None:
    path = tmp_path / "table.md"
    path.write_text(HEAD + "| TCP:10022 | tg-10022 | TCP:22 | Server9 |\n")
    of = (*OF_THE_ARTICLE, "--target", "Server9=10.9.9.9", "-m", str(path))
    document = json.loads(command("mapping", "check", *of, "-f", "json").stdout)
    assert document["not_compared"] == []
    assert "target-differs" in [item["code"] for item in document["findings"]]
