"""Probes over a real OpenSSH server say what direct ones say; what is the server's own is said as such."""

from __future__ import annotations

import _thread
import contextlib
import errno
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator

import paramiko
import pytest

from nlbcheck.errors import ExitStatus, VantageError
from nlbcheck.hosts.ssh.host import SshHost, connected
from nlbcheck.hosts.ssh.transport import SshTransport
from nlbcheck.hosts.ssh.tunnel import WINDOW, ChannelRefusal, SshTunnel
from nlbcheck.model import Check, Status
from nlbcheck.model.net import SocketAddress
from nlbcheck.probes.limits import Limits
from nlbcheck.relays import load
from nlbcheck.run.probe import probe
from nlbcheck.vantage.local import ThisMachine
from nlbcheck.vantage.ssh import pulse
from nlbcheck.vantage.ssh.point import SshVantage
from nlbcheck.vantage.ssh.refusals import as_error
from tests.certificates import Authority
from tests.hosts.ssh.site import Site
from tests.probes.probing import endpoint
from tests.servers import (
    Crowd,
    answers,
    black_hole,
    closed_port,
    closes,
    floods,
    says,
    says_nothing,
    serving,
    speaks_ssh,
    speaks_tls,
)

OK = answers(b"HTTP/1.1 200 OK\r\nServer: tests\r\n\r\n")
SOON = Limits(timeout=0.6)


class Way:
    """A way to an SSH server that can be long, and on which everything may stand still."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.seconds = 0.0
        self.goes = threading.Event()
        self.goes.set()

    def handler(self, peer: socket.socket) -> None:
        """Carry what is said, in both directions."""
        with socket.create_connection(("127.0.0.1", self._port)) as there:
            up = threading.Thread(target=self._carry, args=(peer, there))
            up.start()
            self._carry(there, peer)
            up.join()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                time.sleep(self.seconds)
                self.goes.wait()
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def way(site: Site) -> Iterator[tuple[Way, SshVantage]]:
    """Yield a vantage point behind a way of its own."""
    with site.server() as port:
        made = Way(port)
        with serving(made.handler) as long:
            site.know(port, f"[127.0.0.1]:{long}")
            with connected(site.to(long), "client") as host:
                yield made, SshVantage(host)
            made.goes.set()


class Said:
    """An SSH connection that keeps what is said on it."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    def say(self, message: paramiko.Message) -> None:
        self.messages.append(message.asbytes())

    def forget(self, tunnel: SshTunnel) -> None:
        raise AssertionError(tunnel)


def integer(value: int) -> paramiko.Message:
    message = paramiko.Message()
    message.add_int(value)
    message.rewind()
    return message


def string(value: bytes) -> paramiko.Message:
    message = paramiko.Message()
    message.add_string(value)
    message.rewind()
    return message


@contextlib.contextmanager
def client(site: Site, *settings: str) -> Iterator[tuple[SshHost, SshVantage]]:
    with site.server(*settings) as port, connected(site.to(port), "client") as host:
        yield host, SshVantage(host)


def test_every_check_ends_as_it_does_from_this_machine(site: Site, authority: Authority) -> None:
    key = paramiko.ECDSAKey.generate()
    servers = {
        Check.TCP: [closes, says_nothing],
        Check.HTTP: [OK, answers(b""), says(b"SSH-2.0-x\r\n"), floods, says_nothing],
        Check.SSH: [speaks_ssh(key), OK, says_nothing],
        Check.HTTPS: [speaks_tls(authority.context("127.0.0.1"), OK), OK],
        Check.TLS: [speaks_tls(authority.context("127.0.0.1"), says_nothing)],
    }
    with contextlib.ExitStack() as stack:
        options = {"verify": str(authority.file)}
        flows = [
            endpoint(stack.enter_context(serving(handler)), check, target=str(number), **options)
            for check, handlers in servers.items()
            for number, handler in enumerate(handlers)
        ]
        flows += [endpoint(closed_port(), check) for check in servers]
        flows += [endpoint(stack.enter_context(black_hole()), check, target="hole") for check in servers]
        _, point = stack.enter_context(client(site))
        limits = Limits(timeout=1.0)
        direct, over = (one.probe(flows, limits) for one in (ThisMachine(), point))
        assert [item.status for item in over.results] == [item.status for item in direct.results]
        assert {item.status for item in over.results} >= {
            *(Status.OK, Status.REFUSED, Status.TIMED_OUT, Status.NO_REPLY, Status.BAD_REPLY)
        }
        for ours, theirs in zip(over.results, direct.results, strict=True):
            assert ours.detail.keys() == theirs.detail.keys()
            assert ours.local_address is None
            assert (ours.connect_ms is None) == (theirs.connect_ms is None)


