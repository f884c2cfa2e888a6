"""Real servers on loopback: well-behaved ones, and ones that nobody would like to meet."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import paramiko
import pytest

Handler = Callable[[socket.socket], None]


@contextlib.contextmanager
def serving(handler: Handler, address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Run ``handler`` on every connection to a port of this machine, 0 for a free one; yield the port."""
    peers: list[socket.socket] = []
    threads: list[threading.Thread] = []
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, port), family=family, backlog=128)

    def talk(peer: socket.socket) -> None:
        with contextlib.suppress(OSError), peer:
            handler(peer)

    def accept() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            peers.append(peer)
            thread = threading.Thread(target=talk, args=(peer,), daemon=True)
            threads.append(thread)
            thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for peer in peers:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def shared_by(*handlers: Handler) -> Handler:
    """Hand each connection to one of several servers by its source port, as a load balancer does."""

    def handler(peer: socket.socket) -> None:
        port = peer.getpeername()[1]
        handlers[zlib.crc32(port.to_bytes(2, "big")) % len(handlers)](peer)

    return handler


def says(*parts: bytes, every: float = 0.0) -> Handler:
    """Send ``parts``, wait for the other side to go away, and close."""

    def handler(peer: socket.socket) -> None:
        for part in parts:
            peer.sendall(part)
            time.sleep(every)
        while peer.recv(65536):
            pass

    return handler


def answers(reply: bytes) -> Handler:
    """Wait for a request's end, send ``reply``, and close."""

    def handler(peer: socket.socket) -> None:
        heard = b""
        while b"\r\n\r\n" not in heard:
            data = peer.recv(65536)
            if not data:
                return
            heard += data
        peer.sendall(reply)

    return handler


def says_nothing(peer: socket.socket) -> None:
    """Listen for as long as the other side stays."""
    while peer.recv(65536):
        pass


def closes(_peer: socket.socket) -> None:
    """Close at once."""


def resets(peer: socket.socket) -> None:
    """Wait for a byte, then close with a reset."""
    peer.recv(1)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def floods(peer: socket.socket) -> None:
    """Send 100 MB without a newline."""
    for _ in range(100):
        peer.sendall(b"x" * (1 << 20))


class Crowd:
    """A web server that knows how many it served at once."""

    def __init__(self) -> None:
        self._lock, self._now, self.most = threading.Lock(), 0, 0

    def answer(self, peer: socket.socket) -> None:
        """Answer any request, not at once."""
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        peer.recv(65536)
        time.sleep(0.01)
        with self._lock:
            self._now -= 1
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")


class _NoLogin(paramiko.ServerInterface):
    pass


def speaks_ssh(
    *keys: paramiko.PKey, before: bytes = b"", version: str = "SSH-2.0-tests", after: float = 0.0
) -> Handler:
    """Speak SSH, with lines before the version line if wanted."""

    def handler(peer: socket.socket) -> None:
        peer.sendall(before)
        time.sleep(after)
        transport = paramiko.Transport(peer)
        transport.local_version = version
        for key in keys:
            transport.add_server_key(key)
        with contextlib.suppress(paramiko.SSHException, EOFError):
            transport.start_server(event=(done := threading.Event()), server=_NoLogin())
            done.wait(10)
        transport.join(10)
        transport.close()

    return handler


@contextlib.contextmanager
def black_hole(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Yield a port where connection requests get no answer: its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((host, port), backlog=0))
        address = listener.getsockname()
        for _ in range(8):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(address)
        yield address[1]


def closed_port() -> int:
    """Return a port of 127.0.0.1 where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def program(name: str) -> str:
    """Return where a program is. Without it the test is skipped, but not in CI: there it fails."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        message = f"{name} is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path


def wait_for(port: int, address: str = "127.0.0.1") -> None:
    """Wait until somebody listens on a port of this machine."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
            return
        time.sleep(0.02)
    pytest.fail(f"nobody listens on port {port}")


@contextlib.contextmanager
def sshd(folder: Path, extra: Sequence[str] = ()) -> Iterator[int]:
    """Run OpenSSH's server with an ed25519, an ecdsa and an rsa host key; yield its port.

    ``extra`` are further lines of its configuration.
    """
    server, port = program("sshd"), closed_port()
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd wants it when root starts it
    for key_type in ("ed25519", "ecdsa", "rsa"):
        subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", key_type, "-f", folder / key_type], check=True)
    settings = [f"ListenAddress 127.0.0.1:{port}", "PidFile none", "StrictModes no", *extra]
    settings += [f"HostKey {folder / key_type}" for key_type in ("ed25519", "ecdsa", "rsa")]
    (folder / "sshd_config").write_text("\n".join(settings) + "\n")
    with (folder / "sshd.log").open("wb") as log:
        running = subprocess.Popen([server, "-D", "-e", "-f", folder / "sshd_config"], stderr=log)
        try:
            wait_for(port)
            yield port
        finally:
            running.terminate()
            running.wait()


def openssh_fingerprint(folder: Path, key_type: str) -> str:
    """Return what ssh-keygen says is the fingerprint of one of ``sshd``'s keys."""
    line = subprocess.run(
        ["ssh-keygen", "-l", "-f", folder / f"{key_type}.pub"], check=True, capture_output=True, text=True
    )
    return line.stdout.split()[1]


@contextlib.contextmanager
def nginx(folder: Path, extra: str = "") -> Iterator[int]:
    """Run nginx with one empty page; yield its port. ``extra`` goes into its http section."""
    server, port = program("nginx"), closed_port()
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;\n"
        "worker_rlimit_nofile 20000; events { worker_connections 18000; }\n"
        f"http {{ access_log {folder}/access.log;\n"
        f"client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ return 200 ''; }}\n"
        "location /old { return 301 /old; } }\n"
        f"{extra} }}\n"
    )
    running = subprocess.Popen(
        [server, "-e", folder / "error.log", "-p", folder, "-c", folder / "nginx.conf"]
    )
    try:
        wait_for(port)
        yield port
    finally:
        running.terminate()
        running.wait()


def speaks_tls(context: ssl.SSLContext, handler: Handler) -> Handler:
    """Speak TLS, then ``handler`` inside it."""

    def wrapped(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as inside:
            handler(inside)

    return wrapped
