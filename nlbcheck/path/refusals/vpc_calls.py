"""Which changes of VPCs, their routes, gateways and machines does AWS refuse as things stand?

A rule returns why, or None where nothing that is seen speaks against the call.
"""

from __future__ import annotations

from ipaddress import ip_network

from nlbcheck.aws.resources.gateway_attachment import GatewayAttachment
from nlbcheck.aws.resources.instance import Instance, InstanceState
from nlbcheck.aws.resources.internet_gateway import InternetGateway
from nlbcheck.aws.resources.nat_gateway import NatGateway, NatGatewayState
from nlbcheck.aws.resources.network_acl import NetworkAcl
from nlbcheck.aws.resources.network_interface import NetworkInterface
from nlbcheck.aws.resources.peering_connection import PeeringConnection, PeeringStatus
from nlbcheck.aws.resources.public_access import PublicAccess
from nlbcheck.aws.resources.route_table import RouteOrigin, RouteTable
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.resources.transit_gateway import GONE as DEAD
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachment
from nlbcheck.aws.resources.vpc import Vpc
from nlbcheck.aws.resources.vpn_connection import VpnConnection
from nlbcheck.aws.resources.vpn_gateway import GatewayState, VpnGateway
from nlbcheck.aws.state import AwsState
from nlbcheck.language import tell
from nlbcheck.model import CallParameters
from nlbcheck.model.facts import Absent
from nlbcheck.model.net import Network

_LEARNED = (RouteOrigin.ENABLE_VGW_ROUTE_PROPAGATION, RouteOrigin.ADVERTISEMENT)
_GONE = (GatewayState.DELETING, GatewayState.DELETED)
_ROUTABLE_PEERINGS = (
    PeeringStatus.ACTIVE,
    PeeringStatus.PENDING_ACCEPTANCE,
    PeeringStatus.PROVISIONING,
    None,
)
_NO_NAT = (NatGatewayState.FAILED, NatGatewayState.DELETING, NatGatewayState.DELETED)
_OWN_INTERFACES = ("interface", "efa", "branch", "trunk", None)
"""The types of interfaces that are their owner's to change; those of AWS's services can only be viewed.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/availability-zones.html
"""


