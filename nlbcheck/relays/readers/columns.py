"""Which column of a printed table is which key of a row?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

from nlbcheck.relays.tree import Problems, TreeNode, near, shown

HEADINGS = {
    "no": ("no", "#", "number", "番号"),
    "listener": (
        "listener port", "listener", "listener port number",
        "listener side port", "listener side port number",
        "リスナー側ポート番号", "リスナーポート番号", "リスナーポート", "リスナー",
    ),
    "action": ("action", "アクション"),
    "target_group": ("target group", "target group name", "ターゲットグループ名", "ターゲットグループ"),
    "target_port": (
        "target port", "target port number", "target group port", "target group port number",
        "target group side port", "target group side port number",
        "ターゲットグループ側ポート番号", "ターゲットポート番号", "ターゲットポート",
    ),
    "target": (
        "target", "target ip", "target ip address", "target address", "target name",
        "ターゲットip", "ターゲット",
    ),
    "check": ("check", "チェック"),
    "host_key": ("host key", "host keys", "host key fingerprint", "ホスト鍵", "ホストキー"),
    "http_status": ("http status", "status"),
    "path": ("path", "パス"),
    "host": ("host", "host header"),
    "server_name": ("server name", "sni"),
    "verify": ("verify",),
    "ssh_banner_only": ("ssh banner only",),
}  # fmt: skip
"""Every key with the headings it goes by, as ``_folded`` writes them."""

_KEYS = {heading: key for key, headings in HEADINGS.items() for heading in headings}
_NEEDED = ("listener", "target_group", "target_port", "target")
_SEVERAL = re.compile(r"\s*(?:[,;\n]|<br\s*/?>)\s*")


def key_of(heading: str) -> str | None:
    """Return the key of the column with this heading."""
    return _KEYS.get(_folded(heading))


def missing(headings: Sequence[str]) -> list[str]:
    """Return the needed columns that ``headings`` lacks, by their plain English headings."""
    keys = {key_of(heading) for heading in headings}
    return [f"'{HEADINGS[key][0].capitalize()}'" for key in _NEEDED if key not in keys]


def check(headings: Sequence[str], line: int, problems: Problems) -> list[str | None]:
    """Return the key of each column; a heading that is unknown, double or missing is a problem."""
    keys: list[str | None] = []
    for heading in headings:
        key = key_of(heading)
        if key is None and heading:
            like = near(_folded(heading), list(_KEYS))
            hint = f", perhaps '{like[0]}' is meant" if like else ""
            problems.add(line, f"unknown column {shown(heading)}{hint}")
        elif key is not None and key in keys:
            problems.add(line, f"column {shown(heading)} is there twice")
        keys.append(key)
    if lacking := missing(headings):
        problems.add(line, f"has no column {', '.join(lacking)}")
    return keys


def row(
    number: int,
    keys: Sequence[str | None],
    headings: Sequence[str],
    cells: Sequence[str],
    line: int,
    problems: Problems,
) -> TreeNode:
    """Return the tree of row ``number``, its cells stripped; an empty cell is a key that is not there."""
    entries: dict[str, TreeNode] = {}
    expect: dict[str, TreeNode] = {}
    for key, heading, text in zip_longest(keys, headings, cells, fillvalue=None):
        if not text:
            continue
        if key is None:
            problems.add(line, f"row {number}: cell {shown(text)} stands in a column without a heading")
        elif key == "host_key":
            items = [TreeNode(item, line, heading=heading) for item in _SEVERAL.split(text) if item]
            expect["host_key"] = TreeNode(list(items), line, heading=heading)
        elif key == "http_status":
            expect["http"] = TreeNode(
                {"status": TreeNode(text, line, heading=heading)}, line, heading=heading
            )
        else:
            entries[key] = TreeNode(text, line, heading=heading)
    if expect:
        entries["expect"] = TreeNode(expect, line)
    return TreeNode(entries, line, heading=f"row {number}")


def _folded(heading: str) -> str:
    """Return ``heading`` without the differences of writing that do not matter."""
    words = unicodedata.normalize("NFKC", heading[:100]).casefold()
    return re.sub(r"[\s_-]+", " ", words).strip(" .:")
