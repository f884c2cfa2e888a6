"""What does a finding mean, how does it show, and how is it fixed?

``pages/CODE.md`` says it in English, ``pages/LANGUAGE/CODE.md`` in another language.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import reduce
from importlib import resources
from importlib.resources.abc import Traversable

from nlbcheck.errors import InputError
from nlbcheck.language import current, tell, translated
from nlbcheck.model import SECTIONS, Code, Leg, Verdict

_HEADER = re.compile(r"# (\S+)\n\n- [^:]+: (.+)\n- [^:]+: (.+)\n- [^:]+: (.+)\n\n")
"""The code; then in short, verdicts and legs, called so in the page's language."""
_ANALYZER_CODE = re.compile(r"^- `([A-Z][A-Z0-9_]+)`: ", re.MULTILINE)
_NEAREST = 5


@dataclass(frozen=True, slots=True)
class Page:
    """All there is to say about one finding."""

    code: Code
    title: str
    """The meaning in one line."""
    verdicts: tuple[Verdict, ...]
    """The verdicts that the finding can have, gravest first."""
    legs: tuple[Leg, ...]
    section: str
    """What the finding is about: one of the keys of ``SECTIONS``, in the language that is spoken."""
    analyzer_codes: tuple[str, ...]
    """The codes with which AWS Reachability Analyzer covers the same ground."""
    text: str
    """The whole page, in Markdown."""

    @property
    def verdict(self) -> str:
        """The verdicts in words: ``fail``, or ``fail or warn``."""
        return reduce(
            lambda grave, mild: tell("{grave} or {mild}", grave=grave, mild=mild), map(str, self.verdicts)
        )


def codes() -> tuple[Code, ...]:
    """Return every public finding code, section by section."""
    return tuple(code for section in SECTIONS.values() for code in section)


def pages() -> tuple[Page, ...]:
    """Return every page, in the order of `codes`, in the language that is spoken."""
    return tuple(_read(section, code) for section, named in SECTIONS.items() for code in named)


def page(code: str) -> Page:
    """Return the page of ``code``, in the language that is spoken.

    Raises `InputError` for a code that is none; it names the nearest ones. For a code of Reachability
    Analyzer those are the findings that cover the same ground.
    """
    for section, named in SECTIONS.items():
        if code in named:
            return _read(section, Code(code))
    near = _nearest(code)
    hint = f"did you mean {', '.join(near)}? " if near else ""
    raise InputError(f"{code!r} is not the code of a finding: {hint}'nlbcheck explain' lists all codes")


def file_of(code: str, language: str, folder: Traversable) -> Traversable:
    """Return the file of a page in a language; the English one where the language has none."""
    file = folder.joinpath(language, f"{code}.md")
    return file if file.is_file() else folder.joinpath(f"{code}.md")


def _read(section: str, code: Code) -> Page:
    file = file_of(code, current(), resources.files(__name__).joinpath("pages"))
    text = file.read_text(encoding="utf-8")
    header = _HEADER.match(text)
    if header is None or header[1] != code:
        raise ValueError(f"{file}: expected '# {code}', then In short, Verdict and Leg")
    return Page(
        code=code,
        title=header[2],
        verdicts=tuple(map(Verdict, header[3].split(", "))),
        legs=tuple(map(Leg, header[4].split(", "))),
        section=translated(section),
        analyzer_codes=tuple(_ANALYZER_CODE.findall(text)),
        text=text,
    )


def _nearest(wrong: str) -> list[str]:
    """Return the codes that ``wrong`` may stand for, likeliest first."""
    covering: list[str] = [found.code for found in pages() if wrong.upper() in found.analyzer_codes]
    if covering:
        return covering
    word = wrong.lower().replace("_", "-")
    holding = [code for code in codes() if len(word) > 1 and word in code]
    alike = difflib.get_close_matches(word, codes(), n=_NEAREST, cutoff=0.6)
    return list(dict.fromkeys([*alike, *holding]))[:_NEAREST]