def create_route(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse a second static route for a prefix, and what ``_route`` refuses.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html
    """
    table = state.route_table(str(parameters["RouteTableId"]))
    if not isinstance(table, RouteTable):
        return None
    prefix = _destination(parameters)
    if _has_static(table, prefix):
        return tell("{resource} already has a route {prefix}", resource=table.id, prefix=prefix)
    return _route(state, table, prefix, parameters)


def replace_route(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse to replace a route that is not there, and what ``_route`` refuses.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html
    """
    table = state.route_table(str(parameters["RouteTableId"]))
    if not isinstance(table, RouteTable):
        return None
    prefix = _destination(parameters)
    if not _has_static(table, prefix):
        return tell("{table} has no route {prefix} to replace", table=table.id, prefix=prefix)
    return _route(state, table, prefix, parameters)


def _destination(parameters: CallParameters) -> Network:
    return ip_network(str(parameters.get("DestinationCidrBlock") or parameters["DestinationIpv6CidrBlock"]))


def _has_static(table: RouteTable, prefix: Network) -> bool:
    return any(route.destination == prefix and route.origin not in _LEARNED for route in table.routes)


def _route(state: AwsState, table: RouteTable, prefix: Network, parameters: CallParameters) -> str | None:
    """Refuse routes inside the VPC's own ranges, and targets that can take none.

    More specific than the local route, a route may lead to a NAT gateway, an interface or an endpoint alone:
    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html.
    """
    vpc = state.vpc(table.vpc_id)
    own = vpc.cidrs if isinstance(vpc, Vpc) else ()
    if any(prefix.version == cidr.version and prefix.subnet_of(cidr) for cidr in own):  # type: ignore[arg-type]
        return tell("{prefix} is inside the range of {vpc}", prefix=prefix, vpc=table.vpc_id)
    if "VpcPeeringConnectionId" in parameters:
        return _peering_target(state, table, str(parameters["VpcPeeringConnectionId"]))
    if "TransitGatewayId" in parameters:
        return _transit_target(state, vpc, str(parameters["TransitGatewayId"]))
    if "NatGatewayId" in parameters:
        return _nat_target(state, table.vpc_id, str(parameters["NatGatewayId"]))
    return _gateway_target(state, table.vpc_id, str(parameters["GatewayId"]))


def _peering_target(state: AwsState, table: RouteTable, key: str) -> str | None:
    """Refuse peering connections that never carry anything again, or join other VPCs.

    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html
    """
    peering = state.peering(key)
    if not isinstance(peering, PeeringConnection):
        return None
    if peering.far_side(table.vpc_id) is None:
        return tell("{peering} is not a peering connection of {vpc}", peering=key, vpc=table.vpc_id)
    lasting = peering.status in _ROUTABLE_PEERINGS
    return None if lasting else tell("{resource} is {state}", resource=key, state=peering.status)


def _transit_target(state: AwsState, vpc: object, key: str) -> str | None:
    """Refuse transit gateways that the VPC does not hang on.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    """
    found = state.transit_vpc_attachment_of(key, vpc) if isinstance(vpc, Vpc) else None
    if isinstance(vpc, Vpc) and isinstance(found, Absent):
        return tell("{vpc} is not attached to {gateway}", vpc=vpc.id, gateway=key)
    if isinstance(found, TransitVpcAttachment) and found.state in DEAD:
        return tell("{resource} is {state}", resource=found.id, state=found.state)
    return None


def _nat_target(state: AwsState, vpc_id: str, key: str) -> str | None:
    """Refuse NAT gateways of other VPCs, and those that are gone or about to be.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidNatGatewayID.NotFound)
    """
    found = state.nat_gateway(key)
    if isinstance(found, NatGateway) and found.vpc_id != vpc_id:
        return tell("{gateway} is in {vpc}", gateway=key, vpc=found.vpc_id)
    if isinstance(found, NatGateway) and found.state in _NO_NAT:
        return tell("{resource} is {state}", resource=key, state=found.state)
    return None


def _gateway_target(state: AwsState, vpc_id: str, key: str) -> str | None:
    """Refuse internet and virtual private gateways of other VPCs, or of none (``Gateway.NotAttached``).

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    is_internet = key.startswith("igw-")
    gateway = state.internet_gateway(key) if is_internet else state.vpn_gateway(key)
    if not isinstance(gateway, InternetGateway | VpnGateway):
        return None
    if isinstance(gateway, VpnGateway) and gateway.state in _GONE:
        return tell("{resource} is {state}", resource=key, state=gateway.state)
    held = _holds(gateway.attachments, vpc_id)
    return None if held else tell("{gateway} is not attached to {vpc}", gateway=key, vpc=vpc_id)


def _holds(attachments: tuple[GatewayAttachment, ...], vpc_id: str) -> bool:
    return any(item.vpc_id == vpc_id and item.state not in _DETACHED for item in attachments)


_DETACHED = ("detaching", "detached")


def enable_propagation(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse propagation from a gateway that is not attached to the table's VPC.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableVgwRoutePropagation.html
    """
    table = state.route_table(str(parameters["RouteTableId"]))
    if not isinstance(table, RouteTable):
        return None
    return _gateway_target(state, table.vpc_id, str(parameters["GatewayId"]))


def attach_vpn_gateway(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse a gateway that is going or serves another VPC, and a second one of a VPC.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachVpnGateway.html
    """
    key, vpc_id = str(parameters["VpnGatewayId"]), str(parameters["VpcId"])
    gateway = state.vpn_gateway(key)
    if isinstance(gateway, VpnGateway) and gateway.state in _GONE:
        return tell("{resource} is {state}", resource=key, state=gateway.state)
    vpc = state.vpc(vpc_id)
    present = state.vpn_gateway_of(vpc) if isinstance(vpc, Vpc) else None
    attachments = gateway.attachments if isinstance(gateway, VpnGateway) else ()
    return _one_each(key, attachments, present, vpc_id)


def attach_internet_gateway(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse a gateway that serves another VPC, and a second one of a VPC.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html
    """
    key, vpc_id = str(parameters["InternetGatewayId"]), str(parameters["VpcId"])
    gateway, vpc = state.internet_gateway(key), state.vpc(vpc_id)
    present = state.internet_gateway_of(vpc) if isinstance(vpc, Vpc) else None
    attachments = gateway.attachments if isinstance(gateway, InternetGateway) else ()
    return _one_each(key, attachments, present, vpc_id)


def _one_each(key: str, held: tuple[GatewayAttachment, ...], present: object, vpc_id: str) -> str | None:
    other = [item.vpc_id for item in held if item.state not in _DETACHED]
    if other:
        return tell("{gateway} is already attached to {vpc}", gateway=key, vpc=other[0])
    if isinstance(present, InternetGateway | VpnGateway) and _holds(present.attachments, vpc_id):
        return tell("{vpc} already has {gateway}", vpc=vpc_id, gateway=present.id)
    return None


def accept_peering(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse what is not pending acceptance.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AcceptVpcPeeringConnection.html
    """
    peering = state.peering(str(parameters["VpcPeeringConnectionId"]))
    if not isinstance(peering, PeeringConnection):
        return None
    pending = peering.status in (PeeringStatus.PENDING_ACCEPTANCE, None)
    return None if pending else tell("{resource} is {state}", resource=peering.id, state=peering.status)


def start_instances(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse what is not stopped (``IncorrectInstanceState``).

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
    """
    keys = parameters["InstanceIds"]
    for key in keys if isinstance(keys, list) else ():
        found = state.instance(str(key))
        if isinstance(found, Instance) and found.state not in (InstanceState.STOPPED, None):
            return tell("{resource} is {state}", resource=found.id, state=found.state)
    return None


def modify_interface(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse interfaces that a service of AWS's manages."""
    found = state.interface(str(parameters["NetworkInterfaceId"]))
    if isinstance(found, NetworkInterface) and found.type not in _OWN_INTERFACES:
        return tell("{interface} is managed by AWS ({type})", interface=found.id, type=found.type)
    return None


def create_acl_entry(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse a number that another rule of that direction has, or that is none.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
    """
    acl = state.network_acl(str(parameters["NetworkAclId"]))
    number, egress = parameters["RuleNumber"], parameters["Egress"]
    if not isinstance(number, int) or not 1 <= number <= 32766:
        return tell("{number} is not a valid rule number", number=number)
    entries = acl.entries if isinstance(acl, NetworkAcl) else ()
    if any((entry.number, entry.egress) == (number, egress) for entry in entries):
        return tell("{acl} already has a rule {number}", acl=parameters["NetworkAclId"], number=number)
    return None


def create_exclusion(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse exclusions where the organization allows none.

    https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
    """
    vpc_id = parameters.get("VpcId")
    place = state.vpc(str(vpc_id)) if vpc_id else state.subnet(str(parameters["SubnetId"]))
    access = state.public_access(place.account_region) if isinstance(place, Vpc | Subnet) else None
    if isinstance(access, PublicAccess) and access.exclusions_allowed is False:
        return tell("the organization does not allow exclusions")
    return None


def create_vpn_route(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse static routes of a dynamic connection, of one that is going, and those that are there.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpnConnectionRoute.html
    """
    found = state.vpn_connection(str(parameters["VpnConnectionId"]))
    if not isinstance(found, VpnConnection):
        return None
    if found.static is False or found.transit_gateway_id:
        return tell("{connection} takes no static routes", connection=found.id)
    prefix = ip_network(str(parameters["DestinationCidrBlock"]))
    if any(route.destination == prefix and route.state not in _GONE for route in found.routes):
        return tell("{resource} already has a route {prefix}", resource=found.id, prefix=prefix)
    going = found.state in _GONE
    return tell("{resource} is {state}", resource=found.id, state=found.state) if going else None


def modify_vpn_options(state: AwsState, parameters: CallParameters) -> str | None:
    """Refuse to change a connection that is not available.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpnConnectionOptions.html
    """
    found = state.vpn_connection(str(parameters["VpnConnectionId"]))
    if isinstance(found, VpnConnection) and found.state not in (GatewayState.AVAILABLE, None):
        return tell("{resource} is {state}", resource=found.id, state=found.state)
    return None
