"""Are tables read as people keep them, in the layouts that are found in public?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nlbcheck.errors import InputError
from nlbcheck.relays import Table, load

FOLDER = Path(__file__).parent / "foreign"
FILES = sorted(path for path in FOLDER.iterdir() if path.suffix != ".json")


def expected(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.with_suffix(".json").read_text())
    return found


def rows(table: Table) -> list[dict[str, Any]]:
    """The rows in the shape in which the files beside the tables have them."""
    found = []
    for row in table.rows:
        said: dict[str, Any] = {
            "listener": str(row.listener),
            "target_port": str(row.target_port),
            "targets": [
                f"{item.name}={item.address}" if item.is_named and item.address else item.name
                for item in row.targets
            ],
        }
        if row.says_group:
            said["target_group"] = row.target_group
        if row.remarks:
            said["remarks"] = dict(row.remarks)
        found.append(said)
    return found


def asked(wanted: dict[str, Any]) -> list[tuple[str, str]]:
    return [tuple(option.split("=", 1)) for option in wanted.get("needs", [])]


def test_there_are_thirty() -> None:
    """Of them none is read wrongly, and those that are not read at first end in the option that they need."""
    wanted = [expected(path) for path in FILES]
    assert len(wanted) == 30
    assert sum("error" not in item for item in wanted) >= 27
    assert all(item["layout"] for item in wanted)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_foreign_table(path: Path) -> None:
    wanted = expected(path)
    if "error" in wanted:
        with pytest.raises(InputError) as caught:
            load(path)
        assert wanted["error"] in str(caught.value)
        return
    if wanted.get("needs"):
        with pytest.raises(InputError) as caught:
            load(path)
        (problem,) = caught.value.problems
        for option in wanted["needs"]:
            assert f"--column {option}" in problem or f"--column '{option}'" in problem
    table = load(path, columns=asked(wanted))
    assert rows(table) == wanted["rows"]
    assert [item.listener for item in table.unprobed] == wanted.get("not_probed", [])
