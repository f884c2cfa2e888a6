"""Markdown as a forge shows it: rendered with HTML let through, and read back."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

_RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

TAGS = {
    *("h3", "p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "strong", "em"),
    *("code", "pre", "br", "blockquote", "details", "summary"),
}
"""All that a report may be made of."""
LOOKED_FOR = re.compile(r"://|(?:www\.|[@#])(?!\u200b)", re.IGNORECASE)
"""What a forge makes a link or a mention of, wherever it stands outside a block of code."""


class _Page(HTMLParser):
    """What a rendered page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.blocks: list[str] = []
        self._open: list[str] = []
        self.feed(_RENDERER.render(text))
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert all(name == "class" and str(value).startswith("language-") for name, value in attrs), (
            f"{tag} has {attrs}"
        )
        self.tags.add(tag)
        if tag == "pre":
            self.blocks.append("")
        if tag != "br":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "pre" in self._open:
            self.blocks[-1] += data
        else:
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a section: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")


def tags(text: str) -> set[str]:
    """Return the tags that Markdown becomes; none has an attribute, but for the language of code."""
    return _Page(text).tags


def outside_code(text: str) -> str:
    """Return what a reader sees outside blocks of code."""
    return "".join(_Page(text).texts)


def blocks(text: str) -> list[str]:
    """Return the blocks of code."""
    return _Page(text).blocks