def test_the_limit_per_target_holds(site: Site) -> None:
    crowd = Crowd()
    with serving(crowd.answer) as port, client(site) as (_, point):
        flows = [endpoint(port, Check.HTTP, target="one") for _ in range(20)]
        done = point.probe(flows, Limits(per_target=3, rest=0))
    assert {item.status for item in done.results} == {Status.OK}
    assert crowd.most <= 3


@pytest.mark.parametrize(
    "settings", ["AllowTcpForwarding no", "DisableForwarding yes", "PermitOpen 127.0.0.1:1"]
)
def test_a_server_that_forbids_it_is_said_and_is_no_failure(site: Site, settings: str) -> None:
    with serving(OK) as port, client(site, settings) as (_, point):
        done = point.probe([endpoint(port, Check.HTTP)], Limits())
    result = done.results[0]
    assert result.status is Status.INTERRUPTED
    assert "its SSH server forbids connections to others: see AllowTcpForwarding" in str(result.error)
    assert not done.interrupted


def test_what_could_not_be_tried_ends_with_the_status_for_what_is_not_seen(site: Site) -> None:
    table = site.folder / "table.yaml"
    table.write_text(
        "static_ips: {zone-a: 127.0.0.1}\n"
        "mappings: [{listener: 9, target_group: tg-9, target_port: 80, target: 10.0.0.1}]\n"
    )
    with client(site, "AllowTcpForwarding no") as (_, point):
        report = probe(load(table), vantage=point)
    assert report.exit_status is ExitStatus.UNSEEN


def test_no_route_is_unreachable_though_openssh_does_not_say_so(site: Site) -> None:
    with client(site) as (_, point):
        result = point.probe([endpoint(9, Check.TCP, address="255.255.255.255")], Limits()).results[0]
    assert result.status is Status.UNREACHABLE
    assert "Network is unreachable" in str(result.error)


def test_probes_need_no_session(site: Site) -> None:
    with serving(OK) as port, client(site, "MaxSessions 0") as (_, point):
        flows = [endpoint(port, Check.HTTP), endpoint(9, Check.TCP, address="255.255.255.255", target="b")]
        web, nowhere = point.probe(flows, Limits(timeout=20)).results
    assert web.status is Status.OK
    assert nowhere.status is Status.INTERRUPTED
    assert "does not say why (open failed)" in str(nowhere.error)


def test_what_is_done_is_kept_when_the_host_goes_away(site: Site) -> None:
    with serving(OK) as web, serving(says_nothing) as silent, client(site) as (host, point):
        session = int(host.run("echo $PPID", 20).output)
        flows = [
            *(endpoint(web, Check.HTTP, target=str(number)) for number in range(5)),
            *(endpoint(silent, Check.SSH, target=f"ssh{number}") for number in range(3)),
            *(endpoint(silent, Check.HTTP, target=f"web{number}") for number in range(3)),
            *(endpoint(web, Check.HTTP, target="ssh0") for _ in range(20)),
        ]
        counted: list[int] = []

        def watch(count: int) -> None:
            counted.append(count)
            if sum(counted) == 5:
                os.kill(session, signal.SIGKILL)

        done = point.probe(flows, Limits(timeout=30, per_target=1, concurrency=14), watch)
        again = point.probe(flows[:5], Limits())
    statuses = [item.status for item in done.results]
    assert statuses[:5] == [Status.OK] * 5
    assert statuses[5:11] == [Status.INTERRUPTED] * 6
    assert set(statuses[11:]) <= {Status.OK, Status.INTERRUPTED}
    assert "SSH connection" in str(done.results[5].error)
    assert "SSH connection" in str(done.results[8].error)
    assert not done.interrupted
    assert {item.status for item in again.results} == {Status.OK}  # over a new connection


def test_a_host_that_stays_away_is_no_failure_of_the_target(site: Site) -> None:
    with serving(OK) as web, contextlib.ExitStack() as server:
        host = server.enter_context(connected(site.to(server.enter_context(site.server())), "client"))
        session = int(host.run("echo $PPID", 20).output)
        point = SshVantage(host)
        os.kill(session, signal.SIGKILL)
        while host.link.transport.is_active():
            time.sleep(0.01)
        site.known_hosts.unlink()  # so that nobody logs in again
        done = point.probe([endpoint(web, Check.HTTP), endpoint(closed_port(), Check.SSH)], Limits())
    assert [item.status for item in done.results] == [Status.INTERRUPTED] * 2


def test_a_slow_way_is_not_taken_for_a_silent_target(site: Site) -> None:
    with serving(OK) as web, black_hole() as hole, way(site) as (made, point):
        made.seconds = 0.4
        flows = [endpoint(web, Check.HTTP), endpoint(hole, Check.HTTP, target="b")]
        answered, silent = point.probe(flows, Limits(timeout=0.5)).results
    assert answered.status is Status.OK
    assert (answered.connect_ms or 0) > 700
    assert silent.status is Status.TIMED_OUT


