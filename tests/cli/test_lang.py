"""Which language does the command line speak, how does help look in it, and what does it hint at?"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from nlbcheck.cli import COMMANDS
from nlbcheck.wrapping import columns_of
from tests.cli.running import nlbcheck

JAPANESE = re.compile("[ぁ-ヶ一-龠]")
WIDE = {"COLUMNS": "72"}


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("--lang", "ja", "diagnose", "--help"), {}),
        (("diagnose", "--lang", "ja", "--help"), {}),
        (("diagnose", "--help", "--lang=ja"), {}),
        (("--lang", "en", "diagnose", "--lang", "ja", "-h"), {}),
        (("--lang", "ja", "help", "diagnose"), {}),
        (("diagnose", "--help"), {"LANG": "ja_JP.UTF-8", "LC_ALL": ""}),
        (("diagnose", "--help"), {"LANG": "C.UTF-8", "LC_ALL": "ja_JP.UTF-8"}),
    ],
)
def test_japanese_is_spoken_where_it_is_asked_for(
    words: tuple[str, ...], environment: dict[str, str]
) -> None:
    done = nlbcheck(*words, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("使い方: ")
    assert "\nオプション:\n" in done.stdout
    assert "表のすべての行を診断します。" in done.stdout


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("--lang", "en", "probe", "--help"), {"LANG": "ja_JP.UTF-8", "LC_ALL": ""}),
        (("probe", "--help"), {"LANG": "ja_JP.UTF-8", "LC_ALL": "C.UTF-8"}),
        (("probe", "--help"), {"LANG": "de_DE.UTF-8", "LC_ALL": ""}),
    ],
)
def test_and_english_everywhere_else(words: tuple[str, ...], environment: dict[str, str]) -> None:
    done = nlbcheck(*words, env=environment)
    assert done.stdout.startswith("Usage: ")
    assert not JAPANESE.search(done.stdout.replace("listener=入口", ""))


@pytest.mark.parametrize(
    ("name", "hint"), [("jp", "did you mean ja? "), ("ja_JP", "did you mean ja? "), ("x", "")]
)
@pytest.mark.parametrize("words", [("--lang", "{}", "probe"), ("probe", "--lang", "{}")])
def test_a_language_that_there_is_none_of(words: tuple[str, ...], name: str, hint: str) -> None:
    done = nlbcheck(*(word.format(name) for word in words))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"nlbcheck: --lang {name}: {hint}expected en or ja\n"


@pytest.mark.parametrize("name", ["", *COMMANDS, "mapping import", "lab run", "report diff"])
def test_every_line_of_japanese_help_fits_the_terminal(name: str) -> None:
    told = nlbcheck(*name.split(), "--lang", "ja", "--help", env=WIDE).stdout
    lines = [line for line in told.splitlines() if "://" not in line and " > " not in line]  # to be copied
    assert max(map(columns_of, lines)) <= 72
    assert not re.search(r"^\s*[、。」）]", told, re.MULTILINE)


def test_help_is_as_wide_as_the_terminal_up_to_what_can_be_read() -> None:
    widths = [
        max(map(len, nlbcheck("smoke", "--help", env={"COLUMNS": str(columns)}).stdout.splitlines()))
        for columns in (60, 90, 300)
    ]
    assert [width <= limit for width, limit in zip(widths, (58, 88, 98), strict=True)] == [True] * 3
    assert widths[0] > 50
    assert widths[1] > 80
    assert widths[2] > 90


def test_help_needs_one_catalogue() -> None:
    """The others may be large, and help is to be there at once."""
    said = "import sys; from nlbcheck import language as l; from nlbcheck.cli import main; "
    told = "print(len(l._Spoken.catalogues._unread), file=sys.stderr)"
    script = (
        f"{said}sys.argv = ['nlbcheck', '--lang', 'ja', '--help']\ntry: main()\nexcept SystemExit: {told}"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    catalogues = list((Path(__file__).parents[2] / "nlbcheck" / "languages" / "ja").iterdir())
    assert int(done.stderr) == len(catalogues) - 1


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("diagnos",), "No such command 'diagnos'. Did you mean 'diagnose'?"),
        (("mapping", "chek"), "No such command 'chek'. (Did you mean one of: 'check'"),
        (("help", "smok"), "No such command 'smok'. Did you mean 'smoke'?"),
        (("help", "mapping", "import_"), "No such command 'import_'. Did you mean 'import'?"),
        (("help", "probe", "x"), "nlbcheck probe' has no command 'x'."),
        (
            ("probe", "--timout", "1"),
            "No such option '--timout'. (Did you mean one of: '--output', '--timeout'?)",
        ),
        (
            ("probe", "-f", "jsno"),
            "-f jsno: did you mean json? expected FORMAT or FORMAT:FILE with one of table,",
        ),
        (
            ("lab", "run", "--fault", "target-g", "--", "true"),
            "'target-g' is not a fault: did you mean target-sg",
        ),
    ],
)
def test_a_mistyped_word_is_answered_by_the_one_that_is_meant(words: tuple[str, ...], hint: str) -> None:
    done = nlbcheck(*words, cwd=Path(__file__).parents[2] / "sample_configs")
    assert (done.returncode, done.stdout) == (2, "")
    assert hint in done.stderr


@pytest.mark.parametrize("words", [(), ("probe",), ("mapping", "import")])
def test_help_is_a_command_too(words: tuple[str, ...]) -> None:
    asked, done = nlbcheck(*words, "--help"), nlbcheck("help", *words)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        asked.stdout,
        "",
    )


def test_the_version_has_a_letter() -> None:
    assert nlbcheck("-V").stdout == nlbcheck("--version").stdout != ""
