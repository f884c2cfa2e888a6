"""A client's home directory and OpenSSH servers that it may log in to, on loopback."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from nlbcheck.hosts.ssh.destination import Destination
from tests.servers import closed_port, program, wait_for


def make_key(file: Path, *options: str) -> Path:
    """Make a key with ssh-keygen, an ed25519 one by default, and return its file."""
    kind = () if "-t" in options else ("-t", "ed25519")
    passphrase = () if "-N" in options else ("-N", "")
    command = [program("ssh-keygen"), "-q", "-f", file, *kind, *passphrase, *options]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return file


class Site:
    """A home directory with one key that every server takes, and the servers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.ssh = self.home / ".ssh"
        self.ssh.mkdir(parents=True)
        self.key = make_key(self.ssh / "id_ed25519")
        self.authorized = folder / "authorized_keys"
        self.authorized.write_bytes(self.key.with_suffix(".pub").read_bytes())
        self.known_hosts = self.ssh / "known_hosts"
        self.address = "127.0.0.1"
        """Where the servers listen."""

    def config(self, *lines: str) -> None:
        """Write ``~/.ssh/config``."""
        (self.ssh / "config").write_text("\n".join(lines) + "\n")

    def know(self, port: int, name: str | None = None) -> None:
        """Add a server's key to ``~/.ssh/known_hosts``, under the name that OpenSSH gives it by default."""
        default = self.address if port == 22 else f"[{self.address}]:{port}"
        with self.known_hosts.open("a") as file:
            file.write(f"{name or default} {self.public(port)}\n")

    def public(self, port: int) -> str:
        """Return a server's host key, as in its ``.pub`` file."""
        return " ".join((self.folder / f"{port}.pub").read_text().split()[:2])

    def host_key(self, port: int) -> Path:
        """Return the file of a server's host key."""
        return self.folder / str(port)

    @contextlib.contextmanager
    def server(
        self,
        *extra: str,
        port: int = 0,
        known: bool = True,
        shell: str | None = None,
        prefix: Sequence[str | Path] = (),
    ) -> Iterator[int]:
        """Run an OpenSSH server that lets the user log in; yield its port. ``extra`` are its settings.

        ``shell`` is the user's login shell there, ``prefix`` a command that runs the server.
        """
        port = port or closed_port()
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # sshd wants it when root starts it
        make_key(self.host_key(port))
        settings = [*extra, f"ListenAddress {self.address}:{port}", "PidFile none", "StrictModes no"]
        settings += [f"HostKey {self.host_key(port)}", f"AuthorizedKeysFile {self.authorized}", "UseDNS no"]
        config = self.folder / f"sshd_config.{port}"
        config.write_text("\n".join(settings) + "\n")
        command = [*prefix, program("sshd"), "-D", "-e", "-f", config]
        if shell:
            command = [*_with_shell(self.folder / f"passwd.{port}", shell), *command]
        with (self.folder / f"log.{port}").open("wb") as log:
            running = subprocess.Popen(command, stderr=log)
            try:
                wait_for(port, self.address)
                if known:
                    self.know(port)
                yield port
            finally:
                running.terminate()
                running.wait()

    def to(self, port: int) -> Destination:
        """Return where one of the servers is."""
        return Destination(self.address, getpass.getuser(), port)


def mounting() -> list[str]:
    """Return the beginning of a command that mounts what nobody else sees; only root may, others skip."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts")
    return [program("unshare"), "--mount", "sh", "-c"]


def _with_shell(passwd: Path, shell: str) -> list[str | Path]:
    """Return the beginning of a command that runs in a namespace where the user has another login shell."""
    lines = Path("/etc/passwd").read_text().splitlines()
    user = getpass.getuser()
    changed = [
        line.rpartition(":")[0] + f":{shell}" if line.startswith(f"{user}:") else line for line in lines
    ]
    passwd.write_text("\n".join(changed) + "\n")
    script = 'mount --bind "$0" /etc/passwd && exec "$@"'
    return [*mounting(), script, passwd]


@contextlib.contextmanager
def agent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run an agent without keys; ssh-add finds it."""
    path = folder / "agent"
    running = subprocess.Popen([program("ssh-agent"), "-D", "-a", path], stdout=subprocess.DEVNULL)
    try:
        while not path.exists():
            assert running.poll() is None
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        yield
    finally:
        running.terminate()
        running.wait()


def with_busybox_alone(folder: Path) -> list[str | Path]:
    """Return the beginning of a command that runs in a namespace whose programs are BusyBox's, and sshd."""
    found = program("busybox")
    programs = folder / "busybox"
    programs.mkdir()
    for file in (found, program("sshd")):
        shutil.copy(file, programs)
    names = subprocess.run([found, "--list"], check=True, capture_output=True, text=True).stdout.split()
    for name in set(names) - {"busybox"}:
        (programs / name).symlink_to("busybox")
    hide = " && ".join(f'mount --bind "$0" {place}' for place in ("/usr/sbin", "/usr/bin"))
    return [*mounting(), f'{hide} && exec "$@"', programs]
