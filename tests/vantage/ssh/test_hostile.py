"""A host that one may log in to is a stranger all the same: what it says costs results, and nothing else."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from typing import Any

import paramiko
import pytest

from nlbcheck.hosts.ssh.host import connected
from nlbcheck.model import Check, Status
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations
from nlbcheck.vantage.ssh.point import SshVantage
from tests.hosts.ssh.site import Site
from tests.probes.probing import endpoint
from tests.servers import serving


class Anybody(paramiko.ServerInterface):
    """Lets anybody in."""

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return 0  # AUTH_SUCCESSFUL

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"


class Stranger(paramiko.Transport):
    """Says, when it is asked for a connection, what comes to its mind, of channels that are and are not."""

    chance: random.Random

    def _parse_channel_open(self, asked: paramiko.Message) -> None:
        asked.get_text()
        number = asked.get_int()
        for _ in range(self.chance.randrange(1, 6)):
            self._send_message(self._something(number))  # type: ignore[attr-defined]

    def _something(self, number: int) -> paramiko.Message:
        message = paramiko.Message()
        message.add_byte(bytes([self.chance.choice([82, 91, 91, 92, 93, 94, 94, 95, 96, 97, 98, 99, 100])]))
        message.add_int(self.chance.choice([number, number, number, number + 1, 0xFFFFFFFF]))
        for _ in range(self.chance.randrange(5)):
            if self.chance.random() < 0.5:
                message.add_int(self.chance.choice([0, 1, 2, 1 << 31, 0xFFFFFFFF]))
            else:
                message.add_string(self.chance.randbytes(self.chance.choice([0, 3, 30_000])))
        return message


class Talker(paramiko.Transport):
    """Lets every connection stand, and says something on it without end."""

    chance: random.Random

    def _parse_channel_open(self, asked: paramiko.Message) -> None:
        asked.get_text()
        number = asked.get_int()
        message = paramiko.Message()
        message.add_byte(b"\x5b")
        for value in (number, number, 1 << 20, 1 << 15):
            message.add_int(value)
        self._send_message(message)  # type: ignore[attr-defined]
        threading.Thread(target=self._talk, args=(number,), daemon=True).start()

    def _talk(self, number: int) -> None:
        message = paramiko.Message()
        message.add_byte(b"\x5e")
        message.add_int(number)
        message.add_string(b"x")
        with contextlib.suppress(OSError, EOFError):
            while self.is_active():
                self._send_message(message)  # type: ignore[attr-defined]


def probed(site: Site, kind: type[Stranger] | type[Talker], seed: int) -> Observations:
    """Return what comes of probes over a server of a kind."""
    key = paramiko.ECDSAKey.generate()

    def handler(peer: socket.socket) -> None:
        transport = kind(peer)
        transport.chance = random.Random(seed)
        transport.add_server_key(key)
        with contextlib.suppress(paramiko.SSHException, EOFError):
            transport.start_server(event=threading.Event(), server=Anybody())
            transport.join(30)
        transport.close()

    with serving(handler) as port:
        site.known_hosts.write_text(f"[127.0.0.1]:{port} {key.get_name()} {key.get_base64()}\n")
        with connected(site.to(port), "client") as host:
            checks: list[Any] = [Check.TCP, Check.HTTP, Check.SSH] * 4
            flows = [endpoint(9, check, target=str(number)) for number, check in enumerate(checks)]
            return SshVantage(host).probe(flows, Limits(timeout=0.5))


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_said_of_channels(site: Site, seed: int) -> None:
    done = probed(site, Stranger, seed)
    assert {item.status for item in done.results}.isdisjoint({Status.CRASHED})
    assert all(item.status is not Status.OK or item.check is Check.TCP for item in done.results)
    assert not done.interrupted


def test_one_that_talks_without_end_does_not_hold_a_run(site: Site) -> None:
    done = probed(site, Talker, 0)
    assert {item.status for item in done.results}.isdisjoint({Status.CRASHED})
    assert all(item.status is not Status.OK or item.check is Check.TCP for item in done.results)
