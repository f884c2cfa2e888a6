"""What is true of every fault of the lab: how it shows on the wire and in target health, and what mends it?

The table is held against packets by tests/lab/test_closed_loop.py, and is the wire of test_truth.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from nlbcheck.model import Json, Status


class By(Enum):
    """What brings a network back."""

    CALLS = "the AWS calls that the remedies print"
    HAND = "what the remedies say in words; they print no calls"
    BOTH = "the printed calls, which open what the finding is about, and then something by hand"


@dataclass(frozen=True, slots=True)
class Case:
    """One fault, in a network that can have it."""

    wire: str
    """For each static IP a word, with a letter for each row of the table: see ``LETTERS``."""
    unhealthy: str = ""
    """The listener ports with a target that its health checks give up."""
    mended: By = By.CALLS
    because: str = ""
    """Why calls alone do not mend it."""
    cause: str = ""
    """What is named as the cause where it is not the fault's own finding, which is listed all the same."""
    elsewhere: str = ""
    """The cause of the rows that the fault brings down in another way."""
    looked: str = ""
    """What is told instead by a command, which looks at the client where probes fail."""
    why_not: str = ""
    """Why the fault's finding is not the cause everywhere."""
    beside: str = ""
    """The call that is printed for what comes with a fault that is mended by hand."""
    leaves: str = ""
    """The remarks that stay when it is mended: no call takes out a target that serves."""
    unproven: str = ""
    """Why nothing proves beforehand that the calls mend it."""
    by_chance: bool = False
    """Whether connections pass now and then."""
    network: str = "article"


LETTERS = {
    Status.OK: ".",
    Status.REFUSED: "R",
    Status.TIMED_OUT: "T",
    Status.RESET: "X",
    Status.BAD_REPLY: "B",
    Status.NO_REPLY: "N",
    Status.UNEXPECTED: "U",
    Status.UNREACHABLE: "H",
}
STATUSES: Mapping[str, Status] = {letter: status for status, letter in LETTERS.items()}

_TABLE = "the table names another target, so that is what is wrong first"
_OPERATOR = "only the operator knows whether the table or AWS is right"
_DEVICE = "the customer's device brings the tunnels up"
_HOST = "it is a matter of the host"

