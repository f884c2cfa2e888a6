"""What is wrong, or cannot be seen: one word of the vocabulary, with where it lies and what proves it.

A finding's code is public: scripts match it, and ``nlbcheck explain`` documents it. What belongs to a code
stands here, once: the section of its page, what it is about, and how early a packet meets it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nlbcheck.language import marked
from nlbcheck.model.facts import NotVisible
from nlbcheck.model.json import Json
from nlbcheck.model.remedy import Remedy
from nlbcheck.model.verdict import Confidence, Verdict


class Code(StrEnum):
    """The vocabulary of findings. None is ever renamed; a page in ``explain/pages`` tells each."""

    LISTENER_FORWARDS_ELSEWHERE = "listener-forwards-elsewhere"
    TARGET_DIFFERS = "target-differs"
    TARGET_GROUP_PORT_DIFFERS = "target-group-port-differs"
    STATIC_IP_DIFFERS = "static-ip-differs"
    LISTENER_UNDECLARED = "listener-undeclared"
    TARGET_UNDECLARED = "target-undeclared"
    STATIC_IP_UNDECLARED = "static-ip-undeclared"
    WRONG_SERVER_ANSWERS = "wrong-server-answers"
    BALANCER_NOT_FOUND = "balancer-not-found"
    BALANCER_NOT_ACTIVE = "balancer-not-active"
    LISTENER_MISSING = "listener-missing"
    LISTENER_PROTOCOL_DIFFERS = "listener-protocol-differs"
    LISTENER_HAS_NO_TARGET = "listener-has-no-target"
    TARGET_GROUP_WEIGHT_ZERO = "target-group-weight-zero"
    ZONE_HAS_NO_TARGET = "zone-has-no-target"
    TARGET_ZONE_NOT_ENABLED = "target-zone-not-enabled"
    TARGET_NEEDS_ZONE_ALL = "target-needs-zone-all"
    TARGET_ADDRESS_NOT_ALLOWED = "target-address-not-allowed"
    ZONE_SHIFTED = "zone-shifted"
    CLIENT_IP_PRESERVED_OUTSIDE_VPC = "client-ip-preserved-outside-vpc"
    CLIENT_IP_PRESERVED_UNSUPPORTED = "client-ip-preserved-unsupported"
    CONNECTIONS_COLLIDE = "connections-collide"
    CLIENT_CERTIFICATE_REQUIRED = "client-certificate-required"
    LISTENER_CERTIFICATE_INVALID = "listener-certificate-invalid"
    HAIRPIN = "hairpin"
    PROXY_PROTOCOL_ON = "proxy-protocol-on"
    LISTENER_QUOTA_NEAR = "listener-quota-near"
    LISTENER_PORT_TAKEN = "listener-port-taken"
    TARGET_UNHEALTHY = "target-unhealthy"
    TARGET_INITIAL = "target-initial"
    TARGET_DRAINING = "target-draining"
    TARGET_UNUSED = "target-unused"
    TARGET_HEALTH_UNAVAILABLE = "target-health-unavailable"
    HEALTH_CHECK_DIFFERS = "health-check-differs"
    HEALTH_CHECK_PORT_BLOCKED = "health-check-port-blocked"
    ROUTE_MISSING = "route-missing"
    ROUTE_BLACKHOLE = "route-blackhole"
    ROUTE_LEADS_ELSEWHERE = "route-leads-elsewhere"
    VPCS_NOT_CONNECTED = "vpcs-not-connected"
    ENDPOINT_NOT_AVAILABLE = "endpoint-not-available"
    PEERING_NOT_ACTIVE = "peering-not-active"
    PEERING_NO_TRANSIT = "peering-no-transit"
    GATEWAY_NOT_ATTACHED = "gateway-not-attached"
    VPN_DOWN = "vpn-down"
    VPN_TUNNEL_DOWN = "vpn-tunnel-down"
    VPN_ROUTE_MISSING = "vpn-route-missing"
    VPN_SELECTOR_EXCLUDES = "vpn-selector-excludes"
    ADDRESS_OVERLAP = "address-overlap"
    TRANSIT_GATEWAY_ASSOCIATION_MISSING = "transit-gateway-association-missing"
    TRANSIT_GATEWAY_ROUTE_MISSING = "transit-gateway-route-missing"
    TRANSIT_GATEWAY_ROUTE_BLACKHOLE = "transit-gateway-route-blackhole"
    TRANSIT_GATEWAY_ROUTE_LEADS_ELSEWHERE = "transit-gateway-route-leads-elsewhere"
    TRANSIT_GATEWAY_ZONE_MISSING = "transit-gateway-zone-missing"
    SG_DENIES = "sg-denies"
    SG_REFERENCE_NOT_SEEN = "sg-reference-not-seen"
    NACL_DENIES = "nacl-denies"
    NACL_NARROW_EPHEMERAL = "nacl-narrow-ephemeral"
    MIDDLEBOX_ASYMMETRIC = "middlebox-asymmetric"
    INTERNET_FIREWALL = "internet-firewall"
    SOURCE_DEST_CHECK = "source-dest-check"
    INSTANCE_NOT_RUNNING = "instance-not-running"
    ADDRESS_UNUSED = "address-unused"
    INTERNET_PATH_BLOCKED = "internet-path-blocked"
    CLIENT_ROUTE_MISSING = "client-route-missing"
    CLIENT_FIREWALL = "client-firewall"
    CLIENT_VPN_ROUTE = "client-vpn-route"
    TARGET_NOT_LISTENING = "target-not-listening"
    TARGET_SILENT = "target-silent"
    HOST_NOT_LISTENING = "host-not-listening"
    HOST_LISTENS_ELSEWHERE = "host-listens-elsewhere"
    HOST_OTHER_PORT = "host-other-port"
    HOST_FIREWALL = "host-firewall"
    HOST_REVERSE_PATH = "host-reverse-path"
    HOST_ROUTE = "host-route"
    WRONG_PROTOCOL = "wrong-protocol"
    TARGET_NOT_SEEN = "target-not-seen"
    SERVER_REPORTS_ERROR = "server-reports-error"
    REACHABLE_UNWANTED = "reachable-unwanted"
    WIRE_CONTRADICTS_MODEL = "wire-contradicts-model"
    NOT_VISIBLE = "not-visible"


SECTIONS: Mapping[str, tuple[Code, ...]] = {
    marked("The table against AWS"): (
        Code.LISTENER_FORWARDS_ELSEWHERE,
        Code.TARGET_DIFFERS,
        Code.TARGET_GROUP_PORT_DIFFERS,
        Code.STATIC_IP_DIFFERS,
        Code.LISTENER_UNDECLARED,
        Code.TARGET_UNDECLARED,
        Code.STATIC_IP_UNDECLARED,
        Code.WRONG_SERVER_ANSWERS,
    ),
    marked("The load balancer"): (
        Code.BALANCER_NOT_FOUND,
        Code.BALANCER_NOT_ACTIVE,
        Code.LISTENER_MISSING,
        Code.LISTENER_PROTOCOL_DIFFERS,
        Code.LISTENER_HAS_NO_TARGET,
        Code.TARGET_GROUP_WEIGHT_ZERO,
        Code.ZONE_HAS_NO_TARGET,
        Code.TARGET_ZONE_NOT_ENABLED,
        Code.TARGET_NEEDS_ZONE_ALL,
        Code.TARGET_ADDRESS_NOT_ALLOWED,
        Code.ZONE_SHIFTED,
        Code.CLIENT_IP_PRESERVED_OUTSIDE_VPC,
        Code.CLIENT_IP_PRESERVED_UNSUPPORTED,
        Code.CONNECTIONS_COLLIDE,
        Code.CLIENT_CERTIFICATE_REQUIRED,
        Code.LISTENER_CERTIFICATE_INVALID,
        Code.HAIRPIN,
        Code.PROXY_PROTOCOL_ON,
        Code.LISTENER_QUOTA_NEAR,
        Code.LISTENER_PORT_TAKEN,
    ),
    marked("Target health"): (
        Code.TARGET_UNHEALTHY,
        Code.TARGET_INITIAL,
        Code.TARGET_DRAINING,
        Code.TARGET_UNUSED,
        Code.TARGET_HEALTH_UNAVAILABLE,
        Code.HEALTH_CHECK_DIFFERS,
        Code.HEALTH_CHECK_PORT_BLOCKED,
    ),
    marked("The path"): (
        Code.ROUTE_MISSING,
        Code.ROUTE_BLACKHOLE,
        Code.ROUTE_LEADS_ELSEWHERE,
        Code.VPCS_NOT_CONNECTED,
        Code.ENDPOINT_NOT_AVAILABLE,
        Code.PEERING_NOT_ACTIVE,
        Code.PEERING_NO_TRANSIT,
        Code.GATEWAY_NOT_ATTACHED,
        Code.VPN_DOWN,
        Code.VPN_TUNNEL_DOWN,
        Code.VPN_ROUTE_MISSING,
        Code.VPN_SELECTOR_EXCLUDES,
        Code.ADDRESS_OVERLAP,
        Code.TRANSIT_GATEWAY_ASSOCIATION_MISSING,
        Code.TRANSIT_GATEWAY_ROUTE_MISSING,
        Code.TRANSIT_GATEWAY_ROUTE_BLACKHOLE,
        Code.TRANSIT_GATEWAY_ROUTE_LEADS_ELSEWHERE,
        Code.TRANSIT_GATEWAY_ZONE_MISSING,
        Code.SG_DENIES,
        Code.SG_REFERENCE_NOT_SEEN,
        Code.NACL_DENIES,
        Code.NACL_NARROW_EPHEMERAL,
        Code.MIDDLEBOX_ASYMMETRIC,
        Code.INTERNET_FIREWALL,
        Code.SOURCE_DEST_CHECK,
        Code.INSTANCE_NOT_RUNNING,
        Code.ADDRESS_UNUSED,
        Code.INTERNET_PATH_BLOCKED,
    ),
    marked("What the probes add"): (
        Code.TARGET_NOT_LISTENING,
        Code.TARGET_SILENT,
        Code.WRONG_PROTOCOL,
        Code.TARGET_NOT_SEEN,
        Code.SERVER_REPORTS_ERROR,
        Code.REACHABLE_UNWANTED,
        Code.WIRE_CONTRADICTS_MODEL,
        Code.NOT_VISIBLE,
    ),
    marked("The client itself"): (
        Code.CLIENT_ROUTE_MISSING,
        Code.CLIENT_FIREWALL,
        Code.CLIENT_VPN_ROUTE,
    ),
    marked("The target itself"): (
        Code.HOST_NOT_LISTENING,
        Code.HOST_LISTENS_ELSEWHERE,
        Code.HOST_OTHER_PORT,
        Code.HOST_FIREWALL,
        Code.HOST_REVERSE_PATH,
        Code.HOST_ROUTE,
    ),
}
"""Every code by what it is about, in the order in which a reader meets them."""

OF_THE_THING = frozenset(
    {
        Code.ENDPOINT_NOT_AVAILABLE,
        Code.PEERING_NOT_ACTIVE,
        Code.GATEWAY_NOT_ATTACHED,
        Code.VPN_DOWN,
        Code.VPN_TUNNEL_DOWN,
        Code.VPN_ROUTE_MISSING,
        Code.VPN_SELECTOR_EXCLUDES,
        Code.ADDRESS_OVERLAP,
        Code.ADDRESS_UNUSED,
        Code.INSTANCE_NOT_RUNNING,
        Code.INTERNET_PATH_BLOCKED,
    }
)
"""Codes about a thing as such: whatever leg and direction meets it, it is one finding."""
_ANYWHERE = frozenset({Code.VPCS_NOT_CONNECTED})
"""Codes of which one finding is enough for a whole walk."""

OF_CLIENT = frozenset({Code.CLIENT_ROUTE_MISSING, Code.CLIENT_FIREWALL})
"""Codes of what stops connections on the client itself: nothing that comes later is met at all."""
_ADDRESS = frozenset({Code.STATIC_IP_DIFFERS, Code.BALANCER_NOT_FOUND})
"""What is wrong with where a packet is sent to at all."""
_BEHIND_LISTENER = frozenset({Code.LISTENER_FORWARDS_ELSEWHERE, Code.TARGET_DIFFERS})
"""Where the table and AWS part behind the listener: connections reach another target."""


class Leg(StrEnum):
    """The part of the path, or of the set-up, that a finding belongs to."""

    FRONT = "front"
    """Client to load balancer node."""
    BACK = "back"
    """Node to target."""
    HEALTH = "health"
    """Node to the target's health check port."""
    TABLE = "table"
    """The mapping table against reality."""
    BALANCER = "balancer"


