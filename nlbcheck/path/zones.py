"""Which call enables a zone at a load balancer? It names every subnet, those that are enabled already, too.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html
"""

from __future__ import annotations

from nlbcheck.aws.resources.load_balancer import BalancerZone, LoadBalancer, Scheme
from nlbcheck.aws.resources.target_group import EVERYWHERE
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.model import Call, Json
from nlbcheck.model.facts import NotVisible
from nlbcheck.path import remedy


def enabling(state: AwsState, balancer: LoadBalancer, zone: str | None) -> Call | None:
    """Return the call that enables a zone; None where it is, or more than one subnet could be meant."""
    if zone in (None, EVERYWHERE, *(item.zone for item in balancer.zones)):
        return None
    vpc = state.vpc(balancer.vpc_id)
    subnets = state.subnets_of(vpc) if isinstance(vpc, Vpc) else ()
    fitting = (
        [item.id for item in subnets if item.zone == zone] if not isinstance(subnets, NotVisible) else []
    )
    present = [_mapping(balancer, item) for item in balancer.zones]
    if len(fitting) != 1 or None in present:
        return None
    mappings: list[Json] = [*present, {"SubnetId": fitting[0]}]
    return remedy.elbv2("SetSubnets", LoadBalancerArn=balancer.arn, SubnetMappings=mappings)


def _mapping(balancer: LoadBalancer, zone: BalancerZone) -> Json:
    """Return an enabled subnet with the address that it was enabled with; None where that is not known.

    Public ones are named by their allocations, which the load balancer's zones may not show:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SubnetMapping.html.
    """
    if balancer.scheme is not Scheme.INTERNAL:
        return None if zone.public_addresses or balancer.scheme is None else {"SubnetId": zone.subnet_id}
    if any(address.version == 6 for address in zone.private_addresses):
        return None
    mapping: dict[str, Json] = {"SubnetId": zone.subnet_id}
    if zone.private_addresses:
        mapping["PrivateIPv4Address"] = str(zone.private_addresses[0])
    return mapping
