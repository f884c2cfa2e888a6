"""Who is the client, and how much of its path can be seen?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from nlbcheck.aws.recording import AnsweredCall, Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.errors import InputError
from nlbcheck.lab.emulation import draw
from nlbcheck.model import Leg, Verdict
from nlbcheck.path.reach import Reach, trace
from nlbcheck.path.walk import Walk
from tests.path.telling import told, walked, walked_world
from tests.scenarios.article import CLIENT, SERVER_1, article
from tests.scenarios.cloud import Cloud, Object, made_id, permission
from tests.scenarios.mutations import named

COLLIDING = ("connections-collide", "balancer", "-", "example-nlb")
LEGS = [Leg.FRONT, Leg.BACK, Leg.HEALTH]


def verdicts(walk: Walk) -> list[str]:
    """Return the worst verdict of each leg, front, back and health."""
    found = []
    for leg in LEGS:
        paths = [path.verdict for path in walk.paths if path.leg is leg]
        found.append(str(max(paths, key=lambda verdict: verdict.severity)))
    return found


@pytest.mark.parametrize("client", [CLIENT, made_id("i", "client"), made_id("eni", "client-eth0"), "client"])
def test_a_client_by_any_of_its_names(client: str) -> None:
    walk = walked(article(), client=client)
    assert told(walk) == []
    assert verdicts(walk) == ["pass", "pass", "pass"]


def test_a_name_tag_that_several_instances_have_is_one_clear_error() -> None:
    cloud = article()
    _, first, second = (item["Instances"][0] for item in cloud.objects["DescribeInstances"])
    first["Tags"] = second["Tags"] = [{"Key": "Name", "Value": "web"}]
    with pytest.raises(InputError, match="'web' is the Name tag of 2 instances: i-") as caught:
        walked(cloud, client="web")
    assert f"{first['InstanceId']} ({SERVER_1})" in str(caught.value)
    second["State"] = {"Code": 48, "Name": "terminated"}
    assert walked(cloud, client="web").paths


@pytest.mark.parametrize("client", ["nobody", "cli*", "?lient", "the client", " "])
def test_a_name_that_no_instance_has(client: str) -> None:
    with pytest.raises(InputError, match=r"expected an instance id .* or an instance's Name tag"):
        walked(article(), client=client)


def test_a_name_tag_that_may_not_be_looked_up_is_not_visible() -> None:
    recording = article().recording()
    answers = tuple(answer for answer in recording.answers if answer.operation != "DescribeInstances")
    walk = walked_world(AwsState(replace(recording, answers=answers)), client="client")
    assert told(walk)[0][0] == "not-visible"


@pytest.mark.parametrize("client", [None, "this machine"])
def test_an_unknown_client_is_one_clear_finding(client: str | None) -> None:
    walk = walked(article(), client=client)
    assert told(walk) == [("not-visible", "front", "request", "this machine")]
    assert verdicts(walk) == ["unknown", "pass", "pass"]
    assert "where the client is" in walk.findings[0].summary


def test_behind_an_unknown_client_the_listener_and_the_back_leg_are_walked() -> None:
    cloud = article()
    named(cloud, "DescribeSecurityGroups", "targets")["IpPermissions"] = []
    walk = walked(cloud, client=None)
    assert [item[0] for item in told(walk)] == ["not-visible", "sg-denies"]


@pytest.mark.parametrize("client", [made_id("i", "client"), made_id("eni", "client-eth0")])
def test_an_interface_for_the_elastic_fabric_adapter_alone_has_no_address(client: str) -> None:
    cloud = article()
    found = cloud.find("DescribeNetworkInterfaces", made_id("eni", "client-eth0"))
    found.update(PrivateIpAddresses=[], InterfaceType="efa-only")
    del found["PrivateIpAddress"]
    with pytest.raises(InputError, match="IP address"):
        walked(cloud, client=client)
    with pytest.raises(InputError, match="no machine that could be the client"):
        draw(AwsState(cloud.recording()))


def test_a_client_that_does_not_exist_is_an_input_error() -> None:
    with pytest.raises(InputError, match="there is no such instance"):
        walked(article(), client="i-0123456789abcdef0")


def test_a_client_address_that_nobody_has() -> None:
    walk = walked(article(), client="192.168.1.7")
    assert told(walk) == [("address-unused", "front", "request", "192.168.1.7")]


def test_a_client_address_in_no_subnet() -> None:
    walk = walked(article(), client="172.31.250.9")
    assert ("address-unused", "front", "request", "172.31.250.9") in told(walk)
    assert "not-visible" not in {code for code, *_ in told(walk)}


def test_a_client_on_premises_is_walked_from_the_gateway_on() -> None:
    cloud = article()
    walk = walked(cloud, client="10.0.5.5")
    assert told(walk) == [("not-visible", "front", "request", "10.0.5.5")]
    kinds = [hop.kind for hop in walk.paths[0].hops]
    assert kinds.index("on-premises") < kinds.index("vpn-gateway") < kinds.index("vpn-connection")
    for tunnel in named(cloud, "DescribeVpnConnections", "on-premises")["VgwTelemetry"]:
        tunnel |= {"Status": "DOWN", "StatusMessage": "IPSEC IS DOWN"}
    found = told(walked(cloud, client="10.0.5.5"))
    assert [item[0] for item in found] == ["not-visible", "vpn-down"]
    assert verdicts(walked(cloud, client="10.0.5.5"))[0] == "fail"


def only_account(recording: Recording, cloud: Cloud, vpc: str) -> Recording:
    """Return a recording without what belongs to a VPC, as the owner of the other one would make it."""
    vpc_id = named(cloud, "DescribeVpcs", vpc)["VpcId"]

    def mine(answer: AnsweredCall) -> AnsweredCall:
        response = {
            key: [item for item in value if item.get("VpcId") != vpc_id] if isinstance(value, list) else value
            for key, value in answer.response.items()
            if key != "Reservations"
        }
        if "Reservations" in answer.response:
            response["Reservations"] = [
                item for item in answer.response["Reservations"] if item["Instances"][0]["VpcId"] != vpc_id
            ]
        return replace(answer, response=response)

    return replace(recording, answers=tuple(map(mine, recording.answers)))


def in_another_account(cloud: Cloud) -> Recording:
    """Return the recording of the load balancer's account, the client's VPC lying in another one."""
    named(cloud, "DescribeVpcPeeringConnections", "vpc-1-to-vpc-2")["RequesterVpcInfo"]["OwnerId"] = "2" * 12
    return only_account(cloud.recording(), cloud, "vpc-1")


def test_a_client_in_another_account_is_unknown_not_missing() -> None:
    walk = walked_world(AwsState(in_another_account(article())))
    assert {finding.code for finding in walk.findings} == {"not-visible"}
    assert verdicts(walk) == ["unknown", "pass", "pass"]
    assert {finding.evidence["account"] for finding in walk.findings} == {"222222222222"}


def test_what_is_wrong_on_this_side_is_found_all_the_same() -> None:
    cloud = article()
    table = named(cloud, "DescribeRouteTables", "private-1a-1")
    table["Routes"] = [r for r in table["Routes"] if r.get("DestinationCidrBlock") != "192.168.0.0/16"]
    walk = walked_world(AwsState(in_another_account(cloud)))
    (missing,) = [finding for finding in walk.findings if finding.verdict is Verdict.FAIL]
    assert (missing.code, missing.direction) == ("route-missing", "reply")
    assert missing.remedy
    assert missing.remedy.calls[0].parameters["DestinationCidrBlock"] == "192.168.0.0/16"


def test_a_target_that_dials_itself() -> None:
    cloud = article()
    group = next(arn for arn in cloud.targets if "example-tg-10022/" in arn)
    cloud.attributes[group]["preserve_client_ip.enabled"] = "true"
    rules = named(cloud, "DescribeSecurityGroups", "targets")["IpPermissions"]
    rules.append(permission("tcp", "172.31.0.0/16", port=22))
    walk = walked(cloud, client=SERVER_1)
    assert told(walk) == [("hairpin", "balancer", "-", f"{SERVER_1}:22")]


@pytest.mark.parametrize("zone", ["a", "c"])
def test_a_pod_that_dials_another_one_on_its_worker_node(zone: str) -> None:
    """Whether at another address of one interface, or at another interface of one instance."""
    cloud = article()
    group = next(arn for arn in cloud.targets if "example-tg-10022/" in arn)
    cloud.attributes[group]["preserve_client_ip.enabled"] = "true"
    rules = named(cloud, "DescribeSecurityGroups", "targets")["IpPermissions"]
    rules.append(permission("tcp", "172.31.0.0/16", port=22))
    pods = ("172.31.129.77", "172.31.129.78")
    worker = next(
        item for item in cloud.objects["DescribeNetworkInterfaces"] if item["PrivateIpAddress"] == SERVER_1
    )
    worker["PrivateIpAddresses"].append({"Primary": False, "PrivateIpAddress": pods[0]})
    second = cloud.interface(
        "second", worker["SubnetId"], pods[1], rules_of(worker), Attachment=worker["Attachment"]
    )
    assert second
    for pod in pods:
        (found,) = [item for item in walked(cloud, zone=zone, client=pod).findings if item.code == "hairpin"]
        assert (found.confidence, found.verdict) == ("likely", Verdict.FAIL)
    cloud.attributes[group]["preserve_client_ip.enabled"] = "false"
    for pod in pods:
        assert told(walked(cloud, zone=zone, client=pod)) == []


def rules_of(interface: Object) -> str:
    """Return the security group of an interface."""
    return str(interface["Groups"][0]["GroupId"])


@pytest.mark.parametrize(
    ("cross_zone", "preserved", "zones", "expected"),
    [(True, True, 2, True), (True, False, 2, False), (False, True, 2, False), (True, True, 1, False)],
)
def test_connections_collide_where_several_nodes_keep_the_client(
    cross_zone: bool, preserved: bool, zones: int, expected: bool
) -> None:
    cloud = article()
    balancer = cloud.balancers[0]
    cloud.attributes[balancer["LoadBalancerArn"]]["load_balancing.cross_zone.enabled"] = str(
        cross_zone
    ).lower()
    del balancer["AvailabilityZones"][zones:]
    group = next(arn for arn in cloud.targets if "example-tg-10022/" in arn)
    cloud.attributes[group]["preserve_client_ip.enabled"] = str(preserved).lower()
    rules = named(cloud, "DescribeSecurityGroups", "targets")["IpPermissions"]
    rules.append(permission("tcp", "192.168.0.0/16", port=22))
    found = [item for item in walked(cloud).findings if item.code == "connections-collide"]
    assert bool(found) is expected
    assert all((item.verdict, item.confidence) == (Verdict.WARN, "likely") for item in found)


def test_connections_that_do_not_get_through_do_not_collide() -> None:
    cloud = article()
    group = next(arn for arn in cloud.targets if "example-tg-10022/" in arn)
    cloud.attributes[group]["preserve_client_ip.enabled"] = "true"
    assert [item.code for item in walked(cloud).findings] == ["sg-denies"]


def test_a_preserved_client_is_known_by_its_address_not_by_its_group() -> None:
    cloud = article()
    group = next(arn for arn in cloud.targets if "example-tg-10022/" in arn)
    cloud.attributes[group]["preserve_client_ip.enabled"] = "true"
    pair = {"GroupId": named(cloud, "DescribeSecurityGroups", "client")["GroupId"], "PeeringStatus": "active"}
    targets = named(cloud, "DescribeSecurityGroups", "targets")
    targets["IpPermissions"].append(permission("tcp", port=22, groups=[pair]))
    walk = walked(cloud)
    assert told(walk) == [("sg-reference-not-seen", "back", "request", "targets")]
    assert walk.findings[0].confidence == "likely"
    targets["IpPermissions"].append(permission("tcp", "192.168.1.0/24", port=22))
    assert told(walked(cloud)) == [COLLIDING]


def test_replies_of_a_preserved_client_do_not_need_a_route_to_it() -> None:
    cloud = article()
    group = next(arn for arn in cloud.targets if "example-tg-10022/" in arn)
    cloud.attributes[group]["preserve_client_ip.enabled"] = "true"
    targets = named(cloud, "DescribeSecurityGroups", "targets")
    targets["IpPermissions"].append(permission("tcp", "192.168.0.0/16", port=22))
    table = named(cloud, "DescribeRouteTables", "targets")
    table["Routes"] = [r for r in table["Routes"] if r.get("DestinationCidrBlock") != "192.168.0.0/16"]
    assert told(walked(cloud)) == [COLLIDING]


def test_what_routes_do_to_replies_of_a_preserved_client_is_inferred() -> None:
    """AWS documents the network ACL rules of such replies, and not their routes."""
    cloud = article()
    group = next(arn for arn in cloud.targets if "example-tg-10022/" in arn)
    cloud.attributes[group]["preserve_client_ip.enabled"] = "true"
    targets = named(cloud, "DescribeSecurityGroups", "targets")
    targets["IpPermissions"].append(permission("tcp", "192.168.0.0/16", port=22))
    table = named(cloud, "DescribeRouteTables", "targets")
    table["Routes"].append({
        "DestinationCidrBlock": "172.31.128.0/24", "GatewayId": "igw-0123456789abcdef0",
        "Origin": "CreateRoute", "State": "active",
    })  # fmt: skip
    lost = [item for item in walked(cloud).findings if item.code == "route-leads-elsewhere"]
    found = {item.leg: (item.confidence, "likely" in item.summary) for item in lost}
    assert found == {"back": ("likely", True), "health": ("certain", False)}


def test_unknown_preservation_keeps_what_is_wrong_either_way() -> None:
    cloud = article()
    group = next(arn for arn in cloud.targets if "example-tg-10022/" in arn)
    del cloud.attributes[group]["preserve_client_ip.enabled"]
    walk = walked(cloud)
    assert {code for code, *_ in told(walk)} == {"not-visible"}
    assert verdicts(walk)[1] == "unknown"
    named(cloud, "DescribeSecurityGroups", "targets")["IpPermissions"] = []
    assert {code for code, *_ in told(walked(cloud))} >= {"not-visible", "sg-denies"}
    assert verdicts(walked(cloud))[1] == "fail"


def test_every_address_of_a_node_must_be_admitted() -> None:
    cloud = article()
    for interface in cloud.objects["DescribeNetworkInterfaces"]:
        if interface["PrivateIpAddress"] == "172.31.128.10":
            interface["PrivateIpAddresses"].append({"Primary": False, "PrivateIpAddress": "172.31.128.11"})
    walk = walked(cloud)
    assert told(walk) == [("sg-denies", "back", "request", "targets")]
    assert walk.findings[0].evidence["source"] == "172.31.128.11"


def internet_facing() -> Cloud:
    cloud = article()
    balancer = cloud.balancers[0]
    balancer["Scheme"] = "internet-facing"
    vpc = balancer["VpcId"]
    gateway = cloud.internet_gateway("internet", vpc)
    for number, zone in enumerate(balancer["AvailabilityZones"]):
        zone["LoadBalancerAddresses"][0]["IpAddress"] = f"203.0.113.{number + 1}"
    for name in ("private-1a-1", "private-1c-1"):
        cloud.route(named(cloud, "DescribeRouteTables", name)["RouteTableId"], "0.0.0.0/0", gateway)
    return cloud


def test_a_client_in_the_internet() -> None:
    cloud = internet_facing()
    found = trace(AwsState(cloud.recording()), "198.51.100.7", ip_address("203.0.113.1"), 10022)
    assert (found.reach, found.findings) == (Reach.REACHABLE, ())
    named(cloud, "DescribeInternetGateways", "internet")["Attachments"] = []
    found = trace(AwsState(cloud.recording()), "198.51.100.7", ip_address("203.0.113.1"), 10022)
    assert found.reach is Reach.BLOCKED
    assert [finding.code for finding in found.findings] == ["internet-path-blocked"]


def test_an_internal_load_balancer_is_not_reached_from_the_internet() -> None:
    cloud = internet_facing()
    for zone in cloud.balancers[0]["AvailabilityZones"]:
        del zone["LoadBalancerAddresses"][0]["IpAddress"]
    walk = walked(cloud, client="198.51.100.7")
    assert [code for code, *_ in told(walk)] == ["internet-path-blocked"]
    (finding,) = walk.findings
    assert finding.remedy
    assert "internet-facing load balancer" in finding.remedy.text
    assert "Elastic IP" not in finding.remedy.text


def test_a_trace_through_a_node_is_the_row_s_walk() -> None:
    state = AwsState(article().recording())
    found = trace(state, CLIENT, ip_address("172.31.128.10"), 10022)
    assert found.reach is Reach.REACHABLE
    assert found.paths == walked_world(state, protocol=None).paths
    assert trace(state, CLIENT, ip_address("172.31.128.10"), 9).reach is Reach.BLOCKED


def test_a_node_without_its_load_balancer_is_not_taken_for_a_machine() -> None:
    cloud = article()
    recording = cloud.recording()
    answers = tuple(a for a in recording.answers if a.operation != "DescribeLoadBalancers")
    found = trace(AwsState(replace(recording, answers=answers)), CLIENT, ip_address("172.31.128.10"), 10022)
    assert found.reach is Reach.UNKNOWN


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("2001:db8::1", "172.31.128.10"),
        ("2001:db8::1", SERVER_1),
        (CLIENT, "2001:db8::1"),
        ("10.0.5.5", "2001:db8::1"),
    ],
)
def test_between_an_ipv4_and_an_ipv6_address_nothing_is_walked(source: str, destination: str) -> None:
    found = trace(AwsState(article().recording()), source, ip_address(destination), 10022)
    assert (found.reach, [item.code for item in found.findings]) == (Reach.UNKNOWN, ["not-visible"])
    assert "one is IPv4, the other IPv6" in found.findings[0].summary


def test_of_an_ipv6_client_the_listener_and_the_back_leg_are_walked() -> None:
    walk = walked(article(), client="2001:db8::1")
    assert [item.code for item in walk.findings] == ["not-visible"]
    assert verdicts(walk) == ["unknown", "pass", "pass"]
