"""What of aws/ may know what? A resource knows the machinery and other resources; the machinery, none."""

from __future__ import annotations

import ast
from pathlib import Path

from nlbcheck import aws as room

ROOM = Path(room.__path__[0])
PREFIX = "nlbcheck.aws."
FLOORS = (
    {
        "call_names",
        "fields",
        "sources.port",
        "sources.endpoint_url",
        "sources.bounded",
        "sources.genuine",
    },
    {"recording", "redaction"},
    {"owners"},
    {"kind", "ports", "sources.live", "sources.snapshot_file"},
    {"inventory", "misses"},
    {"lookups"},
    {"resources"},
    {"state", "narrowing", "writes"},
    {"known_calls"},
    {"permission_trials"},
    {"collect", "apply"},
    {"call_file"},
)
FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names}


def floor(module: str) -> str:
    """Return the floor's name of a module: its own, or the folder's in which all are alike."""
    name = module.removeprefix(PREFIX)
    return name if name in FLOOR_OF else name.partition(".")[0]


def imports(path: Path) -> set[str]:
    """Return what a file imports of aws/, by the names of the floors."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(PREFIX):
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {floor(name if floor(name) in FLOOR_OF else str(node.module)) for name in whole}
    return found


def test_imports_go_down_or_stay_in_their_folder() -> None:
    for path in ROOM.rglob("[a-z]*.py"):
        here = floor(PREFIX + ".".join(path.relative_to(ROOM).with_suffix("").parts))
        for other in imports(path) - ({here} if here in ("redaction", "resources", "writes") else set()):
            assert FLOOR_OF[other] < FLOOR_OF[here], f"{path} imports {other}"
