"""Plans for the article's network, one for each kind of fault that a change brings, and what AWS does then.

The plan is Terraform's. What AWS does is told apart from it, in AWS's own terms: so a mistake in how plans
are read hides in neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nlbcheck.aws.apply import apply
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.resources.instance import INSTANCE
from nlbcheck.aws.resources.peering_connection import PEERING
from nlbcheck.aws.resources.route_table import ROUTE_TABLE
from nlbcheck.aws.resources.vpn_gateway import VPN_GATEWAY
from nlbcheck.aws.writes.edited import EditedState
from tests.scenarios.cloud import Cloud, made_id, permission
from tests.terraform.planning import (
    Object,
    attachment,
    balancer,
    change,
    create,
    delete,
    group,
    group_arn,
    listener,
    route,
    update,
)

Changes = list[Object]
Reality = Callable[[Cloud, Recording], Recording]

SG, CLIENT_SG = made_id("sg", "targets"), made_id("sg", "client")
PEERING_ID, VGW = made_id("pcx", "vpc-1-to-vpc-2"), made_id("vgw", "on-premises")
VPN, SERVER_1 = made_id("vpn", "on-premises"), made_id("i", "target-server-1")
VPC_2 = made_id("vpc", "vpc-2")


@dataclass(frozen=True)
class Case:
    """A plan and what comes of it."""

    changes: Callable[[Cloud], Changes]
    reality: Reality
    code: str
    """The finding that it brings; empty where it brings none."""
    by: str
    """The address of the resource that brings it."""
    breaks: str
    """Where it fails: for each static IP a word, with x for each row that does: ``....x ....x``."""


def calls(*made: tuple[str, str, Object]) -> Reality:
    """Return AWS's answers after calls, which depend on nothing of Terraform."""

    def real(_: Cloud, recording: Recording) -> Recording:
        for service, operation, parameters in made:
            recording = apply(recording, service, operation, parameters)
        return recording

    return real


def edited(edit: Callable[[EditedState], None]) -> Reality:
    def real(_: Cloud, recording: Recording) -> Recording:
        state = EditedState(recording)
        edit(state)
        return state.recording

    return real


def rule(address: str, port: int = 22) -> Object:
    return {
        "id": f"sgr-{address}-{port}", "security_group_id": SG, "ip_protocol": "tcp", "from_port": port,
        "to_port": port, "cidr_ipv4": f"{address}/32", "cidr_ipv6": None, "prefix_list_id": None,
        "referenced_security_group_id": None, "description": None, "tags": None,
    }  # fmt: skip


def rules(*ports: int) -> list[Object]:
    return [
        {
            "cidr_blocks": ["172.31.128.10/32", "172.31.136.10/32"], "ipv6_cidr_blocks": [],
            "prefix_list_ids": [], "security_groups": [], "self": False, "protocol": "tcp",
            "from_port": port, "to_port": port, "description": "",
        }
        for port in ports
    ]  # fmt: skip


def security_group(*ports: int) -> Object:
    return {"id": SG, "name": "targets", "vpc_id": VPC_2, "ingress": rules(*ports), "egress": []}


def revoked(address: str, *ports: int) -> list[tuple[str, str, Object]]:
    return [
        (
            "ec2",
            "RevokeSecurityGroupIngress",
            {"GroupId": SG, "IpPermissions": [permission("tcp", f"{address}/32", port=port)]},
        )
        for port in ports
    ]


def acl(name: str) -> str:
    return made_id("acl", f"{name}-default")


def acl_rule(number: int, action: str, cidr: str, ports: tuple[int, int], **others: Any) -> Object:
    return {
        "id": f"nacl-{number}", "network_acl_id": acl("vpc-2"), "rule_number": number, "egress": False,
        "protocol": "6", "rule_action": action, "cidr_block": cidr, "ipv6_cidr_block": None,
        "from_port": ports[0], "to_port": ports[1], **others,
    }  # fmt: skip


def of_group(cloud: Cloud, port: int, key: str, value: str) -> Object:
    attributes = [{"Key": key, "Value": value}]
    return {"TargetGroupArn": group_arn(cloud, port), "Attributes": attributes}


def deleted_peering(state: EditedState) -> None:
    item = state.get(PEERING, PEERING_ID, "none")
    state.put(PEERING, {**item, "Status": {"Code": "deleted", "Message": "Deleted"}})
    _lead_nowhere(state, "VpcPeeringConnectionId", PEERING_ID)


def detached_gateway(state: EditedState) -> None:
    item = state.get(VPN_GATEWAY, VGW, "none")
    state.put(VPN_GATEWAY, {**item, "VpcAttachments": []})
    _lead_nowhere(state, "GatewayId", VGW)


