"""Is a cell of Markdown that is written for a text read as that text?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.relays.readers.markup import marked, plain

MARKS = "ab1 |`*_~[]()<>&#!-\\/;:x^s"


@given(st.text(st.sampled_from(MARKS), max_size=14).map(str.strip))
def test_what_is_marked_is_read_as_it_was(text: str) -> None:
    assert plain(marked(text)) == text


def test_text_without_marks_stays_as_it_is() -> None:
    assert marked("server-1 (10.0.0.1)") == "server-1 (10.0.0.1)"
    assert marked("a|b") == "a\\|b"
