"""Which commands show a host's sockets, firewall and routes, whatever it has of them?

One script of a POSIX shell, for BusyBox as well: it reads and changes nothing. ``ss`` tells most; where it is
not there, ``netstat`` does; else the kernel's own tables.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from nlbcheck.inspection.question import HostQuestion

MOST = 400_000
"""Bytes that are kept of one command's answer."""
PAUSE = 1
"""Seconds between two looks at the connections; not every ``sleep`` knows parts of one."""
_STATES = (
    *("established", "syn-recv", "fin-wait-1", "fin-wait-2", "time-wait"),
    *("close-wait", "last-ack", "closing"),
)

_FRAME = r"""
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH
look() {
  name=$1; shift
  printf '\n%s begin %s\n' "$mark" "$name"
  { if command -v "$1" >/dev/null 2>&1; then $root "$@"; else (exit 127); fi
    printf '\n%s end %s\n' "$mark" "$?"; } 2>&1 </dev/null | head -c """
_REST = r"""
}
shown() { command -v "$1" >/dev/null 2>&1 && "$@" >/dev/null 2>&1; }
"""

_SOCKETS = r"""
if shown ss -ltn; then
  look ss-listening ss -ltnp
  n=0
  while :; do
    look ss-connections ss -tnpi {states} {ports}
    n=$((n + 1)); [ "$n" -ge {looks} ] && break
    sleep {pause}
  done
elif shown netstat -ltn; then
  if shown netstat -ltnp; then names=p; else names=; fi
  look netstat-listening netstat -ltn$names
  n=0
  while :; do
    look netstat-connections netstat -tn
    n=$((n + 1)); [ "$n" -ge {looks} ] && break
    sleep {pause}
  done
else
  n=0
  while :; do
    for family in tcp tcp6; do
      look proc-$family grep -E {proc} /proc/net/$family
    done
    n=$((n + 1)); [ "$n" -ge {looks} ] && break
    sleep {pause}
  done
fi
"""

_RULES = """
look nft nft -j list ruleset
look nft-text nft -a list ruleset
look iptables iptables-save
look ip6tables ip6tables-save
look firewalld firewall-cmd --state
look ufw ufw status
"""


def script(question: HostQuestion, mark: str, *, looks: int = 1, sudo: bool = False) -> str:
    """Return the script that answers a question, with ``looks`` at the connections.

    ``mark`` is what nobody can guess, in letters and digits. With ``sudo`` it is root's look, where that
    takes no password.
    """
    opening = f"mark={shlex.quote(mark)}; root={shlex.quote('sudo -n' if sudo else '')}"
    return "".join(
        (opening, _FRAME, str(MOST), _REST, _system(), _routes(question), _sockets(question, looks), _RULES)
    )


def _system() -> str:
    return (
        "look system uname -sr\nlook machine uname -m\nlook user id -u\nlook addresses ip -o addr\n"
        "look links ip -o -d link\nlook plain-links ip -o link\nlook policy ip rule\nlook paths ip route\n"
        "look settings grep . /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv6/bindv6only\n"
    )


def _routes(question: HostQuestion) -> str:
    return "".join(
        f"look route-{peer} ip route get {peer} from {question.address}\n" for peer in question.peers
    )


def _sockets(question: HostQuestion, looks: int) -> str:
    ports = " or ".join(f"sport = :{port}" for port in question.ports)
    return (
        _SOCKETS.replace("{looks}", str(looks))
        .replace("{pause}", str(PAUSE))
        .replace("{states}", " ".join(f"state {state}" for state in _STATES))
        .replace("{ports}", shlex.quote(f"( {ports} )"))
        .replace("{proc}", shlex.quote(_of_proc(question.ports)))
    )


def _of_proc(ports: Iterable[int]) -> str:
    """Return what lines of the kernel's tables look like that listen, or belong to one of the ports."""
    address, own = "[0-9A-F]+:[0-9A-F]{4}", "|".join(f"{port:04X}" for port in ports)
    return f"^ *[0-9]+: ({address} {address} 0A|[0-9A-F]+:({own}) )"