# The article's rows: 10022, 10080 (server 1), 20022, 20080 (server 2), 30080 (on-premises); zones a and c.
# Those of the network by transit gateway: 1022, 1080, and 1122 (on-premises).
CASES: Mapping[str, Case] = {
    # the table against AWS
    "listener-forwards-elsewhere": Case("B.... B...."),
    "wrong-target": Case("..... .....", leaves="target-undeclared wrong-server-answers"),
    "wrong-port": Case("T.... T....", "10022"),
    "default-port-differs": Case("..... .....", "", By.HAND, "default port of a target group"),
    # The targets' security group admits the address that the node had.
    "node-moved": Case("TTTTT .....", "", By.HAND, _OPERATOR, beside="AuthorizeSecurityGroupIngress"),
    "listener-added": Case("..... .....", "", By.HAND, _OPERATOR),
    "target-added": Case("..... .....", "", By.HAND, _OPERATOR),
    "zone-added": Case("..... .....", "", By.HAND, _OPERATOR),
    "keys-cloned": Case("..... .....", "", By.HAND, _HOST),
    # the load balancer
    "balancer-renamed": Case("..... .....", "", By.HAND, _OPERATOR),
    "balancer-failed": Case("TTTTT TTTTT", "", By.HAND, "it has to be made anew"),
    "listener-deleted": Case("T.... T...."),
    "listener-udp": Case("T.... T....", "", By.HAND, "it takes another target group: this one is for UDP"),
    "group-empty": Case("T.... T...."),
    "weight-zero": Case("T.... T...."),
    "cross-zone-off": Case("..TT. TT..."),
    "target-zone-not-enabled": Case("T.... T....", "", By.HAND, "the zone's subnet is the operator's choice"),
    "zone-not-all": Case("..... .....", unproven="connections succeed: there is nothing to restore"),
    "public-target": Case("T.... T....", "10022", cause="target-differs", why_not=_TABLE),
    "zone-shifted": Case("..... .....", "", By.HAND, "the shift ends when whoever began it ends it"),
    "preserved-outside": Case("....T ....T"),
    "hairpin": Case(
        "T.... T....", "10022", cause="target-differs", why_not=_TABLE, leaves="connections-collide"
    ),
    "proxy-protocol": Case("B.... B....", unproven="the path is open before; the answer only a probe shows"),
    "many-listeners": Case("..... .....", "", By.HAND, _OPERATOR),
    # target health
    "health-check-wrong": Case("..... .....", "10022", By.HAND, _OPERATOR),
    "target-initial": Case("..... .....", "", By.HAND, "the registration ends by itself"),
    "target-draining": Case("..... ....."),
    "stopped-instance": Case(
        "TT... TT...", "10022 10080", cause="instance-not-running", why_not="that is why AWS does not use it"
    ),
    "health-unknown": Case("..... .....", "", By.HAND, "AWS itself does not know"),
    "health-check-by-http": Case("..... .....", "10022", By.HAND, _OPERATOR),
    "health-port-closed": Case("..... .....", "10022", By.BOTH, "nobody listens on the port that is checked"),
    # the way
    "client-route-missing": Case("TTTTT TTTTT"),
    "return-route-missing": Case("TTTTT ....."),
    "target-route-missing": Case("....T ....."),
    "client-route-blackhole": Case("TTTTT TTTTT"),
    "client-route-to-internet": Case("TTTTT ....."),
    "networks-apart": Case("TTTTT TTTTT", "", By.HAND, "how networks are joined is the operator's choice"),
    "peering-pending": Case("TTTTT TTTTT"),
    "target-behind-peering": Case("....T ....T", "30080"),
    "gateway-detached": Case("....T ....T", "30080"),
    "vpn-down": Case("....T ....T", "30080", By.HAND, _DEVICE),
    "vpn-bgp-down": Case("....T ....T", "30080", By.HAND, _DEVICE),
    "vpn-tunnel-down": Case("..... .....", "", By.HAND, _DEVICE),
    "vpn-propagation-off": Case("....T ....T", "30080"),
    "vpn-prefix-unknown": Case("....T ....T", "30080"),
    "vpn-selector-narrow": Case("....T ....T", "30080"),
    "address-overlap": Case("....T ....T", "30080", By.HAND, "one of the two networks has to be renumbered"),
    "client-sg-egress": Case("TTTTT TTTTT"),
    "target-sg": Case("T.T.. T.T..", "10022 20022"),
    "target-sg-one-node": Case("TTTT. ....."),
    "target-sg-names-client": Case(
        "T.T.. T.T..", "10022 20022", elsewhere="sg-denies",
        why_not="server 2 is in the same security group, and its group does not keep client addresses",
        leaves="connections-collide",
    ),
    "client-acl": Case("TTTTT TTTTT"),
    "node-acl-replies": Case("TT... TT...", "10022 10080"),
    "target-acl": Case("T.T.. T.T..", "10022 20022"),
    "target-acl-replies": Case("TTTTT TTTTT", "10022 10080 20022 20080"),
    "target-acl-narrow": Case("T.... .....", by_chance=True),
    "appliance-mode-off": Case(
        "..... TTTTT", unproven="what the firewalls decide is not visible", network="inspected"
    ),
    "instance-stopped": Case("TT... TT...", "10022 10080"),
    "nobody-there": Case("T.... T....", "10022", cause="target-differs", why_not=_TABLE),
    # what the wire adds
    "process-stopped": Case("R.... R....", "10022", By.HAND, _HOST),
    "firewall-rejects": Case("R.... R....", "10022", By.HAND, _HOST),
    "listens-on-loopback": Case("R.... R....", "10022", By.HAND, _HOST),
    "listens-on-other-port": Case("R.... R....", "10022", By.HAND, _HOST),
    "container-range": Case("TT... .....", "", By.HAND, _HOST),
    "reverse-path-filter": Case("TT... .....", "", By.HAND, _HOST),
    "firewall-drops": Case("T.... T....", "10022", By.HAND, _HOST),
    "on-premises-drops": Case("....T ....T", "30080", By.HAND, _HOST),
    "other-protocol": Case("B.... B....", "", By.HAND, _HOST),
    "expects-proxy": Case("X.... X....", "", By.HAND, _HOST),
    "client-firewall-drops": Case("TTTTT .....", "", By.HAND, _HOST, looked="client-firewall"),
    "client-firewall-rejects": Case("HHHHH .....", "", By.HAND, _HOST, looked="client-firewall"),
    # what the article's network has not
    "balancer-sg-ingress": Case("TTT TTT", network="transit"),
    "balancer-sg-egress": Case("TTT TTT", "1022 1080 1122", network="transit"),
    "through-appliance": Case(
        "TTT TTT", "", By.BOTH, "whether the appliance forwards is not AWS's to say", network="transit"
    ),
    "transit-association-missing": Case(
        "TTT TTT", "", By.HAND, "which route table is meant is the operator's choice", network="transit"
    ),
    "transit-route-missing": Case("TTT TTT", network="transit"),
    "transit-route-blackhole": Case("TTT TTT", network="transit"),
    "transit-route-elsewhere": Case("TTT TTT", network="transit"),
    "transit-zone-missing": Case("TTT TTT", network="transit"),
    "transit-detached": Case("TTT TTT", network="transit"),
    "preserved-to-node": Case("T. T.", network="chained"),
    "inner-listener-deleted": Case(
        "T. T.", "4080", By.HAND, "where the inner load balancer is to forward is its owner's choice",
        network="chained",
    ),
    "internet-gateway-detached": Case("TT TT", network="internet-facing"),
    "endpoint-sg": Case("TT TT", network="by-endpoint"),
    "endpoint-rejected": Case(
        "TT TT", "", By.HAND, "whom the service is for, its provider decides", network="by-endpoint",
    ),
    "preserved-across-zones": Case(
        ".. ..", "", By.HAND, "which client's connections are lost, the operator sees",
        network="internet-facing",
    ),
    "internet-firewall": Case(
        "TT TT", "", By.HAND, "the firewall's policy belongs to AWS Network Security Manager",
        network="internet-facing",
    ),
    "nat-failed": Case("TT TT", "", By.HAND, "a NAT gateway has to be made", network="internet-facing"),
    # Rows of the network with TLS listeners: a web server, an SSH server, a web server with TLS of its own.
    "client-certificate-required": Case(
        "B.. B..", "", By.HAND, "a client needs a certificate of the trust store", network="tls"
    ),
    "listener-certificate-expired": Case(
        "... ...", "", By.HAND, "a certificate has to be renewed", network="tls"
    ),
    # Rows of the network with two servers: both of them, the one, the other, and the other's web server.
    "group-sticky": Case(".... ....", "", By.HAND, _OPERATOR, network="several"),
    "server-fails": Case(".... ....", "", By.HAND, _HOST, network="several"),
    # What nobody may reach is no row: the wire is that of the rows.
    "target-sg-open": Case(". .", "", By.HAND, "a fix that closes is the operator's", network="guarded"),
}  # fmt: skip
"""Every fault of the lab, in the order of its catalogue."""


