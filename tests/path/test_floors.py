"""What of path/ may know what? Forwarding knows no destination, location no routes, and no module itself."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from nlbcheck import path as room

ROOM = Path(room.__path__[0])
PREFIX = "nlbcheck.path."


def named(file: Path) -> str:
    return ".".join(file.relative_to(ROOM).with_suffix("").parts)


FILES = {named(file): file for file in ROOM.rglob("[a-z]*.py")}


@cache
def imports(module: str) -> frozenset[str]:
    found = set()
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(PREFIX):
            base = f"{node.module}."[len(PREFIX) :]
            found |= {base + alias.name for alias in node.names} & set(FILES)
            found |= {base.rstrip(".")} & set(FILES)
    return frozenset(found)


def known_to(module: str) -> frozenset[str]:
    """Return all that a module imports, directly or by others."""
    return frozenset().union(imports(module), *(known_to(other) for other in imports(module)))


def test_nothing_imports_itself_by_a_detour() -> None:
    assert list(TopologicalSorter({module: imports(module) for module in FILES}).static_order())


def test_a_gate_knows_neither_the_state_nor_any_other_gate() -> None:
    for module in FILES:
        if module.startswith("gates."):
            assert known_to(module) <= {"health_asked", "outcome", "packet", "remedy", "route_choice"}, module
            assert "aws.state" not in FILES[module].read_text(encoding="utf-8"), module


def test_a_location_is_told_without_routes() -> None:
    assert known_to("location") <= {"neighbours", "outcome", "packet"}


def test_forwarding_knows_neither_what_a_packet_is_meant_for_nor_what_would_mend_its_path() -> None:
    for module in FILES:
        if module.startswith("forwarding.") or module == "routes":
            known = known_to(module)
            assert not {item for item in known if item.startswith("repair.")}, module
            assert not known & {"leading", "destinations", "decision", "passage", "trail"}, module
