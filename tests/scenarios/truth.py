"""What is true of every fault of the lab: how it shows on the wire and in target health, and what mends it?

The table is held against packets by tests/lab/test_closed_loop.py, and is the wire of test_truth.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from nlbcheck.model import Status


class By(Enum):
    """What brings a network back."""

    CALLS = "the AWS calls that the remedies print"
    HAND = "what the remedy says in words: no call to AWS is proposed"


@dataclass(frozen=True, slots=True)
class Case:
    """One fault, in a network that can have it."""

    wire: str
    """A letter for each row of the table, one word for each static IP."""
    unhealthy: str = ""
    """The listener ports with a target that its health checks give up."""
    mended_by: By = By.CALLS
    because: str = ""
    """Why no call mends it, or why the cause is another finding than the fault's."""
    cause: str = ""
    """The finding that is named as the cause, where it is not the fault's."""
    network: str = "article"


LETTERS = {
    Status.OK: ".",
    Status.REFUSED: "R",
    Status.TIMED_OUT: "T",
    Status.RESET: "X",
    Status.NO_REPLY: "N",
    Status.BAD_REPLY: "B",
}
STATUSES: Mapping[str, Status] = {letter: status for status, letter in LETTERS.items()}


def picture_of(report: Any) -> str:
    """Return the wire of a report's JSON as a ``Case`` has it; nothing where nothing was probed."""
    rows = [
        [LETTERS.get(Status(node["probe"]["status"]), "?") for node in row["nodes"]]
        for row in report["mappings"]
    ]
    return " ".join("".join(letters) for letters in zip(*rows, strict=True))


CASES: Mapping[str, Case] = {
    "listener-forwards-elsewhere": Case("..... ....."),
    "wrong-target": Case("..... ....."),
    "wrong-port": Case("T.... T...."),
    "default-port-differs": Case("..... ....."),
    "listener-added": Case("..... ....."),
    "balancer-renamed": Case("..... ....."),
    "balancer-failed": Case("TTTTT TTTTT"),
    "listener-deleted": Case("T.... T...."),
    "listener-udp": Case("T.... T...."),
    "group-empty": Case("T.... T...."),
    "weight-zero": Case("T.... T...."),
    "cross-zone-off": Case("..TT. TT..."),
    "target-zone-not-enabled": Case("T.... T...."),
    "public-target": Case("T.... T...."),
    "zone-shifted": Case("..... ....."),
    "preserved-outside": Case("....T ....T"),
    "hairpin": Case("T.... T...."),
    "proxy-protocol": Case("..... ....."),
    "many-listeners": Case("..... ....."),
    "target-draining": Case("..... ....."),
    "health-unknown": Case("..... ....."),
    "health-port-closed": Case("..... ....."),
    "client-route-missing": Case("TTTTT TTTTT"),
    "return-route-missing": Case("TTTTT ....."),
    "target-route-missing": Case("....T ....."),
    "client-route-blackhole": Case("TTTTT TTTTT"),
    "client-route-to-internet": Case("TTTTT ....."),
    "networks-apart": Case("TTTTT TTTTT"),
    "peering-pending": Case("TTTTT TTTTT"),
    "target-behind-peering": Case("....T ....T"),
    "gateway-detached": Case("....T ....T"),
    "vpn-down": Case("....T ....T"),
    "vpn-bgp-down": Case("....T ....T"),
    "vpn-tunnel-down": Case("..... ....."),
    "vpn-propagation-off": Case("....T ....T"),
    "vpn-prefix-unknown": Case("....T ....T"),
    "vpn-selector-narrow": Case("....T ....T"),
    "address-overlap": Case("....T ....T"),
    "client-sg-egress": Case("TTTTT TTTTT"),
    "target-sg": Case("T.T.. T.T.."),
    "target-sg-one-node": Case("TTTT. ....."),
    "target-sg-names-client": Case("T.T.. T.T.."),
    "client-acl": Case("TTTTT TTTTT"),
    "node-acl-replies": Case("TT... TT..."),
    "target-acl": Case("T.T.. T.T.."),
    "target-acl-replies": Case("TTTTT TTTTT"),
    "instance-stopped": Case("TT... TT..."),
    "nobody-there": Case("T.... T...."),
    "process-stopped": Case("R.... R...."),
    "firewall-rejects": Case("R.... R...."),
    "firewall-drops": Case("T.... T...."),
    "on-premises-drops": Case("....T ....T"),
    "other-protocol": Case("..... ....."),
    "expects-proxy": Case("..... ....."),
    "target-acl-narrow": Case("..... ....."),
    "balancer-sg-ingress": Case("TTT TTT", network="transit"),
    "balancer-sg-egress": Case("TTT TTT", network="transit"),
    "through-appliance": Case("TTT TTT", network="transit"),
    "transit-association-missing": Case("TTT TTT", network="transit"),
    "transit-route-missing": Case("TTT TTT", network="transit"),
    "transit-route-blackhole": Case("TTT TTT", network="transit"),
    "transit-route-elsewhere": Case("TTT TTT", network="transit"),
    "transit-zone-missing": Case("TTT TTT", network="transit"),
    "transit-detached": Case("TTT TTT", network="transit"),
}
AS_A_COMMAND = frozenset({"target-sg", "peering-pending"})
"""Faults that a real command diagnoses, not its functions in this process."""
