"""Who answers behind the registered targets, and what does their own firewall do?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Interface

from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.errors import InputError
from nlbcheck.lab.emulation.groups import Firewall
from nlbcheck.lab.emulation.relays import Relay
from nlbcheck.lab.emulation.remarks import Remarks
from nlbcheck.lab.emulation.seats import Role, Seat
from nlbcheck.lab.emulation.survey import Machines
from nlbcheck.lab.plan import Namespace, Service, TlsEnd
from nlbcheck.model import Check
from nlbcheck.relays import Row, Table

AddressAndPort = tuple[IPv4Address, int]
AddressPair = tuple[IPv4Address, IPv4Address]
"""From whom, to whom."""
HostBridge = tuple[IPv4Address, str, IPv4Interface]
"""Of which host, by its address; its name; and its own address, with the range that is its."""

_BY_PORT = {22: Check.SSH, 80: Check.HTTP, 8080: Check.HTTP, 443: Check.HTTPS, 8443: Check.HTTPS}
_WEB = (Check.HTTP, Check.HTTPS)
LOOPBACK = IPv4Address("127.0.0.1")
_BY_HEALTH_CHECK = {Protocol.HTTP: Check.HTTP, Protocol.HTTPS: Check.HTTPS}


@dataclass(frozen=True, slots=True)
class Wishes:
    """Who answers at the machines, and what their own firewalls do: no part of AWS's state."""

    listening: Mapping[AddressAndPort, Check] | None = None
    """What is spoken on which port; None for what the registered targets are meant to speak."""
    closed: frozenset[AddressAndPort] = frozenset()
    """Nobody listens there."""
    dropped: frozenset[AddressAndPort] = frozenset()
    """The host's firewall drops what comes in there."""
    rejected: frozenset[AddressAndPort] = frozenset()
    """The host's firewall refuses it."""
    expecting_proxy: frozenset[AddressAndPort] = frozenset()
    """The server wants a proxy protocol header."""
    keys_of: Mapping[IPv4Address, IPv4Address] = field(default_factory=dict)
    """A machine that shows the keys of another one."""
    sent_dropped: frozenset[AddressPair] = frozenset()
    """The sender's own firewall drops it."""
    sent_rejected: frozenset[AddressPair] = frozenset()
    """The sender's own firewall refuses it."""
    failing: frozenset[AddressAndPort] = frozenset()
    """The web server there answers 503."""
    expired: frozenset[str] = frozenset()
    """TLS listeners, by their ARN, whose certificate's time is over."""
    on_loopback: frozenset[AddressAndPort] = frozenset()
    """The server there listens on 127.0.0.1 alone."""
    moved: Mapping[AddressAndPort, int] = field(default_factory=dict)
    """The port that the server there listens on instead."""
    bridges: frozenset[HostBridge] = frozenset()
    """Bridges of hosts, as those of containers."""
    strict: frozenset[IPv4Address] = frozenset()
    """Hosts whose reverse path filter is strict."""


@dataclass(frozen=True, slots=True)
class Served:
    """All servers, and the firewalls of their hosts."""

    services: tuple[Service, ...]
    wishes: Wishes

    def firewall(self, seat: Seat) -> Firewall:
        """Return a host's own firewall."""
        wishes = self.wishes
        received = ((wishes.dropped, "drop"), (wishes.rejected, "reject with tcp reset"))
        sent = (
            (wishes.sent_dropped, "drop"),
            (wishes.sent_rejected, "reject with icmp type host-unreachable"),
        )
        return Firewall(
            tuple(
                f"ip daddr {address} tcp dport {port} {verdict}"
                for places, verdict in received
                for address, port in sorted(places)
                if address in seat.addresses
            ),
            tuple(
                f"ip daddr {far} {verdict}"
                for ways, verdict in sent
                for address, far in sorted(ways)
                if address in seat.addresses
            ),
        )

    def furnished(self, seat: Seat, machine: Namespace) -> Namespace:
        """Return a machine with the bridges that it has besides, and its reverse path filter."""
        own = [(name, ip) for address, name, ip in sorted(self.wishes.bridges) if address in seat.addresses]
        strict = not self.wishes.strict.isdisjoint(seat.addresses)
        return replace(machine, bridges=tuple(own), strict=strict)


