"""Which NAT gateway takes packets to a VPC whose ranges hold the sender's own address?

Answers to that address would stay in the far VPC. A private NAT gateway in a range that only the sender's VPC
has gives the packets an address to which answers come back:
https://docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/private-nat-gateway.html.
"""

from __future__ import annotations

from nlbcheck.aws.resources.nat_gateway import NatGateway, NatGatewayState
from nlbcheck.aws.resources.route_table import RouteTable, RouteTargetKind
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model.facts import NotVisible
from nlbcheck.path.location import InVpc, Location
from nlbcheck.path.outcome import missing
from nlbcheck.path.route_choice import unread
from nlbcheck.path.routes import RouteTarget, choose


def gateway(state: AwsState, start: InVpc, destination: Location) -> RouteTarget | NotVisible | None:
    """Return the one NAT gateway that a sender needs; None where it needs none, or several would do."""
    far = destination.vpc if isinstance(destination, InVpc) else None
    if not isinstance(far, Vpc) or not isinstance(start.vpc, Vpc) or far.id == start.vpc_id:
        return None
    if start.by_nat or not far.contains(start.address) or not isinstance(destination, InVpc):
        return None
    found = state.nat_gateways_of(start.vpc)
    if isinstance(found, NotVisible):
        return found
    leading = {item.id: _leads_on(state, item, destination) for item in found if _translates(item, far)}
    if hidden := next((fact for fact in leading.values() if isinstance(fact, NotVisible)), None):
        return hidden
    fitting = [key for key, leads in leading.items() if leads]
    untold = next((item for item in found if _is_hidden(item)), None)
    if untold and not fitting:
        fact = tell("the subnet and addresses of {gateway}", gateway=untold.id)
        return NotVisible(fact, "ec2", "DescribeNatGateways", untold.account_region)
    return RouteTarget(RouteTargetKind.NAT_GATEWAY, fitting[0]) if len(fitting) == 1 else None


def _is_hidden(item: NatGateway) -> bool:
    """Whether a zonal NAT gateway may work, and it is not told where it stands, or by which addresses."""
    told = item.state is not None and item.subnet_id is not None and bool(item.private_addresses)
    return item.state in (NatGatewayState.AVAILABLE, None) and item.regional is not True and not told


def _translates(item: NatGateway, far: Vpc) -> bool:
    """Whether a NAT gateway works, and has addresses that the far VPC does not have."""
    own = item.private_addresses
    return item.state is NatGatewayState.AVAILABLE and bool(own) and not any(map(far.contains, own))


def _leads_on(state: AwsState, item: NatGateway, destination: InVpc) -> bool | NotVisible:
    """Return whether the route table of a NAT gateway's subnet has a route to the destination."""
    if item.subnet_id is None:
        return False
    subnet = state.subnet(item.subnet_id, vpc_id=item.vpc_id)
    table = state.route_table_of(subnet) if isinstance(subnet, Subnet) else subnet
    if not isinstance(table, RouteTable):
        return missing(table)
    choice = choose(state, table, destination.address)
    if isinstance(choice, NotVisible):
        return choice
    if choice is not None and choice.route.target_id is None:
        return unread(table, choice.route)
    return choice is not None and choice.route.target_id != item.id
