"""Of what are the documentation's pages made? A hook of MkDocs that makes them of what is written elsewhere.

README's sections are the tasks; explain's pages are the findings; the schemas, the lab's catalogue and the
commands' help say themselves what they are. Only what stands nowhere else is written in ``docs``.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from docs_schemas import page as schema_page
from markdown.extensions.toc import slugify
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from nlbcheck import explain, schemas
from nlbcheck.cli import cli
from nlbcheck.lab.faults.catalogue import FAULTS

_TREE = Path(__file__).parents[1]
_LINK = re.compile(r"\]\((?!\w+:|/)([^)\s#]*)(#[^)\s]*)?\)")
_FENCED = re.compile(r"(?ms)^```.*?^```$")
_COPIED = ("action.yml", "Containerfile")
_TEXTS = {
    "README.ja.md": "ja.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SKILL.md": "skill.md",
}

Pages = dict[str, str]
"""Text by the place of its page."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add all pages that are made, the files that they point to, and the order of all."""
    tasks = _sections((_TREE / "README.md").read_text("utf-8"))
    pages = {**tasks, **_findings(), **_formats(), **_lab(), **_commands(), **_own(), **_samples()}
    anchors = {anchor: place for place, text in tasks.items() for anchor in _anchors(text)}
    for place, text in pages.items():
        content = _linked(text, place, anchors) if place.endswith(".md") else text
        files.append(File.generated(config, place, content=content))
    config.nav = _nav(pages, tasks)
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Let a page that is written in ``docs`` point to files of the source tree, too."""
    made = page.file.generated_by is not None
    return markdown if made else _linked(markdown, page.file.src_uri, {}, "docs")


def _sections(readme: str) -> Pages:
    """Return the README's opening, and a page for each of its sections."""
    opening, *sections = re.split(r"(?m)^## ", _outside_code(readme, "\n## ", "\n\0# "))
    pages = {"index.md": _back(opening)}
    for section in sections:
        title = section.split("\n", 1)[0]
        text = re.sub(r"(?m)^##(#+ )", r"#\1", f"# {section}")
        pages[f"tasks/{slugify(title, '-')}.md"] = _back(text)
    return pages


def _outside_code(text: str, marked: str, instead: str) -> str:
    """Return a text in whose fenced code the mark of a heading is another."""
    return _FENCED.sub(lambda code: code[0].replace(marked, instead), text)


def _back(text: str) -> str:
    return text.replace("\0", "#").rstrip() + "\n"


def _anchors(text: str) -> Iterator[str]:
    """Yield the anchors of a page's headings."""
    for title in re.findall(r"(?m)^#+ (.+)$", _FENCED.sub("", text)):
        yield f"#{slugify(title, '-')}"


def _findings() -> Pages:
    pages = {f"findings/{page.code}.md": page.text for page in explain.pages()}
    lines = ["# Findings", "", "What a report names as a cause. At a terminal: `nlbcheck explain CODE`.", ""]
    for section, members in groupby(explain.pages(), lambda page: page.section):
        rows = [f"| [`{page.code}`]({page.code}.md) | {page.verdict} | {page.title} |" for page in members]
        lines += [f"## {section}", "", "| code | verdict | meaning |", "| --- | --- | --- |", *rows, ""]
    return {"findings/index.md": "\n".join(lines), **pages}


def _formats() -> Pages:
    about_all = "Each document has a JSON Schema; `nlbcheck schema NAME` prints it."
    lines = [f"- [{name}]({name}.md): {about}" for name, about in schemas.NAMES.items()]
    pages = {"formats/index.md": "\n".join(["# Formats", "", about_all, "", *lines, ""])}
    for name, about in schemas.NAMES.items():
        pages[f"formats/{name}.md"] = schema_page(name, about, schemas.schema(name))
        pages[f"formats/{name}.schema.json"] = json.dumps(schemas.schema(name), indent=2) + "\n"
    return pages


