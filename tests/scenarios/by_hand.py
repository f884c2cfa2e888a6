"""What would somebody record who has never seen nlbcheck's own recorder? Whole lists, with plain boto3.

The network is one that moto holds: clients and relays in VPCs of their own behind a transit gateway, a load
balancer with a security group, instances as targets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
from botocore import xform_name

REGION = "eu-west-1"
_TOKYO = timezone(timedelta(hours=9))
CLIENT, NODES, SERVERS = "10.1.1.20", ("10.2.1.10", "10.2.2.10"), ("10.2.3.10", "10.2.4.10")
LISTENERS = {1022: 22, 1080: 80}
"""Listener port to the port of its target, the servers in turn."""
Document = dict[str, Any]

_LISTS = (
    "DescribeVpcs", "DescribeSubnets", "DescribeRouteTables", "DescribeNetworkAcls", "DescribeSecurityGroups",
    "DescribeNetworkInterfaces", "DescribeInstances", "DescribeVpcPeeringConnections",
    "DescribeInternetGateways", "DescribeNatGateways", "DescribeVpnGateways", "DescribeVpnConnections",
    "DescribeCustomerGateways", "DescribeTransitGateways", "DescribeTransitGatewayAttachments",
    "DescribeTransitGatewayVpcAttachments", "DescribeTransitGatewayPeeringAttachments",
    "DescribeTransitGatewayRouteTables", "DescribeManagedPrefixLists", "DescribeAvailabilityZones",
    "DescribeKeyPairs",
)  # fmt: skip
"""What there is to list, and some that nobody needs."""
_ATTRIBUTES = {
    "preserve_client_ip.enabled": "true",
    "proxy_protocol_v2.enabled": "false",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
}
"""What AWS says of a group of instances, and moto does not."""


def build(endpoint: str) -> None:
    """Make the network through boto3."""
    ec2, elb = _clients(endpoint)
    near, far = (ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"] for cidr in ("10.1.0.0/16", "10.2.0.0/16"))
    seat = _subnet(ec2, near, CLIENT, "a")
    nodes = [_subnet(ec2, far, address, zone) for address, zone in zip(NODES, "ab", strict=True)]
    racks = [_subnet(ec2, far, address, zone) for address, zone in zip(SERVERS, "ab", strict=True)]
    _join(ec2, {near: [seat], far: nodes})
    front = _group(ec2, far, "front", (1000, 1999), IpRanges=[{"CidrIp": "10.1.0.0/16"}])
    servers = _group(ec2, far, "servers", (22, 80), UserIdGroupPairs=[{"GroupId": front}])
    _instance(ec2, seat, CLIENT)
    instances = [_instance(ec2, rack, address, servers) for rack, address in zip(racks, SERVERS, strict=True)]
    made = elb.create_load_balancer(
        Name="relay", Type="network", Scheme="internal", Subnets=nodes, SecurityGroups=[front]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=made, Attributes=[{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]
    )
    for (port, to), instance in zip(LISTENERS.items(), instances, strict=True):
        group = elb.create_target_group(
            Name=f"relay-{port}", Protocol="TCP", Port=to, VpcId=far, TargetType="instance"
        )["TargetGroups"][0]["TargetGroupArn"]
        attributes = [{"Key": key, "Value": value} for key, value in _ATTRIBUTES.items()]
        elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=attributes)
        elb.register_targets(TargetGroupArn=group, Targets=[{"Id": instance}])
        forward = {"Type": "forward", "TargetGroupArn": group}
        elb.create_listener(LoadBalancerArn=made, Protocol="TCP", Port=port, DefaultActions=[forward])
    for subnet, address in zip(nodes, NODES, strict=True):
        ec2.create_network_interface(
            SubnetId=subnet, PrivateIpAddress=address, Groups=[front], Description=f"ELB {_path(made)}"
        )


def _clients(endpoint: str) -> tuple[Any, Any]:
    access = {"region_name": REGION, "endpoint_url": endpoint}
    return boto3.client("ec2", **access), boto3.client("elbv2", **access)


def _path(arn: str) -> str:
    return arn.partition(":loadbalancer/")[2]


def _subnet(ec2: Any, vpc: str, address: str, zone: str) -> str:
    """Make the subnet that an address is to be in."""
    cidr = f"{address.rpartition('.')[0]}.0/24"
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=REGION + zone)
    return str(made["Subnet"]["SubnetId"])


def _join(ec2: Any, subnets: Mapping[str, list[str]]) -> None:
    """Join VPCs by a transit gateway, each with routes from its subnets."""
    hub = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    (known,) = ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]
    for vpc, own in subnets.items():
        attachment = ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=hub, VpcId=vpc, SubnetIds=own
        )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
        (found,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
        ec2.create_transit_gateway_route(
            TransitGatewayRouteTableId=known["TransitGatewayRouteTableId"],
            DestinationCidrBlock=found["CidrBlock"],
            TransitGatewayAttachmentId=attachment,
        )
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.0.0.0/8", TransitGatewayId=hub)
        for subnet in own:
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)


def _group(ec2: Any, vpc: str, name: str, ports: tuple[int, int], **peers: Any) -> str:
    made = str(ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"])
    rule = {"IpProtocol": "tcp", "FromPort": ports[0], "ToPort": ports[1], **peers}
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[rule])
    return made


def _instance(ec2: Any, subnet: str, address: str, *groups: str) -> str:
    wanted: Document = {"SubnetId": subnet, "PrivateIpAddress": address, "ImageId": "ami-12345678"}
    if groups:
        wanted["SecurityGroupIds"] = list(groups)
    return str(ec2.run_instances(MinCount=1, MaxCount=1, **wanted)["Instances"][0]["InstanceId"])


def record(endpoint: str) -> Document:
    """Return a snapshot put together by hand from whole answers."""
    ec2, elb = _clients(endpoint)
    answers = [_answer(ec2, "ec2", operation) for operation in _LISTS]
    usable = [{"Name": "state", "Values": ["active", "blackhole"]}]
    answers += [
        _answer(ec2, "ec2", "SearchTransitGatewayRoutes", TransitGatewayRouteTableId=key, Filters=usable)
        for key in _ids(answers, "TransitGatewayRouteTables", "TransitGatewayRouteTableId")
    ]
    answers += [_answer(elb, "elbv2", name) for name in ("DescribeLoadBalancers", "DescribeTargetGroups")]
    for operation, listed, key in (
        ("DescribeListeners", "LoadBalancers", "LoadBalancerArn"),
        ("DescribeLoadBalancerAttributes", "LoadBalancers", "LoadBalancerArn"),
        ("DescribeTargetHealth", "TargetGroups", "TargetGroupArn"),
        ("DescribeTargetGroupAttributes", "TargetGroups", "TargetGroupArn"),
    ):
        answers += [_answer(elb, "elbv2", operation, **{key: arn}) for arn in _ids(answers, listed, key)]
    document = {
        "schema": "nlbcheck.snapshot/1",
        "taken_at": datetime.now(_TOKYO).isoformat(timespec="seconds"),
        "version": "by hand",
        "answers": answers,
        "gaps": [],
    }
    return _as_aws_says(document)


def _answer(client: Any, service: str, operation: str, **parameters: Any) -> Document:
    method = xform_name(operation)
    if client.can_paginate(method):
        response = client.get_paginator(method).paginate(**parameters).build_full_result()
    else:
        response = getattr(client, method)(**parameters)
    shown = json.loads(json.dumps(response, default=lambda value: value.isoformat()))
    return {
        "account": "123456789012", "region": REGION, "service": service, "operation": operation,
        "parameters": parameters, "response": shown,
    }  # fmt: skip


def _ids(answers: list[Document], listed: str, key: str) -> list[str]:
    return [item[key] for answer in answers for item in answer["response"].get(listed, ())]


def _as_aws_says(document: Document) -> Document:
    """Put right what moto says otherwise than AWS."""
    text = json.dumps(document)
    for before in ("loadbalancer/", "listener/", "ELB "):
        text = text.replace(f"{before}app/", f"{before}net/")
    made: Document = json.loads(text)
    attached = {item["ResourceId"]: item for item in items(made, "TransitGatewayAttachments")}
    vpcs = {item["CidrBlock"]: item["VpcId"] for item in items(made, "Vpcs")}
    for route in items(made, "Routes"):
        hop = attached[vpcs[route["DestinationCidrBlock"]]]
        names = ("ResourceId", "TransitGatewayAttachmentId", "ResourceType")
        route["TransitGatewayAttachments"] = [{name: hop[name] for name in names}]
    for balancer in items(made, "LoadBalancers"):
        balancer["State"] = {"Code": "active"}
    for interface in items(made, "NetworkInterfaces"):
        if interface["Description"].startswith("ELB "):
            interface |= {"InterfaceType": "network_load_balancer", "RequesterManaged": True}
            interface |= {"Status": "in-use", "SourceDestCheck": False}
            interface["Attachment"] = {"InstanceOwnerId": "amazon-aws", "Status": "attached"}
    return made


def items(document: Document, listed: str) -> Iterator[Document]:
    """Yield every object of a list, whichever answer has it."""
    for answer in document["answers"]:
        yield from answer["response"].get(listed, ())
