"""Is a snapshot's network brought up as recorded, and does it say what it cannot bring up?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nlbcheck import relays
from nlbcheck.aws import recording
from nlbcheck.aws.recording import Recording, RefusedCall
from nlbcheck.aws.state import AwsState
from nlbcheck.errors import InputError, UnseenError
from nlbcheck.lab import article
from nlbcheck.lab.emulation import Blueprint, draw, running
from nlbcheck.lab.emulation.running import Emulation
from nlbcheck.lab.plan import Service
from nlbcheck.model import Check
from tests.lab.stage import play, play_on
from tests.lab.talking import connect_all, server_of
from tests.scenarios.article import CLIENT, NODES, SERVER_1, SERVER_2, SERVER_3
from tests.scenarios.article import article as built
from tests.scenarios.cloud import Cloud, made_id, permission
from tests.scenarios.mutations import machine_outside_its_subnet, machine_twice, no_balancer

SAMPLES = Path(__file__).parents[2] / "sample_configs"
VPC_1, VPC_2 = (made_id("vpc", name) for name in ("vpc-1", "vpc-2"))
SERVER_1_ENI, TWIN = (made_id("eni", name) for name in ("target-server-1-eth0", "twin"))
TARGET_1C = made_id("subnet", "target-1c")
LOUD = {
    "DescribeLoadBalancerAttributes",
    "DescribeNetworkAcls",
    "DescribeRouteTables",
    "DescribeSecurityGroups",
    "DescribeTargetGroupAttributes",
    "DescribeTargetGroups",
    "DescribeTargetHealth",
    "DescribeVpnConnections",
    "DescribeVpnGateways",
}
"""What the article's network is not complete without."""


def drawn(cloud: Cloud, client: str | None = CLIENT) -> Blueprint:
    return draw(AwsState(cloud.recording()), client=client)


@pytest.mark.parametrize("name", ["nlbcheck.yaml", "snapshot.json"])
def test_the_built_in_files_are_the_samples(name: str) -> None:
    assert (article.FOLDER / name).read_bytes() == (SAMPLES / name).read_bytes()


def test_the_article_has_its_machines_where_it_says() -> None:
    blueprint = drawn(built())
    assert blueprint.remarks == ()
    assert {seat.name: seat.site for seat in blueprint.survey.seats} == {
        CLIENT: VPC_1,
        **dict.fromkeys([*NODES.values(), SERVER_1, SERVER_2], VPC_2),
        SERVER_3: "on-premises",
    }
    assert blueprint.plan.client == CLIENT


@pytest.mark.parametrize("bgp", [True, False])
def test_a_gateway_knows_by_bgp_what_any_table_of_its_vpc_has_learned(bgp: bool) -> None:
    cloud = built()
    (vpn,) = cloud.objects["DescribeVpnConnections"]
    vpn["Options"]["StaticRoutesOnly"], vpn["Routes"] = not bgp, []
    learned: list[Any] = []
    for table in cloud.objects["DescribeRouteTables"]:
        learned += [route for route in table["Routes"] if route["Origin"] == "EnableVgwRoutePropagation"]
        table["Routes"] = [route for route in table["Routes"] if route not in learned]
    spare = cloud.route_table("nobody-uses-it", VPC_2)
    cloud.find("DescribeRouteTables", spare)["Routes"].append(learned[0])
    (gateway,) = drawn(cloud).gateways
    assert list(map(str, gateway.vpns[0].prefixes)) == (["10.0.0.0/16"] if bgp else [])


def test_an_instance_that_is_registered_as_such_is_in_the_zone_of_its_subnet() -> None:
    """AWS tells no zone of such a target."""
    cloud = built()
    group = next(item for item in cloud.groups if item["TargetGroupName"] == "example-tg-10022")
    group["TargetType"] = "instance"
    (registered,) = cloud.targets[group["TargetGroupArn"]]
    registered["Target"] = {"Id": made_id("i", "target-server-1"), "Port": 22}
    (relay,) = drawn(cloud).relays
    (member,) = next(item for item in relay.groups if item.group.port == 22).members
    assert (str(member.address), member.zone) == (SERVER_1, "ap-northeast-1a")


