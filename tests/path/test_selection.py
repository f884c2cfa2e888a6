"""Which targets does a node send connections to, and what is said of the others?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from nlbcheck.aws.state import AwsState
from nlbcheck.path.selected import Intent
from tests.path.telling import told, walked, walked_world
from tests.scenarios.article import SERVER_1, SERVER_2, article
from tests.scenarios.cloud import Cloud
from tests.scenarios.mutations import named

HEALTHY, UNHEALTHY, INITIAL, DRAINING = "healthy", "unhealthy", "initial", "draining"
ONE, TWO = (SERVER_1, "a"), (SERVER_2, "c")


def network(*targets: tuple[tuple[str, str], str], cross_zone: bool = True) -> Cloud:
    """Return the article's network with these targets, each in a state, behind row 10022."""
    cloud = article()
    group = cloud.groups[0]["TargetGroupArn"]
    cloud.targets[group].clear()
    for (address, zone), state in targets:
        cloud.register(group, address, 22, zone, state)
    balancer = cloud.balancers[0]["LoadBalancerArn"]
    cloud.attributes[balancer]["load_balancing.cross_zone.enabled"] = str(cross_zone).lower()
    return cloud


CASES = [
    # targets, cross-zone, node's zone, targets that it uses
    ([(ONE, HEALTHY), (TWO, HEALTHY)], True, "a", [SERVER_1, SERVER_2]),
    ([(ONE, HEALTHY), (TWO, HEALTHY)], False, "a", [SERVER_1]),
    ([(ONE, HEALTHY), (TWO, HEALTHY)], False, "c", [SERVER_2]),
    ([(ONE, HEALTHY), (TWO, UNHEALTHY)], True, "c", [SERVER_1]),
    # the zone first, then health: a healthy target in a zone that is not reached does not rescue the node
    ([(ONE, HEALTHY), (TWO, UNHEALTHY)], False, "c", [SERVER_2]),
    # none healthy: all of them
    ([(ONE, UNHEALTHY), (TWO, UNHEALTHY)], True, "a", [SERVER_1, SERVER_2]),
    ([(ONE, INITIAL), (TWO, UNHEALTHY)], True, "a", [SERVER_1, SERVER_2]),
    ([(ONE, INITIAL), (TWO, HEALTHY)], True, "a", [SERVER_2]),
    ([(ONE, DRAINING), (TWO, UNHEALTHY)], True, "a", [SERVER_2]),
    (([((SERVER_1, "all"), HEALTHY)]), False, "c", [SERVER_1]),
    # cross-zone off and nobody in this zone: assumed open, to list what else is wrong
    ([(TWO, HEALTHY)], False, "a", [SERVER_2]),
]


@pytest.mark.parametrize(("targets", "cross_zone", "zone", "used"), CASES)
def test_the_targets_that_a_node_uses(
    targets: list[tuple[tuple[str, str], str]], cross_zone: bool, zone: str, used: list[str]
) -> None:
    walk = walked(network(*targets, cross_zone=cross_zone), zone=zone)
    assert [item.target.id for item in walk.targets if item.used] == used
    assert {path.target for path in walk.paths if path.leg == "back"} == {f"{address}:22" for address in used}


@pytest.mark.parametrize(
    ("count", "percentage", "used"),
    [("1", "off", [SERVER_1]), ("2", "off", [SERVER_1, SERVER_2]), ("1", "50", [SERVER_1]),
     ("1", "51", [SERVER_1, SERVER_2]), ("off", "off", [SERVER_1])],
)  # fmt: skip
def test_fewer_healthy_targets_than_demanded_are_not_enough(
    count: str, percentage: str, used: list[str]
) -> None:
    cloud = network((ONE, HEALTHY), (TWO, UNHEALTHY))
    key = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"
    attributes = cloud.attributes[cloud.groups[0]["TargetGroupArn"]]
    attributes |= {f"{key}.count": count, f"{key}.percentage": percentage}
    assert [item.target.id for item in walked(cloud).targets if item.used] == used


def test_a_bad_target_beside_a_good_one_fails_the_row() -> None:
    """A connection may land on either."""
    cloud = network((ONE, HEALTHY), (TWO, HEALTHY))
    net = named(cloud, "DescribeSubnets", "target-1c")
    cloud.network_acl("closed", net["VpcId"], net["SubnetId"], entries=[])
    walk = walked(cloud)
    assert [(item.target.id, str(item.verdict)) for item in walk.targets] == [
        (SERVER_1, "pass"),
        (SERVER_2, "fail"),
    ]
    assert {code for code, *_ in told(walk)} == {"nacl-denies"}


def test_an_unhealthy_target_that_gets_nothing_is_a_warning() -> None:
    walk = walked(network((ONE, HEALTHY), (TWO, UNHEALTHY)))
    assert [(finding.code, str(finding.verdict)) for finding in walk.findings] == [
        ("target-unhealthy", "warn")
    ]