def picture_of(report: Any) -> str:
    """Return the wire of a report's JSON as a ``Case`` has it."""
    rows = [
        [LETTERS.get(Status(node["probe"]["status"]), "?") for node in row["nodes"]]
        for row in report["mappings"]
        if not row.get("forbidden")
    ]
    return " ".join("".join(letters) for letters in zip(*rows, strict=True))


@dataclass(frozen=True, slots=True)
class Hiding:
    """Faults of which nothing is to be seen beside certain others."""

    hidden: frozenset[str]
    beside: frozenset[str]
    why: str


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


_OTHER_TARGET = _set("wrong-target public-target hairpin nobody-there group-empty stopped-instance")
_OF_TARGET = _set(
    "zone-shifted target-initial target-draining health-unknown target-zone-not-enabled health-check-wrong "
    "health-check-by-http"
)
_OF_VPN = _set(
    "gateway-detached vpn-down vpn-bgp-down vpn-tunnel-down vpn-propagation-off vpn-prefix-unknown "
    "vpn-selector-narrow target-route-missing"
)
ONLY_ON_WIRE = _set(
    "process-stopped firewall-rejects firewall-drops on-premises-drops other-protocol expects-proxy "
    "client-firewall-drops client-firewall-rejects listens-on-loopback listens-on-other-port container-range "
    "reverse-path-filter"
)
"""What no state of AWS shows: it is not heard where another fault silences the same connections."""
_ONE_FOR_ALL = {"fingerprint": "SHA256:one for all", "key_type": "ssh-ed25519"}
_ONE, _OTHER = ({"fingerprint": f"SHA256:{name}", "key_type": "ssh-ed25519"} for name in ("one", "other"))
ANSWERS: Mapping[str, Mapping[int, Mapping[str, Json]]] = {
    "keys-cloned": {0: _ONE_FOR_ALL, 2: _ONE_FOR_ALL},
    "client-certificate-required": {0: {"tls_alert": "certificate required"}},
    "listener-certificate-expired": {0: {"names": ["relay"], "valid_for_days": -1, "status": 200}},
    "group-sticky": {0: _ONE, 1: _OTHER, 2: _ONE},
    "server-fails": {3: {"status": 503, "reason": "Service Unavailable"}},
}
"""Faults that show in the answers of certain rows, by their places: all of them have to answer."""
EXPLAINING = _set("zone-shifted target-draining target-acl-narrow")
"""Faults that would explain silence by themselves."""
LEADS_TO = {"listener-forwards-elsewhere": 4, "wrong-target": 2}
"""Faults that lead the first row's connections to another row's target, by that row's place."""
BEFORE_TARGET = _set("listener-deleted listener-udp weight-zero")
"""Faults that stop the first row's connections before that."""