def _lead_nowhere(state: EditedState, field: str, target: str) -> None:
    for table in list(state.objects(ROUTE_TABLE)):
        routes = [
            {**item, "State": "blackhole"} if item.get(field) == target else item for item in table["Routes"]
        ]
        state.put(ROUTE_TABLE, {**table, "Routes": routes})


def stopped(state: EditedState) -> None:
    item = state.get(INSTANCE, SERVER_1, "none")
    state.put(INSTANCE, {**item, "State": {"Code": 80, "Name": "stopped"}})


def by_cloud(made: Callable[[Cloud], list[tuple[str, str, Object]]]) -> Reality:
    return lambda cloud, recording: calls(*made(cloud))(cloud, recording)


def action(cloud: Cloud, port: int) -> list[Object]:
    return [{"type": "forward", "target_group_arn": group_arn(cloud, port), "forward": [], "order": 1}]


CLIENT_ROUTE = route("client", "172.31.0.0/16", vpc_peering_connection_id=PEERING_ID)
NODE_ROUTE = route("private-1a-1", "192.168.0.0/16", vpc_peering_connection_id=PEERING_ID)
ASSOCIATION = {
    "id": "rtbassoc-1", "subnet_id": made_id("subnet", "client-1a"), "gateway_id": "",
    "route_table_id": made_id("rtb", "client"),
}  # fmt: skip
EGRESS = {
    **rule("0.0.0.0", 0), "security_group_id": CLIENT_SG, "ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0",
}  # fmt: skip
VPN_ROUTE = {"id": "vr", "vpn_connection_id": VPN, "destination_cidr_block": "10.0.0.0/16"}
INSTANCE_1 = {
    "id": SERVER_1, "private_ip": "172.31.129.10", "vpc_security_group_ids": [SG], "source_dest_check": True,
    "subnet_id": made_id("subnet", "target-1a"), "instance_state": "running", "tags": {},
}  # fmt: skip


def propagation(table: str) -> Object:
    return {"id": f"{VGW}_{table}", "vpn_gateway_id": VGW, "route_table_id": made_id("rtb", table)}


def inline(*destinations: str) -> Object:
    own = {"gateway_id": "", "vpc_peering_connection_id": PEERING_ID, "ipv6_cidr_block": ""}
    return {
        "id": made_id("rtb", "private-1c-1"), "vpc_id": VPC_2, "propagating_vgws": [VGW],
        "route": [{"cidr_block": item, **own} for item in destinations],
    }  # fmt: skip