def test_names_and_ends_are_unique_and_every_route_has_its_device() -> None:
    plan = drawn(built()).plan
    names = [namespace.name for namespace in plan.namespaces]
    ends = [end for link in plan.links for end in (link.one, link.other)]
    assert len(set(names)) == len(names)
    assert len(set(ends)) == len(ends)
    assert {end.namespace for end in ends} == set(names)
    assert all(len(end.device) <= 15 for end in ends)
    for namespace in plan.namespaces:
        devices = {end.device for end in ends if end.namespace == namespace.name} | {None}
        assert {route.device for route in namespace.routes} <= devices


def test_servers_speak_as_the_tables_rows_are_checked() -> None:
    state = recording.read(article.SNAPSHOT)
    settings = running.settings(state, relays.load(article.TABLE))
    services = draw(AwsState(state), settings.wishes, settings.client).plan.services
    assert {(item.host, item.port): item.check for item in services} == {
        (SERVER_1, 22): Check.SSH,
        (SERVER_1, 80): Check.HTTP,
        (SERVER_2, 22): Check.SSH,
        (SERVER_2, 80): Check.HTTP,
        (SERVER_3, 80): Check.HTTP,
    }
    assert all(isinstance(item, Service) for item in services)


def test_a_port_cannot_speak_two_protocols() -> None:
    table = relays.load(article.TABLE)
    rows = (table.rows[0], replace(table.rows[1], target_port=table.rows[0].target_port))
    with pytest.raises(InputError, match=r"tg-10080: 172\.31\.129\.10:22 cannot speak http and ssh at once"):
        running.settings(recording.read(article.SNAPSHOT), replace(table, rows=rows))


def test_without_a_client_some_machine_of_another_vpc_is_taken_and_named() -> None:
    blueprint = drawn(built(), client=None)
    assert blueprint.plan.client == CLIENT
    (remark,) = blueprint.remarks
    assert remark.startswith(f"no client is named: the client is {CLIENT} (eni-")


@pytest.mark.parametrize("source", [made_id("i", "client"), made_id("eni", "client-eth0"), CLIENT, "client"])
def test_the_client_is_named_by_instance_interface_or_address(source: str) -> None:
    assert drawn(built(), client=source).plan.client == CLIENT


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nobody", "client: the snapshot does not show the instance nobody"),
        ("i-0123", "client: the snapshot does not show the instance i-0123"),
        ("eni-0123", "client: the snapshot does not show the network interface eni-0123"),
        ("192.168.1.9", "client: no network interface has the address 192.168.1.9"),
    ],
)
def test_a_client_that_is_nowhere_is_one_sentence(source: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        drawn(built(), client=source)
    assert str(caught.value) == words


def without(state: Recording, operation: str, error: str | None = None) -> Recording:
    """Return a recording that was not asked something, or was refused it."""
    gone = [answer for answer in state.answers if answer.operation == operation]
    gaps = [
        RefusedCall(item.account, item.region, item.service, operation, item.parameters, error)
        for item in gone
        if error
    ]
    kept = tuple(answer for answer in state.answers if answer not in gone)
    return replace(state, answers=kept, gaps=tuple(gaps))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (no_balancer, "the snapshot shows no Network Load Balancer, and the lab needs one"),
        (
            machine_outside_its_subnet,
            f"{SERVER_1_ENI} has the address {SERVER_1} outside its subnet {TARGET_1C} (172.31.137.0/24)",
        ),
        (
            machine_twice,
            f"{SERVER_1_ENI} and {TWIN} of {VPC_2} have one and the same address {SERVER_1}",
        ),
    ],
)
def test_a_snapshot_that_cannot_be_is_one_sentence(spoil: Callable[[Cloud], None], words: str) -> None:
    cloud = built()
    spoil(cloud)
    with pytest.raises(InputError) as caught:
        drawn(cloud)
    assert str(caught.value) == words


@pytest.mark.parametrize("error", [None, "AccessDenied"])
@pytest.mark.parametrize("operation", ["DescribeListeners", "DescribeSubnets", "DescribeLoadBalancers"])
def test_a_snapshot_that_does_not_show_the_load_balancer_is_one_sentence(
    operation: str, error: str | None
) -> None:
    state = without(built().recording(), operation, error)
    with pytest.raises((UnseenError, InputError)) as caught:
        draw(AwsState(state), client=CLIENT)
    assert len(str(caught.value).splitlines()) == 1


