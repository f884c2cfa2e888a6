"""What puts it right, as Terraform: a block for each call that a resource stands for.

A change to a resource that somebody's configuration has already is no new block: then the AWS CLI's command
stands in a comment, with what it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nlbcheck.escape import printable
from nlbcheck.formats import words
from nlbcheck.formats.hcl import Arguments, ResourceText, block
from nlbcheck.language import marked, tell
from nlbcheck.model import Call, Json, Report
from nlbcheck.model.plan import Step, plan


def render(report: Report) -> str:
    """Return the plan of a report as Terraform, to be read and put into a configuration."""
    steps = plan(report)
    lines = [
        _comment(
            tell(
                "The fixes as nlbcheck {version} saw them at {time}.",
                version=report.version,
                time=words.time(report.started_at),
            )
        ),
        _comment(
            tell(
                "nlbcheck applies none of these blocks. Read them, put them into your configuration, then "
                "plan and apply."
            )
        ),
    ]
    for number, step in enumerate(steps, 1):
        lines += ["", *_step(step, number, len(steps))]
    if not steps:
        lines += ["", _comment(tell("Nothing fails, or no fix is known."))]
    return "\n".join(lines) + "\n"


def _step(step: Step, number: int, total: int) -> Iterator[str]:
    said = tell("Step {number} of {total}: {fix}", number=number, total=total, fix=step.text)
    yield _comment(said)
    if step.rows:
        yield _comment(tell("For {rows}.", rows=", ".join(step.rows)))
    made = 0
    for call in step.calls:
        for item in of_call(call):
            yield ""
            if isinstance(item, str):
                yield _comment(item)
                yield _comment(f"  {call.command}")
            else:
                made += 1
                yield from block(item, f"fix_{number}" if made == 1 else f"fix_{number}_{made}")


def of_call(call: Call) -> list[ResourceText | str]:
    """Return the resources that a call makes; a text says why there is none."""
    make = _MAKES.get(call.operation)
    if make is None:
        return [tell(_REASONS.get(call.operation, _CHANGED))]
    return list(make(call.parameters))


_CHANGED = marked("No block: this changes a resource that exists. Change it in your configuration:")
_REASONS: Mapping[str, str] = {
    "ReplaceRoute": marked("No block: give the existing aws_route or route block the new target:"),
    "ReplaceTransitGatewayRoute": marked(
        "No block: give the existing aws_ec2_transit_gateway_route the new attachment:"
    ),
    "DeregisterTargets": marked("No block: remove the existing aws_lb_target_group_attachment:"),
    "ModifyTargetGroupAttributes": marked("No block: set this in the existing aws_lb_target_group:"),
    "ModifyListener": marked("No block: change the existing aws_lb_listener:"),
    "SetSubnets": marked("No block: add the subnet_mapping to the existing aws_lb:"),
}
"""What is to be changed in a configuration where a new block would be a second one."""


def _rules(direction: str) -> Callable[[Mapping[str, Json]], Iterator[ResourceText]]:
    peers = {
        "IpRanges": ("CidrIp", "cidr_ipv4"),
        "Ipv6Ranges": ("CidrIpv6", "cidr_ipv6"),
        "PrefixListIds": ("PrefixListId", "prefix_list_id"),
        "UserIdGroupPairs": ("GroupId", "referenced_security_group_id"),
    }

    def make(parameters: Mapping[str, Json]) -> Iterator[ResourceText]:
        for permission in _objects(parameters.get("IpPermissions")):
            for key, (field, argument) in peers.items():
                for peer in _objects(permission.get(key)):
                    yield ResourceText(
                        f"aws_vpc_security_group_{direction}_rule",
                        {
                            "security_group_id": parameters.get("GroupId"),
                            "ip_protocol": permission.get("IpProtocol"),
                            "from_port": permission.get("FromPort"),
                            "to_port": permission.get("ToPort"),
                            argument: peer.get(field),
                        },
                    )

    return make


def _objects(value: Json) -> list[Mapping[str, Json]]:
    items = value if isinstance(value, (list, tuple)) else []
    return [item for item in items if isinstance(item, Mapping)]


def _one(kind: str, names: Mapping[str, str]) -> Callable[[Mapping[str, Json]], Iterator[ResourceText]]:
    """Return the maker of one block whose arguments are parameters under other names."""

    def make(parameters: Mapping[str, Json]) -> Iterator[ResourceText]:
        yield ResourceText(kind, {ours: parameters.get(theirs) for theirs, ours in names.items()})

    return make


def _accepting(kind: str, key: str, argument: str) -> Callable[[Mapping[str, Json]], Iterator[ResourceText]]:
    def make(parameters: Mapping[str, Json]) -> Iterator[ResourceText]:
        accepted: Arguments = {"auto_accept": True} if kind == "aws_vpc_peering_connection_accepter" else {}
        yield ResourceText(kind, {argument: parameters.get(key), **accepted})

    return make


def _acl_rule(parameters: Mapping[str, Json]) -> Iterator[ResourceText]:
    ports = parameters.get("PortRange")
    shown = ports if isinstance(ports, Mapping) else {}
    yield ResourceText(
        "aws_network_acl_rule",
        {
            "network_acl_id": parameters.get("NetworkAclId"),
            "rule_number": parameters.get("RuleNumber"),
            "egress": parameters.get("Egress"),
            "protocol": parameters.get("Protocol"),
            "rule_action": parameters.get("RuleAction"),
            "cidr_block": parameters.get("CidrBlock"),
            "ipv6_cidr_block": parameters.get("Ipv6CidrBlock"),
            "from_port": shown.get("From"),
            "to_port": shown.get("To"),
        },
    )


def _attachments(parameters: Mapping[str, Json]) -> Iterator[ResourceText]:
    for target in _objects(parameters.get("Targets")):
        yield ResourceText(
            "aws_lb_target_group_attachment",
            {
                "target_group_arn": parameters.get("TargetGroupArn"),
                "target_id": target.get("Id"),
                "port": target.get("Port"),
                "availability_zone": target.get("AvailabilityZone"),
            },
        )


def _listener(parameters: Mapping[str, Json]) -> Iterator[ResourceText]:
    actions = _objects(parameters.get("DefaultActions"))
    action = {"type": "forward", "target_group_arn": actions[0].get("TargetGroupArn")} if actions else None
    yield ResourceText(
        "aws_lb_listener",
        {
            "load_balancer_arn": parameters.get("LoadBalancerArn"),
            "port": parameters.get("Port"),
            "protocol": parameters.get("Protocol"),
            "default_action": action,
        },
    )


def _started(parameters: Mapping[str, Json]) -> Iterator[ResourceText]:
    keys = parameters.get("InstanceIds")
    for key in keys if isinstance(keys, (list, tuple)) else ():
        yield ResourceText("aws_ec2_instance_state", {"instance_id": key, "state": "running"})


_ROUTE_TARGETS = {
    "GatewayId": "gateway_id",
    "VpcPeeringConnectionId": "vpc_peering_connection_id",
    "NatGatewayId": "nat_gateway_id",
    "TransitGatewayId": "transit_gateway_id",
    "NetworkInterfaceId": "network_interface_id",
    "VpcEndpointId": "vpc_endpoint_id",
}
_MAKES: Mapping[str, Callable[[Mapping[str, Json]], Iterator[ResourceText]]] = {
    "AuthorizeSecurityGroupIngress": _rules("ingress"),
    "AuthorizeSecurityGroupEgress": _rules("egress"),
    "CreateNetworkAclEntry": _acl_rule,
    "RegisterTargets": _attachments,
    "CreateListener": _listener,
    "StartInstances": _started,
    "CreateRoute": _one(
        "aws_route",
        {
            "RouteTableId": "route_table_id",
            "DestinationCidrBlock": "destination_cidr_block",
            "DestinationIpv6CidrBlock": "destination_ipv6_cidr_block",
            "DestinationPrefixListId": "destination_prefix_list_id",
            **_ROUTE_TARGETS,
        },
    ),
    "EnableVgwRoutePropagation": _one(
        "aws_vpn_gateway_route_propagation", {"GatewayId": "vpn_gateway_id", "RouteTableId": "route_table_id"}
    ),
    "CreateVpnConnectionRoute": _one(
        "aws_vpn_connection_route",
        {"VpnConnectionId": "vpn_connection_id", "DestinationCidrBlock": "destination_cidr_block"},
    ),
    "AttachVpnGateway": _one(
        "aws_vpn_gateway_attachment", {"VpnGatewayId": "vpn_gateway_id", "VpcId": "vpc_id"}
    ),
    "AttachInternetGateway": _one(
        "aws_internet_gateway_attachment", {"InternetGatewayId": "internet_gateway_id", "VpcId": "vpc_id"}
    ),
    "CreateTransitGatewayRoute": _one(
        "aws_ec2_transit_gateway_route",
        {
            "TransitGatewayRouteTableId": "transit_gateway_route_table_id",
            "DestinationCidrBlock": "destination_cidr_block",
            "TransitGatewayAttachmentId": "transit_gateway_attachment_id",
            "Blackhole": "blackhole",
        },
    ),
    "AssociateTransitGatewayRouteTable": _one(
        "aws_ec2_transit_gateway_route_table_association",
        {
            "TransitGatewayRouteTableId": "transit_gateway_route_table_id",
            "TransitGatewayAttachmentId": "transit_gateway_attachment_id",
        },
    ),
    "CreateVpcBlockPublicAccessExclusion": _one(
        "aws_vpc_block_public_access_exclusion",
        {
            "VpcId": "vpc_id",
            "SubnetId": "subnet_id",
            "InternetGatewayExclusionMode": "internet_gateway_exclusion_mode",
        },
    ),
    "AcceptVpcPeeringConnection": _accepting(
        "aws_vpc_peering_connection_accepter", "VpcPeeringConnectionId", "vpc_peering_connection_id"
    ),
    "AcceptTransitGatewayVpcAttachment": _accepting(
        "aws_ec2_transit_gateway_vpc_attachment_accepter",
        "TransitGatewayAttachmentId",
        "transit_gateway_attachment_id",
    ),
    "AcceptTransitGatewayPeeringAttachment": _accepting(
        "aws_ec2_transit_gateway_peering_attachment_accepter",
        "TransitGatewayAttachmentId",
        "transit_gateway_attachment_id",
    ),
}
"""Which resources the calls of remedies stand for."""


def _comment(text: str) -> str:
    """Return one line of comment, whatever stands in it."""
    return f"# {printable(text)}"
