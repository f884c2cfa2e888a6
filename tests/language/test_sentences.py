"""Every sentence that nlbcheck says, with examples in it, to be read aloud: tests/golden/sentences.txt."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.language.sentences import fields, said

EXAMPLES = tomllib.loads(Path(__file__).with_name("examples.toml").read_text(encoding="utf-8"))


class _Named(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def instance(sentence: str) -> str:
    """A sentence with an example in the place of each part; a part without one is named."""
    return sentence.format_map(_Named(EXAMPLES))


def told() -> str:
    """Every sentence, by the folder that says it, in the order in which the code says them."""
    by_folder: Mapping[str, dict[str, None]] = defaultdict(dict)
    for item in said():
        by_folder[item.catalogue][instance(item.sentence)] = None
    return "\n".join("\n  ".join([name, *lines]) + "\n" for name, lines in sorted(by_folder.items()))


def test_sentences_txt_has_an_instance_of_each_sentence(golden: Callable[[str, str], None]) -> None:
    golden("sentences.txt", told())


def test_every_example_is_used() -> None:
    assert EXAMPLES.keys() <= frozenset[str]().union(*(fields(item.sentence) for item in said()))
