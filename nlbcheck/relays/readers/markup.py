"""What does a cell say without the marks of Markdown and HTML?"""

from __future__ import annotations

import html
import re

_TAGS = re.compile(
    r"</?(?:a|abbr|b|big|code|em|font|i|kbd|mark|p|small|span|strong|sub|sup|tt|u)(?:\s[^<>]{0,500})?/?>",
    re.IGNORECASE,
)
_STRUCK = re.compile(r"~~(.+)~~|<(s|del|strike)>(.+)</\2>", re.IGNORECASE)
_IMAGE = re.compile(r"!\[([^\[\]]*)\]\([^()]*\)")
_LINK = re.compile(r"\[([^\[\]]+)\](?:\([^()]*\)|\[[^\[\]]*\])")
_AUTOLINK = re.compile(r"<((?:https?|ssh|mailto):[^<>\s]+)>")
_FOOTNOTE = re.compile(r"\[\^[^\[\]]+\]")
_BOLD = re.compile(r"\*\*(\S(?:.*?\S)?)\*\*|(?<!\w)__(\S(?:.*?\S)?)__(?!\w)")
_ITALIC = re.compile(r"\*(\S(?:.*?\S)?)\*|_(\S(?:.*?\S)?)_")
_CODE = re.compile(r"(`+)\s?(.+?)\s?\1")
_LONGEST = 10_000


def is_struck(cell: str) -> bool:
    """Whether all of a cell is struck out."""
    return _STRUCK.fullmatch(cell.strip()[:_LONGEST]) is not None


def plain(cell: str) -> str:
    """Return the text of a cell of a Markdown table, as a page shows it; line breaks stay ``<br>``."""
    text = cell.replace("\\|", "|").strip()
    if len(text) > _LONGEST or not any(mark in text for mark in "`*_~[<&\\"):
        return text
    whole = _CODE.fullmatch(text)
    if whole and whole[1] not in whole[2]:
        return whole[2].strip()
    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [_styled(text[end : code.start()]), code[2]]
        end = code.end()
    return _whole("".join([*parts, _styled(text[end:])])).strip()


def _styled(text: str) -> str:
    """Return a text that is no code without its marks."""
    text = _FOOTNOTE.sub("", _LINK.sub(r"\1", _IMAGE.sub(r"\1", text)))
    text = _TAGS.sub("", _AUTOLINK.sub(r"\1", text))
    text = _BOLD.sub(lambda found: found[1] or found[2], text)
    return re.sub(r"\\([*_`~\[\]<>#|-])", r"\1", html.unescape(text).replace("\xa0", " "))


def _whole(text: str) -> str:
    """Return a text without the marks that stand around the whole of it."""
    text = text.strip()
    struck = _STRUCK.fullmatch(text)
    if struck:
        text = struck[1] or struck[3]
    for pattern in (_BOLD, _ITALIC):
        found = pattern.fullmatch(text)
        if found:
            text = found[1] or found[2]
    return text


def marked(text: str) -> str:
    """Return a cell of a Markdown table that a page shows as ``text``, and that ``plain`` reads as it."""
    piped = text.replace("|", "\\|")
    if plain(piped) == text:
        return piped
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    coded = f"{fence} {piped} {fence}" if "`" in text else f"`{piped}`"
    return coded if plain(coded) == text else re.sub(r"([\\*_`~\[\]<>#|])", r"\\\1", text)
