# ruff: noqa: E501 - one case a line
"""Does a cell say the port, protocol and targets that people mean by it, and no other?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.relays.readers import cells
from nlbcheck.relays.readers.cells import PortCell

PORTS = {
    "10022": PortCell("10022"),
    "TCP:10022": PortCell("10022", "TCP"),
    "TCP/10022": PortCell("10022", "TCP"),
    "10022/tcp": PortCell("10022", "TCP"),
    "TCP 443": PortCell("443", "TCP"),
    "tls-443": PortCell("443", "TLS"),
    "１００２２": PortCell("10022"),
    "ＴＣＰ：１００２２": PortCell("10022", "TCP"),
    "10022番": PortCell("10022"),
    "ポート 22": PortCell("22"),
    ":443": PortCell("443"),
    "*:80": PortCell("80"),
    "10.0.0.1:443": PortCell("443"),
    "relay.example.com:443": PortCell("443"),
    "example-nlb:443": PortCell("443"),
    "22 (SSH)": PortCell("22", "TCP", "ssh"),
    "443（HTTPS）": PortCell("443", "TCP", "https"),
    "TCP/UDP 53": PortCell("53", "TCP_UDP"),
    "53/udp": PortCell("53", "UDP"),
    "TCP_QUIC:443": PortCell("443", "TCP_QUIC"),
}


@pytest.mark.parametrize("text", PORTS)
def test_a_port(text: str) -> None:
    assert cells.port(text) == PORTS[text]


@pytest.mark.parametrize(
    "text", ["", "0", "65536", "022", "80-90", "80/443", "80,443", "22 (foo)", "tcp", "1.5", "10.0.0.1", "10022:22", "web-1", "web:443", "TCP-UDP:53", "2026/04/01"]
)  # fmt: skip
def test_what_is_no_port(text: str) -> None:
    assert cells.port(text) is None


@given(
    number=st.integers(1, 65535),
    protocol=st.sampled_from(["TCP", "TLS", "UDP", "TCP_UDP"]),
    form=st.sampled_from(["{p}:{n}", "{p}/{n}", "{n}/{p}", "{p} {n}", "{n} ({p})", "{n} {p}", "{p}({n})"]),
    small=st.booleans(),
)
def test_every_way_of_writing_says_the_same(number: int, protocol: str, form: str, small: bool) -> None:
    word = protocol.lower() if small else protocol
    assert cells.port(form.format(p=word, n=number)) == PortCell(str(number), protocol)


@given(st.text(max_size=60))
def test_any_text_is_read_or_not(text: str) -> None:
    found = cells.port(text)
    assert found is None or 1 <= int(found.number) <= 65535
    cells.target(text)
    cells.protocol(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("TCP", ("TCP", None)),
        ("tcp/udp", ("TCP_UDP", None)),
        ("TCP (HTTPS)", ("TCP", "https")),
        ("HTTPS/TLS", ("TCP", "https")),
        ("SSL", ("TLS", None)),
        ("udp", ("UDP", None)),
        ("SSH", ("TCP", "ssh")),
        ("postgresql", ("TCP", None)),
        ("ICMP", None),
        ("any", None),
    ],
)
def test_a_protocol(text: str, wanted: tuple[str, str | None] | None) -> None:
    assert cells.protocol(text) == wanted


@pytest.mark.parametrize(
    ("text", "names", "addresses", "ports"),
    [
        ("web-1", ("web-1",), (), ()),
        ("10.0.0.1:22", ("10.0.0.1",), (), ("22",)),
        ("http://web.internal:8080/", ("web.internal",), (), ("8080",)),
        ("web-1 (10.0.0.1)", ("web-1",), (("web-1", "10.0.0.1"),), ()),
        ("10.0.0.1（web-1）", ("web-1",), (("web-1", "10.0.0.1"),), ()),
        ("a:80, b:80", ("a", "b"), (), ("80",)),
        ("a:80、b:81", ("a", "b"), (), ("80", "81")),
        ("Broker 1", ("Broker 1",), (), ()),
        ("a<br>b", ("a", "b"), (), ()),
    ],
)
def test_targets(text, names, addresses, ports) -> None:
    assert cells.target(text) == cells.TargetCell(names, addresses, ports)
