"""Are lines broken where a reader expects it, and no wider than the terminal, in any script?"""

from __future__ import annotations

import random
import textwrap

import pytest

from nlbcheck import wrapping
from nlbcheck.formats.lines import cut, padded, wrapped
from nlbcheck.formats.style import Style
from nlbcheck.wrapping import columns_of

JAPANESE = (
    "ルートテーブル private-1a-1 (rtb-0f211e7b1f3ee3b5a) に 192.168.1.214 へのルートがありません。"
    "セキュリティグループ「踏み台サーバー」は、応答(アウトバウンド)を 22 番ポートでのみ許可しています。"
)


@pytest.mark.parametrize("width", [40, 57, 80])
def test_japanese_fills_the_lines_and_is_never_cut_in_half(width: int) -> None:
    lines = wrapped(JAPANESE, Style(width=width), indent="")
    assert "".join(lines).replace(" ", "") == JAPANESE.replace(" ", "")
    assert all(columns_of(line) <= width for line in lines)
    assert min(columns_of(line) for line in lines[:-1]) > width - len(" rtb-0f211e7b1f3ee3b5a) ")


@pytest.mark.parametrize("width", range(40, 90))
def test_no_line_begins_with_a_stop_or_ends_with_an_open_bracket(width: int) -> None:
    lines = wrapping.wrapped(JAPANESE, width)
    assert not any(line[0] in "。、」)ーッ" for line in lines)
    assert not any(line[-1] in "「(" for line in lines)


def test_words_of_latin_letters_are_broken_as_textwrap_does() -> None:
    chance = random.Random(1)
    for _ in range(300):
        words = ("".join(chance.choices("ab-c(d):[x],.→✓", k=chance.randint(1, 14))) for _ in range(30))
        text = " ".join(words)
        expected = textwrap.wrap(
            text, 40, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        assert wrapping.wrapped(text, 40, indent="  ") == expected


def test_a_long_hostile_text_is_broken_in_no_time() -> None:
    assert "".join(wrapping.wrapped("(" * 50_000 + "あ" * 1000, 80)).count("あ") == 1000


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("踏み台", 6, "踏み台"),
        ("踏み台サーバー", 6, "踏み…"),
        ("踏み台サーバー", 7, "踏み台…"),
    ],
)
def test_a_name_is_cut_by_columns_and_between_characters(text: str, columns: int, expected: str) -> None:
    assert cut(text, columns, Style()) == expected


def test_ascii_has_a_longer_ellipsis_and_stays_as_narrow() -> None:
    assert cut("abcdefg", 6, Style(ascii=True)) == "abc..."


def test_columns_stand_below_each_other() -> None:
    assert {columns_of(padded(text, 12)) for text in ("", "abc", "踏み台", "が")} == {12}
