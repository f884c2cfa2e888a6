"""Is where a row stands told in the language that is spoken, and kept as it is for messages and programs?"""

from __future__ import annotations

from pathlib import Path

import pytest

from nlbcheck import language
from nlbcheck.relays import load, places
from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE
from tests.cli.running import nlbcheck


@pytest.mark.parametrize(
    ("place", "english", "japanese"),
    [
        ("line 23", "line 23", "23 行目"),
        ("row 3", "row 3", "3 番目の行"),
        ("sheet 'ports', row 3", "sheet 'ports', row 3", "sheet 'ports', 3 番目の行"),
        ("sheet 'line 7'", "sheet 'line 7'", "sheet 'line 7'"),
        ("online 7", "online 7", "online 7"),
    ],
)
def test_a_place_is_told(place: str, english: str, japanese: str) -> None:
    assert places.told(place) == english
    language.speak("ja")
    try:
        assert places.told(place) == japanese
    finally:
        language.speak(language.ENGLISH)


def test_a_report_in_japanese_tells_it(tmp_path: Path) -> None:
    other = tmp_path / "t.yaml"
    other.write_text(TABLE.read_text().replace("target_port: TCP:22", "target_port: TCP:23", 1))
    place = load(other).rows[0].place
    assert place.startswith("line ")
    words = ("mapping", "check", "-m", other, "--snapshot", SNAPSHOT)
    assert f"({place})" in nlbcheck(*words, env=NO_AWS).stdout
    told = nlbcheck(*words, "--lang", "ja", env=NO_AWS).stdout
    assert f"({place.removeprefix('line ')} 行目)" in told
    assert place not in told
