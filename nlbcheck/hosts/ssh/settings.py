"""How is an SSH server reached, and what is one logged in with, by the user's files?"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from nlbcheck.errors import InputError
from nlbcheck.escape import printable, shortened
from nlbcheck.hosts.ssh.config_file import Options, options, user_name
from nlbcheck.hosts.ssh.destination import Destination

_PATIENCE = 10.0
"""Seconds to connect in where ssh_config has no ``ConnectTimeout``."""
_LONGEST = 86_400
"""Seconds that ``ConnectTimeout`` may have; a clock of the system takes no number of any size."""
_KEY_FILES = ("id_rsa", "id_ecdsa", "id_ed25519")
_KNOWN_HOSTS = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
_GLOBAL_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What holds for one server, by what was asked for and by ssh_config."""

    host: str
    """What is connected to."""
    port: int
    user: str
    alias: str | None
    """The name under which its host key is looked up, where that is another."""
    key_files: tuple[Path, ...]
    """Private keys, in the order in which they are tried; some may not be there."""
    certificate_files: tuple[Path, ...]
    only_these_keys: bool
    """Whether the agent's other keys are left alone."""
    agent: Path | None
    """The socket of the agent."""
    known_hosts: tuple[Path, ...]
    """The user's files first: new keys go into the first of them."""
    trusts_new: bool
    """Whether the user has said that keys that nobody knows will do."""
    jumps: tuple[Destination, ...]
    """The servers on the way, nearest first."""
    proxy_command: str | None
    patience: float
    """Seconds to connect in."""

    @property
    def named(self) -> str:
        """What errors call the server."""
        return f"the SSH server {printable(self.host)}, port {self.port}"

    @property
    def known_as(self) -> str:
        """The name of the server in files of known hosts."""
        if self.alias:
            return self.alias
        return self.host.lower() if self.port == 22 else f"[{self.host.lower()}]:{self.port}"


def settings_of(to: Destination) -> ServerSettings:
    """Return what holds for a server; raises InputError where ssh_config says what cannot be."""
    said = options(to)
    jumps, command = _way(said)
    named = said.get("identityfile")
    keys = [Path(name) for name in named if name != "none"] if isinstance(named, list) else []
    strict = (_text(said, "stricthostkeychecking") or "ask").lower()
    return ServerSettings(
        host=_text(said, "hostname") or to.host,
        port=_number(said, "port", 22, range(1, 65536)),
        user=_text(said, "user") or user_name(),
        alias=_text(said, "hostkeyalias"),
        key_files=tuple(map(_path, keys or [Path("~/.ssh", name) for name in _KEY_FILES])),
        certificate_files=_paths(_text(said, "certificatefile") or ""),
        only_these_keys=(_text(said, "identitiesonly") or "no").lower() == "yes",
        agent=_agent(_first(_text(said, "identityagent")) or "SSH_AUTH_SOCK"),
        known_hosts=_paths(_text(said, "userknownhostsfile") or _KNOWN_HOSTS)
        + _paths(_text(said, "globalknownhostsfile") or _GLOBAL_KNOWN_HOSTS),
        trusts_new=strict in ("no", "off", "accept-new"),
        jumps=jumps,
        proxy_command=command,
        patience=float(_number(said, "connecttimeout", int(_PATIENCE), range(_LONGEST + 1)) or _PATIENCE),
    )


def _way(said: Options) -> tuple[tuple[Destination, ...], str | None]:
    """Return the servers to jump over, or the command to go through: whichever was said first holds."""
    for key in said:
        value = said[key]
        if key == "proxyjump" and isinstance(value, str):
            names = [] if value.lower() == "none" else value.split(",")
            return tuple(Destination.parse(name.strip()) for name in names), None
        if key == "proxycommand":
            return (), value if isinstance(value, str) else None
    return (), None


def _text(said: Options, key: str) -> str | None:
    value = said.get(key)
    return value if isinstance(value, str) else None


def _first(text: str | None) -> str | None:
    return next(iter(shlex.split(text or "")), None)


def _number(said: Options, key: str, default: int, allowed: range) -> int:
    text = _text(said, key) or str(default)
    is_short = text.isascii() and text.isdigit() and len(text) < 20
    if not is_short or int(text) not in allowed:
        raise InputError(
            f"ssh_config, {key}: expected a number from {allowed[0]} to {allowed[-1]}, found "
            f"{shortened(printable(text), 60)}"
        )
    return int(text)


def _agent(named: str) -> Path | None:
    if named.lower() == "none":
        return None
    if named == "SSH_AUTH_SOCK" or named.startswith("$"):
        named = os.environ.get(named.strip("${}"), "")
    return _path(Path(named)) if named else None


def _paths(names: str) -> tuple[Path, ...]:
    return tuple(_path(Path(name)) for name in shlex.split(names) if name.lower() != "none")


def _path(path: Path) -> Path:
    return Path(os.path.expandvars(os.path.expanduser(path)))  # noqa: PTH111 (as it is for nobody's)
