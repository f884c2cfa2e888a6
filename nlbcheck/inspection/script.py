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
_OF_CONNECTIONS, _OF_GLANCE = 100_000, 15_000
"""Bytes that are kept of a look at the connections, and of one of the many glances in between."""
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
    printf '\n%s end %s\n' "$mark" "$?"; } 2>&1 </dev/null | head -c "$most"
}
shown() { command -v "$1" >/dev/null 2>&1 && "$@" >/dev/null 2>&1; }
watch() {
  most={of_connections}
  "$@"
  [ {seconds} -gt 0 ] || return 0
  if [ "$3" = ss ] && command -v stdbuf >/dev/null 2>&1; then
    look ss-connections timeout {seconds} stdbuf -oL ss -tnEi {ports}
  else
    glance "$@"
  fi
  most={of_connections}
  "$@"
}
glance() {
  most={of_glance}; step=1; left={seconds}
  if sleep 0.1 2>/dev/null; then step=0.1; left=$(({seconds} * 8)); fi
  while [ "$left" -gt 0 ]; do "$@"; sleep "$step"; left=$((left - 1)); done
}
kernels() {
  for family in tcp tcp6; do look proc-$family grep -E {proc} /proc/net/$family; done
}
"""
"""``watch`` looks at the connections, hears for a while which ones end, and looks once more.

A health check is over within milliseconds. Where ss cannot tell what ends (ss -E, line by line), there are
glances at short intervals instead; not every ``sleep`` knows parts of a second.
"""

_SOCKETS = r"""
if shown ss -ltn; then
  look ss-listening ss -ltnp
  watch look ss-connections ss -tnpi {states} {ports}
elif shown netstat -ltn; then
  if shown netstat -ltnp; then names=p; else names=; fi
  look netstat-listening netstat -ltn$names
  watch look netstat-connections netstat -tn
else
  watch kernels
fi
most={most}
"""

_SYSTEM = """
look system uname -sr
look machine uname -m
look addresses ip -o addr
look links ip -o -d link
look plain-links ip -o link
look policy ip rule
look paths ip route
look settings grep . /proc/sys/net/ipv4/conf/*/rp_filter
"""

_RULES = """
look nft nft -j list ruleset
look nft-text nft -a list ruleset
look iptables iptables-save
look ip6tables ip6tables-save
look firewalld firewall-cmd --state
look ufw ufw status
"""


def script(question: HostQuestion, mark: str, *, seconds: int = 0, sudo: bool = False) -> str:
    """Return the script that answers a question, and looks at the connections for so many seconds.

    ``mark`` is what nobody can guess, in letters and digits. With ``sudo`` it is root's look, where that
    takes no password.
    """
    ports = " or ".join(f"sport = :{port}" for port in question.ports)
    values = {
        "seconds": str(seconds),
        "most": str(MOST),
        "of_connections": str(_OF_CONNECTIONS),
        "of_glance": str(_OF_GLANCE),
        "states": " ".join(f"state {state}" for state in _STATES),
        "ports": shlex.quote(f"( {ports} )"),
        "proc": shlex.quote(_of_proc(question.ports)),
    }
    text = f"mark={shlex.quote(mark)}; root={shlex.quote('sudo -n' if sudo else '')}; most={MOST}"
    text += _FRAME + _SYSTEM + _routes(question) + _SOCKETS + _RULES
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _routes(question: HostQuestion) -> str:
    own = question.address
    return "".join(f"look route-{peer} ip route get {peer} from {own}\n" for peer in question.peers)


def _of_proc(ports: Iterable[int]) -> str:
    """Return what lines of the kernel's tables look like that listen, or belong to one of the ports."""
    address, own = "[0-9A-F]+:[0-9A-F]{4}", "|".join(f"{port:04X}" for port in ports)
    return f"^ *[0-9]+: ({address} {address} 0A|[0-9A-F]+:({own}) )"
