"""Does an SSH server show the key that its user's files of known hosts have for it?"""

from __future__ import annotations

import re
import shlex
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nlbcheck import contents
from nlbcheck.errors import InputError, UnseenError
from nlbcheck.escape import printable
from nlbcheck.host_keys import KEY_TYPES, fingerprint
from nlbcheck.hosts.ssh.certificates import certified, signer
from nlbcheck.hosts.ssh.config_file import home
from nlbcheck.hosts.ssh.settings import ServerSettings
from nlbcheck.lean_paramiko import paramiko

_CERTIFIED = "-cert-v01@openssh.com"
_AUTHORITY, _REVOKED = "@cert-authority", "@revoked"
_LARGEST = 1 << 24


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One line of a file of known hosts."""

    names: str
    """Patterns separated by commas, or one hashed name."""
    key_type: str
    key: bytes
    marker: str
    """``@cert-authority``, ``@revoked``, or empty."""
    place: str
    """The file and the number of the line."""

    def fits(self, name: str) -> bool:
        """Return whether the line is about the server that is known by ``name``."""
        if self.names.startswith("|1|"):
            with suppress(ValueError, AssertionError, IndexError):
                return paramiko.HostKeys.hash_host(name, self.names) == self.names
            return False
        patterns = self.names.lower().split(",")
        if any(_like(pattern[1:], name) for pattern in patterns if pattern.startswith("!")):
            return False
        return any(_like(pattern, name) for pattern in patterns)


def known_keys(settings: ServerSettings) -> list[KnownKey]:
    """Return the lines that are about a server; raises InputError for a file that may not be read.

    As OpenSSH has it, a server on another port than 22 may show the key of the one on 22, too.
    """
    lines = [line for file in settings.known_hosts for line in _read(file)]
    names = [settings.known_as.lower()]
    about = [line for line in lines if line.fits(names[0])]
    if not about and settings.alias is None and settings.port != 22:
        about = [line for line in lines if line.fits(settings.host.lower())]
    return about


def algorithms(known: Iterable[KnownKey]) -> list[str]:
    """Return the host key algorithms to ask for, first those by which the server can be recognised."""
    known = list(known)
    plain = [name for line in known if not line.marker for name in KEY_TYPES.get(line.key_type, ())]
    rest = [name for names in KEY_TYPES.values() for name in names]
    certified = (
        [name + _CERTIFIED for name in rest] if any(line.marker == _AUTHORITY for line in known) else []
    )
    return list(dict.fromkeys([*certified, *plain, *rest]))


def verify(shown: paramiko.PKey, settings: ServerSettings, known: Iterable[KnownKey]) -> None:
    """Return if a server's key is known to be its own; raises UnseenError if it is not, and says what to do.

    A key that changed, or that was revoked, is never taken. A certificate is taken where an authority of
    ``@cert-authority`` signed it for this name and this time; else its plain key must be known.
    """
    known, key = list(known), shown.asbytes()
    certificate = bytes(shown.public_blob.key_blob) if shown.public_blob else b""
    authorities = [line.key for line in known if line.marker == _AUTHORITY]
    if any(line.marker == _REVOKED and line.key in (key, signer(certificate)) for line in known):
        raise UnseenError(f"{settings.named}: its host key {fingerprint(key)} is revoked in known_hosts")
    if certified(certificate, settings.alias or settings.host, authorities):
        return
    plain = [line for line in known if not line.marker]
    if any(line.key == key for line in plain):
        return
    for line in plain:
        if line.fits(settings.known_as.lower()):
            raise UnseenError(_changed(shown, settings, line))
    if not settings.trusts_new:
        raise UnseenError(_unknown(shown, settings))


def _changed(shown: paramiko.PKey, settings: ServerSettings, line: KnownKey) -> str:
    file = line.place.rpartition(":")[0]
    remove = shlex.join(["ssh-keygen", "-R", settings.known_as, "-f", file])
    return (
        f"{settings.named}: the host key is not the one that is known: it shows the {shown.get_name()} key "
        f"{fingerprint(shown.asbytes())}; {line.place} has the {line.key_type} key {fingerprint(line.key)}. "
        "Either the host was set up anew, or somebody else answers in its place. "
        f"Once you know that it is the host, remove the old key: {remove}"
    )


def _unknown(shown: paramiko.PKey, settings: ServerSettings) -> str:
    key = f"{settings.known_as} {shown.get_name()} {b64encode(shown.asbytes()).decode()}"
    file = next(iter(settings.known_hosts), home() / ".ssh" / "known_hosts")
    return (
        f"{settings.named}: its host key is not known: it shows the {shown.get_name()} key "
        f"{fingerprint(shown.asbytes())}. Compare this with what the host itself says "
        "(ssh-keygen -l -f /etc/ssh/ssh_host_*_key.pub). If it is the same, accept the key: "
        f"echo {shlex.quote(key)} >> {shlex.quote(str(file))}"
    )


def _read(file: Path) -> Iterator[KnownKey]:
    """Yield the lines of a file that can be understood; what is no key cannot vouch for anybody."""
    try:
        with contents.opened(file) as opened:
            text = opened.read(_LARGEST).decode("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise InputError(f"{file}: known hosts cannot be read: {error.strerror}") from None
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        marker = fields.pop(0) if fields and fields[0].startswith("@") else ""
        if len(fields) < 3 or fields[0].startswith("#"):
            continue
        with suppress(ValueError):
            key = b64decode(fields[2], validate=True)
            yield KnownKey(fields[0], printable(fields[1]), key, marker, f"{file}:{number}")


def _like(pattern: str, name: str) -> bool:
    """Compare as ssh does: ``*`` and ``?`` alone stand for others, and brackets for themselves."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, name) is not None
