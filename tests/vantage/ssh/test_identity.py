"""Who a host behind SSH is: its address by its own routes, its interface by its metadata service."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.hosts.ssh.host import connected
from nlbcheck.model import Client
from nlbcheck.model.net import SocketAddress
from nlbcheck.vantage import metadata
from nlbcheck.vantage.ssh.host_routes import HostRoute, by_iproute, by_tables
from nlbcheck.vantage.ssh.point import SshVantage
from tests.hosts.ssh.site import Site, with_busybox_alone
from tests.servers import answers, closes, floods, says, says_nothing, serving

PLACE = "meta-data/network/interfaces/macs"


class Metadata(BaseHTTPRequestHandler):
    """The instance metadata service, version 2: nothing is said without a token that was asked for by PUT."""

    protocol_version = "HTTP/1.1"
    said: ClassVar[dict[str, str]] = {}

    def do_PUT(self) -> None:
        wanted = self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
        self._answer("the token" if wanted else None, 400)

    def do_GET(self) -> None:
        if self.headers["X-aws-ec2-metadata-token"] != "the token":
            self._answer(None, 401)
        else:
            self._answer(self.said.get(self.path.removeprefix("/latest/")), 404)

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, text: str | None, otherwise: int) -> None:
        self.send_response(otherwise if text is None else 200)
        body = (text or "").encode()
        self.send_header("Content-Length", str(len(body)))
        if "macs" in self.path:  # as some versions do, so that each question needs a connection of its own
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


SAID = {
    "dynamic/instance-identity/document": json.dumps({"instanceId": "i-0123456789abcdef0"}),
    f"{PLACE}/": "02:00:00:00:00:01/\n02:00:00:00:00:02/",
    f"{PLACE}/02:00:00:00:00:01/interface-id": "eni-0000000000000000a",
    f"{PLACE}/02:00:00:00:00:01/subnet-id": "subnet-0000000000000000a",
    f"{PLACE}/02:00:00:00:00:01/vpc-id": "vpc-0000000000000000a",
    f"{PLACE}/02:00:00:00:00:01/local-ipv4s": "192.0.2.1",
    f"{PLACE}/02:00:00:00:00:02/interface-id": "eni-0000000000000000b",
    f"{PLACE}/02:00:00:00:00:02/subnet-id": "subnet-0000000000000000b",
    f"{PLACE}/02:00:00:00:00:02/vpc-id": "vpc-0000000000000000a",
    f"{PLACE}/02:00:00:00:00:02/local-ipv4s": "192.0.2.2\n127.0.0.1",
    f"{PLACE}/02:00:00:00:00:02/ipv6s": "::1",
}


@contextlib.contextmanager
def service(said: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Metadata,), {"said": said}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setattr(metadata, "SERVICE", SocketAddress("127.0.0.1", server.server_address[1]))
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def client(site: Site, *settings: str, **options: object) -> Iterator[SshVantage]:
    with site.server(*settings, **options) as port, connected(site.to(port), "client") as host:  # type: ignore[arg-type]
        yield SshVantage(host)


def test_an_instance_knows_which_of_its_interfaces_connects(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with service(SAID, monkeypatch), client(site) as point:
        interface = (
            *("eni-0000000000000000b", "subnet-0000000000000000b", "vpc-0000000000000000a"),
            "i-0123456789abcdef0",
        )
        assert point.identity("127.0.0.1") == Client("client", "127.0.0.1", *interface)
        assert point.identity("::1") == Client("client", "::1", *interface)
        assert point.identity() == Client("client")


def test_elsewhere_the_address_alone_is_known(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "_SECONDS", 0.3)
    for handler in (
        closes,
        says_nothing,
        says(b"SSH-2.0-x\r\n"),
        floods,
        answers(b"HTTP/1.1 200 OK\r\n\r\n<html>"),
    ):
        with serving(handler) as port, client(site) as point:
            monkeypatch.setattr(metadata, "SERVICE", SocketAddress("127.0.0.1", port))
            assert point.identity("127.0.0.1") == Client("client", "127.0.0.1")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dynamic/instance-identity/document", "[]"),
        ("dynamic/instance-identity/document", '{"instanceId": "\x1b[2J"}'),
        (f"{PLACE}/02:00:00:00:00:02/interface-id", "eni-x; rm"),
        (f"{PLACE}/02:00:00:00:00:02/vpc-id", "v" * 100_000),
    ],
)
def test_what_no_metadata_service_says_is_not_believed(
    site: Site, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    with service(SAID | {name: text}, monkeypatch), client(site) as point:
        assert point.identity("127.0.0.1") == Client("client", "127.0.0.1")


def test_an_instance_with_one_interface_needs_no_commands(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {**SAID, f"{PLACE}/": "02:00:00:00:00:01/"}
    with service(said, monkeypatch), client(site, "ForceCommand /usr/sbin/nologin") as point:
        assert point.identity("127.0.0.1").address == "192.0.2.1"
        assert point.identity("127.0.0.1").interface == "eni-0000000000000000a"
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with service(said, monkeypatch), client(site) as point:
        assert point.identity("127.0.0.1") == Client("client", "127.0.0.1")


def test_no_commands_no_address(site: Site) -> None:
    with client(site, "ForceCommand /usr/sbin/nologin", "AllowTcpForwarding no") as point:
        assert point.identity("127.0.0.1") == Client("client")


def test_busybox_knows_its_address_too(site: Site) -> None:
    alone = with_busybox_alone(site.folder)
    with client(site, "AllowTcpForwarding no", shell="/bin/sh", prefix=alone) as point:
        assert point.identity("127.0.0.1").address == "127.0.0.1"
    (Path(alone[-1]) / "ip").unlink()
    with client(site, "AllowTcpForwarding no", shell="/bin/sh", prefix=alone) as point:
        own = _own_address()
        if own:  # the tables of /proc know no route to loopback, only to others
            assert point.identity("192.0.2.99").address == own


def _own_address() -> str | None:
    said = subprocess.run(["ip", "route", "get", "192.0.2.99"], capture_output=True, text=True, check=False)
    found = re.search(r"src (\S+)", said.stdout)
    return found[1] if found else None


class TestRoutes:
    @pytest.mark.parametrize(
        ("said", "found"),
        [
            ("10.0.0.1 via 192.168.1.1 dev eth0 src 192.168.1.214 uid 0 \n    cache \n",
             HostRoute("192.168.1.214", "eth0")),
            ("10.0.0.1 via 192.168.1.1 dev eth0  src 192.168.1.214 \n", HostRoute("192.168.1.214", "eth0")),
            ("2001:db8::1 from :: via fe80::1 dev ens5 proto ra src 2001:db8::2 metric 512 pref medium\n",
             HostRoute("2001:db8::2", "ens5")),
            ("RTNETLINK answers: Network is unreachable\n", HostRoute(error=101)),
            ("ip: RTNETLINK answers: No route to host\n", HostRoute(error=113)),
            ("sh: 1: ip: not found\n", None),
            ("10.0.0.1 dev eth0 src \x1b[2J\n", None),
            ("", None),
        ],
    )  # fmt: skip
    def test_what_iproute_says(self, said: str, found: HostRoute | None) -> None:
        assert by_iproute(said) == found

    def test_what_the_kernels_tables_say(self) -> None:
        routes = (
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
            "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
            "eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
            "eth1\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n"
        )
        tables = (
            "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.1.2.3\n        /32 host LOCAL\n"
            "     |-- 192.168.1.214\n        /32 host LOCAL\n"
            "     |-- 192.168.1.255\n        /32 link BROADCAST\n"
        )
        assert by_tables(routes, tables, IPv4Address("172.31.0.1")) == HostRoute("192.168.1.214", "eth0")
        assert by_tables(routes, tables, IPv4Address("10.9.9.9")) == HostRoute("10.1.2.3", "eth1")
        assert by_tables("", tables, IPv4Address("10.9.9.9")) is None
        assert by_tables(routes, "", IPv4Address("10.9.9.9")) == HostRoute(None, "eth1")

    @given(st.text(), st.text())
    def test_whatever_a_host_says_is_read(self, routes: str, tables: str) -> None:
        assert by_iproute(routes) is None or "src" in routes or "answers" in routes or "cast" in routes
        found = by_tables(routes, tables, IPv4Address("10.9.9.9"))
        assert found is None or found.error is None
