"""In which language does nlbcheck speak to people?

A sentence stands once, in English, in the code that says it: ``tell("Route table {table} has no route.",
table=name)``. The catalogues in ``languages/LANGUAGE/`` translate it: TOML files, one for each folder of the
package, each line ``"the English sentence" = "the other one"``. What has no translation is said in English.

Programs read codes, ids and numbers, which are the same in every language. A finding's identity and evidence
are never translated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

ENGLISH = "en"
LANGUAGES = (ENGLISH, "ja")
"""The languages there are."""
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where an environment says which language is spoken; the first that says anything decides (POSIX)."""
_FIRST = "cli.toml"
"""The catalogue that is read first: help needs no other one."""


class _Spoken:
    """The language of this process, with its sentences by the English ones."""

    name: str = ENGLISH
    catalogues: _Catalogues | None = None


class _Told(str):
    """A sentence in another language than English, which knows the English one."""

    english: str


def speak(language: str) -> None:
    """Speak a language of `LANGUAGES` from now on; what was said before stays as it is."""
    _Spoken.catalogues = None if language == ENGLISH else _Catalogues(language)
    _Spoken.name = language


def current() -> str:
    """Return which of `LANGUAGES` is spoken."""
    return _Spoken.name


def of(environment: Mapping[str, str]) -> str:
    """Return the language that an environment asks for; English where there is none such."""
    locale = next((said for name in _VARIABLES if (said := environment.get(name))), "")
    language = locale.partition(".")[0].partition("_")[0].lower()
    return language if language in LANGUAGES else ENGLISH


def tell(sentence: str, /, **parts: object) -> str:
    """Return a sentence in the language that is spoken, with its parts: names, numbers, other sentences."""
    if _Spoken.name == ENGLISH:
        return sentence.format_map(parts)
    told = _Told(translated(sentence).format_map(parts))
    known = {name: in_english(part) if isinstance(part, str) else part for name, part in parts.items()}
    told.english = sentence.format_map(known)
    return told


def in_english(told: str) -> str:
    """Return what `tell` has said in English, whatever language is spoken, and any other text as it is.

    What programs compare is made of that: a finding's identity is the same in every language.
    """
    return told.english if isinstance(told, _Told) else told


def plural(count: int, one: str, many: str, /, **parts: object) -> str:
    """Return the sentence for one thing or for several; ``{count}`` in it is how many."""
    return tell(one if count == 1 else many, count=count, **parts)


def listed(names: Sequence[str], /) -> str:
    """Return names in one row: ``a, b and c``; nothing where there are none."""
    *others, last = names or [""]
    return tell("{names} and {name}", names=_row(others), name=last) if others else last


def either(names: Sequence[str], /) -> str:
    """Return names of which one is meant: ``a, b or c``."""
    *others, last = names
    return tell("{names} or {name}", names=_row(others), name=last) if others else last


def _row(names: Sequence[str]) -> str:
    return reduce(lambda some, name: tell("{names}, {name}", names=some, name=name), names)


def paragraph(*sentences: str) -> str:
    """Return sentences one after the other, as the language joins them; empty ones are left out."""
    first, *others = [sentence for sentence in sentences if sentence] or [""]
    return reduce(lambda told, more: tell("{told} {more}", told=told, more=more), others, first)


def marked(sentence: str, /) -> str:
    """Return a sentence as it is: one that stands in a constant, for `tell` to say when it is known how."""
    return sentence


def translated(sentence: str, /) -> str:
    """Return a sentence in the language that is spoken, with its ``{parts}`` left open."""
    return _Spoken.catalogues.get(sentence) if _Spoken.catalogues else sentence


class _Catalogues:
    """The sentences of a language; a catalogue is read once a sentence is not in those before it."""

    def __init__(self, language: str) -> None:
        from importlib import resources  # most runs speak English, and start without it

        folder = resources.files("nlbcheck").joinpath("languages", language)
        files = [file for file in folder.iterdir() if file.name.endswith(".toml")]
        self._unread = sorted(files, key=lambda file: file.name != _FIRST)[::-1]
        self._sentences: dict[str, str] = {}

    def get(self, sentence: str) -> str:
        """Return a sentence's translation, or else the sentence."""
        while sentence not in self._sentences and self._unread:
            import tomllib

            self._sentences |= tomllib.loads(self._unread.pop().read_text(encoding="utf-8"))
        return self._sentences.get(sentence, sentence)
