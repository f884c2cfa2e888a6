"""What does the recorded AWS look like?"""

from __future__ import annotations

from nlbcheck.aws.resources.endpoint_service import EndpointServiceLookups
from nlbcheck.aws.resources.instance import InstanceLookups
from nlbcheck.aws.resources.internet_gateway import InternetGatewayLookups
from nlbcheck.aws.resources.listener import ListenerLookups
from nlbcheck.aws.resources.load_balancer import LoadBalancerLookups
from nlbcheck.aws.resources.nat_gateway import NatGatewayLookups
from nlbcheck.aws.resources.network_acl import NetworkAclLookups
from nlbcheck.aws.resources.network_interface import NetworkInterfaceLookups
from nlbcheck.aws.resources.peering_connection import PeeringConnectionLookups
from nlbcheck.aws.resources.prefix_list import PrefixListLookups
from nlbcheck.aws.resources.public_access import PublicAccessLookups
from nlbcheck.aws.resources.route_table import RouteTableLookups
from nlbcheck.aws.resources.security_group import SecurityGroupLookups
from nlbcheck.aws.resources.subnet import SubnetLookups
from nlbcheck.aws.resources.target_group import TargetGroupLookups
from nlbcheck.aws.resources.transit_attachment import TransitAttachmentLookups
from nlbcheck.aws.resources.transit_gateway import TransitGatewayLookups
from nlbcheck.aws.resources.transit_peering import TransitPeeringLookups
from nlbcheck.aws.resources.transit_route_table import TransitRouteTableLookups
from nlbcheck.aws.resources.transit_vpc_attachment import TransitVpcAttachmentLookups
from nlbcheck.aws.resources.vpc import VpcLookups
from nlbcheck.aws.resources.vpc_endpoint import VpcEndpointLookups
from nlbcheck.aws.resources.vpn_connection import VpnConnectionLookups
from nlbcheck.aws.resources.vpn_gateway import VpnGatewayLookups


class AwsState(
    EndpointServiceLookups,
    InstanceLookups,
    InternetGatewayLookups,
    ListenerLookups,
    LoadBalancerLookups,
    NatGatewayLookups,
    NetworkAclLookups,
    NetworkInterfaceLookups,
    PeeringConnectionLookups,
    PrefixListLookups,
    PublicAccessLookups,
    RouteTableLookups,
    SecurityGroupLookups,
    SubnetLookups,
    TargetGroupLookups,
    TransitAttachmentLookups,
    TransitGatewayLookups,
    TransitPeeringLookups,
    TransitRouteTableLookups,
    TransitVpcAttachmentLookups,
    VpcEndpointLookups,
    VpcLookups,
    VpnConnectionLookups,
    VpnGatewayLookups,
):
    """The typed state behind a recording: ``AwsState(recording)``.

    A lookup of one thing answers with it, with ``Absent`` (an answer that would have shown it does not) or
    with ``NotVisible`` (nobody asked, AWS refused, or its answer cannot be read). A list is complete or
    ``NotVisible``. Nothing is read before it is asked for. What nobody asked AWS for is noted when it is
    looked up, in ``missed``.
    """