CASES: Mapping[str, Case] = {
    "a rule for one node deleted": Case(
        lambda _: [delete('aws_vpc_security_group_ingress_rule.ssh["1c"]', rule("172.31.136.10"))],
        calls(*revoked("172.31.136.10", 22)),
        "sg-denies", 'aws_vpc_security_group_ingress_rule.ssh["1c"]', "..... x.x..",
    ),
    "an old rule with several ranges deleted": Case(
        lambda _: [delete("aws_security_group_rule.ssh", {
            **rules(22)[0], "type": "ingress", "security_group_id": SG, "source_security_group_id": None,
            "id": "sgrule-1"})],
        calls(*revoked("172.31.128.10", 22), *revoked("172.31.136.10", 22)),
        "sg-denies", "aws_security_group_rule.ssh", "x.x.. x.x..",
    ),
    "rules inside a security group": Case(
        lambda _: [change("module.servers.aws_security_group.targets", ["update"],
                          security_group(22, 80), security_group(80))],
        calls(*revoked("172.31.128.10", 22), *revoked("172.31.136.10", 22)),
        "sg-denies", "module.servers.aws_security_group.targets", "x.x.. x.x..",
    ),
    "the client's outbound rule deleted": Case(
        lambda _: [delete("aws_vpc_security_group_egress_rule.all", EGRESS)],
        calls(("ec2", "RevokeSecurityGroupEgress",
               {"GroupId": CLIENT_SG, "IpPermissions": [permission("-1", "0.0.0.0/0")]})),
        "sg-denies", "aws_vpc_security_group_egress_rule.all", "xxxxx xxxxx",
    ),
    "an instance in another security group": Case(
        lambda _: [update("aws_instance.server[0]", INSTANCE_1,
                          vpc_security_group_ids=[made_id("sg", "vpc-2-default")])],
        calls(("ec2", "ModifyInstanceAttribute",
               {"InstanceId": SERVER_1, "Groups": [made_id("sg", "vpc-2-default")]})),
        "sg-denies", "aws_instance.server[0]", "xx... xx...",
    ),
    "the client's route deleted": Case(
        lambda _: [delete("aws_route.to_relay", CLIENT_ROUTE)],
        calls(("ec2", "DeleteRoute", {"RouteTableId": made_id("rtb", "client"),
                                      "DestinationCidrBlock": "172.31.0.0/16"})),
        "route-missing", "aws_route.to_relay", "xxxxx xxxxx",
    ),
    "a route replaced by a narrower one": Case(
        lambda _: [change("aws_route.to_relay", ["delete", "create"], CLIENT_ROUTE,
                          {**CLIENT_ROUTE, "destination_cidr_block": "172.31.128.0/24"}, {"id": True})],
        calls(("ec2", "DeleteRoute", {"RouteTableId": made_id("rtb", "client"),
                                      "DestinationCidrBlock": "172.31.0.0/16"}),
              ("ec2", "CreateRoute", {"RouteTableId": made_id("rtb", "client"),
                                      "DestinationCidrBlock": "172.31.128.0/24",
                                      "VpcPeeringConnectionId": PEERING_ID})),
        "route-missing", "aws_route.to_relay", "..... xxxxx",
    ),
    "the way back deleted": Case(
        lambda _: [delete('aws_route.back["1a"]', NODE_ROUTE)],
        calls(("ec2", "DeleteRoute", {"RouteTableId": made_id("rtb", "private-1a-1"),
                                      "DestinationCidrBlock": "192.168.0.0/16"})),
        "route-missing", 'aws_route.back["1a"]', "xxxxx .....",
    ),
    "routes inside a route table": Case(
        lambda _: [change("aws_route_table.node_c", ["update"], inline("192.168.0.0/16"), inline())],
        calls(("ec2", "DeleteRoute", {"RouteTableId": made_id("rtb", "private-1c-1"),
                                      "DestinationCidrBlock": "192.168.0.0/16"})),
        "route-missing", "aws_route_table.node_c", "..... xxxxx",
    ),
    "a subnet without its route table": Case(
        lambda _: [delete("aws_route_table_association.client", ASSOCIATION)],
        calls(("ec2", "DisassociateRouteTable", {"AssociationId": made_id("rtbassoc", "client" + made_id(
            "subnet", "client-1a"))})),
        "route-missing", "aws_route_table_association.client", "xxxxx xxxxx",
    ),
    "a rule of a network ACL": Case(
        lambda _: [create("aws_network_acl_rule.no_ssh", acl_rule(50, "deny", "172.31.128.0/20", (22, 22)))],
        calls(("ec2", "CreateNetworkAclEntry",
               {"NetworkAclId": acl("vpc-2"), "RuleNumber": 50, "Egress": False, "Protocol": "6",
                "RuleAction": "deny", "CidrBlock": "172.31.128.0/20", "PortRange": {"From": 22, "To": 22}})),
        "nacl-denies", "aws_network_acl_rule.no_ssh", "x.x.. x.x..",
    ),
    "a network ACL that refuses clients": Case(
        lambda _: [create("aws_network_acl_rule.no_clients",
                          acl_rule(40, "deny", "192.168.0.0/16", (10000, 10099)))],
        calls(("ec2", "CreateNetworkAclEntry",
               {"NetworkAclId": acl("vpc-2"), "RuleNumber": 40, "Egress": False, "Protocol": "6",
                "RuleAction": "deny", "CidrBlock": "192.168.0.0/16",
                "PortRange": {"From": 10000, "To": 10099}})),
        "nacl-denies", "aws_network_acl_rule.no_clients", "xx... xx...",
    ),
    "the peering deleted": Case(
        lambda _: [delete("aws_vpc_peering_connection.this", {
            "id": PEERING_ID, "vpc_id": made_id("vpc", "vpc-1"), "peer_vpc_id": VPC_2,
            "accept_status": "active", "auto_accept": True})],
        edited(deleted_peering),
        "peering-not-active", "aws_vpc_peering_connection.this", "xxxxx xxxxx",
    ),
    "a listener deleted": Case(
        lambda cloud: [delete('aws_lb_listener.row["tg-10022"]', listener(cloud, 10022))],
        by_cloud(lambda cloud: [
            ("elbv2", "DeleteListener", {"ListenerArn": listener(cloud, 10022)["arn"]})]),
        "listener-missing", 'aws_lb_listener.row["tg-10022"]', "x.... x....",
    ),
    "a listener moved to another port": Case(
        lambda cloud: [update('aws_lb_listener.row["tg-10022"]', listener(cloud, 10022), port=10023)],
        by_cloud(lambda cloud: [
            ("elbv2", "ModifyListener", {"ListenerArn": listener(cloud, 10022)["arn"], "Port": 10023})]),
        "listener-missing", 'aws_lb_listener.row["tg-10022"]', "x.... x....",
    ),
    "a listener that forwards elsewhere": Case(
        lambda cloud: [update('aws_lb_listener.row["tg-10022"]', listener(cloud, 10022),
                              default_action=action(cloud, 10080))],
        by_cloud(lambda cloud: [
            ("elbv2", "ModifyListener", {
                "ListenerArn": listener(cloud, 10022)["arn"],
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": group_arn(cloud, 10080)}]})]),
        "listener-forwards-elsewhere", 'aws_lb_listener.row["tg-10022"]', "x.... x....",
    ),
    "a registration deleted": Case(
        lambda cloud: [delete("aws_lb_target_group_attachment.ssh",
                              attachment(cloud, 10022, "172.31.129.10", 22, "a"))],
        by_cloud(lambda cloud: [
            ("elbv2", "DeregisterTargets", {"TargetGroupArn": group_arn(cloud, 10022),
                                            "Targets": [{"Id": "172.31.129.10", "Port": 22}]})]),
        "listener-has-no-target", "aws_lb_target_group_attachment.ssh", "x.... x....",
    ),
    "a registration on another port": Case(
        lambda cloud: [change("aws_lb_target_group_attachment.ssh", ["delete", "create"],
                              attachment(cloud, 10022, "172.31.129.10", 22, "a"),
                              attachment(cloud, 10022, "172.31.129.10", 2222, "a"))],
        by_cloud(lambda cloud: [
            ("elbv2", "DeregisterTargets", {"TargetGroupArn": group_arn(cloud, 10022),
                                            "Targets": [{"Id": "172.31.129.10", "Port": 22}]}),
            ("elbv2", "RegisterTargets", {"TargetGroupArn": group_arn(cloud, 10022),
                                          "Targets": [{"Id": "172.31.129.10", "Port": 2222}]})]),
        "target-differs", "aws_lb_target_group_attachment.ssh", "x.... x....",
    ),
    "cross-zone load balancing off": Case(
        lambda cloud: [update("aws_lb.relay", balancer(cloud), enable_cross_zone_load_balancing=False)],
        by_cloud(lambda cloud: [
            ("elbv2", "ModifyLoadBalancerAttributes", {
                "LoadBalancerArn": balancer(cloud)["arn"],
                "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}]})]),
        "zone-has-no-target", "aws_lb.relay", "..xx. xx...",
    ),
    "client addresses preserved": Case(
        lambda cloud: [update('aws_lb_target_group.row["tg-30080"]', group(cloud, 30080),
                              preserve_client_ip="true")],
        by_cloud(lambda cloud: [
            ("elbv2", "ModifyTargetGroupAttributes",
             of_group(cloud, 30080, "preserve_client_ip.enabled", "true"))]),
        "client-ip-preserved-outside-vpc", 'aws_lb_target_group.row["tg-30080"]', "....x ....x",
    ),
    "propagation off": Case(
        lambda _: [delete('aws_vpn_gateway_route_propagation.node["a"]', propagation("private-1a-1"))],
        calls(("ec2", "DisableVgwRoutePropagation",
               {"RouteTableId": made_id("rtb", "private-1a-1"), "GatewayId": VGW})),
        "route-missing", 'aws_vpn_gateway_route_propagation.node["a"]', "....x .....",
    ),
    "a prefix that the VPN does not know": Case(
        lambda _: [delete("aws_vpn_connection_route.office", VPN_ROUTE)],
        calls(("ec2", "DeleteVpnConnectionRoute",
               {"VpnConnectionId": VPN, "DestinationCidrBlock": "10.0.0.0/16"})),
        "route-missing", "aws_vpn_connection_route.office", "....x ....x",
    ),
    "the VPN's gateway detached": Case(
        lambda _: [delete("aws_vpn_gateway_attachment.this",
                          {"id": "vpn-attachment-1", "vpc_id": VPC_2, "vpn_gateway_id": VGW})],
        edited(detached_gateway),
        "gateway-not-attached", "aws_vpn_gateway_attachment.this", "....x ....x",
    ),
    "a target stopped": Case(
        lambda _: [update("aws_ec2_instance_state.server", {"id": SERVER_1, "instance_id": SERVER_1,
                                                            "state": "running", "force": False},
                          state="stopped")],
        edited(stopped),
        "instance-not-running", "aws_ec2_instance_state.server", "xx... xx...",
    ),
    "tags only": Case(
        lambda _: [update("aws_instance.server[0]", INSTANCE_1, tags={"Owner": "relay"})],
        calls(), "", "", "..... .....",
    ),
}  # fmt: skip
"""Every plan by what it does."""
