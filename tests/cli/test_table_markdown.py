"""Is a table that ``mapping import`` writes for a wiki the same when it is read again?"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from nlbcheck.cli import table_markdown
from nlbcheck.relays import load
from tests.cli.relay import NO_AWS, TABLE, called

SNAPSHOT = TABLE.with_name("snapshot.json")
"""The article's network."""


def shown(*words: str | Path) -> list[tuple[str, ...]]:
    """The rows of a table as programs read them, without what a wiki does not hold."""
    document = json.loads(called("mapping", "show", "-f", "json", *words, env=NO_AWS).stdout)
    targets = document.get("targets", {})
    return [
        (row["listener"], row["target_group"], row["target_port"], row["target"], targets.get(row["target"]))
        for row in document["mappings"]
    ]


@pytest.mark.parametrize(("language", "heading"), [("en", "Listener port"), ("ja", "リスナー側ポート番号")])
def test_rows_for_a_wiki_are_read_again(tmp_path: Path, language: str, heading: str) -> None:
    made = ("mapping", "import", "--load-balancer", "example-nlb", "--snapshot", SNAPSHOT, "--lang", language)
    assert called(*made, "-o", tmp_path / "relay.yaml", env=NO_AWS).returncode == 0
    done = called(*made, "-o", tmp_path / "relay.md", env=NO_AWS)
    assert done.returncode == 0
    assert heading in (tmp_path / "relay.md").read_text()
    rest = done.stderr.splitlines()[-1].partition("--load-balancer")
    options = [rest[1], *rest[2].split()]
    assert "ap-northeast-1a=172.31.128.10" in options
    assert shown("-m", tmp_path / "relay.md", *options) == shown("-m", tmp_path / "relay.yaml")


def test_the_options_of_the_rest_are_one_word_each_for_a_shell(tmp_path: Path) -> None:
    """A name may have spaces, or be a command of its own."""
    row = {"listener": "TCP:22", "target_group": "tg", "target_port": "TCP:22", "target": "10.0.0.1"}
    document = {
        "load_balancer": "a b; $(touch x)",
        "static_ips": {"it's": "127.0.0.1"},
        "mappings": [row],
    }
    (tmp_path / "nlbcheck.json").write_text(json.dumps(document))
    words = shlex.split(table_markdown.rest(load(tmp_path / "nlbcheck.json")))
    assert words == ["--load-balancer", "a b; $(touch x)", "--static-ip", "it's=127.0.0.1"]


def test_names_with_marks_of_markdown_stay_what_they_are(tmp_path: Path) -> None:
    names = ["*db*", "a|b", "`c`", "_x_ [y]", "<b>w</b>", "~~old~~"]
    document = {
        "targets": {name: f"10.0.0.{number}" for number, name in enumerate(names, 1)},
        "mappings": [
            {"listener": f"TCP:{port}", "target_group": f"tg-{port}", "target_port": "TCP:22", "target": name}
            for port, name in enumerate(names, 10001)
        ],
    }
    (tmp_path / "nlbcheck.json").write_text(json.dumps(document))
    (tmp_path / "relay.md").write_text(table_markdown.rows(load(tmp_path / "nlbcheck.json")))
    assert [row.targets[0].name for row in load(tmp_path / "relay.md").rows] == names
