"""What would AWS answer after a call that changes something?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType

from nlbcheck.aws.collect import RefusedError
from nlbcheck.aws.recording import Recording, without_secrets
from nlbcheck.aws.state import AwsState
from nlbcheck.aws.writes import balancers, gateways, network, public_access, transit
from nlbcheck.aws.writes.edited import EditedState, Parameters
from nlbcheck.model import Call

Change = Callable[[EditedState, Parameters], None]

CHANGES: MappingProxyType[tuple[str, str], Change] = MappingProxyType(
    {
        ("ec2", "AuthorizeSecurityGroupIngress"): network.authorize("IpPermissions"),
        ("ec2", "AuthorizeSecurityGroupEgress"): network.authorize("IpPermissionsEgress"),
        ("ec2", "RevokeSecurityGroupIngress"): network.revoke("IpPermissions"),
        ("ec2", "RevokeSecurityGroupEgress"): network.revoke("IpPermissionsEgress"),
        ("ec2", "CreateRoute"): network.create_route,
        ("ec2", "ReplaceRoute"): network.replace_route,
        ("ec2", "DeleteRoute"): network.delete_route,
        ("ec2", "AssociateRouteTable"): network.associate_route_table,
        ("ec2", "ReplaceRouteTableAssociation"): network.replace_route_table_association,
        ("ec2", "DisassociateRouteTable"): network.disassociate_route_table,
        ("ec2", "CreateNetworkAclEntry"): network.create_acl_entry,
        ("ec2", "ReplaceNetworkAclEntry"): network.replace_acl_entry,
        ("ec2", "DeleteNetworkAclEntry"): network.delete_acl_entry,
        ("ec2", "ReplaceNetworkAclAssociation"): network.replace_acl_association,
        ("ec2", "ModifyNetworkInterfaceAttribute"): network.modify_interface,
        ("ec2", "ModifyInstanceAttribute"): network.modify_instance,
        ("ec2", "StartInstances"): network.set_instances(16, "running"),
        ("ec2", "StopInstances"): network.set_instances(80, "stopped"),
        ("ec2", "AcceptVpcPeeringConnection"): gateways.accept_peering,
        ("ec2", "EnableVgwRoutePropagation"): gateways.enable_propagation,
        ("ec2", "DisableVgwRoutePropagation"): gateways.disable_propagation,
        ("ec2", "CreateVpnConnectionRoute"): gateways.create_vpn_route,
        ("ec2", "DeleteVpnConnectionRoute"): gateways.delete_vpn_route,
        ("ec2", "AttachVpnGateway"): gateways.attach_vpn_gateway,
        ("ec2", "AttachInternetGateway"): gateways.attach_internet_gateway,
        ("ec2", "CreateVpcBlockPublicAccessExclusion"): public_access.create_exclusion,
        ("ec2", "ModifyVpnConnectionOptions"): gateways.modify_vpn_options,
        ("ec2", "AcceptTransitGatewayVpcAttachment"): transit.accept_transit_vpc_attachment,
        ("ec2", "AcceptTransitGatewayPeeringAttachment"): transit.accept_transit_peering,
        ("ec2", "CreateTransitGatewayRoute"): transit.create_transit_route,
        ("ec2", "ReplaceTransitGatewayRoute"): transit.replace_transit_route,
        ("ec2", "DeleteTransitGatewayRoute"): transit.delete_transit_route,
        ("ec2", "AssociateTransitGatewayRouteTable"): transit.associate_transit_table,
        ("ec2", "ModifyTransitGatewayVpcAttachment"): transit.modify_transit_vpc_attachment,
        ("elbv2", "CreateListener"): balancers.create_listener,
        ("elbv2", "ModifyListener"): balancers.modify_listener,
        ("elbv2", "DeleteListener"): balancers.delete_listener,
        ("elbv2", "RegisterTargets"): balancers.register_targets,
        ("elbv2", "DeregisterTargets"): balancers.deregister_targets,
        ("elbv2", "ModifyTargetGroup"): balancers.modify_target_group,
        ("elbv2", "ModifyTargetGroupAttributes"): balancers.modify_group_attributes,
        ("elbv2", "ModifyLoadBalancerAttributes"): balancers.modify_balancer_attributes,
        ("elbv2", "SetSecurityGroups"): balancers.set_security_groups,
        ("elbv2", "SetSubnets"): balancers.set_subnets,
    }
)
"""Every call that can be applied to a recording; parameters are as boto3 takes them."""


def apply(recording: Recording, service: str, operation: str, parameters: Parameters) -> Recording:
    """Return the recording as AWS would answer after a call; the one given stays as it is.

    Raises RefusedError with AWS's error code when AWS would refuse, ``UnsupportedOperation`` for a call that
    is not among ``CHANGES``, and ``MissingParameter`` when a parameter or a recorded field that the change
    needs is not there.
    """
    change = CHANGES.get((service, operation))
    if change is None:
        raise RefusedError("UnsupportedOperation")
    state = EditedState(recording)
    try:
        change(state, without_secrets(parameters))
    except KeyError as error:
        raise RefusedError("MissingParameter") from error
    return state.recording


def after(state: AwsState, calls: Iterable[Call]) -> AwsState:
    """Return the state after calls, each made once, in order; what AWS would refuse changes nothing."""
    recording = state.recording
    for call in {call.identity: call for call in calls}.values():
        try:
            recording = apply(recording, call.service, call.operation, call.parameters)
        except RefusedError:
            continue
    return state.changed(recording)
