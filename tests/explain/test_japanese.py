"""Does every finding have its page in Japanese, which says the same and reads well at a terminal?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest

from nlbcheck import explain, language
from nlbcheck.explain import Page, codes, file_of, plain
from nlbcheck.model import SECTIONS
from nlbcheck.wrapping import columns_of

HEADINGS = {
    "Meaning": "意味",
    "How it shows": "症状",
    "Find it by hand": "手動での確認方法",
    "Fix it": "対処方法",
    "Reachability Analyzer": "Reachability Analyzer",
    "Sources": "参考資料",
}
JAPANESE = re.compile(r"[\u3001-\u30ff\u4e00-\u9fff]")
FENCED = re.compile(r"^```\w*\n.*?^```$", re.MULTILINE | re.DOTALL)
NO_LINE_BEGINS_WITH = tuple("、。，．・：；）」』】ーぁぃぅぇぉっゃゅょァィゥェォッャュョ)]")


def spoken(code: str, said: str) -> Page:
    language.speak(said)
    try:
        return explain.page(code)
    finally:
        language.speak(language.ENGLISH)


both = pytest.mark.parametrize(
    ("page", "english"),
    [pytest.param(spoken(code, "ja"), spoken(code, "en"), id=code) for code in codes()],
)
every_page = pytest.mark.parametrize("page", [pytest.param(spoken(code, "ja"), id=code) for code in codes()])


@pytest.fixture
def japanese() -> Iterator[None]:
    language.speak("ja")
    yield
    language.speak(language.ENGLISH)


def headings(text: str) -> list[str]:
    return re.findall(r"^## (.+)$", FENCED.sub("", text), re.MULTILINE)


def prose(text: str) -> str:
    """Return what a page says before its list of sources, without its commands."""
    return FENCED.sub("", text).rpartition("\n## ")[0]


def in_code_marks(text: str) -> set[str]:
    """Return codes, states, options and names, however lines are broken."""
    return set(re.findall(r"`([^`]+)`", re.sub(r"\s+", " ", prose(text))))


def test_every_code_has_its_page() -> None:
    folder = resources.files("nlbcheck.explain").joinpath("pages", "ja")
    assert {file.name for file in folder.iterdir()} == {f"{code}.md" for code in codes()}


@both
def test_it_has_the_parts_of_the_english_page(page: Page, english: Page) -> None:
    assert (page.code, page.verdicts, page.legs) == (english.code, english.verdicts, english.legs)
    assert page.analyzer_codes == english.analyzer_codes
    assert headings(page.text) == [HEADINGS[heading] for heading in headings(english.text)]


@both
def test_commands_are_the_same_in_the_same_sections(page: Page, english: Page) -> None:
    parts = [re.split(r"^## .+\n", text, flags=re.MULTILINE) for text in (page.text, english.text)]
    for said, meant in zip(*parts, strict=True):
        assert FENCED.findall(said) == FENCED.findall(meant)


@both
def test_codes_states_options_and_sources_are_the_same(page: Page, english: Page) -> None:
    assert in_code_marks(page.text) == in_code_marks(english.text)
    addresses = [re.findall(r"https://\S+", text) for text in (page.text, english.text)]
    assert addresses[0] == addresses[1]


@both
def test_it_has_the_numbers_of_the_english_page(page: Page, english: Page) -> None:
    """Ports, ranges, quotas and minutes; those up to 9 are often words in English."""
    found = [
        set(re.findall(r"(?<![\w.])\d[\d.,/-]*\d", re.sub(r"`[^`]*`", "", prose(text).partition("\n## ")[2])))
        for text in (page.text, english.text)
    ]
    assert found[0] == found[1]


@every_page
def test_every_sentence_is_japanese(page: Page) -> None:
    assert JAPANESE.search(page.title)
    for line in prose(page.text).splitlines():
        is_said = line and not line.startswith(("# ", "## Reach", "- 判定: ", "- 区間: "))
        assert not is_said or JAPANESE.search(line), line
        assert not re.search(r"(?:\b[a-z]{2,} ){3}", re.sub(r"`[^`]*`", "", line)), line
        assert not re.search(r"[\uff61-\uff9f\uff01-\uff5e\u3000]", line), line


@every_page
def test_a_paragraph_is_one_line_so_that_no_space_comes_into_a_sentence(page: Page) -> None:
    lines = FENCED.sub("", page.text).splitlines()
    for line, following in pairwise(lines):
        assert not line or not following or following.startswith("- "), (line, following)


@every_page
def test_it_says_what_the_client_and_what_target_health_show(page: Page) -> None:
    shows = page.text.partition("## 症状\n")[2].partition("\n## ")[0]
    assert re.findall(r"^- (\S+?): \S", shows, re.MULTILINE)[:2] == ["クライアント", "ターゲットのヘルス"]


@every_page
@pytest.mark.parametrize("width", [41, 80])
@pytest.mark.usefixtures("japanese")
def test_a_page_keeps_within_the_width(page: Page, width: int) -> None:
    commands = {line for block in FENCED.findall(page.text) for line in block.splitlines()}
    for line in plain.page(page.text, width, color=False).splitlines():
        if line.strip() in map(str.strip, commands) or "https://" in line:
            continue
        room = width + 2 * line.endswith(NO_LINE_BEGINS_WITH)
        is_one_word = " " not in re.sub(r"`[^`]*`", "", line.strip("- "))
        assert columns_of(line) <= room or is_one_word, line
        assert not line.lstrip().startswith(NO_LINE_BEGINS_WITH), line


@every_page
@pytest.mark.usefixtures("japanese")
def test_breaking_lines_loses_nothing(page: Page) -> None:
    narrow, wide = (re.sub(r"\s", "", plain.page(page.text, width, color=False)) for width in (30, 100))
    assert narrow == wide
    assert narrow.replace("■", "") == re.sub(r"\s|```\w*\n|^#+", "", page.text, flags=re.MULTILINE)


@pytest.mark.usefixtures("japanese")
def test_headings_stand_out_without_colour_and_letter_case() -> None:
    text = plain.page(explain.page("sg-denies").text, 80, color=False)
    assert re.findall("^■ (.+)$", text, re.MULTILINE) == list(HEADINGS.values())


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.usefixtures("japanese")
def test_the_list_is_japanese_within_the_width(width: int) -> None:
    text = plain.listing(explain.pages(), width, color=False)
    assert max(map(columns_of, text.splitlines())) <= width
    assert re.findall(r"^[a-z]\S+", text, re.MULTILINE) == list(codes())
    sections = re.findall("^■ (.+)$", text, re.MULTILINE)
    assert len(set(sections)) == len(SECTIONS)
    assert all(JAPANESE.search(section) for section in sections)


def test_where_a_language_has_no_page_the_english_one_is_shown(tmp_path: Path) -> None:
    (tmp_path / "ja").mkdir()
    for name in ("hairpin.md", "vpn-down.md", "ja/vpn-down.md"):
        (tmp_path / name).touch()
    assert file_of("vpn-down", "ja", tmp_path) == tmp_path / "ja/vpn-down.md"
    assert file_of("hairpin", "ja", tmp_path) == tmp_path / "hairpin.md"
    assert file_of("vpn-down", "en", tmp_path) == tmp_path / "vpn-down.md"
