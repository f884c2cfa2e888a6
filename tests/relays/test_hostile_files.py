"""Does every broken file end in one clear error, soon, and in little memory?"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.errors import InputError
from nlbcheck.relays import load

LAUGHS = "a0: &a0 [lol, lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 20)}]\n" for n in range(1, 11)
)


def error_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.yaml", b"", "t.yaml: is empty, a mapping table was expected"),
        ("t.csv", b"\xef\xbb\xbf \r\n", "t.csv: is empty, a mapping table was expected"),
        ("t.md", b"abc\0", "t.md: is not text (NUL byte at offset 3)"),
        ("t.yaml", "a".encode("utf-16"), "t.yaml: is UTF-16, UTF-8 was expected"),
        (
            "t.csv",
            b"x\nr\xe9seau \xfc",
            "t.csv:2: is not UTF-8 (byte 0xe9 at offset 3)",
        ),
        ("t.yaml", b"a\nb\x1b[2J", r"t.yaml:2: has the control character \x1b"),
    ],
)
def test_what_is_no_text(tmp_path, monkeypatch, name, content, sentence):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(content)
    assert error_of(Path(name)) == sentence


def test_what_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("d.yaml").mkdir()
    os.mkfifo("f.yaml")
    assert error_of(Path("d.yaml")) == "d.yaml: is a directory, a file was expected"
    assert error_of(Path("f.yaml")) == "f.yaml: is not a regular file"
    assert error_of(Path("none.yaml")) == "none.yaml: there is no such file"
    assert error_of(Path("a" * 300 + ".yaml")).endswith("cannot be read (File name too long)")
    assert error_of(Path("a\0.yaml")) == r"a\x00.yaml: cannot be read (no file has such a name)"


def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text("mappings: []")
    path.chmod(0)
    code = (
        "import os, sys; from pathlib import Path; from nlbcheck.relays import load\n"
        "if os.geteuid() == 0: os.seteuid(65534)\n"
        "try: load(Path(sys.argv[1]))\n"
        "except Exception as error: print(error)"
    )
    tmp_path.chmod(0o755)
    for folder in (tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(folder.stat().st_mode | 0o011)
    run = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert run.stdout == f"{path}: may not be read (permission denied)\n"


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "t.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000_000)
    assert error_of(path).endswith("t.yaml: has 100000000000 bytes, a table may have 10000000")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.yaml", LAUGHS + "mappings: *a10\n", "has more than 250,000 values, aliases followed"),
        ("t.yaml", "&a [*a]\n", "alias 'a' refers to no anchor that ends before it"),
        ("t.yaml", "[" * 100_000, "values are nested more than 16 deep"),
        ("t.yaml", "- " * 100_000, "values are nested more than 16 deep"),
        ("t.yaml", "{a: " * 100_000, "values are nested more than 16 deep"),
        ("t.json", "[" * 100_000, "values are nested more than 16 deep"),
        ("t.json", "[" * 100_000 + "]" * 100_000, "values are nested more than 16 deep"),
        ("t.json", '{"a":' * 100_000 + "1" + "}" * 100_000, "values are nested more than 16 deep"),
        ("t.json", "[" + "1," * 4_000_000 + "1]", "has more than 250,000 values"),
        ("t.yaml", "[" + "1," * 4_000_000 + "1]", "has more than 250,000 values, aliases followed"),
        ("t.json", "[" + "9" * 9_000_000 + "]", "is not a mapping of keys to values"),
        ("t.json", '["' + "\\n" * 1_000_000 + '"]', "is not a mapping of keys to values"),
        ("t.yaml", "".join(f"k{n}: 1\n" for n in range(100_000)), "t.yaml: and 99901 more mistakes"),
        (
            "t.csv",
            "Listener,Target group,Target port,Target\n" + "x\n" * 1_000_000,
            "has more than 65,535 rows, and there are no more listener ports",
        ),
        ("t.csv", "," * 9_000_000, "is not CSV"),
        ("t.csv", '"' * 9_000_000, "is not CSV"),
        ("t.md", "|" * 9_000_000, "has no table"),
        ("t.md", "|a\n" + "|-" * 4_000_000, "has no table"),
        ("t.md", "|a|\n|-|\n" * 100_000, "has no column that is understood as the listener port"),
    ],
    ids=range(19),
)
def test_bounded_time_and_memory(tmp_path, name, content, sentence):
    """In a process of its own, since a crash of the interpreter is one of the things that must not be."""
    path = tmp_path / name
    path.write_text(content)
    code = (
        "import sys; from pathlib import Path; from nlbcheck.relays import load\n"
        "from nlbcheck.errors import InputError\n"
        "try: load(Path(sys.argv[1]))\n"
        "except InputError as error: print(error)"
    )
    gigabyte = 1 << 30

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (gigabyte, gigabyte))
        resource.setrlimit(resource.RLIMIT_CPU, (15, 15))

    run = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        preexec_fn=limit,
    )
    assert sentence in run.stdout
    assert len(run.stdout) < 25_000
    assert run.stderr == ""


def test_a_billion_laughs_are_not_laughed(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text(LAUGHS + "mappings: *a10\n")
    assert "has more than 250,000 values" in error_of(path)  # else memory ends first


@given(content=st.binary(max_size=200), suffix=st.sampled_from([".yaml", ".json", ".csv", ".md"]))
def test_junk_is_an_error_and_nothing_else(tmp_path_factory, content, suffix):
    path = tmp_path_factory.getbasetemp() / f"junk{suffix}"
    path.write_bytes(content)
    error_of(path)


@given(
    content=st.text(st.sampled_from("-:[]{},\"'|>&*!?#%@`\n \t\r\\aλ0~.\u2028"), max_size=60),
    suffix=st.sampled_from([".yaml", ".json", ".csv", ".md"]),
)
def test_punctuation_is_an_error_and_nothing_else(tmp_path_factory, content, suffix):
    path = tmp_path_factory.getbasetemp() / f"junk{suffix}"
    path.write_bytes(content.encode())
    error_of(path)
