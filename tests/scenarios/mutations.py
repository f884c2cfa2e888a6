"""What can be wrong in the article's network, one thing at a time?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.scenarios.cloud import Cloud, acl_entry, made_id, permission

Mutation = Callable[[Cloud], object]


def named(cloud: Cloud, operation: str, name: str) -> dict[str, Any]:
    """Return a recorded object by its tag Name, or a security group by its name."""
    for item in cloud.objects[operation]:
        tags = {tag["Key"]: tag["Value"] for tag in item.get("Tags", ())}
        if name in (tags.get("Name"), item.get("GroupName")):
            return item
    raise LookupError(name)


def group(cloud: Cloud, port: int) -> str:
    return next(arn for arn in cloud.targets if f"example-tg-{port}/" in arn)


def without_route(table: str, destination: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        found = named(cloud, "DescribeRouteTables", table)
        before = len(found["Routes"])
        found["Routes"] = [r for r in found["Routes"] if r.get("DestinationCidrBlock") != destination]
        assert len(found["Routes"]) < before

    return mutate


def peering_is(status: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        named(cloud, "DescribeVpcPeeringConnections", "vpc-1-to-vpc-2")["Status"] = {"Code": status}

    return mutate


def own_acl(subnet: str, *entries: dict[str, object]) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        found = named(cloud, "DescribeSubnets", subnet)
        cloud.network_acl(f"acl-of-{subnet}", found["VpcId"], found["SubnetId"], entries=entries)

    return mutate


ALL_IN, ALL_OUT = acl_entry(100, False, "allow"), acl_entry(100, True, "allow")


def rules_of(name: str, *rules: dict[str, object], egress: bool = False) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        key = "IpPermissionsEgress" if egress else "IpPermissions"
        named(cloud, "DescribeSecurityGroups", name)[key] = list(rules)

    return mutate


def tunnels(*statuses: str, message: str = "IPSEC IS DOWN") -> Mutation:
    def mutate(cloud: Cloud) -> None:
        telemetry = named(cloud, "DescribeVpnConnections", "on-premises")["VgwTelemetry"]
        for tunnel, status in zip(telemetry, statuses, strict=True):
            tunnel |= {"Status": status, "StatusMessage": message if status == "DOWN" else ""}

    return mutate


def attribute(port: int, key: str, value: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        cloud.attributes[group(cloud, port)][key] = value

    return mutate


def balancer_attribute(key: str, value: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        cloud.attributes[cloud.balancers[0]["LoadBalancerArn"]][key] = value

    return mutate


def target(port: int, **fields: object) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        cloud.targets[group(cloud, port)][0].update(fields)

    return mutate


def health(port: int, state: str, reason: str | None = None) -> Mutation:
    said = {"State": state} | ({"Reason": reason, "Description": "said so"} if reason else {})
    return target(port, TargetHealth=said)


def health_port(port: str) -> Mutation:
    """Check the first target group on another port, which AWS tells of the group and of each target."""

    def mutate(cloud: Cloud) -> None:
        group = cloud.groups[0]
        for item in (group, *cloud.targets[group["TargetGroupArn"]]):
            item["HealthCheckPort"] = port

    return mutate


def listener(port: int, **fields: object) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        (found,) = [item for items in cloud.listeners.values() for item in items if item["Port"] == port]
        found.update(fields)

    return mutate


def no_listener(cloud: Cloud) -> None:
    for items in cloud.listeners.values():
        items[:] = [item for item in items if item["Port"] != 10022]


def empty_group(cloud: Cloud) -> None:
    cloud.targets[group(cloud, 10022)].clear()


def weight_zero(cloud: Cloud) -> None:
    groups = [{"TargetGroupArn": group(cloud, 10022), "Weight": 0}]
    listener(10022, DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}])(cloud)


def balancer_group(
    *rules: dict[str, object], egress: tuple[dict[str, object], ...] | None = None
) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        vpc = cloud.balancers[0]["VpcId"]
        made = cloud.security_group("balancer", vpc, list(rules))
        if egress is not None:
            cloud.find("DescribeSecurityGroups", made)["IpPermissionsEgress"] = list(egress)
        cloud.balancers[0]["SecurityGroups"] = [made]

    return mutate


def instance_is(name: str, state: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        for reservation in cloud.objects["DescribeInstances"]:
            for instance in reservation["Instances"]:
                if instance["InstanceId"] == made_id("i", name):
                    instance["State"] = {"Code": 80, "Name": state}

    return mutate


def no_interface(address: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        items = cloud.objects["DescribeNetworkInterfaces"]
        items[:] = [item for item in items if item["PrivateIpAddress"] != address]

    return mutate


def detached(cloud: Cloud) -> None:
    named(cloud, "DescribeVpnGateways", "on-premises")["VpcAttachments"] = []


def blackhole(table: str, destination: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        for route in named(cloud, "DescribeRouteTables", table)["Routes"]:
            if route.get("DestinationCidrBlock") == destination:
                route["State"] = "blackhole"

    return mutate


def static_vgw_route_only(cloud: Cloud) -> None:
    """The table sends to the gateway by hand; the gateway knows no prefix, as another table shows."""
    found = named(cloud, "DescribeRouteTables", "private-1a-1")
    for route in found["Routes"]:
        if route.get("DestinationCidrBlock") == "10.0.0.0/16":
            route["Origin"] = "CreateRoute"
    found["PropagatingVgws"] = []
    without_route("private-1c-1", "10.0.0.0/16")(cloud)
    named(cloud, "DescribeVpnConnections", "on-premises")["Routes"] = []


def propagation_off(cloud: Cloud) -> None:
    without_route("private-1a-1", "10.0.0.0/16")(cloud)
    named(cloud, "DescribeRouteTables", "private-1a-1")["PropagatingVgws"] = []


def public_target(cloud: Cloud) -> None:
    named(cloud, "DescribeVpnConnections", "on-premises")["State"] = "deleted"
    target(30080, Target={"Id": "198.51.100.9", "Port": 80, "AvailabilityZone": "all"})(cloud)


def overlapping_target(cloud: Cloud) -> None:
    """Number the office inside VPC-2's range."""
    routes = named(cloud, "DescribeVpnConnections", "on-premises")["Routes"]
    routes.append({"DestinationCidrBlock": "172.31.200.0/24", "Source": "Static", "State": "available"})
    vpc = named(cloud, "DescribeVpcs", "vpc-2")["VpcId"]
    cloud.subnet("empty", vpc, "172.31.200.0/24", "a")
    target(30080, Target={"Id": "172.31.200.5", "Port": 80, "AvailabilityZone": "all"})(cloud)


