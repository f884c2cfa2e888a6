"""Which SSH server is meant, and as whom does one log in there?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from nlbcheck.errors import InputError
from nlbcheck.escape import printable

_WRITTEN = re.compile(
    r"(?:ssh://)?(?:(?P<user>[^@]*)@)?(?:\[(?P<bracketed>[^\]]*)\]|(?P<host>[^:/]*))(?::(?P<port>\d{1,5}))?/?"
)
_HOST = re.compile(r"[A-Za-z0-9_.:%][A-Za-z0-9_.:%-]*")
_USER = re.compile(r"[^\s\x00-\x1f'\"`$\\;&<>|(){}:@/-][^\s\x00-\x1f'\"`$\\;&<>|(){}:@/]*")
"""Both may end up in a command of ssh_config (``ProxyCommand``), so a shell's own characters are refused."""


@dataclass(frozen=True, slots=True)
class Destination:
    """An SSH server as its user names it: a name of ssh_config, a host name, or an address."""

    host: str
    user: str | None = None
    """None: as ssh_config says, else as one is called here."""
    port: int | None = None
    """None: as ssh_config says, else 22."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what ``ssh://[user@]host[:port]`` means; ``ssh://`` may be left out.

        Raises InputError for anything else. A password in it is refused, and not repeated.
        """
        found = _WRITTEN.fullmatch(text)
        expected = "expected ssh://[user@]host[:port]"
        if not found:
            raise InputError(f"{printable(text.rpartition('@')[2])}: {expected}")
        host = found["bracketed"] if found["bracketed"] is not None else found["host"]
        user, port = found["user"], int(found["port"]) if found["port"] else None
        if user is not None and ":" in user:
            raise InputError(f"{printable(host)}: {expected}, without a password: nlbcheck logs in by keys")
        if not _HOST.fullmatch(host):
            raise InputError(f"{printable(text)}: {expected}, with the name or the address of a host")
        if user is not None and not _USER.fullmatch(user):
            raise InputError(f"{printable(text)}: {expected}, with the name of a user")
        if port is not None and not 0 < port < 65536:
            raise InputError(f"{printable(text)}: {expected}, with a port from 1 to 65535")
        return cls(host, user, port)

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ssh://{user}{host}{f':{self.port}' if self.port else ''}"