class Direction(StrEnum):
    """In which direction a packet travels on a leg."""

    REQUEST = "request"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing that a finding is about."""

    type: str
    id: str
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name and self.name != self.id else self.id


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or cannot be seen, with the evidence for it."""

    code: Code
    verdict: Verdict
    summary: str
    """The sentence for people. It decides nothing."""
    leg: Leg
    direction: Direction | None = None
    zone: str | None = None
    resource: Resource | None = None
    evidence: Mapping[str, Json] = field(default_factory=dict)
    """For readers; nothing reads it back."""
    remedy: Remedy | None = None
    confidence: Confidence = Confidence.CERTAIN
    subject: str = ""
    """What it is about at its resource, where that has several: the packet, the target, the missing fact."""
    missing: NotVisible | None = None
    """The fact that is missing, where that is what was found."""

    @property
    def gate(self) -> Hashable:
        """Where it lies: the same gate, closed in the same way, whatever packet or zone met it."""
        where = self.resource.id if self.resource else None
        if self.code in _ANYWHERE:
            return self.code
        if self.code is Code.NOT_VISIBLE:
            return self.code, self.subject
        if self.code in OF_THE_THING:
            return self.code, where
        return self.code, self.leg, self.direction, where

    @property
    def identity(self) -> Hashable:
        """What makes two findings the same one. Zone, sentence, evidence and remedy play no part in it."""
        return self.gate, self.subject

    @property
    def is_warning_of_balancer(self) -> bool:
        """Whether it warns of the load balancer as such, whatever row and static IP is asked about."""
        of_balancer = self.resource is not None and self.resource.type == "load-balancer"
        return of_balancer and self.leg is Leg.BALANCER and self.verdict is Verdict.WARN

    @property
    def is_behind_listener(self) -> bool:
        """Whether it is why connections reach another target than the table means."""
        return self.code in _BEHIND_LISTENER

    @property
    def order(self) -> int:
        """How early a packet meets it: the client's request, the target's reply, health checks, the table."""
        if self.code in _ADDRESS or self.code in OF_CLIENT:
            return 0
        if self.is_behind_listener:
            return 3
        return position(self.leg, self.direction)


def position(leg: Leg, direction: Direction | None) -> int:
    """Return how early a packet travels a leg in a direction."""
    reply = direction is Direction.REPLY
    match leg:
        case Leg.FRONT:
            return 6 if reply else 1
        case Leg.BALANCER:
            return 2
        case Leg.BACK:
            return 5 if reply else 4
        case Leg.HEALTH:
            return 8 if reply else 7
    return 9