def other_peer(cloud: Cloud) -> None:
    """Peer VPC-2 with another VPC of VPC-1's range, and send the client's replies there."""
    vpc = cloud.vpc("vpc-3", "192.168.0.0/16")
    peering = cloud.peering("other", named(cloud, "DescribeVpcs", "vpc-2")["VpcId"], vpc)
    table = named(cloud, "DescribeRouteTables", "private-1a-1")["RouteTableId"]
    cloud.route(table, "192.168.1.0/24", peering)


def options(**fields: object) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        named(cloud, "DescribeVpnConnections", "on-premises")["Options"].update(fields)

    return mutate


def to_internet(table: str, destination: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        without_route(table, destination)(cloud)
        found = named(cloud, "DescribeRouteTables", table)
        gateway = cloud.internet_gateway("internet", found["VpcId"])
        cloud.route(found["RouteTableId"], "0.0.0.0/0", gateway)

    return mutate


def not_connected(cloud: Cloud) -> None:
    cloud.objects["DescribeVpcPeeringConnections"].clear()
    without_route("client", "172.31.0.0/16")(cloud)
    without_route("private-1a-1", "192.168.0.0/16")(cloud)


def many_listeners(cloud: Cloud) -> None:
    arn = cloud.balancers[0]["LoadBalancerArn"]
    for port in range(40001, 40041):
        cloud.listener(arn, port, group(cloud, 10022))


def balancer_is(state: str) -> Mutation:
    def mutate(cloud: Cloud) -> None:
        cloud.balancers[0]["State"] = {"Code": state}

    return mutate


def reference_to_balancer(cloud: Cloud) -> None:
    balancer_group(ANY_IN)(cloud)
    pair = {"GroupId": cloud.balancers[0]["SecurityGroups"][0], "UserId": cloud.account}
    rules_of("targets", permission("tcp", port=22, groups=[pair]))(cloud)


SSH_FROM_ELSEWHERE = permission("tcp", "10.9.9.9/32", port=22)
ANY_IN = permission("-1", "0.0.0.0/0")
EPHEMERAL_CLOSED = acl_entry(90, True, "deny", "192.168.0.0/16", (1024, 65535))
LINUX_PORTS = acl_entry(100, True, "allow", "0.0.0.0/0", (32768, 65535))


def no_balancer(cloud: Cloud) -> None:
    cloud.balancers.clear()


def machine_outside_its_subnet(cloud: Cloud) -> None:
    interface = cloud.find("DescribeNetworkInterfaces", made_id("eni", "target-server-1-eth0"))
    interface["SubnetId"] = made_id("subnet", "target-1c")


def machine_twice(cloud: Cloud) -> None:
    cloud.interface("twin", made_id("subnet", "target-1a"), "172.31.129.10")
