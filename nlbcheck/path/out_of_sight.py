"""What is still known of a packet whose path is not seen to its end?"""

from __future__ import annotations

from collections.abc import Sequence

from nlbcheck.aws.resources.nat_gateway import NatGatewayState
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.language import tell
from nlbcheck.model import Hop, Verdict
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.location import InVpc
from nlbcheck.path.passage import ROUTING, Passage

_ANOTHER = "another subnet"
"""Stands for whatever else a packet may come from."""
_GONE = (NatGatewayState.FAILED, NatGatewayState.DELETED)


def lose(passage: Passage, met: Sequence[Hop]) -> None:
    """Note what the end of a packet's path cannot tell of it, where the last thing ``met`` hides the rest.

    Packets inside one VPC come by its own router.
    """
    start, end = passage.start, passage.destination
    if not met or met[-1].verdict not in (Verdict.UNKNOWN, Verdict.FAIL) or met[-1].kind not in ROUTING:
        return
    if not isinstance(start, InVpc) or not isinstance(end, InVpc) or start.vpc_id == end.vpc_id:
        return
    translated = met[-1].kind == "nat-gateway"
    if _is_yet_to_be_asked(met[-1]) and not translated:
        return
    if met[-1].verdict is Verdict.UNKNOWN:
        come_anywhere(passage, end)
    known = passage.seen_as is None and passage.packet.source is not None
    if passage.request and known and (translated or _may_be_translated(passage, start)):
        fact = tell("the source address that packets from {address} arrive with", address=start.address)
        passage.lose_sender(NotVisible(fact, "", "", None))


def _is_yet_to_be_asked(hop: Hop) -> bool:
    """Whether AWS may still be asked for what is hidden: then nothing else is asked for in its place."""
    return bool(hop.evidence.get("call")) and not (
        hop.evidence.get("error") or hop.evidence.get("unreadable")
    )


def come_anywhere(passage: Passage, destination: InVpc) -> None:
    """Note that a packet by an unknown path may be handed over in the very subnet that it is for.

    Transit gateways do so in the subnets of their attachments, where the network ACL is then not asked:
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html.
    """
    if not isinstance(destination.subnet, Subnet):
        return
    here, vpc = destination.subnet.id, destination.vpc
    attached = passage.state.transit_vpc_attachments_of(vpc) if isinstance(vpc, Vpc) else None
    if not isinstance(attached, tuple) or any(here in item.subnet_ids for item in attached):
        passage.delivered_from = frozenset({here, _ANOTHER})


def _may_be_translated(passage: Passage, start: InVpc) -> bool:
    """Whether a NAT gateway may give packets that leave a VPC another source address.

    Of a VPC that is not shown at all, such as one of another account, those count that are seen.
    """
    gateways = passage.state.nat_gateways_of(start.vpc) if isinstance(start.vpc, Vpc) else ()
    if isinstance(gateways, NotVisible):
        return True
    if not isinstance(start.vpc, Vpc):
        gateways = passage.state.nat_gateways_in(start.vpc_id)
    return any(item.state not in _GONE for item in gateways)
