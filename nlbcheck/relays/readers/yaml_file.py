"""What does a YAML file say, and where?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import cast

import yaml

from nlbcheck.relays.readers.nesting import Parent
from nlbcheck.relays.tree import DEEPEST, MOST_VALUES, Number, Problems, Scalar, TreeNode, shown

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# The core schema of YAML 1.2: `no` and `on` are words, and so is `10:22`.
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_NUMBER = re.compile(
    r"0o[0-7]+|0x[0-9a-fA-F]+|0b[01]+|[-+]?[0-9][0-9_]*|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


def read(text: str, problems: Problems) -> TreeNode:
    """Return the tree of the one document in ``text``."""
    builder = _Builder(problems)
    try:
        # Events, not nodes: PyYAML's composer recurses, and libyaml is quadratic in the depth.
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        problems.add(*_explained(error, text))
        raise problems.error() from None
    if builder.root is None:
        problems.add(1, "has no values, a mapping table was expected")
        raise problems.error()
    return builder.root


def plain(text: str) -> Scalar:
    """Return what an unquoted ``text`` means."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return Number(text) if _NUMBER.fullmatch(text) else text


@dataclass(slots=True)
class _Builder:
    """Builds the tree from parser events, without recursion, and stops where it grows too large."""

    problems: Problems
    root: TreeNode | None = None
    open: list[Parent] = field(default_factory=list)
    anchors: dict[str, TreeNode] = field(default_factory=dict)
    documents: int = 0

    def take(self, event: yaml.Event) -> None:
        """Add what ``event`` tells."""
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self._stop(event, "a second document begins, one was expected")
            case yaml.ScalarEvent():
                self._refuse_tag(event)
                value = plain(event.value) if event.implicit[0] else event.value
                self._add(self._node(event, value), event.anchor)
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                parent = self.open.pop()
                parent.node.end = cast("yaml.Mark", event.end_mark).index
                self._add(parent.node, parent.anchor)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        self._refuse_tag(event)
        if len(self.open) == DEEPEST:
            self._stop(event, f"values are nested more than {DEEPEST} deep")
        node = self._node(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
        node.flow = bool(event.flow_style)
        self.open.append(Parent(node, event.anchor))

    def _alias(self, event: yaml.AliasEvent) -> None:
        known = self.anchors.get(event.anchor or "")
        if known is None:
            self._stop(event, f"alias {shown(event.anchor)} refers to no anchor that ends before it")
        else:
            marks = self._node(event, None)
            self._add(replace(known, line=marks.line, start=marks.start, end=marks.end), None)

    def _add(self, node: TreeNode, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = node
        if not self.open:
            self.root = node
            return
        self.open[-1].add(node, self.problems)
        if self.open[-1].node.size > MOST_VALUES:
            self.problems.add(node.line, f"has more than {MOST_VALUES:,} values, aliases followed")
            raise self.problems.error()

    def _refuse_tag(self, event: yaml.NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._stop(event, f"tag {shown(tag)}: tags have no place in a mapping table")

    def _stop(self, event: yaml.Event, sentence: str) -> None:
        self.problems.add(cast("yaml.Mark", event.start_mark).line + 1, sentence)
        raise self.problems.error()

    @staticmethod
    def _node(event: yaml.Event, value: Scalar | list[TreeNode] | dict[str, TreeNode]) -> TreeNode:
        start, end = cast("yaml.Mark", event.start_mark), cast("yaml.Mark", event.end_mark)
        return TreeNode(value, start.line + 1, start=start.index, end=end.index)


def _explained(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Return the line of a syntax error, and what is wrong there."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return 1, f"is not YAML ({error})"
    mark = error.problem_mark
    line = mark.line + 1
    if "\t" in text[mark.index : mark.index + 1]:
        return line, "a tab is used where YAML allows spaces only"
    words = [part for part in (error.problem, error.context) if part]
    return line, f"is not YAML: {', '.join(words)} (column {mark.column + 1})"
