"""Do real shells propose rows, targets, findings, faults and formats, and nothing that they would run?"""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import nlbcheck

TABLE = """\
static_ips: [127.0.0.1]
targets: {web: 127.0.0.2, shell: 127.0.0.3}
mappings:
  - {listener: "TCP:10022", target_group: tg-10022, target_port: 22, target: shell}
  - {listener: "TCP:10080", target_group: tg-10080, target_port: 80, target: web}
  - {listener: "TCP:10081", target_group: "tg-$(touch owned)", target_port: 80, target: web}
  - {listener: "TCP:10082", target_group: "tg-a b", target_port: 80, target: web}
"""
SHELLS = ("bash", "zsh", "fish")
CASES = {
    "nlbcheck pro": {"probe"},
    "nlbcheck probe tg-": {"tg-10022", "tg-10080"},
    "nlbcheck probe tg-10022 tg-": {"tg-10080"},
    "nlbcheck probe -m other.yaml tg-": {"tg-1"},
    "nlbcheck diagnose 1008": {"10080", "10081", "10082"},
    "nlbcheck snapshot file.json tg-": {"tg-10022", "tg-10080"},
    "nlbcheck probe --target s": {"shell="},
    "nlbcheck probe -f ju": {"junit"},
    "nlbcheck probe --ssh": {"--ssh-banner-only"},
    "nlbcheck explain nacl-": {"nacl-denies", "nacl-narrow-ephemeral"},
    "nlbcheck lab run --fault target-sg-o": {"target-sg-one-node", "target-sg-open"},
    "nlbcheck completion z": {"zsh"},
    "nlbcheck probe -m broken.yaml tg-": set(),
    "nlbcheck probe -m missing.yaml tg-": set(),
    "nlbcheck diagnose -m relays tokyo/": {"tokyo/tg-1"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "nlbcheck.yaml").write_text(TABLE)
    (tmp_path / "other.yaml").write_text(
        'static_ips: [127.0.0.1]\nmappings: [{listener: "TCP:1", target_group: tg-1, target_port: 1, '
        "target: 127.0.0.1}]\n"
    )
    (tmp_path / "broken.yaml").write_text("mappings: [")
    (tmp_path / "relays").mkdir()
    for name in ("tokyo", "osaka"):
        text = f"load_balancer: {name}\n{(tmp_path / 'other.yaml').read_text()}"
        (tmp_path / "relays" / f"{name}.yaml").write_text(text)
    for shell in SHELLS:
        done = nlbcheck("completion", shell)
        assert (done.returncode, done.stderr) == (0, "")
        (tmp_path / f"script.{shell}").write_text(done.stdout)
    return tmp_path


def _environment() -> dict[str, str]:
    found = {key: value for key, value in os.environ.items() if key != "NLBCHECK_MAPPING"}
    return found | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "TERM": "dumb"}


def _in_bash(folder: Path, line: str) -> set[str]:
    words = " ".join(f"'{word}'" for word in line.split(" "))
    asked = (
        f"source script.bash; COMP_WORDS=({words}); COMP_CWORD={line.count(' ')}; "
        "_nlbcheck_completion nlbcheck; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    return _asked(folder, "bash", "--norc", "-c", asked)


def _in_fish(folder: Path, line: str) -> set[str]:
    return _asked(folder, "fish", "--no-config", "-c", f"source script.fish; complete -C '{line}'")


def _asked(folder: Path, *command: str) -> set[str]:
    done = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    return {found.split("\t")[0] for found in done.stdout.splitlines() if found}


@pytest.mark.parametrize("line", CASES)
def test_bash_proposes(folder: Path, line: str) -> None:
    assert _in_bash(folder, line) == CASES[line]
    assert not (folder / "owned").exists()


@pytest.mark.parametrize("line", ["nlbcheck probe tg-", "nlbcheck explain nacl-", "nlbcheck probe -f ju"])
def test_fish_proposes(folder: Path, line: str) -> None:
    assert _in_fish(folder, line) == CASES[line]
    assert not (folder / "owned").exists()


@pytest.fixture
def zsh(folder: Path) -> Iterator[int]:
    """A zsh at a terminal, with the script loaded."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe("zsh", ["zsh", "-f", "-i"], _environment())
    ready = b"autoload -U compinit; compinit -u -D; source script.zsh; print rea''dy\n"
    os.write(terminal, ready)
    assert "ready\r\n" in _until(terminal, "ready\r\n")
    yield terminal
    os.write(terminal, b"\x03\x04")
    os.close(terminal)
    os.waitpid(child, 0)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("nlbcheck explain sg-de", "sg-denies"),
        ("nlbcheck probe tg-100", "TCP:10080 to TCP:80"),
        ("nlbcheck probe --target sh", "shell="),
    ],
)
def test_zsh_proposes(zsh: int, typed: str, shown: str) -> None:
    os.write(zsh, f"{typed}\t".encode())
    assert shown in _until(zsh, shown)


def _until(terminal: int, wanted: str) -> str:
    """Return what a terminal shows, up to what is waited for or a minute's end."""
    seen = ""
    end = time.monotonic() + 60
    while wanted not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 4096).decode(errors="replace")
    return seen


def test_another_shell_is_refused() -> None:
    done = nlbcheck("completion", "csh")
    assert done.returncode == 2
    assert "'csh' is not one of 'bash', 'zsh', 'fish'" in done.stderr
