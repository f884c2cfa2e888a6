"""What does a load balancer's node do with a connection? Kernel NAT, which leaves TCP itself alone.

A target's refusal reaches the client; what meets no listener is dropped in silence. At a TLS listener a
server of the node's own ends the connection. What it opens to the node itself, the kernel sends to a target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from nlbcheck.aws.resources.target_group import HealthState
from nlbcheck.lab.emulation import endpoints, groups, nft
from nlbcheck.lab.emulation.endpoints import EndpointLink
from nlbcheck.lab.emulation.relays import Branch, Group, Member, Relay
from nlbcheck.lab.emulation.seats import Seat

Health = Callable[[Group, Member], HealthState | None]
"""Tells a target's health now."""

_EVERYWHERE = "all"
_HOOK = "type {} hook {} priority {}; policy {};"
_LEAVING = (HealthState.DRAINING, HealthState.UNUSED, HealthState.UNHEALTHY_DRAINING)
_PRESERVED = 1
"""The connection mark of what keeps its client's address."""
_FLOW = "jhash ip saddr . ip daddr . tcp sport . tcp dport . tcp sequence mod {} seed {}"
"""What a flow's target is chosen by, so that a request sent again goes to the same one:
https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html."""
_CLIENT = "jhash ip saddr mod {} seed {}"
"""What a client's target is chosen by where the group is sticky:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html."""
_BY_WEIGHT, _BY_TARGET = 1, 2
"""Seeds: which of its group's targets a flow goes to does not depend on its group."""


def ruleset(
    relay: Relay,
    seat: Seat,
    who: groups.Acquaintance,
    prefixes: groups.Prefixes,
    mark: int,
    health: Health,
    by: Sequence[EndpointLink] = (),
) -> str:
    """Return what a node holds; ``mark`` is what packets in a client's name carry as their DSCP.

    ``by`` are the endpoints that lead to it.
    """
    zone = seat.subnet.zone if seat.subnet else ""
    own = nft.networks(seat.addresses)
    branches = relay.branches if relay.works else ()
    named = {group.group.arn: f"group_{place}" for place, group in enumerate(relay.groups)}
    shares = [(branch, f"{_to(own, branch)} {_share(branch, named)}") for branch in branches]
    ended = [branch for branch in branches if branch.ends_tls]
    inside = [share for branch, share in shares if branch.ends_tls]
    here = f"dnat to {seat.address}"
    listening = [f"{_to(own, branch)} {here}" if branch.ends_tls else share for branch, share in shares]
    # Inbound rules govern clients, not the replies to health checks; outbound rules govern both:
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
    return _sources(seat) + nft.table(
        "node",
        [
            *groups.chains(seat, who, prefixes),
            *endpoints.arrivals(seat, by, prefixes),
            *(
                nft.chain(named[group.group.arn], _choose(group, chosen(relay, group, zone, health), by))
                for group in relay.groups
            ),
            nft.chain(
                "admission",
                [_HOOK.format("filter", "prerouting", "mangle", "accept"),
                 *endpoints.admission(by),
                 f"ct state new ip daddr {own} jump ingress"],
            ),
            nft.chain("listeners", [_HOOK.format("nat", "prerouting", "dstnat", "accept"), *listening]),
            nft.chain("inside", [_HOOK.format("nat", "output", "-100", "accept"), *inside]),
            *_filters(relay, own, ended, mark, by),
        ],
    )  # fmt: skip


def _filters(
    relay: Relay, own: str, ended: Iterable[Branch], mark: int, by: Sequence[EndpointLink]
) -> list[str]:
    """Return what a node lets through, in and out, and in whose name it speaks."""
    return [
        nft.chain(
            "forward",
            [
                _HOOK.format("filter", "forward", "filter", "drop"),
                "ct state new ct status dnat jump egress",
                *_lost(relay),
                "ct direction original ip dscp set cs0",
                f"ct direction original ct mark {_PRESERVED} ip dscp set {mark}",
                *endpoints.departures(by),
                "ct status dnat accept",
                "ct state related accept",
            ],
        ),
        nft.chain(
            "input",
            [
                _HOOK.format("filter", "input", "filter", "drop"),
                'iifname "lo" accept',
                "ct state established,related accept",
                *(f"{_to(own, branch)} accept" for branch in ended),
            ],
        ),
        nft.chain(
            "output",
            [
                _HOOK.format("filter", "output", "filter", "accept"),
                # What is sent on to a target is still taken for what the node sends to itself.
                "ct state new ct status dnat jump egress",
                'oifname "lo" accept',
                "ip protocol icmp drop",
                "ct state established,related accept",
                "jump egress",
            ],
        ),
    ]


