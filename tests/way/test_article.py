"""One fault in the article's network, and what the walk of one row at one node says of it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from nlbcheck.model import Verdict
from tests.scenarios.article import ROWS, article
from tests.scenarios.cloud import Cloud, acl_entry, made_id, permission
from tests.way.telling import Told, named, told, walked

Mutation = Callable[[Cloud], object]


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
    """The table sends to the gateway by hand; the gateway has forgotten the prefix."""
    found = named(cloud, "DescribeRouteTables", "private-1a-1")
    for route in found["Routes"]:
        if route.get("DestinationCidrBlock") == "10.0.0.0/16":
            route["Origin"] = "CreateRoute"
    found["PropagatingVgws"] = []
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

CASES: list[tuple[str, Mutation, int, list[Told]]] = [
    # --- front, request ---
    ("client's group lets nothing out", rules_of("client", egress=True), 10022,
     [("sg-denies", "front", "request", "client")]),
    ("client's acl", own_acl("client-1a", ALL_IN), 10022,
     [("nacl-denies", "front", "request", "acl-of-client-1a")]),
    ("client's route missing", without_route("client", "172.31.0.0/16"), 10022,
     [("route-missing", "front", "request", "client")]),
    ("client's route to the internet", to_internet("client", "172.31.0.0/16"), 10022,
     [("route-leads-elsewhere", "front", "request", "client")]),
    ("client's route a blackhole", blackhole("client", "172.31.0.0/16"), 10022,
     [("route-blackhole", "front", "request", "client")]),
    ("peering pending", peering_is("pending-acceptance"), 10022,
     [("peering-not-active", "front", "request", "vpc-1-to-vpc-2")]),
    ("peering deleted", peering_is("deleted"), 10022,
     [("peering-not-active", "front", "request", "vpc-1-to-vpc-2")]),
    ("no peering at all", not_connected, 10022,
     [("vpcs-not-connected", "front", "request", "client")]),
    ("client stopped", instance_is("client", "stopped"), 10022,
     [("instance-not-running", "front", "request", "client")]),
    ("nlb's group without the client", balancer_group(permission("tcp", "10.9.0.0/16", port=10022)), 10022,
     [("sg-denies", "front", "request", "balancer")]),
    ("nlb's group with another port", balancer_group(permission("tcp", "192.168.0.0/16", port=10080)), 10022,
     [("sg-denies", "front", "request", "balancer")]),
    ("node's acl", own_acl("private-1a-1", acl_entry(90, False, "deny", "192.168.1.0/24", (10022, 10022)),
                           ALL_IN, ALL_OUT), 10022,
     [("nacl-denies", "front", "request", "acl-of-private-1a-1")]),
    # --- the load balancer ---
    ("no listener", no_listener, 10022, [("listener-missing", "balancer", "-", "example-nlb:10022")]),
    ("listener for UDP", listener(10022, Protocol="UDP"), 10022,
     [("listener-protocol-differs", "balancer", "-", "example-nlb:10022")]),
    ("listener without an action", listener(10022, DefaultActions=[]), 10022,
     [("listener-has-no-target", "balancer", "-", "example-nlb:10022")]),
    ("fixed response", listener(10022, DefaultActions=[{"Type": "fixed-response"}]), 10022,
     [("listener-has-no-target", "balancer", "-", "example-nlb:10022")]),
    ("empty group", empty_group, 10022,
     [("listener-has-no-target", "balancer", "-", "example-tg-10022")]),
    ("weight zero", weight_zero, 10022, [("target-group-weight-zero", "balancer", "-", "example-tg-10022")]),
    ("cross-zone off", balancer_attribute("load_balancing.cross_zone.enabled", "false"), 20022,
     [("zone-has-no-target", "balancer", "-", "example-tg-20022")]),
    ("cross-zone off, target of this zone", balancer_attribute("load_balancing.cross_zone.enabled", "false"),
     10022, []),
    ("cross-zone off, target of all zones", balancer_attribute("load_balancing.cross_zone.enabled", "false"),
     30080, []),
    ("cross-zone off at the group", attribute(20022, "load_balancing.cross_zone.enabled", "false"), 20022,
     [("zone-has-no-target", "balancer", "-", "example-tg-20022")]),
    ("preservation, target on premises", attribute(30080, "preserve_client_ip.enabled", "true"), 30080,
     [("client-ip-preserved-outside-vpc", "balancer", "-", "10.0.0.10:80")]),
    ("preservation, group without the client", attribute(10022, "preserve_client_ip.enabled", "true"), 10022,
     [("sg-denies", "back", "request", "targets")]),
    ("proxy protocol", attribute(10022, "proxy_protocol_v2.enabled", "true"), 10022,
     [("proxy-protocol-on", "balancer", "-", "example-tg-10022")]),
    ("provisioning", balancer_is("provisioning"), 10022,
     [("balancer-not-active", "balancer", "-", "example-nlb")]),
    ("impaired", balancer_is("active_impaired"), 10022,
     [("balancer-not-active", "balancer", "-", "example-nlb")]),
    ("45 listeners", many_listeners, 10022, [("listener-quota-near", "balancer", "-", "example-nlb")]),
    ("zonal shift", target(10022, AdministrativeOverride={"State": "zonal_shift_active"}), 10022,
     [("zone-shifted", "balancer", "-", "172.31.129.10:22")]),
    ("target's zone not enabled", target(10022, Target={"Id": "172.31.129.10", "Port": 22,
                                                       "AvailabilityZone": "ap-northeast-1d"}), 10022,
     [("target-zone-not-enabled", "balancer", "-", "172.31.129.10:22")]),
    ("target outside without zone all", target(30080, Target={"Id": "10.0.0.10", "Port": 80,
                                                             "AvailabilityZone": "ap-northeast-1a"}), 30080,
     [("target-needs-zone-all", "balancer", "-", "10.0.0.10:80")]),
    ("public target", public_target, 30080,
     [("target-address-not-allowed", "balancer", "-", "198.51.100.9:80"),
      ("vpcs-not-connected", "back", "request", "private-1a-1")]),
    # --- back, request ---
    ("nlb's group lets nothing out", balancer_group(ANY_IN, egress=()), 10022,
     [("sg-denies", "back", "request", "balancer")]),
    ("target's group without the node", rules_of("targets", SSH_FROM_ELSEWHERE), 10022,
     [("sg-denies", "back", "request", "targets")]),
    ("target's acl", own_acl("target-1a", ALL_OUT), 10022,
     [("nacl-denies", "back", "request", "acl-of-target-1a")]),
    ("target stopped", instance_is("target-server-1", "stopped"), 10022,
     [("instance-not-running", "back", "request", "target-server-1")]),
    ("target is nobody", no_interface("172.31.129.10"), 10022,
     [("address-unused", "back", "request", "172.31.129.10")]),
    ("vpn down", tunnels("DOWN", "DOWN"), 30080, [("vpn-down", "back", "request", "on-premises")]),
    ("one tunnel down", tunnels("UP", "DOWN"), 30080,
     [("vpn-tunnel-down", "back", "request", "on-premises")]),
    ("vgw routes not propagated", without_route("private-1a-1", "10.0.0.0/16"), 30080,
     [("route-missing", "back", "request", "private-1a-1")]),
    ("propagation switched off", propagation_off, 30080,
     [("route-missing", "back", "request", "private-1a-1")]),
    ("on-premises range inside the vpc's", overlapping_target, 30080,
     [("address-overlap", "back", "request", "172.31.200.5")]),
    ("vgw does not know", static_vgw_route_only, 30080,
     [("vpn-route-missing", "back", "request", "on-premises")]),
    ("vgw not attached", detached, 30080, [("gateway-not-attached", "back", "request", "on-premises")]),
    ("selectors", options(RemoteIpv4NetworkCidr="172.31.136.0/24"), 30080,
     [("vpn-selector-excludes", "back", "request", "on-premises")]),
    # --- replies ---
    ("node's longer route to another peer", other_peer, 10022,
     [("route-leads-elsewhere", "front", "reply", "private-1a-1")]),
    ("node's route back missing", without_route("private-1a-1", "192.168.0.0/16"), 10022,
     [("route-missing", "front", "reply", "private-1a-1")]),
    ("ephemeral ports closed", own_acl("private-1a-1", EPHEMERAL_CLOSED, ALL_IN, ALL_OUT), 10022,
     [("nacl-denies", "front", "reply", "acl-of-private-1a-1")]),
    ("ephemeral ports narrow", own_acl("target-1a", ALL_IN, LINUX_PORTS), 10022,
     [("nacl-narrow-ephemeral", "back", "reply", "acl-of-target-1a")]),
    # --- health ---
    ("health port closed", lambda cloud: cloud.groups[0].update(HealthCheckPort="8080"), 10022,
     [("sg-denies", "health", "request", "targets"),
      ("health-check-port-blocked", "health", "-", "172.31.129.10:22")]),
    ("unhealthy", health(10022, "unhealthy", "Target.FailedHealthChecks"), 10022,
     [("target-unhealthy", "health", "-", "172.31.129.10:22")]),
    ("initial", health(10022, "initial", "Elb.InitialHealthChecking"), 10022,
     [("target-initial", "health", "-", "172.31.129.10:22")]),
    ("draining", health(10022, "draining", "Target.DeregistrationInProgress"), 10022,
     [("target-draining", "health", "-", "172.31.129.10:22")]),
    ("unused", health(10022, "unused", "Target.NotInUse"), 10022,
     [("target-unused", "health", "-", "172.31.129.10:22")]),
    ("unavailable", health(10022, "unavailable", "Elb.InternalError"), 10022,
     [("target-health-unavailable", "health", "-", "172.31.129.10:22")]),
    # --- other zones and rows are not affected ---
    ("the other node's route back", without_route("private-1c-1", "192.168.0.0/16"), 10022, []),
    ("vpn down, target in the vpc", tunnels("DOWN", "DOWN"), 10022, []),
    ("reference to the nlb's group", reference_to_balancer, 10022, []),
]  # fmt: skip


@pytest.mark.parametrize(("mutate", "port", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_one_fault(mutate: Mutation, port: int, expected: list[Told]) -> None:
    cloud = article()
    mutate(cloud)
    walk = walked(cloud, port)
    assert told(walk) == expected
    assert all(finding.zone == "ap-northeast-1a" for finding in walk.findings)
    assert all(finding.summary and finding.evidence and finding.remedy for finding in walk.findings)


@pytest.mark.parametrize("port", [row[0] for row in ROWS])
@pytest.mark.parametrize("zone", ["a", "c"])
def test_a_healthy_network_has_no_findings(port: int, zone: str) -> None:
    walk = walked(article(), port, zone)
    assert told(walk) == []
    assert walk.verdict is Verdict.PASS
    assert {(path.leg, path.direction) for path in walk.paths} == {
        (leg, direction) for leg in ("front", "back", "health") for direction in ("request", "reply")
    }
    assert all(hop.evidence for path in walk.paths for hop in path.hops)


@pytest.mark.parametrize(("mutate", "port"), [c[1:3] for c in CASES], ids=[c[0] for c in CASES])
def test_hops_and_evidence_can_be_written_as_json(mutate: Mutation, port: int) -> None:
    cloud = article()
    mutate(cloud)
    walk = walked(cloud, port)
    json.dumps([dict(hop.evidence) for path in walk.paths for hop in path.hops], allow_nan=False)
    json.dumps([dict(finding.evidence) for finding in walk.findings], allow_nan=False)
