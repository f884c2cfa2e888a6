# ruff: noqa: E501, ISC004 - one case a line
"""Do fingerprints get into a YAML table, and nothing else change in it?"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck import locking
from nlbcheck.errors import InputError
from nlbcheck.model import HostKey
from nlbcheck.relays import Table, load
from nlbcheck.relays.pin import Pinned, pin, pinnable
from tests.relays.build import FINGERPRINT, OTHER_FINGERPRINT, SAMPLES, fingerprints

PIN = re.compile(r'(, |\r?\n *)?expect: \{host_key: (?:"[^"]*"|\[[^\]]*\])\}')


def undone(text: str) -> Iterator[str]:
    """Every text that pinning may have made ``text`` of."""
    match = PIN.search(text)
    if match is None:
        yield text
        return
    head = text[: match.start()]
    for tail in undone(text[match.end() :]):
        yield head + tail
        yield f"{head}{match[1] or ''}expect: {{}}{tail}"


def table_of(path: Path) -> Table:
    table = load(path)
    return replace(table, rows=tuple(replace(row, place="") for row in table.rows))


comments = st.sampled_from(["", "  # a comment", "   # – ü 𝒳 ' \" {"])
blanks = st.sampled_from(["", "\n", "  # between\n", "\n# at the margin\n\n"])


@st.composite
def written_rows(draw, listener):
    """One row without pinned keys, in one of the ways people write it."""
    c = [draw(comments) for _ in range(4)]
    target = draw(st.sampled_from(["x", "'x y'", '"a \\u00fc, b}"', "10.0.0.1", "𝒳-1"]))
    group = draw(st.sampled_from(["tg", '"tg"', "𝒳"])).strip()
    group = group[:-1] + f'-{listener}"' if group.endswith('"') else f"{group}-{listener}"
    expect = draw(st.sampled_from(["", "expect: {}"]))
    block = [
        f"listener: TCP:{listener}{c[0]}", f"target_group: {group}{c[1]}", f"target_port: 22{c[2]}",
        f"target: {target}{c[3]}",
    ]  # fmt: skip
    if expect:
        block.insert(draw(st.integers(0, 4)), expect)
    flow = [f"listener: {listener}", f"target_group: {group}", "target_port: 22", f"target: {target}", expect]
    flow = [part for part in flow if part]
    style = draw(st.sampled_from(["block", "own line", "flow", "flow lines", "trailing comma", "anchor"]))
    return {
        "block": "  - " + "\n    ".join(block),
        "own line": "  -\n      " + "\n      ".join(block),
        "anchor": "  - &r\n    " + "\n    ".join(block),
        "flow": "  - {" + ", ".join(flow) + "}" + c[0],
        "flow lines": "  - {" + ",\n     ".join(flow) + "\n    }",
        "trailing comma": "  - { " + ", ".join(flow) + ",  }",
    }[style] + "\n"  # fmt: skip


@st.composite
def files(draw):
    """A YAML table as text, and which of its rows get which fingerprints."""
    listeners = draw(st.lists(st.integers(1, 65535), min_size=1, max_size=4, unique=True))
    text = draw(blanks) + "mappings:\n"
    for listener in listeners:
        text += draw(written_rows(listener)) + draw(blanks)
    text += draw(st.sampled_from(["", "region: eu-west-1\n", "# the end"]))
    if draw(st.booleans()):
        text = text.rstrip("\n")
    pins = draw(
        st.dictionaries(
            st.sampled_from(range(len(listeners))), st.lists(fingerprints, min_size=1, max_size=3), min_size=1
        )
    )
    ending, bom = draw(st.sampled_from(["\n", "\r\n"])), draw(st.sampled_from(["", "\ufeff"]))
    return bom + text.replace("\n", ending), pins


@settings(max_examples=100)
@given(file=files())
def test_pinned_keys_are_in_the_table_and_all_else_is_as_before(tmp_path_factory, file):
    text, by_place = file
    path = tmp_path_factory.getbasetemp() / "pinned.yaml"
    path.write_bytes(text.encode())
    before = table_of(path)
    pins = {before.rows[place].name: keys for place, keys in by_place.items()}

    assert pin(path, pins).count == len(pins)

    keys = {name: tuple(map(HostKey, written)) for name, written in pins.items()}
    assert table_of(path) == replace(
        before,
        rows=tuple(
            replace(row, spec=replace(row.spec, host_keys=keys.get(row.name, ()))) for row in before.rows
        ),
    )
    after = path.read_bytes().decode()
    assert text in undone(after)
    assert pin(path, pins).count == 0
    assert path.read_bytes().decode() == after


def test_the_sample(tmp_path):
    path = tmp_path / "nlbcheck.yaml"
    path.write_text((SAMPLES / "nlbcheck.yaml").read_text())
    keys = {"tg-10022": [FINGERPRINT], "tg-20022": [f"ssh-rsa {FINGERPRINT}", OTHER_FINGERPRINT]}
    assert pin(path, keys) == Pinned(2)
    lines = path.read_text().splitlines()
    assert lines[22:28] == [
        "  - listener: TCP:10022",
        "    target_group: tg-10022",
        "    target_port: TCP:22",
        "    target: TargetServer1",
        f'    expect: {{host_key: "{FINGERPRINT}"}}',
        "",
    ]
    assert lines[38] == f'    expect: {{host_key: ["ssh-rsa {FINGERPRINT}", "{OTHER_FINGERPRINT}"]}}'
    assert pin(path, {"tg-10022": [OTHER_FINGERPRINT]}).count == 0


def test_mode_and_link_are_kept_and_nothing_is_left_beside(tmp_path):
    real = tmp_path / "real.yaml"
    real.write_text("[{listener: 1, target_group: a, target_port: 22, target: x}]\n")
    real.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(real.name)
    assert pin(link, {"a": [FINGERPRINT]}).count == 1
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert FINGERPRINT in real.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "real.yaml"]


@pytest.mark.parametrize(
    ("text", "pins", "problem"),
    [
        ("[{listener: 1, target_group: a, target_port: 22, target: x}]", {"b": [FINGERPRINT]}, "t.yaml: 'b' is not a row of the table"),
        (
            "[{listener: 1, target_group: a, target_port: 22, target: x}]",
            {"a": ["SHA256:x"]},
            "'SHA256:x' is not a host key such as 'SHA256:' and 43 characters, or 'ssh-ed25519 AAAA…'",
        ),
        (
            "[{listener: 1, target_group: a, target_port: 80, target: x}]",
            {"a": [FINGERPRINT]},
            "t.yaml: cannot be edited safely, nothing was written; pin by hand, as 'expect: {host_key: …}': "
            f"a (line 1) {FINGERPRINT}",
        ),
        (
            "- {listener: 1, target_group: a, target_port: 22, target: x, expect: &e {}}\n"
            "- {listener: 2, target_group: b, target_port: 22, target: y, expect: *e}\n",
            {"b": [FINGERPRINT]},
            "t.yaml: cannot be edited safely, nothing was written; pin by hand, as 'expect: {host_key: …}': "
            f"b (line 2) {FINGERPRINT}",
        ),
        ("[]", {}, "t.yaml:1: mappings: has no rows"),
    ],
)  # fmt: skip
def test_what_cannot_be_pinned(tmp_path, monkeypatch, text, pins, problem):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "t.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        pin(path.relative_to(tmp_path), pins)
    assert str(caught.value) == problem
    assert path.read_text() == text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_a_table_that_may_not_be_written_is_told_before_the_probes(tmp_path):
    table = tmp_path / "t.yaml"
    table.write_text("[{listener: 1, target_group: a, target_port: 22, target: 127.0.0.1}]\n")
    probing = f"{sys.executable} -m nlbcheck probe --pin -m {table} --static-ip 127.0.0.1"
    script = f"mount --bind {table} {table} && mount -o remount,ro,bind {table} && exec {probing}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"nlbcheck: {table}: is read-only, no host key can be pinned in it\n"


def test_only_yaml_can_be_pinned(tmp_path):
    with pytest.raises(InputError, match="host keys can be pinned in YAML tables only"):
        pin(tmp_path / "t.csv", {})


ROWS = "".join(
    f"- {{listener: {number}, target_group: g{number}, target_port: 22, target: x}}\n"
    for number in range(1, 9)
)

PINNING = """
import sys
from pathlib import Path
from nlbcheck.relays.pin import pin, pinnable
path, name, key = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
before = pinnable(path)
print(flush=True)
sys.stdin.read(1)
print(pin(path, {name: [key]}, before).count, flush=True)
"""


@pytest.mark.parametrize("how", ["itself", "hard link"])
def test_what_many_processes_pin_at_once_is_all_there(tmp_path: Path, how: str) -> None:
    """Each says how many rows it pinned; what it said is so."""
    for number in range(2):
        path = tmp_path / f"{number}.yaml"
        path.write_text(ROWS)
        files = [path] * 8
        if how == "hard link":
            for index in range(8):
                (tmp_path / f"{number}-{index}").mkdir()
                files[index] = tmp_path / f"{number}-{index}" / "other.yaml"
                files[index].hardlink_to(path)
        running = [
            subprocess.Popen(
                [sys.executable, "-c", PINNING, file, f"g{index}", FINGERPRINT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for index, file in enumerate(files, 1)
        ]
        for process in running:
            assert process.stdout
            process.stdout.readline()
        for process in running:
            assert process.stdin
            process.stdin.write("!")
            process.stdin.flush()
        said = [process.communicate()[0].strip() for process in running]
        assert said == ["1"] * 8
        assert [len(row.spec.host_keys) for row in load(path).rows] == [1] * 8


@pytest.mark.parametrize(
    ("old", "new", "edited"),
    [
        ("listener: 1,", "listener: 11,", ("g1",)),
        ("target: x}\n- {listener: 2", "target: y}\n- {listener: 2", ("g1",)),
        ("target_group: g1", "target_group: g9", ("g1",)),
        ("target: x}\n- {listener: 2", 'target: x, expect: {host_key: "%s"}}\n- {listener: 2', ()),
        ("- {listener: 3", "# a remark\n- {listener: 3", ()),
    ],
)
def test_a_row_that_is_edited_meanwhile_is_not_pinned(
    tmp_path: Path, old: str, new: str, edited: tuple[str, ...]
) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(ROWS)
    before = pinnable(path)
    path.write_text(ROWS.replace(old, new.replace("%s", OTHER_FINGERPRINT), 1))
    done = pin(path, {"g1": [FINGERPRINT], "g5": [FINGERPRINT]}, before)
    assert done == Pinned(1 + ("remark" in new), edited)
    keys = {row.name: [key.fingerprint for key in row.spec.host_keys] for row in load(path).rows}
    assert keys["g5"] == [FINGERPRINT]
    assert FINGERPRINT not in keys.get("g1", []) or "remark" in new


def test_a_file_system_that_locks_nothing_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuses)
    path = tmp_path / "t.yaml"
    path.write_text(ROWS)
    assert pin(path, {"g1": [FINGERPRINT]}).count == 1


def test_who_does_not_let_go_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "_PATIENCE", 0.2)
    path = tmp_path / "t.yaml"
    path.write_text(ROWS)
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with pytest.raises(InputError, match="is locked by another program"):
        pin(path, {"g1": [FINGERPRINT]})
    os.close(folder)
    assert pin(path, {"g1": [FINGERPRINT]}).count == 1
