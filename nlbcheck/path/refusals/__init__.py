"""Would AWS refuse a call that a remedy has, although its parameters fit, or would it do harm?

Of such a remedy the text is told, and why it has no commands. So it is where an id is none that AWS gives:
a command line could say something else with it. What is not seen speaks against no call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from nlbcheck.aws.state import AwsState
from nlbcheck.model import Call, CallParameters, Finding
from nlbcheck.model.arguments import unfit
from nlbcheck.path.refusals import balancer_calls, transit_calls, vpc_calls

Refusal = Callable[[AwsState, CallParameters], str | None]

RULES: Mapping[tuple[str, str], Refusal] = {
    ("ec2", "AcceptTransitGatewayPeeringAttachment"): transit_calls.accept_peering_attachment,
    ("ec2", "AcceptTransitGatewayVpcAttachment"): transit_calls.accept_vpc_attachment,
    ("ec2", "AcceptVpcPeeringConnection"): vpc_calls.accept_peering,
    ("ec2", "AssociateTransitGatewayRouteTable"): transit_calls.associate_table,
    ("ec2", "AttachInternetGateway"): vpc_calls.attach_internet_gateway,
    ("ec2", "AttachVpnGateway"): vpc_calls.attach_vpn_gateway,
    ("ec2", "CreateNetworkAclEntry"): vpc_calls.create_acl_entry,
    ("ec2", "CreateRoute"): vpc_calls.create_route,
    ("ec2", "CreateTransitGatewayRoute"): transit_calls.create_route,
    ("ec2", "CreateVpcBlockPublicAccessExclusion"): vpc_calls.create_exclusion,
    ("ec2", "CreateVpnConnectionRoute"): vpc_calls.create_vpn_route,
    ("ec2", "EnableTransitGatewayRouteTablePropagation"): transit_calls.enable_propagation,
    ("ec2", "EnableVgwRoutePropagation"): vpc_calls.enable_propagation,
    ("ec2", "ModifyNetworkInterfaceAttribute"): vpc_calls.modify_interface,
    ("ec2", "ModifyTransitGatewayVpcAttachment"): transit_calls.modify_vpc_attachment,
    ("ec2", "ModifyVpnConnectionOptions"): vpc_calls.modify_vpn_options,
    ("ec2", "ReplaceRoute"): vpc_calls.replace_route,
    ("ec2", "ReplaceTransitGatewayRoute"): transit_calls.replace_route,
    ("ec2", "StartInstances"): vpc_calls.start_instances,
    ("elbv2", "CreateListener"): balancer_calls.create_listener,
    ("elbv2", "DeregisterTargets"): balancer_calls.deregister_targets,
    ("elbv2", "ModifyListener"): balancer_calls.modify_listener,
    ("elbv2", "ModifyTargetGroupAttributes"): balancer_calls.modify_group_attributes,
    ("elbv2", "RegisterTargets"): balancer_calls.register_targets,
    ("elbv2", "SetSubnets"): balancer_calls.set_subnets,
}
"""What is asked before a command is printed, by the call; security group rules are taken as they are."""


def refusal(state: AwsState, call: Call) -> str | None:
    """Return why a call would be refused or do harm as things stand; None where nothing says so."""
    rule = RULES.get((call.service, call.operation))
    return rule(state, call.parameters) if rule else None


def without_refused(state: AwsState, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings whose remedies print no command that would be refused: then they print none."""
    return tuple(_checked(state, finding) for finding in findings)


def _checked(state: AwsState, finding: Finding) -> Finding:
    fix = finding.remedy
    if fix is None or not fix.calls:
        return finding
    reasons = (unfit(call) or refusal(state, call) for call in fix.calls)
    reason = next((item for item in reasons if item), None)
    return replace(finding, remedy=fix.without_commands(reason)) if reason else finding
