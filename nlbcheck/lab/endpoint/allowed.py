"""Which changes does the lab's AWS take? Those that remedies print, and no other."""

from __future__ import annotations

from nlbcheck.lab.endpoint.failures import CommonError

REMEDIES = {
    "ec2": (
        "AcceptTransitGatewayPeeringAttachment",
        "AcceptTransitGatewayVpcAttachment",
        "AcceptVpcPeeringConnection",
        "AssociateTransitGatewayRouteTable",
        "AttachInternetGateway",
        "AttachVpnGateway",
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "CreateNetworkAclEntry",
        "CreateRoute",
        "CreateTransitGatewayRoute",
        "CreateVpcBlockPublicAccessExclusion",
        "CreateVpnConnectionRoute",
        "EnableTransitGatewayRouteTablePropagation",
        "EnableVgwRoutePropagation",
        "ModifyNetworkInterfaceAttribute",
        "ModifyTransitGatewayVpcAttachment",
        "ModifyVpnConnectionOptions",
        "ReplaceRoute",
        "ReplaceTransitGatewayRoute",
        "StartInstances",
    ),
    "elbv2": (
        "CreateListener",
        "DeregisterTargets",
        "ModifyListener",
        "ModifyTargetGroupAttributes",
        "RegisterTargets",
        "SetSubnets",
    ),
}
"""Every call that a remedy can have, by service."""


def check(service: str, operation: str) -> None:
    """Raise ApiError for a change that is no remedy's."""
    if operation not in REMEDIES.get(service, ()):
        raise CommonError.DENIED.error(
            service,
            "You are not authorized to perform this operation: the lab's AWS makes the changes that remedies "
            f"print, and {operation} is none of them ('nlbcheck lab run --apply FILE' tries others)",
        )
