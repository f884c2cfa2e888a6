"""Which encoding is a text in that is not UTF-8?"""

from __future__ import annotations

import codecs
import re

_JAPANESE = (("cp932", "CP932"), ("euc_jp", "EUC-JP"))
_WRITTEN = re.compile("[\u3041-\u3096\u30a1-\u30fc\u4e00-\u9fff\uff01-\uff5e\u3001-\u3015\u2460-\u2473]")
"""What Japanese is written in: kana, the common ideographs, full-width letters, punctuation, ① to ⑳."""
_NARROW = re.compile("[\uff61-\uff9f]{2,}")
"""Half-width kana, two and more: letters of Western Europe, taken for CP932, are one by one."""
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff]")
_PLAIN = re.compile("[\t\n\r -~]")

_FEWEST = 8
"""Plain characters that any table has."""


def utf_16(content: bytes) -> str | None:
    """Return the text of UTF-16, byte order mark included; None where it is something else.

    Without a mark it is known by its line ends, digits and separators, every other byte of which is 0: a
    quarter of a table at least.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(content, "utf-16")
    if len(content) % 2 or b"\0" not in content:
        return None
    found = [text for name in ("utf-16-le", "utf-16-be") if (text := _decoded(content, name)) is not None]
    plain = {text: len(_PLAIN.findall(text)) for text in found if not _ODD.search(text)}
    best = max(plain, key=lambda text: plain[text], default=None)
    return best if best is not None and plain[best] >= max(_FEWEST, len(best) / 4) else None


def is_utf_8(content: bytes) -> bool:
    """Whether ``content`` is UTF-8."""
    return _decoded(content, "utf-8") is not None


def japanese(content: bytes) -> tuple[str, str] | None:
    """Return the text and the name of the encoding; None where neither of them gives Japanese."""
    best: tuple[float, str, str] | None = None
    for name, called in _JAPANESE:
        text = _decoded(content, name)
        if text is None or _ODD.search(text):
            continue
        rank = _rank(text)
        if rank > 0.5 and (best is None or rank > best[0]):
            best = rank, text, called
    return best and best[1:]


def _rank(text: str) -> float:
    """Return how much of what is no ASCII is Japanese as it is written, 0 to 1."""
    foreign = sum(not letter.isascii() for letter in text)
    narrow = sum(len(word) for word in _NARROW.findall(text))
    written = len(_WRITTEN.findall(text)) + 0.6 * narrow
    return written / foreign if foreign else 0.0


def _decoded(content: bytes, name: str) -> str | None:
    try:
        return content.decode(name)
    except UnicodeDecodeError:
        return None
