"""With which keys can one log in: those of the agent, those in files, and the certificates of either?"""

from __future__ import annotations

import os
import socket
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from nlbcheck import contents
from nlbcheck.errors import InputError
from nlbcheck.escape import printable, shortened
from nlbcheck.host_keys import fingerprint
from nlbcheck.hosts.ssh.certificates import plain
from nlbcheck.hosts.ssh.passphrases import Asking
from nlbcheck.hosts.ssh.settings import ServerSettings
from nlbcheck.lean_paramiko import paramiko

_AGENT_SECONDS = 60.0
"""Seconds for the agent to answer in: it may ask its user, or wait for a touch."""
_LARGEST = 1 << 20
"""Bytes of a file that may hold a key."""
_TRIES = 3
_CERTIFIED = "-cert-v01@openssh.com"
_KINDS: tuple[tuple[type, type[paramiko.PKey]], ...] = (
    (Ed25519PrivateKey, paramiko.Ed25519Key),
    (EllipticCurvePrivateKey, paramiko.ECDSAKey),
    (RSAPrivateKey, paramiko.RSAKey),
)


@dataclass(frozen=True, slots=True)
class LoginKey:
    """A private key, or an agent that has it, and how its user knows it."""

    name: str
    key: paramiko.PKey
    public: bytes
    """The public key, without a certificate."""


class KeyAgent(paramiko.agent.AgentSSH):
    """The keys of the agent behind a socket."""

    def __init__(self, path: Path) -> None:
        """Ask for its keys; raises ``OSError`` or ``SSHException`` where it does not answer."""
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(_AGENT_SECONDS)
        try:
            self._socket.connect(str(path))
            self._connect(self._socket)  # type: ignore[attr-defined]
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Let go of the agent."""
        self._socket.close()


class LoginKeys:
    """The keys that may be shown to one server, in the order of OpenSSH: the agent's, then those in files.

    To be closed after use. Files that need a passphrase come last, so that nobody is asked in vain.
    """

    def __init__(self, settings: ServerSettings, asking: Asking) -> None:
        self._settings = settings
        self._asking = asking
        self._agent: KeyAgent | None = None
        self.remarks: list[str] = []
        """Why keys that might have done were not there to be tried."""

    def __iter__(self) -> Iterator[LoginKey]:
        files = [file for file in self._settings.key_files if _is_there(file) or _is_there(_beside(file))]
        blobs = {file: _public_blob(_beside(file)) for file in files}
        held = self._held()
        chosen = sorted(
            (one for one in held if one.public in blobs.values() or not self._settings.only_these_keys),
            key=lambda one: one.key.asbytes() not in blobs.values(),
        )
        for one in chosen:
            yield from self._with_certificates(one, files)
        in_agent = {one.public for one in held}
        locked = []
        for file in files:
            if blobs[file] in in_agent or not _is_there(file):
                continue
            try:
                key = self._read(file)
            except paramiko.PasswordRequiredException:
                locked.append(file)
                continue
            if key:
                yield from self._with_certificates(LoginKey(str(file), key, key.asbytes()), files)
        for file in locked:
            if key := self._unlocked(file):
                yield from self._with_certificates(LoginKey(str(file), key, key.asbytes()), files)

    def close(self) -> None:
        """Let go of the agent."""
        if self._agent:
            self._agent.close()

    def _held(self) -> list[LoginKey]:
        """Return the keys of the agent."""
        path = self._settings.agent
        if path is None:
            self.remarks.append("there is no agent (SSH_AUTH_SOCK)")
            return []
        try:
            self._agent = KeyAgent(path)
        except (OSError, paramiko.SSHException) as error:
            self.remarks.append(f"the agent at {path} does not answer: {error}")
            return []
        keys = self._agent.get_keys()
        if not keys:
            self.remarks.append("the agent has no keys")
        for key in keys:
            if key.get_name().endswith(_CERTIFIED):
                key.load_certificate(paramiko.Message(key.blob))
        return [LoginKey(_of_agent(key), key, plain(key.blob)) for key in keys]

    def _read(self, file: Path) -> paramiko.PKey | None:
        """Return the key in a file; raises PasswordRequiredException where a passphrase is needed."""
        try:
            return _parsed(contents.read(file, _LARGEST), None)
        except paramiko.PasswordRequiredException:
            raise
        except OSError as error:
            self.remarks.append(f"{file} was not tried: {error.strerror}")
        except Exception:  # whatever the parsers make of a file that is none
            self.remarks.append(f"{file} was not tried: it holds no key that can be read")
        return None

    def _unlocked(self, file: Path) -> paramiko.PKey | None:
        for _ in range(_TRIES):
            passphrase = self._asking(f"Passphrase of {file}: ")
            if passphrase is None:
                self.remarks.append(
                    f"{file} needs a passphrase, and there is no terminal to ask on (ssh-add)"
                )
                return None
            with suppress(ValueError, paramiko.PasswordRequiredException):
                return _parsed(contents.read(file, _LARGEST), passphrase.encode())
        self.remarks.append(f"{file} was not tried: the passphrase was wrong")
        return None

    def _with_certificates(self, one: LoginKey, files: Sequence[Path]) -> Iterator[LoginKey]:
        """Yield a key with each certificate that is its own, then the key alone."""
        beside = [file.with_name(f"{file.name}-cert.pub") for file in files]
        for file in dict.fromkeys([*self._settings.certificate_files, *beside]):
            if _public_blob(file) != one.public:
                continue
            one.key.load_certificate(str(file))
            yield replace(one, name=f"{one.name} with {file}")
            one.key.public_blob = None
        yield one


def _is_there(file: Path) -> bool:
    return os.path.exists(file)  # noqa: PTH110 (which takes a name that no file can have for none)


def _beside(file: Path) -> Path:
    """Return where a private key's public key stands."""
    return file.with_name(f"{file.name}.pub")


def _parsed(text: bytes, passphrase: bytes | None) -> paramiko.PKey:
    """Return the key that a file holds, in any of OpenSSH's formats.

    Raises PasswordRequiredException where it needs a passphrase, and ValueError for a wrong one.
    """
    try:
        try:
            found = load_ssh_private_key(text, passphrase)
        except ValueError as error:
            if "password-protected" in str(error):  # as older versions of cryptography say it
                raise TypeError(str(error)) from None
            found = load_pem_private_key(text, passphrase)  # type: ignore[assignment]
    except TypeError as error:
        raise paramiko.PasswordRequiredException(str(error)) from None
    unlocked = found.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    for parsed, kind in _KINDS:
        if isinstance(found, parsed):
            return kind.from_private_key(StringIO(unlocked))
    raise ValueError("a kind of key that nobody logs in with")


def _public_blob(file: Path) -> bytes | None:
    """Return the key in a file that has a public key or a certificate; None where it has none."""
    try:
        text = contents.read(file, _LARGEST).decode("ascii", "replace")
        return plain(b64decode(text.split()[1]))
    except (OSError, IndexError, ValueError, InputError):
        return None


def _of_agent(key: paramiko.agent.AgentKey) -> str:
    comment = shortened(printable(getattr(key, "comment", "")), 60)
    return f"the agent's key {fingerprint(key.asbytes())}{f' ({comment})' if comment else ''}"
