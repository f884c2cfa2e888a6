"""Which sentences does nlbcheck's code say? Read from the code itself, and from the help of every command.

``python -m tests.language.sentences`` prints those that a catalogue lacks, as lines of TOML for the file that
they belong in.
"""

from __future__ import annotations

import ast
import json
import string
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click

import nlbcheck
from nlbcheck.cli import cli
from nlbcheck.cli.help_page import paragraphs
from nlbcheck.cli.spoken import short_help
from nlbcheck.lab.faults import FAULTS
from nlbcheck.language import ENGLISH, LANGUAGES

PACKAGE = Path(nlbcheck.__file__).parent
OTHERS = [language for language in LANGUAGES if language != ENGLISH]
_SENTENCES = {"tell": (0,), "marked": (0,), "plural": (1, 2)}
"""Which arguments of the functions of ``nlbcheck.language`` are sentences."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, where it is said, and the parts that are put into it; None where they come later."""

    sentence: str
    file: Path
    line: int
    parts: frozenset[str] | None

    def __str__(self) -> str:
        return f"{self.file.relative_to(PACKAGE.parent)}:{self.line}"

    @property
    def catalogue(self) -> str:
        """The name of the catalogue that has its translation: the folder that it is said in, with dots."""
        return ".".join(self.file.relative_to(PACKAGE).parent.parts) or "nlbcheck"


@cache
def said() -> tuple[Said, ...]:
    """Every sentence that the code says."""
    return tuple(_said())


def _said() -> Iterator[Said]:
    for file in sorted(PACKAGE.rglob("*.py")):
        calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
        for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
            yield from _of_call(file, call)
    for fault in FAULTS.values():
        yield Said(fault.summary, PACKAGE / "lab" / "faults" / "catalogue.py", 1, frozenset())
    for sentence in dict.fromkeys(_of_help(click.Context(cli))):
        yield Said(sentence, PACKAGE / "cli" / "help_page.py", 1, frozenset())


def _of_help(context: click.Context) -> Iterator[str]:
    """The sentences of the help of a command and of those below it; an indented paragraph is to be typed."""
    command = context.command
    if context.parent and context.parent.parent:
        yield short_help(command)  # those of the first floor stand in a list of their own
    yield from (text for text in paragraphs(command.help or "") if not text.startswith(" "))
    for param in command.get_params(context):
        if isinstance(param, click.Option) and param.help:
            yield param.help
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _of_help(click.Context(found, parent=context))


def _of_call(file: Path, call: ast.Call) -> Iterator[Said]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    for position in _SENTENCES.get(name, ()):
        for argument in _branches(call.args[position]):
            assert not isinstance(argument, ast.JoinedStr), f"{file}:{call.lineno}: no f-string is translated"
            if isinstance(argument, ast.Constant):
                yield Said(str(argument.value), file, call.lineno, _parts(call, name))


def _branches(argument: ast.expr) -> Iterator[ast.expr]:
    """The sentences that an argument may be: both of ``one if … else other``."""
    if isinstance(argument, ast.IfExp):
        yield from _branches(argument.body)
        yield from _branches(argument.orelse)
    else:
        yield argument


def _parts(call: ast.Call, name: str) -> frozenset[str] | None:
    if name == "marked" or any(keyword.arg is None for keyword in call.keywords):
        return None
    named = {str(keyword.arg) for keyword in call.keywords}
    return frozenset(named | {"count"} if name == "plural" else named)


def fields(sentence: str) -> frozenset[str]:
    """The parts that a sentence has room for."""
    return frozenset(field for _, field, _, _ in string.Formatter().parse(sentence) if field is not None)


def catalogues(language: str) -> dict[str, dict[str, str]]:
    """Every catalogue of a language, by its name."""
    folder = PACKAGE / "languages" / language
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in folder.glob("*.toml")}


def lacking(language: str) -> dict[str, list[str]]:
    """The sentences that a language has no translation of, by the catalogue that they belong in."""
    there = {sentence for catalogue in catalogues(language).values() for sentence in catalogue}
    found: dict[str, list[str]] = defaultdict(list)
    for item in said():
        if item.sentence not in there and item.sentence not in found[item.catalogue]:
            found[item.catalogue].append(item.sentence)
    return {name: sentences for name, sentences in found.items() if sentences}


def main() -> None:
    """Print what each language lacks."""
    for language in OTHERS:
        for name, sentences in lacking(language).items():
            lines = [f'{json.dumps(sentence, ensure_ascii=False)} = ""' for sentence in sentences]
            sys.stdout.write("\n".join([f"# languages/{language}/{name}.toml", *lines]) + "\n\n")


if __name__ == "__main__":
    main()
