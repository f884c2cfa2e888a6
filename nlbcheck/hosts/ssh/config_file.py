"""What do a user's and a machine's ssh_config say of one host, with the files that they include?"""

from __future__ import annotations

import getpass
import glob
import importlib
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from nlbcheck import contents
from nlbcheck.errors import InputError
from nlbcheck.hosts.ssh.destination import Destination
from nlbcheck.lean_paramiko import paramiko

_SYSTEM = Path("/etc/ssh")
_DEEPEST = 16
_MOST_FILES = 1000
_LARGEST = 1 << 20
_OF_ALL = "Host *"
_LINE = re.compile(r"\s*(\w+)(?:\s*=\s*|\s+)(.*)")
_COMMENT = re.compile(r"\s#")
_PATHS = ("certificatefile", "userknownhostsfile", "globalknownhostsfile", "identityagent")

Options = Mapping[str, str | list[str] | None]
"""What ssh_config says, by option in lower case, in the order in which it was said."""


class _Config(paramiko.SSHConfig):
    """ssh_config with the tokens of more options than paramiko expands."""

    def __init__(self) -> None:
        super().__init__()
        known = self.TOKENS_BY_CONFIG_KEY
        self.TOKENS_BY_CONFIG_KEY = {
            **known,
            "proxycommand": [*known["proxycommand"], "%n"],
            **dict.fromkeys(_PATHS, known["identityfile"]),
        }


def options(to: Destination, system: Path = _SYSTEM) -> Options:
    """Return what ``~/.ssh/config`` and ``/etc/ssh/ssh_config`` say of a host, first what was said first.

    What ``to`` itself says goes before both. Raises InputError for a file that cannot be read or understood.
    """
    own = [f"User {to.user}"] if to.user else []
    own += [f"Port {to.port}"] if to.port else []
    user = _Reading(home() / ".ssh")
    own += user.lines(user.folder / "config")
    lines = [*own, _OF_ALL, *_Reading(system).lines(system / "ssh_config")]
    try:
        return _Config.from_text("\n".join(lines)).lookup(to.host)
    except Exception as error:  # whatever paramiko's parser makes of a file
        raise InputError(f"the ssh_config files, read for {to}: {error}") from error


def home() -> Path:
    """Return the user's home; of a user without any, as in many a container, a folder that is not there."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def user_name() -> str:
    """Return what this user is called, which is a number where nobody has given it a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


class _Named:
    """What paramiko needs of getpass, for users without a name, too."""

    getuser = staticmethod(user_name)


class _Reading:
    """One file of ssh_config, with all that it includes: no more files than anyone has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Where included files are sought that are not named from the root."""
        self._count = 0

    def lines(self, file: Path, depth: int = 0) -> Iterator[str]:
        """Yield the lines of a file, with those of the files that it includes in their places."""
        block = _OF_ALL
        for line in self._text(file).splitlines():
            keyword, value = _said(line)
            if keyword in ("host", "match"):
                block = line
            if keyword == "include":
                included = [one for name in _words(value, file) for one in self._included(name, depth)]
                if block != _OF_ALL and any(_said(one)[0] in ("host", "match") for one in included):
                    raise InputError(
                        f"{file}: {line.strip()}: expected no Host or Match in a file that is included in one"
                    )
                yield from (*included, block)
            elif keyword in _PATHS:
                yield f"{keyword} {shlex.join(_words(value, file))}"
            else:
                yield line if keyword == "proxycommand" else _without_comment(line)

    def _text(self, file: Path) -> str:
        self._count += 1
        if self._count > _MOST_FILES:
            raise InputError(f"{self.folder}: ssh_config includes files more than {_MOST_FILES} times")
        try:
            text = contents.read(file, _LARGEST).decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise InputError(f"{file}: ssh_config cannot be read: {error.strerror}") from None
        if "\0" in text:
            raise InputError(f"{file}: ssh_config holds a NUL character: expected text")
        return text

    def _included(self, name: str, depth: int) -> Iterator[str]:
        if depth == _DEEPEST:
            raise InputError(f"{self.folder}: ssh_config files include each other more than {_DEEPEST} deep")
        pattern = Path(os.path.expanduser(name))  # noqa: PTH111 (which leaves an unknown user's as it is)
        pattern = pattern if pattern.is_absolute() else self.folder / pattern
        for found in sorted(glob.glob(str(pattern))):  # noqa: PTH207 (which takes ** for a whole tree)
            yield from self.lines(Path(found), depth + 1)


def _without_comment(line: str) -> str:
    before, quote, after = line.rpartition('"')
    return before + quote + _COMMENT.split(after, maxsplit=1)[0]


def _words(value: str, file: Path) -> list[str]:
    try:
        return shlex.split(value, comments=True)
    except ValueError as error:
        raise InputError(f"{file}: ssh_config has a line that ends too early: {error}") from None


def _said(line: str) -> tuple[str, str]:
    found = _LINE.fullmatch(line)
    return (found[1].lower(), found[2].strip()) if found else ("", "")


class _Commands:
    """What paramiko needs of invoke, to run the commands of ``Match exec``."""

    def __init__(self, ok: bool = False) -> None:
        self.ok = ok

    def run(self, command: str, **_wanted: object) -> _Commands:
        """Run a command in a shell, as ssh does, and tell whether it succeeds."""
        done = subprocess.run(
            ["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
        )
        return _Commands(done.returncode == 0)


vars(importlib.import_module("paramiko.config"))["invoke"] = _Commands()
vars(importlib.import_module("paramiko.config"))["getpass"] = _Named
