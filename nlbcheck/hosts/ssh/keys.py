"""With which keys can one log in: those of the agent, those in files, and the certificates of either?"""

from __future__ import annotations

import socket
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlbcheck.escape import printable, shortened
from nlbcheck.host_keys import fingerprint
from nlbcheck.hosts.ssh.passphrases import Asking
from nlbcheck.hosts.ssh.settings import ServerSettings
from nlbcheck.lean_paramiko import paramiko

_AGENT_SECONDS = 60.0
"""Seconds for the agent to answer in: it may ask its user, or wait for a touch."""
_TRIES = 3
_CERTIFIED = "-cert-v01@openssh.com"
_KINDS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


@dataclass(frozen=True, slots=True)
class LoginKey:
    """A private key, or an agent that has it, and how its user knows it."""

    name: str
    key: paramiko.PKey


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
        files = [file for file in self._settings.key_files if file.exists()]
        blobs = {file: _public_blob(file) for file in files}
        held = self._held()
        chosen = sorted(
            (
                one
                for one in held
                if one.key.asbytes() in blobs.values() or not self._settings.only_these_keys
            ),
            key=lambda one: one.key.asbytes() not in blobs.values(),
        )
        for one in chosen:
            yield from self._with_certificates(one, files)
        in_agent = {one.key.asbytes() for one in held}
        locked = []
        for file in files:
            if blobs[file] in in_agent:
                continue
            try:
                key = self._read(file, None)
            except paramiko.PasswordRequiredException:
                locked.append(file)
                continue
            if key:
                yield from self._with_certificates(LoginKey(str(file), key), files)
        for file in locked:
            if key := self._unlocked(file):
                yield from self._with_certificates(LoginKey(str(file), key), files)

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
        return [LoginKey(_of_agent(key), key) for key in keys]

    def _read(self, file: Path, passphrase: str | None) -> paramiko.PKey | None:
        """Return the key in a file; raises PasswordRequiredException where a passphrase is needed."""
        problem: Exception | None = None
        for kind in _KINDS:
            try:
                return kind.from_private_key_file(str(file), passphrase)
            except paramiko.PasswordRequiredException:
                raise
            except Exception as error:  # another kind of key, or whatever the parser makes of a broken one
                problem = error
        if passphrase is None:
            why = problem.strerror if isinstance(problem, OSError) else "it holds no key that can be read"
            self.remarks.append(f"{file} was not tried: {why}")
        return None

    def _unlocked(self, file: Path) -> paramiko.PKey | None:
        for _ in range(_TRIES):
            passphrase = self._asking(f"Passphrase of {file}: ")
            if passphrase is None:
                self.remarks.append(
                    f"{file} needs a passphrase, and there is no terminal to ask on (ssh-add)"
                )
                return None
            if passphrase and (key := self._read(file, passphrase)):
                return key
        self.remarks.append(f"{file} was not tried: the passphrase was wrong")
        return None

    def _with_certificates(self, one: LoginKey, files: Sequence[Path]) -> Iterator[LoginKey]:
        """Yield a key with each certificate that is its own, then the key alone."""
        beside = [Path(f"{file}-cert.pub") for file in files]
        for file in dict.fromkeys([*self._settings.certificate_files, *beside]):
            blob = _public_blob(file.with_name(file.name.removesuffix(".pub")))
            if blob != one.key.asbytes():
                continue
            one.key.load_certificate(str(file))
            yield LoginKey(f"{one.name} with {file}", one.key)
            one.key.public_blob = None
        yield one


def _public_blob(file: Path) -> bytes | None:
    """Return the public key that stands in ``FILE.pub``: beside a private key, or in a certificate."""
    try:
        fields = Path(f"{file}.pub").read_text(encoding="ascii", errors="replace").split()
        blob = b64decode(fields[1])
        kind = fields[0]
        return bytes(paramiko.PKey.from_type_string(kind, blob).asbytes())
    except Exception:  # whatever the parser makes of a file that is none
        return None


def _of_agent(key: paramiko.agent.AgentKey) -> str:
    comment = shortened(printable(getattr(key, "comment", "")), 60)
    return f"the agent's key {fingerprint(key.asbytes())}{f' ({comment})' if comment else ''}"