def test_anything_else_that_is_missing_is_remarked_and_the_rest_comes_up() -> None:
    state = built().recording()
    needed = {"DescribeListeners", "DescribeSubnets", "DescribeLoadBalancers", "DescribeNetworkInterfaces"}
    quiet = {"GetCallerIdentity", "DescribeInstances", "DescribeRules", "DescribeVpcs"}
    for operation in {answer.operation for answer in state.answers} - needed - quiet:
        blueprint = draw(AwsState(without(state, operation, "UnauthorizedOperation")), client=CLIENT)
        assert len(blueprint.plan.namespaces) >= 6
        assert bool(blueprint.remarks) == (operation in LOUD), operation


def new_peers(emulation: Emulation) -> dict[str, Any]:
    """Let a machine and a listener come, and go again, while the lab runs."""
    before = emulation.recording
    cloud = built()
    subnet = made_id("subnet", "target-1c")
    group = cloud.security_group("open", VPC_2, [permission("tcp", "172.31.0.0/16", port=8080)])
    cloud.instance("newcomer", subnet, "172.31.137.77", group)
    arn = cloud.target_group("example-tg-40000", VPC_2, 8080)
    cloud.register(arn, "172.31.137.77", 8080, "c")
    cloud.listener(cloud.balancers[0]["LoadBalancerArn"], 40000, arn)
    newcomer = [("172.31.128.10", 40000), ("172.31.128.10", 10022)]
    seen = {"before": connect_all(emulation.lab, *newcomer)}
    emulation.update(cloud.recording())
    seen["nobody listens yet"] = connect_all(emulation.lab, *newcomer)
    emulation.wish(running.settings(cloud.recording()).wishes)
    seen["there"] = connect_all(emulation.lab, *newcomer)
    seen["who"] = [str(server_of(emulation.lab, "172.31.128.10", 40000))]
    emulation.update(before)
    seen["gone"] = connect_all(emulation.lab, *newcomer)
    return seen


def test_machines_and_listeners_come_and_go_while_it_runs() -> None:
    assert play(new_peers) == {
        "before": ["timed-out", "ok"],
        "nobody listens yet": ["refused", "ok"],
        "there": ["ok", "ok"],
        "who": ["172.31.137.77"],
        "gone": ["timed-out", "ok"],
    }


def large() -> Recording:
    """Return 3 VPCs with 12 subnets and 60 targets."""
    cloud = Cloud()
    nets: dict[str, list[str]] = {}
    for site in (1, 2, 3):
        vpc = cloud.vpc(f"vpc-{site}", f"10.{site}.0.0/16")
        nets[vpc] = [
            cloud.subnet(f"net-{site}-{number}", vpc, f"10.{site}.{number}.0/24", "ac"[number % 2])
            for number in range(4)
        ]
    vpcs = list(nets)
    groups = [cloud.security_group(f"sg-{vpc}", vpc, [permission("-1", "10.0.0.0/8")]) for vpc in vpcs]
    for one, other in ((0, 1), (0, 2)):
        peering = cloud.peering(f"{one}-{other}", vpcs[one], vpcs[other])
        for site, far in ((one, other), (other, one)):
            main = made_id("rtb", f"vpc-{site + 1}-main")
            cloud.route(main, f"10.{far + 1}.0.0/16", peering)
    balancer = cloud.load_balancer("relay", {nets[vpcs[0]][0]: "10.1.0.10", nets[vpcs[0]][1]: "10.1.1.10"})
    for number in range(60):
        site, net = number % 3, number % 4
        address = f"10.{site + 1}.{net}.{20 + number}"
        cloud.instance(f"target-{number}", nets[vpcs[site]][net], address, groups[site])
        group = cloud.target_group(f"tg-{number}", vpcs[0], 8080)
        cloud.register(group, address, 8080, "ac"[net % 2] if site == 0 else "all")
        if number < 50:
            cloud.listener(balancer, 2000 + number, group)
        else:
            cloud.register(cloud.groups[0]["TargetGroupArn"], address, 8080, "all")
    cloud.instance("client", nets[vpcs[1]][0], "10.2.0.5", groups[1])
    return cloud.recording()


def every_listener(emulation: Emulation) -> list[str]:
    return connect_all(
        emulation.lab, *[(node, 2000 + n) for node in ("10.1.0.10", "10.1.1.10") for n in range(50)]
    )


def test_sixty_targets_in_three_vpcs_are_all_reached() -> None:
    assert set(play_on(large, every_listener)) == {"ok"}