def _lab() -> Pages:
    rows = [
        f"| `{fault.name}` | [`{fault.finding}`](findings/{fault.finding}.md) | {fault.summary} |"
        for fault in FAULTS.values()
    ]
    head = ["# What the lab can break", "", "`nlbcheck lab run --fault NAME -- COMMAND` injects them.", ""]
    return {"faults.md": "\n".join([*head, "| fault | finding | |", "| --- | --- | --- |", *rows, ""])}


def _commands() -> Pages:
    with click.Context(cli, info_name="nlbcheck", terminal_width=100) as root:
        helps = [f"## {place}\n\n```text\n{text}\n```\n" for place, text in _helps(root)]
    return {"commands.md": "# Commands\n\n" + "\n".join(helps)}


def _helps(context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield what ``--help`` says of a command, and of all below it."""
    yield context.command_path, context.get_help()
    if isinstance(group := context.command, click.Group):
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            with click.Context(command, info_name=name, parent=context, terminal_width=100) as inner:
                yield from _helps(inner)


def _own() -> Pages:
    """Return the texts for those who work on it, and files that README points to."""
    texts = {place: (_TREE / name).read_text("utf-8") for name, place in _TEXTS.items()}
    return {**texts, **{name: (_TREE / name).read_text("utf-8") for name in _COPIED}}


def _samples() -> Pages:
    """Return every sample file, and a list of them."""
    folder = _TREE / "sample_configs"
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [path.relative_to(_TREE).as_posix() for path in found]
    pages = {_sample(name): (_TREE / name).read_text("utf-8") for name in names}
    lines = [f"- [{name.removeprefix('sample_configs/')}]({_sample(name)})" for name in names]
    return {"samples.md": "\n".join(["# Sample files", "", *lines, ""]), **pages}


def _sample(name: str) -> str:
    """Return where a sample file lies; a table in Markdown is to be copied, and is no page."""
    return f"{name}.txt" if name.endswith(".md") else name


def _linked(text: str, place: str, anchors: Mapping[str, str], within: str = "") -> str:
    """Return a page whose links into the source tree lead to where that is among the pages.

    ``within`` is the folder of the tree in which the text is written.
    """

    def led(link: re.Match[str]) -> str:
        path, anchor = link[1], link[2] or ""
        to = _place_of(posixpath.join(within, path)) if path else place
        if to in (place, "index.md"):  # a heading of the README is one of its sections' pages
            to = anchors.get(anchor, to)
        return f"]({posixpath.relpath(to, posixpath.dirname(place))}{anchor})" if to else link[0]

    return _LINK.sub(led, text)


def _place_of(path: str) -> str | None:
    """Return where the pages have a file of the source tree; None for one that is no such file."""
    plain = posixpath.normpath(path)
    if plain == "README.md":
        return "index.md"
    if plain in _TEXTS:
        return _TEXTS[plain]
    if plain.startswith("docs/"):
        return plain.removeprefix("docs/")
    if plain.startswith("sample_configs"):
        return "samples.md" if (_TREE / plain).is_dir() else _sample(plain)
    return plain if plain in _COPIED else None


def _nav(pages: Pages, tasks: Pages) -> list[Any]:
    """Return the order in which pages are read."""
    sections = [
        {section: [f"findings/{page.code}.md" for page in members]}
        for section, members in groupby(explain.pages(), lambda page: page.section)
    ]
    return [
        {"nlbcheck": "index.md"},
        {"日本語": "ja.md"},
        {"Install": "install.md"},
        {"Tasks": [place for place in tasks if place != "index.md"]},
        {"Fleets": "fleet.md"},
        {"How it decides": "deciding.md"},
        {"Findings": ["findings/index.md", *sections]},
        {"Formats": [place for place in pages if place.startswith("formats/") and place.endswith(".md")]},
        {"The lab's faults": "faults.md"},
        {"Commands": "commands.md"},
        {"Sample files": "samples.md"},
        {"For agents": "skill.md"},
        {"How to extend it": "contributing.md"},
        {"Changes": "changelog.md"},
    ]
