"""What would AWS answer after a call that changes something?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType

from nlbcheck.aws.fields import UnreadableError
from nlbcheck.aws.recording import Recording, without_secrets
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.state import AwsState
from nlbcheck.aws.writes import (
    instances,
    internet_gateways,
    listeners,
    load_balancers,
    network_acls,
    peering_connections,
    public_access_exclusions,
    route_tables,
    security_groups,
    target_groups,
    transit_gateways,
    vpn,
)
from nlbcheck.aws.writes.edited import EditedState, Parameters
from nlbcheck.model import Call

Change = Callable[[EditedState, Parameters], None]

CHANGES: MappingProxyType[tuple[str, str], Change] = MappingProxyType(
    {
        ("ec2", "AuthorizeSecurityGroupIngress"): security_groups.authorize("IpPermissions"),
        ("ec2", "AuthorizeSecurityGroupEgress"): security_groups.authorize("IpPermissionsEgress"),
        ("ec2", "RevokeSecurityGroupIngress"): security_groups.revoke("IpPermissions"),
        ("ec2", "RevokeSecurityGroupEgress"): security_groups.revoke("IpPermissionsEgress"),
        ("ec2", "CreateRoute"): route_tables.create_route,
        ("ec2", "ReplaceRoute"): route_tables.replace_route,
        ("ec2", "DeleteRoute"): route_tables.delete_route,
        ("ec2", "AssociateRouteTable"): route_tables.associate_route_table,
        ("ec2", "ReplaceRouteTableAssociation"): route_tables.replace_route_table_association,
        ("ec2", "DisassociateRouteTable"): route_tables.disassociate_route_table,
        ("ec2", "CreateNetworkAclEntry"): network_acls.create_acl_entry,
        ("ec2", "ReplaceNetworkAclEntry"): network_acls.replace_acl_entry,
        ("ec2", "DeleteNetworkAclEntry"): network_acls.delete_acl_entry,
        ("ec2", "ReplaceNetworkAclAssociation"): network_acls.replace_acl_association,
        ("ec2", "ModifyNetworkInterfaceAttribute"): instances.modify_interface,
        ("ec2", "ModifyInstanceAttribute"): instances.modify_instance,
        ("ec2", "StartInstances"): instances.set_instances(16, "running"),
        ("ec2", "StopInstances"): instances.set_instances(80, "stopped"),
        ("ec2", "AcceptVpcPeeringConnection"): peering_connections.accept_peering,
        ("ec2", "EnableVgwRoutePropagation"): vpn.enable_propagation,
        ("ec2", "DisableVgwRoutePropagation"): vpn.disable_propagation,
        ("ec2", "CreateVpnConnectionRoute"): vpn.create_vpn_route,
        ("ec2", "DeleteVpnConnectionRoute"): vpn.delete_vpn_route,
        ("ec2", "AttachVpnGateway"): vpn.attach_vpn_gateway,
        ("ec2", "AttachInternetGateway"): internet_gateways.attach_internet_gateway,
        ("ec2", "CreateVpcBlockPublicAccessExclusion"): public_access_exclusions.create_exclusion,
        ("ec2", "ModifyVpnConnectionOptions"): vpn.modify_vpn_options,
        ("ec2", "AcceptTransitGatewayVpcAttachment"): transit_gateways.accept_transit_vpc_attachment,
        ("ec2", "AcceptTransitGatewayPeeringAttachment"): transit_gateways.accept_transit_peering,
        ("ec2", "CreateTransitGatewayRoute"): transit_gateways.create_transit_route,
        ("ec2", "ReplaceTransitGatewayRoute"): transit_gateways.replace_transit_route,
        ("ec2", "DeleteTransitGatewayRoute"): transit_gateways.delete_transit_route,
        ("ec2", "EnableTransitGatewayRouteTablePropagation"): transit_gateways.enable_transit_propagation,
        ("ec2", "AssociateTransitGatewayRouteTable"): transit_gateways.associate_transit_table,
        ("ec2", "ModifyTransitGatewayVpcAttachment"): transit_gateways.modify_transit_vpc_attachment,
        ("elbv2", "CreateListener"): listeners.create_listener,
        ("elbv2", "ModifyListener"): listeners.modify_listener,
        ("elbv2", "DeleteListener"): listeners.delete_listener,
        ("elbv2", "RegisterTargets"): target_groups.register_targets,
        ("elbv2", "DeregisterTargets"): target_groups.deregister_targets,
        ("elbv2", "ModifyTargetGroup"): target_groups.modify_target_group,
        ("elbv2", "ModifyTargetGroupAttributes"): target_groups.modify_group_attributes,
        ("elbv2", "ModifyLoadBalancerAttributes"): load_balancers.modify_balancer_attributes,
        ("elbv2", "SetSecurityGroups"): load_balancers.set_security_groups,
        ("elbv2", "SetSubnets"): load_balancers.set_subnets,
    }
)
"""Every call that can be applied to a recording; parameters are as boto3 takes them."""
_UNREADABLE = (LookupError, TypeError, AttributeError, ValueError, StopIteration, UnreadableError)
"""What comes of a recorded field that a change needs, and that is missing, not known before an apply, of
another type than AWS's or no address: then it is not known what the change would do."""


class UntoldError(RefusedError):
    """What a call changes cannot be told: it is not modelled, or needs a recorded field that says nothing."""


def apply(recording: Recording, service: str, operation: str, parameters: Parameters) -> Recording:
    """Return the recording as AWS would answer after a call; the one given stays as it is.

    Raises RefusedError with AWS's error code when AWS would refuse. Raises UntoldError with
    ``UnsupportedOperation`` for a call that is not among ``CHANGES``, and with ``MissingParameter`` when a
    parameter or a recorded field that the change needs is not there.
    """
    change = CHANGES.get((service, operation))
    if change is None:
        raise UntoldError("UnsupportedOperation")
    state = EditedState(recording)
    try:
        change(state, without_secrets(parameters))
    except _UNREADABLE as error:
        raise UntoldError("MissingParameter") from error
    return state.recording


def after(state: AwsState, calls: Iterable[Call]) -> AwsState | None:
    """Return the state after calls, each made once, in order; what AWS would refuse changes nothing.

    None where it cannot be told what one of them changes.
    """
    recording = state.recording
    for call in {call.identity: call for call in calls}.values():
        try:
            recording = apply(recording, call.service, call.operation, call.parameters)
        except UntoldError:
            return None
        except RefusedError:
            continue
    return state.changed(recording)