def _sources(seat: Seat) -> str:
    """Return the table that gives connections the node's address; any port from 1024 on is used.

    It is apart from what changes with the targets' health:
    https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html.
    """
    chain = [
        "type nat hook postrouting priority srcnat; policy accept;",
        f"ct mark {_PRESERVED} return",
        f"ct status dnat ip protocol tcp snat to {seat.address}:1024-65535 fully-random",
    ]
    return nft.table("sources", [nft.chain("sources", chain)])


def chosen(relay: Relay, group: Group, zone: str, health: Health) -> tuple[Member, ...]:
    """Return the targets that a zone's node sends connections to.

    First those that the node may use at all, then the healthy ones among them, else all that are still
    registered, else those that are being taken away:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html.
    """
    usable = [member for member in group.members if zone in serving_zones(relay, group, member)]
    healthy = [member for member in usable if health(group, member) is HealthState.HEALTHY]
    staying = [member for member in usable if health(group, member) not in _LEAVING]
    return tuple(healthy or staying or usable)


def serving_zones(relay: Relay, group: Group, member: Member, *, across: bool = False) -> set[str]:
    """Return the zones whose nodes may use a target; with ``across`` as if cross-zone balancing were on.

    A target in a zone that is not enabled is used by none.
    """
    enabled, own = {item.zone for item in relay.balancer.zones}, member.zone
    if own in (_EVERYWHERE, None):
        return enabled
    if own not in enabled:
        return set()
    return enabled if group.cross_zone or across else {own}


def _to(own: str, branch: Branch) -> str:
    """Return the match for what is sent to a listener at a node's own addresses."""
    return f"ip daddr {own} tcp dport {branch.listener.port}"


def _share(branch: Branch, named: dict[str, str]) -> str:
    """Return the verdict that divides a listener's connections between its groups, by their weights."""
    shares = [(named[group.group.arn], weight) for group, weight in branch.shares if weight and group.members]
    if not shares:
        return "drop"
    if len(shares) == 1:
        return f"goto {shares[0][0]}"
    ranges, start = {}, 0
    for name, weight in shares:
        ranges[_range(start, weight)] = f"goto {name}"
        start += weight
    return f"{_FLOW.format(start, _BY_WEIGHT)} vmap {nft.mapping(ranges)}"


def _choose(group: Group, members: tuple[Member, ...], by: Sequence[EndpointLink]) -> Iterable[str]:
    """Return the statements that send a connection to one of a group's targets.

    What comes through an endpoint never keeps its client's address.
    """
    if not members:
        return ["drop"]
    to = f"{members[0].address}:{members[0].port}"
    if len(members) > 1:
        places = {str(place): f"{item.address} . {item.port}" for place, item in enumerate(members)}
        choice = _CLIENT if group.sticky else _FLOW
        to = f"{choice.format(len(members), _BY_TARGET)} map {nft.mapping(places)}"
    directly = f"iifname != {nft.devices(item.device for item in by)} " if by else ""
    kept = [f"{directly}ct mark set {_PRESERVED}"] if group.preserves else []
    return [*kept, f"ip protocol tcp dnat to {to}"]


def _lost(relay: Relay) -> Iterable[str]:
    """Return the statements that drop what keeps its client's address and is for another front door."""
    lost = {member.address for group in relay.groups for member in group.members if member.front_door}
    return [f"ct mark {_PRESERVED} ip daddr {nft.networks(sorted(lost))} drop"] if lost else []


def _range(start: int, size: int) -> str:
    return str(start) if size == 1 else f"{start}-{start + size - 1}"