HIDINGS = (
    Hiding(
        frozenset(CASES), _set("balancer-renamed"),
        "of a load balancer that is not found nothing is known",
    ),
    Hiding(
        _OTHER_TARGET | _OF_TARGET | _set("wrong-port"), _OTHER_TARGET,
        "the first target's registration is replaced, with what was wrong about it",
    ),
    Hiding(
        _set("hairpin public-target nobody-there target-initial target-draining health-unknown weight-zero "
             "health-check-wrong health-check-by-http stopped-instance"),
        _set("listener-forwards-elsewhere"),
        "the group gets no connections, and its targets are put right together with the listener",
    ),
    Hiding(
        _set("target-added"), _OTHER_TARGET | _set("wrong-port"),
        "the row's own target is not registered, so that the other one stands in its place",
    ),
    Hiding(_set("listener-forwards-elsewhere"), _set("weight-zero"), "both say where the listener forwards"),
    Hiding(_set("listener-forwards-elsewhere listener-udp weight-zero"), _set("listener-deleted"), "gone"),
    Hiding(_set("weight-zero"), _set("group-empty"), "the group has nothing to share"),
    Hiding(_set("listener-forwards-elsewhere"), _set("group-empty"), "target-differs says that it is empty"),
    Hiding(
        _set("health-unknown health-check-wrong health-check-by-http"), _set("wrong-port"),
        "it is the health of a registration that has to go",
    ),
    Hiding(
        _set("health-check-wrong health-check-by-http"), _set("listener-deleted"),
        "what gets no connections is not checked",
    ),
    Hiding(
        _set("health-check-by-http"),
        _set("target-sg target-sg-names-client node-acl-replies target-acl target-acl-replies "
             "instance-stopped stopped-instance hairpin health-port-closed"),
        "what a check asks does not matter where its path is closed",
    ),
    Hiding(
        _set("stopped-instance"), _set("cross-zone-off"),
        "the zone of a target that is an instance is not part of its registration",
    ),
    Hiding(_set("many-listeners"), _set("listener-deleted"), "there are 44 again"),
    Hiding(_set("listener-added"), _set("many-listeners"), "it is one of them"),
    Hiding(
        _set("health-check-wrong health-check-by-http target-initial target-draining"),
        _set("target-initial target-draining health-unknown"), "a target has one state of health",
    ),
    Hiding(_set("wrong-port"), _set("target-draining"), "a target on its way out is registered no more"),
    Hiding(
        _set("health-port-closed"),
        _set("target-sg target-sg-names-client node-acl-replies target-acl target-acl-replies "
             "instance-stopped stopped-instance hairpin"),
        "by its definition: connections could pass, the check cannot",
    ),
    Hiding(
        _set("client-route-missing client-route-blackhole return-route-missing peering-pending "
             "target-behind-peering hairpin"),
        _set("networks-apart"), "there is no peering connection, and no route to one",
    ),
    Hiding(_set("client-route-blackhole"), _set("client-route-missing"), "the route is gone"),
    Hiding(_set("client-route-to-internet"), _set("node-moved"), "it is for the address that the node had"),
    Hiding(_set("client-route-blackhole"), _set("peering-pending"), "the route's target says why"),
    Hiding(_OF_VPN, _set("target-behind-peering address-overlap"), "packets do not come as far as the VPN"),
    Hiding(_set("vpn-tunnel-down"), _set("vpn-down vpn-bgp-down"), "not one tunnel is down, all are"),
    Hiding(_set("address-overlap"), _set("vpn-prefix-unknown"), "nothing tells of the range on-premises"),
    Hiding(
        _set("preserved-outside zone-not-all"), _set("address-overlap"),
        "the target's address is one of the VPC",
    ),
    Hiding(_set("target-acl"), _set("node-acl-replies"), "both rules have the same number"),
    Hiding(_set("target-acl-narrow"), _set("target-acl-replies"), "both rules have the same number"),
    Hiding(
        _set("transit-association-missing transit-route-missing transit-route-blackhole "
             "transit-route-elsewhere transit-zone-missing"),
        _set("through-appliance"), "where the appliance sends packets is not visible",
    ),
    Hiding(
        _set("transit-route-missing transit-route-blackhole transit-route-elsewhere"),
        _set("transit-association-missing"), "there is no route table",
    ),
    Hiding(
        _set("transit-route-blackhole transit-route-elsewhere"),
        _set("transit-route-missing transit-route-blackhole"), "the route is gone, or leads nowhere",
    ),
)  # fmt: skip
"""Which faults cannot be told beside which others: all other pairs are both told."""


def is_told_beside(name: str, other: str) -> bool:
    """Return whether a diagnosis must tell of a fault when there is another one."""
    if any(name in item.hidden and other in item.beside for item in HIDINGS):
        return False
    if name in ANSWERS and CASES[name].wire.strip(". ") == "":
        answering = [set(letters) for letters in zip(*CASES[other].wire.split(), strict=True)]
        return all("." in answering[row] for row in ANSWERS[name]) and other not in LEADS_TO
    if name not in ONLY_ON_WIRE:
        return True
    if other in EXPLAINING or (other in LEADS_TO and CASES[name].wire[0] != "."):
        return False
    pairs = zip(CASES[name].wire, CASES[other].wire, strict=True)
    return any(letter == "." for own, letter in pairs if own not in ". ")
