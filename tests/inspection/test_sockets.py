"""The tables of ss, netstat and the kernel, healthy and hostile."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck.inspection.sockets import by_netstat, by_proc, by_ss
from nlbcheck.model.inspected import HostConnection, HostListener
from nlbcheck.model.net import SocketAddress

SS = """\
State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      128        127.0.0.1:82        0.0.0.0:*    users:(("python3",pid=23708,fd=6))
LISTEN 0      4096   127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=3,fd=14))
LISTEN 0      128          0.0.0.0:22        0.0.0.0:*    users:(("sshd",pid=1,fd=3),("systemd",pid=1,fd=30))
LISTEN 0      128             [::]:81           [::]:*
LISTEN 1      128                *:80              *:*    users:(("nginx: master",pid=2,fd=4))
LISTEN 0      128  [fe80::1]%eth0:546           [::]:*
"""
NETSTAT = """\
Active Internet connections (only servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        0      0 127.0.0.1:82            0.0.0.0:*               LISTEN      23708/python3
tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      -
tcp6       0      0 :::80                   :::*                    LISTEN      2/nginx: master
tcp        0      0 172.31.129.10:22        172.31.128.10:5131      SYN_RECV
tcp6       0      0 172.31.129.10:80        172.31.136.10:53380     ESTABLISHED
"""
BUSYBOX = """\
Active Internet connections (w/o servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State
tcp        0      0 172.31.129.10:22        172.31.128.10:51632     ESTABLISHED
tcp        0      0 ::ffff:172.31.129.10:80 ::ffff:172.31.128.10:5  TIME_WAIT
netstat: /proc/net/tcp6: No such file or directory
"""
PROC = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0052 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 19207914 1
   2: 0A811FAC:0016 0A801FAC:C9B0 01 00000000:00000005 00:00000000 00000000     0        0 19207916 1
   1: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000001 00:0
   2: 0000000000000000FFFF00000A811FAC:0050 0000000000000000FFFF00000A811FAC:D084 03 00000000:00000000 00:0
"""


def test_ss_tells_who_listens_and_whether_on_both_families() -> None:
    assert list(by_ss(SS)) == [
        HostListener(ip_address("127.0.0.1"), 82, process="python3"),
        HostListener(ip_address("127.0.0.53"), 53, process="systemd-resolve"),
        HostListener(ip_address("0.0.0.0"), 22, process="sshd"),
        HostListener(None, 81, v6_only=True),
        HostListener(None, 80, v6_only=False, process="nginx: master"),
        HostListener(ip_address("fe80::1"), 546),
    ]


def test_ss_tells_what_a_peer_has_sent() -> None:
    found = list(
        by_ss(
            'ESTAB 0 0 [::ffff:172.31.129.10]:22 [::ffff:172.31.128.10]:51632 users:(("sshd",pid=8,fd=4))\n'
            "\t cubic rto:204 bytes_received:1832 segs_out:1 segs_in:3\n"
            "ESTAB 0      0            172.31.129.10:22           172.31.136.10:1 \n"
            "\t cubic rto:204 segs_out:1 segs_in:3\n"
            "SYN-RECV 0   0            172.31.129.10:22           172.31.136.10:2 \n"
        )
    )
    assert found == [
        HostConnection(22, SocketAddress("172.31.128.10", 51632), "ESTABLISHED", 1832, process="sshd"),
        HostConnection(22, SocketAddress("172.31.136.10", 1), "ESTABLISHED", 0),
        HostConnection(22, SocketAddress("172.31.136.10", 2), "SYN_RECV", None),
    ]


def test_netstat_tells_the_same_but_not_which_families_a_socket_takes() -> None:
    assert list(by_netstat(NETSTAT)) == [
        HostListener(ip_address("127.0.0.1"), 82, process="python3"),
        HostListener(ip_address("0.0.0.0"), 22),
        HostListener(None, 80, v6_only=None, process="nginx: master"),
        HostConnection(22, SocketAddress("172.31.128.10", 5131), "SYN_RECV"),
        HostConnection(80, SocketAddress("172.31.136.10", 53380), "ESTABLISHED"),
    ]


def test_busyboxs_netstat_is_read_too() -> None:
    assert list(by_netstat(BUSYBOX)) == [
        HostConnection(22, SocketAddress("172.31.128.10", 51632), "ESTABLISHED"),
        HostConnection(80, SocketAddress("172.31.128.10", 5), "TIME_WAIT"),
    ]


def test_the_kernels_own_tables_are_read_in_its_byte_order() -> None:
    little = list(by_proc(PROC, "little"))
    assert little == [
        HostListener(ip_address("127.0.0.1"), 82),
        HostConnection(22, SocketAddress("172.31.128.10", 51632), "ESTABLISHED"),
        HostListener(None, 80, v6_only=None),
        HostConnection(80, SocketAddress("172.31.129.10", 53380), "SYN_RECV"),
    ]
    big = PROC.replace("0100007F", "7F000001").replace("0A811FAC:0016 0A801FAC", "AC1F810A:0016 AC1F800A")
    assert list(by_proc(big, "big"))[:2] == little[:2]


@pytest.mark.parametrize("reader", [by_ss, by_netstat, by_proc])
@given(st.text() | st.text(alphabet='tcpESTABLISHEDNRV6 0123456789:.*[]%\t\n()",=-_ABCDEF'))
def test_whatever_is_said_is_read_without_an_error(reader: object, text: str) -> None:
    assert callable(reader)
    for lines in (text, SS.replace("\n", f"{text}\n"), NETSTAT.replace(":", text), PROC.replace("0A", text)):
        assert all(isinstance(item, HostListener | HostConnection) for item in reader(lines))


def test_a_name_with_a_line_break_makes_no_socket() -> None:
    forged = 'LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("a\nLISTEN 0 1 0:1",pid=1,fd=3))\n'
    assert list(by_ss(forged)) == [HostListener(ip_address("0.0.0.0"), 22)]


@pytest.mark.parametrize(
    ("listener", "address", "takes"),
    [
        (HostListener(None, 1, v6_only=False), "172.31.129.10", True),
        (HostListener(None, 1, v6_only=True), "172.31.129.10", False),
        (HostListener(None, 1, v6_only=None), "172.31.129.10", None),
        (HostListener(None, 1, v6_only=True), "2001:db8::1", True),
        (HostListener(ip_address("0.0.0.0"), 1), "172.31.129.10", True),
        (HostListener(ip_address("0.0.0.0"), 1), "2001:db8::1", False),
        (HostListener(ip_address("127.0.0.1"), 1), "172.31.129.10", False),
        (HostListener(ip_address("172.31.129.10"), 1), "172.31.129.10", True),
    ],
)
def test_whether_a_socket_takes_connections_to_an_address(
    listener: HostListener, address: str, *, takes: bool | None
) -> None:
    assert listener.takes(ip_address(address)) is takes
