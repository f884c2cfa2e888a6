"""How are sets of addresses, ports and devices written for nftables?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, collapse_addresses

from nlbcheck.aws.ports import ALL_PORTS, PortRange


def devices(names: Iterable[str]) -> str:
    """Return a set of devices."""
    return _braced(f'"{name}"' for name in names)


def networks(ranges: Iterable[IPv4Network | IPv4Address]) -> str:
    """Return a set of addresses; nftables refuses sets whose members overlap."""
    return _braced(map(str, collapse_addresses(IPv4Network(item) for item in ranges)))


def mapping(entries: Mapping[str, object]) -> str:
    """Return a map."""
    return _braced(f"{key} : {value}" for key, value in entries.items())


def service(protocol: str | None, ports: PortRange | None) -> str | None:
    """Return the match for a rule's protocol and ports; None where no TCP packet can meet it."""
    if protocol in ("all", None):
        return ""
    if protocol != "tcp":
        return None
    wide = ports is None or (ports.first, ports.last) == (ALL_PORTS.first, ALL_PORTS.last)
    return "ip protocol tcp" if wide else f"tcp dport {ports}"


def chain(name: str, lines: Iterable[str]) -> str:
    """Return a chain, one statement a line as nftables 1.0.6 wants it."""
    return f"  chain {name} {{\n" + "".join(f"    {line}\n" for line in lines) + "  }\n"


def table(name: str, chains: Iterable[str]) -> str:
    """Return a table."""
    return f"table ip {name} {{\n{''.join(chains)}}}\n"


def _braced(items: Iterable[str]) -> str:
    return "{ " + ", ".join(items) + " }"
