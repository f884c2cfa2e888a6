"""A module imports only from floors below its own, or from its own folder; a name means one thing."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import nlbcheck

PACKAGE = Path(nlbcheck.__file__).parent
FLOORS = [
    {
        "__init__",
        "model",
        "errors",
        "escape",
        "files",
        "host_keys",
        "contents",
        "interruption",
        "language",
        "lean_paramiko",
        "locking",
        "wrapping",
    },
    {"relays", "aws", "probes", "formats", "explain"},
    {"hosts"},
    {"path", "vantage", "export", "reports", "schemas", "terraform", "inspection"},
    {"diagnosis"},
    {"run"},
    {"lab", "testing", "agents"},
    {"cli", "pytest_plugin"},
    {"__main__"},
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    parts = [name.split(".") for name in names if name.split(".")[0] == "nlbcheck"]
    return {part[1] if len(part) > 1 and part[1] in FLOOR_OF else "__init__" for part in parts}


def test_every_room_has_its_floor() -> None:
    rooms = {room_of(path) for path in PACKAGE.rglob("*.py")}
    assert rooms <= set(FLOOR_OF)


def test_imports_go_down_or_stay_in_the_room() -> None:
    for path in PACKAGE.rglob("*.py"):
        room = room_of(path)
        if room == "__init__":  # the front door; of it, the rooms below use the version alone
            continue
        for other in imported_rooms(path) - {room}:
            same_folder = FLOOR_OF[other] == FLOOR_OF[room] == 0  # the ground floor is one folder
            assert same_folder or FLOOR_OF[other] < FLOOR_OF[room], f"{path} imports {other}"


def importers(module: str) -> set[str]:
    """The files of nlbcheck that import a module from outside."""
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(a.name.split(".")[0] == module for a in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == module)
    }


def test_boto3_is_imported_in_one_place() -> None:
    assert importers("boto3") == {"aws/sources/live.py"}
    # The lab's endpoint reads AWS's descriptions of its calls, which botocore holds as data.
    callers = {file for file in importers("botocore") if not file.startswith("lab/endpoint/")}
    assert callers == {f"aws/sources/{name}.py" for name in ("live", "bounded", "genuine")}


def test_the_sdk_of_agents_is_imported_by_their_room_alone() -> None:
    assert importers("mcp") | importers("uvicorn") == {"agents/serving.py"}
    assert importers("pydantic") == {"agents/serving.py", "agents/tools.py"}


def test_sockets_are_opened_by_probes_vantage_points_hosts_and_the_lab() -> None:
    assert {file.split("/")[0] for file in importers("socket")} == {"probes", "vantage", "hosts", "lab"}


def test_walk_and_diagnosis_look_up_nothing_that_merely_happens_to_be_recorded() -> None:
    """``seen`` notes no miss, and a state of one's own neither: AWS would not be asked."""
    users = {
        (path.relative_to(PACKAGE).as_posix(), name)
        for room in ("path", "diagnosis")
        for path in (PACKAGE / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (name := getattr(node.func, "attr", getattr(node.func, "id", ""))) in ("seen", "AwsState")
    }
    assert users <= {("diagnosis/target_groups.py", "seen")}


def public_types(path: Path) -> Iterator[str]:
    """The classes, type aliases and type variables that a file defines for others to see."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (
        node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name[0] != "_"
    )
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        yield from (name for name in names if name[0].isupper() and not name.isupper())


def test_no_type_name_has_two_meanings() -> None:
    named = Counter(name for path in PACKAGE.rglob("*.py") for name in public_types(path))
    assert {name for name, times in named.items() if times > 1} == set()


def test_no_file_name_occurs_more_than_twice() -> None:
    named = Counter(path.name for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
    assert {name for name, times in named.items() if times > 2} == set()
