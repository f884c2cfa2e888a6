"""Which files do tools reach, and which never?"""

from __future__ import annotations

from pathlib import Path

import pytest

from nlbcheck.agents.premises import Premises
from nlbcheck.errors import InputError


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    folder = tmp_path.resolve() / "folder"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "table.yaml").touch()
    (tmp_path / "folder-too").mkdir()
    (tmp_path / "folder-too" / "table.yaml").touch()
    (folder / "out").symlink_to(tmp_path)
    (folder / "dangling.json").symlink_to(tmp_path / "nowhere.json")
    return Premises(folder, (tmp_path / "named.yaml",))


def test_files_below_the_folder_are_read(premises: Premises, tmp_path: Path) -> None:
    table = premises.folder / "below" / "table.yaml"
    assert premises.readable("below/table.yaml") == table
    assert premises.readable(str(table)) == table
    assert premises.readable("out/folder/below/table.yaml") == table
    with pytest.raises(InputError, match="below: there is no such file"):
        premises.readable("below")
    with pytest.raises(InputError, match="there is no such file"):
        premises.readable("a" * 5000)
    assert premises.readable(None) is None


def test_a_table_that_was_named_is_read(premises: Premises, tmp_path: Path) -> None:
    (tmp_path / "named.yaml").touch()
    assert premises.readable("../named.yaml") == tmp_path.resolve() / "named.yaml"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../folder-too/table.yaml", "is outside of"),
        ("out/folder-too/table.yaml", "is outside of"),
        ("/dev/stdin", "is outside of"),
        ("below", "there is no such file"),
        ("gone.yaml", "there is no such file"),
        ("a\0b", "is not a file name"),
    ],
)
def test_others_are_not(premises: Premises, name: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        premises.readable(name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../new.json", "is outside of"),
        ("out/new.json", "is outside of"),
        ("dangling.json", "is outside of"),
        ("below/table.yaml", "ends in .json"),
        (".bashrc", "ends in .json"),
        ("there.json", "exists already"),
    ],
)
def test_nothing_else_is_written(premises: Premises, name: str, why: str) -> None:
    (premises.folder / "there.json").touch()
    with pytest.raises(InputError, match=why):
        premises.writable(name)


def test_a_new_snapshot_is_written_below_the_folder(premises: Premises) -> None:
    assert premises.writable("below/new.json.gz") == premises.folder / "below" / "new.json.gz"
