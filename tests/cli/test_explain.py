"""Does ``nlbcheck explain`` print the pages as people and programs want them?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from nlbcheck import language
from nlbcheck.cli.explain import command
from nlbcheck.explain import codes, page

EXPLAIN = (sys.executable, "-m", "nlbcheck", "explain")


def explain(*arguments: str) -> tuple[int, str, str]:
    """Run the command and return its exit status, output and errors."""
    done = subprocess.run([*EXPLAIN, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_code_prints_its_page_without_marks_or_colours_into_a_pipe() -> None:
    status, out, err = explain("sg-denies")
    assert (status, err) == (0, "")
    assert out.startswith("sg-denies\n\n- In short: no security group rule allows the packet\n")
    assert "\n    aws ec2 authorize-security-group-ingress --group-id TARGET_SG_ID \\\n" in out
    assert "```" not in out
    assert "\x1b" not in out


def test_colours_can_be_asked_for() -> None:
    assert "\x1b[1mFix it\x1b[0m" in explain("--color", "sg-denies")[1]


def test_without_a_code_all_are_listed_by_section() -> None:
    status, out, err = explain()
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "THE TABLE AGAINST AWS"
    assert [line.split()[0] for line in lines if line and line[0].islower()] == list(codes())


def test_markdown_is_the_page_as_it_was_written() -> None:
    assert explain("-f", "markdown", "vpn-down") == (0, page("vpn-down").text, "")


def test_the_list_in_markdown_is_a_table_a_section() -> None:
    out = explain("-f", "markdown")[1]
    assert out.startswith("## The table against AWS\n\n| code | verdict | meaning |\n| --- | --- | --- |\n")
    assert "| `balancer-not-active` | fail or warn | the NLB's state is not active |\n" in out


def test_json_of_a_page() -> None:
    status, out, _ = explain("-f", "json", "nacl-denies")
    found = json.loads(out)
    assert status == 0
    assert found.pop("text") == page("nacl-denies").text
    assert found == {
        "code": "nacl-denies",
        "title": "the network ACL's first matching rule denies",
        "section": "The path",
        "verdicts": ["fail"],
        "legs": ["front", "back", "health"],
        "analyzer_codes": ["SUBNET_ACL_RESTRICTION"],
    }


def test_json_of_the_list() -> None:
    findings = json.loads(explain("-f", "json")[1])["findings"]
    assert [finding["code"] for finding in findings] == list(codes())
    assert all({"title", "section", "verdicts", "legs", "analyzer_codes"} < set(each) for each in findings)


def test_an_unknown_code_ends_with_2_and_names_the_nearest() -> None:
    status, out, err = explain("sg-deny\x1b[2J")
    assert (status, out) == (2, "")
    assert err == (
        "nlbcheck: 'sg-deny\\x1b[2J' is not the code of a finding: did you mean sg-denies? "
        "'nlbcheck explain' lists all codes\n"
    )


def test_an_unknown_format_ends_with_2() -> None:
    status, out, err = explain("-f", "yaml", "sg-denies")
    assert (status, out) == (2, "")
    assert "'yaml' is not one of 'table', 'json', 'markdown'" in err


def test_a_reader_that_went_away_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$@" | true', "bash", *EXPLAIN],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [[], ["sg-denies"]])
def test_a_full_disk_is_one_sentence(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*EXPLAIN, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (
        2,
        "nlbcheck: stdout: the page was not written: No space left on device\n",
    )


@pytest.fixture
def japanese() -> Iterator[None]:
    language.speak("ja")
    yield
    language.speak(language.ENGLISH)


@pytest.mark.usefixtures("japanese")
class TestJapanese:
    """The language that is spoken decides over the page, whatever its format."""

    def test_the_page(self) -> None:
        text = CliRunner().invoke(command, ["sg-denies"]).output
        assert text.startswith("sg-denies\n\n- 概要: パケットを許可するセキュリティグループのルールがない\n")
        assert "\n    aws ec2 authorize-security-group-ingress --group-id TARGET_SG_ID \\\n" in text

    def test_the_page_in_markdown(self) -> None:
        assert CliRunner().invoke(command, ["-f", "markdown", "vpn-down"]).output == page("vpn-down").text

    def test_the_list(self) -> None:
        lines = CliRunner().invoke(command).output.splitlines()
        assert lines[0] == "■ マッピング表と AWS の比較"
        assert [line.split()[0] for line in lines if line and line[0].islower()] == list(codes())

    def test_the_list_in_markdown(self) -> None:
        text = CliRunner().invoke(command, ["-f", "markdown"]).output
        assert text.startswith(
            "## マッピング表と AWS の比較\n\n| コード | 判定 | 意味 |\n| --- | --- | --- |\n"
        )
        assert "| `balancer-not-active` | fail / warn | NLB の状態が active ではない |\n" in text

    def test_what_programs_read_is_the_same(self) -> None:
        found = json.loads(CliRunner().invoke(command, ["-f", "json", "nacl-denies"]).output)
        assert (found["title"], found["section"]) == (page("nacl-denies").title, "経路")
        assert found["verdicts"] == ["fail"]
        assert found["legs"] == ["front", "back", "health"]
        assert found["analyzer_codes"] == ["SUBNET_ACL_RESTRICTION"]


@pytest.mark.parametrize(("option", "locale"), [((), "ja_JP.UTF-8"), (("--lang", "ja"), "C.UTF-8")])
def test_the_locale_or_an_option_says_which_language(option: tuple[str, ...], locale: str) -> None:
    environment = {**os.environ, "LC_ALL": locale}
    done = subprocess.run(
        [*EXPLAIN, *option, "hairpin"], capture_output=True, text=True, env=environment, encoding="utf-8"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("hairpin\n\n- 概要: クライアントがターゲット自身で")


@pytest.mark.parametrize("columns", [60, 100])
def test_a_page_is_as_wide_as_the_terminal(columns: int) -> None:
    environment = {**os.environ, "COLUMNS": str(columns)}
    done = subprocess.run([*EXPLAIN, "target-unhealthy"], capture_output=True, text=True, env=environment)
    sentences = done.stdout.partition("FIND IT BY HAND")[0].splitlines()
    longest = max(len(line) for line in sentences if "connection_termination" not in line)
    assert columns - 20 < longest <= columns
