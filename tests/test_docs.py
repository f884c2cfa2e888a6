"""Do the documentation's pages build, from what is written elsewhere, and with nothing of a third party?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from nlbcheck import explain, schemas
from nlbcheck.cli import COMMANDS
from nlbcheck.lab.faults.catalogue import FAULTS

TREE = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the pages; a link that leads nowhere ends the build."""
    folder = tmp_path_factory.mktemp("site")
    mkdocs = Path(sys.executable).with_name("mkdocs")
    command: list[str | Path] = [mkdocs, "build", "--strict", "--site-dir", folder]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=TREE, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


class Page(HTMLParser):
    """What a page fetches, and what it says."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.said = ""
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        keys = {"script": "src", "img": "src", "link": "href", "iframe": "src"}
        found = dict(attributes).get(keys.get(tag, ""))
        if found and dict(attributes).get("rel") != "canonical":
            self.fetched.append(found)

    def handle_data(self, data: str) -> None:
        self.said += data


def words(text: str) -> str:
    """Return a text without what Markdown and HTML do to it."""
    return " ".join(re.findall(r"[\w-]+", text))


def test_every_finding_has_its_page_as_explain_prints_it(site: Path) -> None:
    for page in explain.pages():
        said = words(Page(site / "findings" / f"{page.code}.html").said)
        for part in (page.title, *re.findall(r"(?ms)^```sh\n(.*?)^```", page.text)):
            assert words(part) in said, (page.code, part)


def test_every_section_of_the_readme_is_a_page(site: Path) -> None:
    readme = re.sub(r"(?ms)^```.*?^```$", "", (TREE / "README.md").read_text())
    titles = re.findall(r"(?m)^## (.+)$", readme)
    found = [Page(path).said for path in (site / "tasks").glob("*.html")]
    assert len(found) == len(titles) > 3
    for title in titles:
        assert any(title in said for said in found), title


def test_every_schema_fault_and_command_is_told(site: Path) -> None:
    for name in schemas.NAMES:
        stored = json.loads((site / "formats" / f"{name}.schema.json").read_text())
        assert stored == schemas.schema(name)
        said = Page(site / "formats" / f"{name}.html").said
        assert all(key in said for part in stored["$defs"].values() for key in part.get("properties", ()))
    faults, commands = (Page(site / name).said for name in ("faults.html", "commands.html"))
    assert all(name in faults for name in FAULTS)
    assert all(f"Usage: nlbcheck {name}" in commands for name in COMMANDS)


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    pages = [*site.rglob("*.html")]
    assert len(pages) > len(explain.pages())
    for path in pages:
        for fetched in Page(path).fetched:
            assert not re.match(r"(\w+:)?//", fetched), (path, fetched)
            if path.name != "404.html":
                assert (path.parent / fetched.split("?")[0]).exists(), (path, fetched)
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//|@import", style.read_text()), style