def test_nothing_is_decided_while_the_way_stands_still(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "_STILL", 0.3)
    monkeypatch.setattr(pulse, "_BEAT", 0.1)
    key = paramiko.ECDSAKey.generate()
    with serving(OK) as web, serving(speaks_ssh(key)) as ssh, way(site) as (made, point):
        flows = [endpoint(web, Check.HTTP), endpoint(ssh, Check.SSH, target="b")]

        def watch(count: int) -> None:
            if not count:
                made.goes.clear()
                threading.Timer(2.5, made.goes.set).start()

        done = point.probe(flows, Limits(timeout=1), watch)
    assert [item.status for item in done.results] == [Status.OK, Status.OK]


def test_a_way_that_goes_no_further_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_STILL", 0.3), ("_BEAT", 0.1), ("_PATIENCE", 1.0)):
        monkeypatch.setattr(pulse, name, value)
    with serving(OK) as web, way(site) as (made, point):
        flows = [endpoint(web, check, target=check) for check in (Check.TCP, Check.HTTP, Check.SSH)]
        done = point.probe(flows, Limits(timeout=0.8), lambda count: None if count else made.goes.clear())
    assert [item.status for item in done.results] == [Status.INTERRUPTED] * 3


def test_keys_that_are_exchanged_anew_disturb_nothing(site: Site) -> None:
    with serving(OK) as web, client(site, "RekeyLimit 16K") as (_, point):
        flows = [endpoint(web, Check.HTTP, target=str(number)) for number in range(300)]
        done = point.probe(flows, Limits(timeout=30))
    assert {item.status for item in done.results} == {Status.OK}


def test_an_interrupt_keeps_what_is_done(site: Site) -> None:
    with serving(OK) as web, serving(says_nothing) as silent, client(site) as (_, point):
        flows = [endpoint(web, Check.HTTP), endpoint(silent, Check.SSH, target="b")]
        interrupt = lambda count: _thread.interrupt_main() if count else None  # noqa: E731
        done = point.probe(flows, Limits(timeout=30), interrupt)
    assert done.interrupted
    assert [item.status for item in done.results] == [Status.OK, Status.INTERRUPTED]


def test_a_server_that_takes_little_at_a_time_is_waited_for() -> None:
    said = Said()
    tunnel = SshTunnel(0, said, lambda _: None)
    tunnel.on_open(7, room=0, largest=4)
    tunnel.settimeout(0.0)
    with pytest.raises(TimeoutError):
        tunnel.send(b"HEAD /")
    tunnel.on_window(integer(5))
    assert (tunnel.send(b"HEAD /"), tunnel.send(b" /")) == (4, 1)
    assert said.messages == [b"\x5e\0\0\0\x07\0\0\0\x04HEAD", b"\x5e\0\0\0\x07\0\0\0\x01 "]


def test_a_server_that_says_more_than_it_may_is_not_listened_to() -> None:
    tunnel = SshTunnel(0, Said(), lambda _: None)
    tunnel.on_open(7, room=0, largest=4)
    for _ in range(40):
        tunnel.on_data(string(b"x" * (1 << 15)))
    assert len(tunnel.recv(1 << 30)) <= WINDOW


def test_nothing_is_left_behind(site: Site) -> None:
    with serving(OK) as web, black_hole() as hole, client(site) as (host, point):
        for _ in range(3):
            flows = [endpoint(web, Check.HTTP, target=str(number)) for number in range(50)]
            flows += [endpoint(hole, Check.TCP, target=f"hole{number}") for number in range(5)]
            point.probe(flows, SOON)
        until = time.monotonic() + 10
        held = host.link.transport._tunnels
        while len(held) > 15 and time.monotonic() < until:
            host.run("true", 10)
        assert len(held) == 15  # those whose connects the kernel still tries
    for thread in threading.enumerate():
        if isinstance(thread, SshTransport):
            thread.join(10)
            assert not thread.is_alive()


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("Connection refused", errno.ECONNREFUSED),
        ("Connection timed out", errno.ETIMEDOUT),
        ("Operation timed out", errno.ETIMEDOUT),
        ("No route to host", errno.EHOSTUNREACH),
        ("Host is unreachable", errno.EHOSTUNREACH),
        ("Network is unreachable", errno.ENETUNREACH),
        ("Error connecting: Connection refused", errno.ECONNREFUSED),
    ],
)
def test_the_words_of_servers(words: str, number: int) -> None:
    assert as_error(ChannelRefusal(2, words), SocketAddress("127.0.0.1", 1), lambda _: None).errno == number


@pytest.mark.parametrize(("reason", "words"), [(1, "no"), (2, "\x1b[2J"), (3, "?"), (4, "full"), (99, "")])
def test_what_is_the_servers_own_says_nothing_of_the_target(reason: int, words: str) -> None:
    error = as_error(ChannelRefusal(reason, words), SocketAddress("127.0.0.1", 1), lambda _: None)
    assert isinstance(error, VantageError)
    assert "\x1b" not in error.words
