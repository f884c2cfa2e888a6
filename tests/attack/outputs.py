"""Outputs at places of every kind: what was there is whole afterwards, and what is read is untouched."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.attack import Attempt
from tests.cli.relay import SNAPSHOT, TABLE, aws, called

NAME = "outputs at devices, links, folders, full disks and ends by signals"

_OLD = b"what was there\n"
_TRACE = ("trace", "--from", "192.168.1.214", "--to", "172.31.128.10:10022", "-q", "--snapshot", "{snapshot}")
_CHECK = ("mapping", "check", "-q", "-m", "{table}", "--snapshot", "{snapshot}")
_IMPORT = ("mapping", "import", "--load-balancer", "example-nlb", "-q", "--force", "--snapshot", "{snapshot}")
_DIAGNOSE = ("diagnose", "--all", "-q", "-m", "{table}", "--snapshot", "{snapshot}")
_PROBED = ("tg-10022", "-q", "--static-ip", "127.0.0.1", "-m", "{table}")
_PROBE = ("probe", *_PROBED)
_SMOKE = ("smoke", *_PROBED, "--wait", "0", "--settle", "0", "--steady", "1")
_SNAPSHOT = ("snapshot", "{out}", "-q", "-m", "{table}")
_COMMANDS: tuple[tuple[str, ...], ...] = (
    (*_PROBE, "-o", "{out}"),
    (*_PROBE, "-f", "json:{out}", "-f", "html:{other}"),
    (*_SMOKE, "-o", "{out}"),
    (*_SMOKE, "-f", "junit:{out}", "--baseline", "{report}"),
    _SNAPSHOT,
    ("snapshot", "{out}", "--probe", *_PROBED),
    ("export", "prometheus", "{folder}", "-q", "-m", "{table}"),
    (*_TRACE, "-m", "{table}", "-o", "{out}"),
    (*_CHECK, "-o", "{out}"),
    (*_IMPORT, "-o", "{out}"),
    (*_DIAGNOSE, "-o", "{out}"),
    (*_DIAGNOSE, "-f", "json:{out}", "-f", "table"),
    (*_DIAGNOSE, "-f", "junit:{out}", "-f", "html:{other}"),
    (*_DIAGNOSE, "-f", "table", "--fix-script", "{out}"),
    ("report", "show", "{report}", "-f", "markdown:{out}"),
    ("report", "merge", "{report}", "-o", "{out}"),
    ("report", "diff", "{report}", "{report}", "-o", "{out}"),
)
_KILLED = (
    (*_DIAGNOSE, "-v", "-f", "json:{out}"),
    (*_PROBE, "-f", "json:{out}"),
    (*_SMOKE, "-f", "json:{out}"),
    _SNAPSHOT,
)
_READ = ("table", "snapshot", "report")
_OUT = "nlbcheck.rules.yml"
"""The name of what is written, which is that of a file of an export."""

_FILES = ("a file", "a read-only file", "a hard link", "a symbolic link", "the other output")
_LINKS = {
    "a link to nothing": "nothing",
    "a link to itself": _OUT,
    "a full device": "/dev/full",
    "a device": "/dev/null",
    "stdout": "/dev/stdout",
    "a symbolic link": "kept",
    **{f"the {name}, symbolic": name for name in _READ},
}
_HARD = {"a hard link": "kept", "the other output": "other", **{f"the {name}, hard": name for name in _READ}}
_PLACES = sorted({"nothing", "a folder", *_FILES, *_LINKS, *_HARD})


def _make(place: str, out: Path) -> None:
    """Make what an output meets, in a folder with the files that a command reads."""
    if place in _FILES:
        for name in ("kept", "other"):
            out.with_name(name).write_bytes(_OLD)
    if place in _LINKS:
        out.symlink_to(_LINKS[place])
    elif place in _HARD:
        out.hardlink_to(out.with_name(_HARD[place]))
    elif place == "a folder":
        out.mkdir()
    elif place in _FILES:
        out.write_bytes(_OLD)
        out.chmod(0o444 if place == "a read-only file" else 0o604)


def attack(tries: int, seed: int) -> Iterator[Attempt]:
    """Yield each command with its output, and how that went."""
    with tempfile.TemporaryDirectory() as folder, aws() as (_, env):
        report = Path(folder, "report")
        called("diagnose", "--all", "-q", "-m", TABLE, "--snapshot", SNAPSHOT, "-f", f"json:{report}")
        for number in range(tries):
            chance = random.Random(f"outputs {seed} {number}")
            room = Path(folder, str(number))
            room.mkdir()
            how = _killed if number % 4 == 3 else _written
            yield how(chance, room, report, env)


def _furnished(room: Path, report: Path) -> dict[str, bytes]:
    """Put the files that commands read into a folder, and return what they hold."""
    held = dict(zip(_READ, (TABLE.read_bytes(), SNAPSHOT.read_bytes(), report.read_bytes()), strict=True))
    for name, content in held.items():
        (room / name).write_bytes(content)
    (room / "table").rename(room / "table.yaml")
    (room / "table").hardlink_to(room / "table.yaml")
    return held


def _words(words: tuple[str, ...], room: Path) -> list[str]:
    paths = {name: str(room / name) for name in (*_READ, "other")}
    paths |= {"out": str(room / _OUT), "folder": str(room)}
    return [word.format(**{**paths, "table": str(room / "table.yaml")}) for word in words]


def _written(chance: random.Random, room: Path, report: Path, env: Mapping[str, str]) -> Attempt:
    """Let a command write to a place of some kind."""
    held = _furnished(room, report)
    words = chance.choice(_COMMANDS)
    # An export to stdout would be printed: of files in a folder none is taken for this process's stdout.
    place = chance.choice([name for name in _PLACES if name != "stdout" or "{out}" in words])
    _make(place, room / _OUT)
    held = {name: content for name, content in held.items() if f"{{{name}}}" in words}
    done = called(*_words(words, room), env=env)
    fault = _damage(room, held)
    if "Traceback" in done.stderr or done.returncode not in (0, 1, 2, 3):
        fault = f"status {done.returncode}: {done.stderr[-200:]}"
    return Attempt(f"{' '.join(words[:2])} … to {place}", fault)


def _killed(chance: random.Random, room: Path, report: Path, env: Mapping[str, str]) -> Attempt:
    """End a command by a signal while it may be writing over an old report."""
    held = _furnished(room, report)
    out = room / _OUT
    out.write_bytes(_OLD)
    number = chance.choice((signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT))
    words = _words(chance.choice(_KILLED), room)
    with subprocess.Popen(
        [sys.executable, "-m", "nlbcheck", *words],
        stderr=subprocess.PIPE,
        cwd=room,
        env={**os.environ, **env},
    ) as running:
        time.sleep(chance.uniform(0.3, 2.5))
        running.send_signal(number)
        said = running.communicate()[1]
    fault = _damage(room, held)
    if b"Traceback" in said:
        fault = said.decode()[-200:]
    elif (content := out.read_bytes()) != _OLD and not _is_report(content):
        fault = f"half a report, {len(content)} bytes"
    return Attempt(f"{number.name} at {' '.join(words[:2])} …", fault)


def _is_report(content: bytes) -> bool:
    try:
        written = json.loads(content)
        return bool(written.get("mappings") or written.get("answers"))
    except ValueError:
        return False


def _damage(room: Path, held: Mapping[str, bytes]) -> str | None:
    """Say what of a folder is lost, or left in it."""
    for name, content in held.items():
        if (room / name).read_bytes() != content:
            return f"the {name} was written over"
    left = [path.name for path in room.iterdir() if path.name.startswith(".nlbcheck-")]
    kept = room / "kept"
    if kept.exists() and not kept.stat().st_size:
        return "what was there is empty"
    return f"{left} is left" if left else None
