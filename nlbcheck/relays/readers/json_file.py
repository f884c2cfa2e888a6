"""What does a JSON file say, and where?"""

from __future__ import annotations

import json
import re

from nlbcheck.relays.readers.nesting import Parent
from nlbcheck.relays.tree import DEEPEST, MOST_VALUES, Number, Problems, Scalar, TreeNode

_TOKEN = re.compile(r'[\s,:]*(?:([\[{])|([\]}])|("[^"\\]*(?:\\.[^"\\]*)*")|([^\s,:\[\]{}"]+))')
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_WORDS: dict[str, Scalar] = {"null": None, "true": True, "false": False}


def read(text: str, problems: Problems) -> TreeNode:
    """Return the tree of ``text``."""
    try:
        # Only the syntax is of interest here: json keeps no positions and does not see duplicate keys.
        json.loads(
            text,
            object_pairs_hook=lambda _: None,
            parse_int=lambda _: None,
            parse_float=lambda _: None,
            parse_constant=lambda _: None,
        )
    except json.JSONDecodeError as error:
        problems.add(error.lineno, f"is not JSON: {error.msg} (column {error.colno})")
        raise problems.error() from None
    except RecursionError:
        pass  # too deep, which _build sees as well, and knows the line of
    return _build(text, problems)


def _build(text: str, problems: Problems) -> TreeNode:
    """Return the tree of ``text``, which is well-formed."""
    line, position, count = 1, 0, 0
    parents: list[Parent] = []
    while True:
        token = _TOKEN.match(text, position)
        if token is None:
            problems.add(line, "is not JSON")
            raise problems.error()
        opening, closing, string, word = token.groups()
        start, end = token.start(token.lastindex or 0), token.end()
        line += text.count("\n", position, start)
        position, count = end, count + 1
        if count > 2 * MOST_VALUES:
            problems.add(line, f"has more than {MOST_VALUES:,} values")
            raise problems.error()
        if opening:
            if len(parents) == DEEPEST:
                problems.add(line, f"values are nested more than {DEEPEST} deep")
                raise problems.error()
            parents.append(Parent(TreeNode({} if opening == "{" else [], line)))
            continue
        node = parents.pop().node if closing else TreeNode(_scalar(string, word), line)
        if not parents:
            return node
        parents[-1].add(node, problems)


def _scalar(string: str | None, word: str) -> Scalar:
    """Return the value of a token."""
    if string is not None:
        value: str = json.loads(string, strict=False)
        return value
    if word in _WORDS:
        return _WORDS[word]
    return int(word) if _INTEGER.fullmatch(word) else Number(word)
