"""Do the pages and their list read well at a terminal?"""

from __future__ import annotations

import re

import click
import pytest

from nlbcheck.explain import pages, plain


def test_headings_lose_their_marks_and_commands_are_indented() -> None:
    text = "# code\n\n## Fix it\n\nUse `it`:\n\n```sh\naws ec2 # not a heading\n```\n"
    plainly = "code\n\nFIX IT\n\nUse `it`:\n\n    aws ec2 # not a heading\n"
    assert plain.page(text, 80, color=False) == plainly


def test_on_a_colour_terminal_headings_are_bold_and_code_is_coloured() -> None:
    text = plain.page("## Fix it\n\nUse `it` or `that`.\n", 80, color=True)
    use = f"Use {click.style('it', fg='cyan')} or {click.style('that', fg='cyan')}."
    assert text == f"{click.style('Fix it', bold=True)}\n\n{use}\n"


def test_a_page_keeps_within_80_columns() -> None:
    lines = [line for page in pages() for line in plain.page(page.text, 80, color=False).splitlines()]
    assert [line for line in lines if len(line) > 80 and "https://" not in line] == []


def test_a_paragraph_is_broken_anew_and_a_command_is_not() -> None:
    text = "One two\nthree.\n\n- Four five\n  six\n- `a b`\n\n```sh\nls \\\n  -l\n```\n"
    assert plain.page(text, 10, color=False) == (
        "One two\nthree.\n\n- Four\n  five six\n- `a b`\n\n    ls \\\n      -l\n"
    )
    assert plain.page(text, 40, color=False).startswith("One two three.\n\n- Four five six\n- `a b`\n")


def test_a_span_of_code_stays_in_one_line() -> None:
    assert plain.page("Say `aws ec2 describe` now.\n", 12, color=False) == "Say\n`aws ec2 describe`\nnow.\n"


def test_a_wide_terminal_has_lines_that_can_be_read() -> None:
    for page in pages():
        lines = plain.page(page.text, 300, color=False).splitlines()
        assert max(len(line) for line in lines if "https://" not in line) <= 100


def test_colour_adds_no_word_and_loses_none() -> None:
    for page in pages():
        coloured = click.unstyle(plain.page(page.text, 80, color=True))
        bare = plain.page(page.text, 80, color=False)
        assert coloured.replace("`", "").casefold() == bare.replace("`", "").casefold()


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_list_has_every_code_within_the_width(width: int) -> None:
    text = plain.listing(pages(), width, color=False)
    assert max(map(len, text.splitlines())) <= width
    assert re.findall(r"^[a-z]\S+", text, re.MULTILINE) == [page.code for page in pages()]


def test_the_list_in_a_narrow_terminal_still_has_every_word() -> None:
    narrow, wide = (plain.listing(pages(), width, color=False) for width in (20, 300))
    assert sorted(narrow.split()) == sorted(wide.split())
