"""Has every gate its tests?"""

from __future__ import annotations

from pathlib import Path

from nlbcheck.path import gates


def test_every_gate_has_a_file_of_tests_with_its_name() -> None:
    names = {path.stem for folder in gates.__path__ for path in Path(folder).glob("[a-z]*.py")}
    tested = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert tested - {"every_gate"} == names