def test_a_weighted_group_with_weight_zero_gets_nothing() -> None:
    cloud = network((ONE, HEALTHY))
    balancer, vpc = cloud.balancers[0]["LoadBalancerArn"], cloud.balancers[0]["VpcId"]
    other = cloud.target_group("blue", vpc, 22)
    cloud.register(other, SERVER_2, 22, "c")
    green = cloud.groups[0]["TargetGroupArn"]
    for listener in cloud.listeners[balancer]:
        if listener["Port"] == 10022:
            listener["DefaultActions"] = [
                {
                    "Type": "forward",
                    "ForwardConfig": {
                        "TargetGroups": [
                            {"TargetGroupArn": green, "Weight": 0},
                            {"TargetGroupArn": other, "Weight": 5},
                        ]
                    },
                }
            ]
    walk = walked(cloud)
    assert told(walk) == []
    assert [item.target.id for item in walk.targets] == [SERVER_2]
    cloud.targets[other].clear()
    assert [code for code, *_ in told(walked(cloud))] == ["target-group-weight-zero"]


@pytest.mark.parametrize(("zone", "expected"), [("a", 2), ("c", 1)])
def test_a_target_that_is_meant_stands_in_its_own_zone(zone: str, expected: int) -> None:
    """Of an empty group with cross-zone off both are to be mended: in zone a the target is of no use."""
    cloud = network(cross_zone=False)
    intent = Intent(addresses=(ip_address(SERVER_2),), port=22)
    codes = [code for code, *_ in told(walked(cloud, zone=zone, intent=intent))]
    assert codes == ["listener-has-no-target", "zone-has-no-target"][:expected]


def test_the_registered_port_counts_not_the_group_s() -> None:
    """The article's trap: the group of row 30080 has default port 22, its target port 80."""
    walk = walked(article(), 30080)
    assert [item.target.port for item in walk.targets] == [80]
    assert {path.target for path in walk.paths if path.target} == {"10.0.0.10:80"}


def test_an_instance_target_is_found_at_its_address() -> None:
    cloud = network()
    group = cloud.groups[0]
    group["TargetType"] = "instance"
    instance = next(
        item["Instances"][0]
        for item in cloud.objects["DescribeInstances"]
        if item["Instances"][0]["PrivateIpAddress"] == SERVER_1
    )
    cloud.register(group["TargetGroupArn"], instance["InstanceId"], 22, "a")
    walk = walked(cloud)
    assert told(walk) == []
    assert str(walk.targets[0].address) == SERVER_1
    assert any(hop.kind == "security-group" for path in walk.paths if path.leg == "back" for hop in path.hops)


def test_missing_health_of_one_of_two_targets_is_unknown() -> None:
    cloud = network((ONE, HEALTHY), (TWO, HEALTHY))
    del cloud.targets[cloud.groups[0]["TargetGroupArn"]][1]["TargetHealth"]
    walk = walked(cloud)
    assert str(walk.verdict) == "unknown"
    assert {code for code, *_ in told(walk)} == {"not-visible"}


@pytest.mark.parametrize(
    ("listener", "protocol", "fits"),
    [("TCP", "UDP", False), ("TCP", "TLS", False), ("TCP", "TCP_UDP", True), ("TCP_UDP", "TCP", False)],
)
def test_a_listener_forwards_to_groups_of_some_protocols_only(
    listener: str, protocol: str, fits: bool
) -> None:
    cloud = article()
    for item in cloud.listeners[cloud.balancers[0]["LoadBalancerArn"]]:
        item["Protocol"] = listener
    for group in cloud.groups:
        group["Protocol"] = protocol
    expected = [("listener-protocol-differs", "balancer", "-", "example-tg-10022")]
    assert told(walked(cloud)) == ([] if fits else expected)


@pytest.mark.parametrize(("zone", "codes"), [("a", []), ("c", ["zone-has-no-target"])])
def test_an_instance_is_in_the_zone_that_it_runs_in(zone: str, codes: list[str]) -> None:
    cloud = network(cross_zone=False)
    instances = [item for found in cloud.objects["DescribeInstances"] for item in found["Instances"]]
    (instance,) = [item["InstanceId"] for item in instances if item["PrivateIpAddress"] == SERVER_1]
    cloud.groups[0]["TargetType"] = "instance"
    cloud.register(cloud.groups[0]["TargetGroupArn"], instance, 22, "a")
    del cloud.targets[cloud.groups[0]["TargetGroupArn"]][0]["Target"]["AvailabilityZone"]
    assert [finding.code for finding in walked(cloud, zone=zone).findings] == codes


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"IpAddressType": "ipv6"}, []),
        ({"IpAddressType": "ipv4"}, ["target-zone-not-enabled"]),
        ({"Values": ["0.0.0.0/0"]}, ["not-visible"]),
    ],
)
def test_a_rule_that_cannot_be_read_may_be_for_the_client(
    condition: dict[str, object], expected: list[str]
) -> None:
    cloud = article()
    cloud.balancers[0]["IpAddressType"] = "dualstack"
    second = cloud.groups[1]["TargetGroupArn"]
    cloud.targets[second][0]["Target"]["AvailabilityZone"] = "ap-northeast-1d"
    rule = {
        "RuleArn": "arn:rule", "Priority": "1", "IsDefault": False,
        "Conditions": [{"Field": "source-ip", "SourceIpConfig": condition}],
        "Actions": [{"Type": "forward", "TargetGroupArn": second}],
    }  # fmt: skip
    recorded = cloud.recording()
    answers = tuple(
        replace(answer, response={"Rules": [rule, *answer.response["Rules"]]})
        if answer.operation == "DescribeRules"
        else answer
        for answer in recorded.answers
    )
    walk = walked_world(AwsState(replace(recorded, answers=answers)))
    assert [finding.code for finding in walk.findings] == expected