def of(relays: Iterable[Relay], survey: Machines, wishes: Wishes, remarks: Remarks) -> Served:
    """Return the servers of all machines, and their firewalls."""
    relays = tuple(relays)
    headers: set[AddressAndPort] = set()
    for group in (group for relay in relays for group in relay.groups):
        for member in group.members:
            if not any(member.address in seat.addresses for seat in survey.seats):
                remarks.say(f"nobody has the address {member.address} of a registered target")
            if group.proxy_protocol:
                headers.add((member.address, member.port))
    listening = registered(relays) if wishes.listening is None else wishes.listening
    found = [
        Service(seat.name, LOOPBACK if (address, port) in wishes.on_loopback else address,
                wishes.moved.get((address, port), port), check, (address, port) in headers,
                (address, port) in wishes.expecting_proxy, wishes.keys_of.get(address, address),
                (address, port) in wishes.failing and check in _WEB)
        for (address, port), check in listening.items() if (address, port) not in wishes.closed
        for seat in survey.seats
        if address in seat.addresses and seat.role is Role.HOST and seat.running
    ]  # fmt: skip
    found += [service for relay in relays for service in _tls_ends(relay, survey, wishes)]
    return Served(tuple(found), wishes)


def _tls_ends(relay: Relay, survey: Machines, wishes: Wishes) -> Iterable[Service]:
    """Yield the servers that end TLS at a load balancer's nodes, for its name and the nodes' addresses."""
    own = {node.address for node in relay.nodes}
    name = relay.balancer.dns_name or relay.balancer.name
    for seat in survey.seats:
        if seat.role is not Role.NODE or own.isdisjoint(seat.addresses):
            continue
        for branch in relay.branches:
            if branch.ends_tls:
                end = TlsEnd(
                    (name, *seat.addresses),
                    expired=branch.listener.arn in wishes.expired,
                    verifies=branch.listener.client_certificates == "verify",
                    encrypts=branch.encrypts,
                )
                yield Service(seat.name, seat.address, branch.listener.port, Check.TLS, tls_end=end)


def registered(relays: Iterable[Relay]) -> Mapping[AddressAndPort, Check]:
    """Return what is spoken where targets are registered or checked, by the port and the health check."""
    found: dict[AddressAndPort, Check] = {}
    checked: dict[AddressAndPort, Check] = {}
    for group in (group for relay in relays for group in relay.groups):
        own = group.group.health_check
        for member in group.members:
            spoken = _BY_PORT.get(member.port, Check.TCP)
            if group.group.protocol is Protocol.TLS:
                spoken = Check.HTTPS if spoken in _WEB else Check.TLS
            found[member.address, member.port] = spoken
            port = own.port if isinstance(own.port, int) else member.port
            check = _BY_HEALTH_CHECK.get(own.protocol or Protocol.TCP, Check.TCP)
            if checked.get((member.address, port), Check.TCP) is Check.TCP:
                checked[member.address, port] = check
    for place, check in checked.items():
        if found.get(place, Check.TCP) is Check.TCP:
            found[place] = check
    return found


def listening(relays: Iterable[Relay], table: Table | None) -> Mapping[AddressAndPort, Check]:
    """Return what is spoken where: as a table's rows are checked, elsewhere as targets are registered.

    InputError where a row's check cannot hold beside another's.
    """
    relays = tuple(relays)
    meant = registered(relays)
    checks: dict[AddressAndPort, Check] = {}
    problems = []
    for row in table.rows if table else ():
        for place in _places(row):
            wanted = _spoken(row, meant.get(place, Check.TCP))
            present = checks.get(place, Check.TCP)  # any server satisfies a check by TCP alone
            if Check.TCP not in (present, wanted) and present != wanted:
                problems.append(
                    f"{row.name}: {place[0]}:{place[1]} cannot speak {wanted} and {present} at once"
                )
            checks[place] = wanted if present is Check.TCP else present
    if problems:
        raise InputError(*problems)
    return {**meant, **checks}


def _spoken(row: Row, meant: Check) -> Check:
    """Return what a row's target speaks: a TLS listener takes off what the row's check speaks around it."""
    check = row.spec.check
    if row.listener.protocol != Protocol.TLS or check not in (Check.HTTPS, Check.TLS):
        return check
    if meant in (Check.HTTPS, Check.TLS):
        return meant
    return Check.HTTP if check is Check.HTTPS else meant


def _places(row: Row) -> Iterable[AddressAndPort]:
    """Yield where a row's targets listen; of a name without an address nothing is known."""
    port = row.target_port.number
    return ((item.address, port) for item in row.targets if isinstance(item.address, IPv4Address))
