"""Are fixes those that an engineer would make, each told once? Networks of reports, and variations."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from nlbcheck.aws.apply import apply
from nlbcheck.aws.recording import Recording
from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Finding, Report, Status
from tests.diagnosis.diagnosing import TABLE, diagnosed, everywhere, mutated, ok, row_of
from tests.scenarios.article import article
from tests.scenarios.cloud import Cloud, made_id, permission
from tests.scenarios.faulty import broken
from tests.scenarios.mutations import Mutation, attribute, health, named, rules_of, target, without_route
from tests.scenarios.reported import commands, report, told

ROUTES, VPN = "DescribeRouteTables", "DescribeVpnConnections"
TABLES = {zone: made_id("rtb", f"private-1{zone}-1") for zone in "ac"}
VGW = made_id("vgw", "on-premises")


def fixes(found: Report, row: str, code: str) -> list[Finding]:
    return [item for item in row_of(found, row).all_findings if item.code == code and item.remedy]


def operations(finding: Finding) -> list[str]:
    assert finding.remedy
    return [call.operation for call in finding.remedy.calls]


def printed(found: Report) -> list[str]:
    """Return the command lines of a report as text."""
    text = FORMATS["table"](found, Style(width=100))
    return [line.strip() for line in text.splitlines() if line.strip().startswith("aws ")]


class TestPropagation:
    """A BGP VPN, and tables that do not learn from its gateway."""

    def test_the_reported_one(self) -> None:
        found, text = report("propagation-off"), " ".join(told("propagation-off").stdout.split())
        first = [line for line in commands(found) if "create-route" in line or "propagation" in line]
        assert len(first) == 2
        assert all("enable-vgw-route-propagation" in line for line in first)
        assert "fails on every static IP: " in text
        assert "another reason" not in text
        assert "This alone restores" not in text
        assert "10.0.0.10/32" not in "".join(commands(found))

    @staticmethod
    def without(cloud: Cloud, *zones: str, bgp: bool, default: str | None = None) -> None:
        vpn = named(cloud, VPN, "on-premises")
        if bgp:
            vpn["Options"]["StaticRoutesOnly"] = False
            vpn["Routes"] = []
            for tunnel in vpn["VgwTelemetry"]:
                tunnel["AcceptedRouteCount"] = 1
        for zone in zones:
            table = named(cloud, ROUTES, f"private-1{zone}-1")
            table["PropagatingVgws"] = []
            table["Routes"] = [item for item in table["Routes"] if item.get("GatewayId") != VGW]
            if default:
                cloud.route(table["RouteTableId"], default, made_id("pcx", "vpc-1-to-vpc-2"))

    @pytest.mark.parametrize("zones", ["a", "c", "ac"])
    @pytest.mark.parametrize("default", [None, "0.0.0.0/0"])
    def test_static_routes_of_the_vpn_are_learned_and_that_is_proven(
        self, zones: str, default: str | None
    ) -> None:
        found = diagnosed(mutated(lambda c: self.without(c, *zones, bgp=False, default=default)))
        lost = fixes(found, "tg-30080", "route-missing") + fixes(found, "tg-30080", "route-leads-elsewhere")
        lost += fixes(found, "tg-30080", "peering-no-transit")
        propagating = [item for item in lost if operations(item) == ["EnableVgwRoutePropagation"]]
        assert len({item.remedy.commands for item in propagating if item.remedy}) == len(zones)
        assert all(item.remedy and item.remedy.verified for item in propagating)

    def test_what_another_table_has_learned_by_bgp_is_known(self) -> None:
        found = diagnosed(mutated(lambda c: self.without(c, "a", bgp=True)))
        (lost,) = fixes(found, "tg-30080", "route-missing")
        assert operations(lost) == ["EnableVgwRoutePropagation"]
        assert lost.remedy
        assert (lost.remedy.verified, "likely" in lost.remedy.text) == (True, False)

    def test_where_no_table_shows_it_nothing_is_proven(self) -> None:
        found = diagnosed(mutated(lambda c: self.without(c, "a", "c", bgp=True)))
        lost = fixes(found, "tg-30080", "route-missing")
        assert [operations(item) for item in lost] == [["EnableVgwRoutePropagation"]] * 2
        assert all(item.remedy and item.remedy.verified is None for item in lost)
        assert all(item.remedy and "likely" in item.remedy.text for item in lost)

    def test_a_learned_route_would_lose_to_one_that_is_as_long(self) -> None:
        """10.0.0.0/16 leads to the peering connection by hand, and static routes win."""
        found = diagnosed(mutated(lambda c: self.without(c, "a", bgp=False, default="10.0.0.0/16")))
        lost = [item for item in row_of(found, "tg-30080").all_findings if item.remedy and item.remedy.calls]
        assert "CreateRoute" in {name for item in lost for name in operations(item)}
        assert all("ReplaceRoute" not in operations(item) for item in lost)


class TestNarrowerRoutes:
    """A prefix that leads others somewhere stays; what nothing gets through by is replaced."""

    @staticmethod
    def elsewhere(cloud: Cloud, state: str = "active") -> None:
        """Let the client's range be another VPC's, too, and the nodes' tables lead there."""
        third = cloud.vpc("vpc-3", "192.168.0.0/16")
        peering = cloud.peering("vpc-3-to-vpc-2", third, made_id("vpc", "vpc-2"))
        for zone in "ac":
            table = named(cloud, ROUTES, f"private-1{zone}-1")
            for item in table["Routes"]:
                if item.get("DestinationCidrBlock") == "192.168.0.0/16":
                    item |= {"VpcPeeringConnectionId": peering, "State": state}

    def test_beside_another_peer_s_prefix(self) -> None:
        found = diagnosed(mutated(self.elsewhere))
        (first, *_) = fixes(found, "tg-10022", "route-leads-elsewhere")
        assert first.remedy
        (call,) = first.remedy.calls
        assert (call.operation, call.parameters["DestinationCidrBlock"]) == (
            "CreateRoute", "192.168.1.214/32"
        )  # fmt: skip
        assert first.remedy.verified

    def test_a_blackhole_s_prefix_is_replaced(self) -> None:
        found = diagnosed(mutated(lambda c: self.elsewhere(c, "blackhole")))
        lost = fixes(found, "tg-10022", "route-blackhole") + fixes(found, "tg-10022", "route-leads-elsewhere")
        assert {name for item in lost for name in operations(item)} == {"ReplaceRoute"}

    def test_what_leads_private_addresses_to_the_internet_is_replaced(self) -> None:
        found = diagnosed(broken("article", ["client-route-to-internet"]))
        lost = fixes(found, "tg-10022", "route-leads-elsewhere")
        assert {name for item in lost for name in operations(item)} == {"ReplaceRoute"}
        assert all(item.remedy and item.remedy.verified for item in lost)


class TestStaleAddresses:
    """A database that failed over: the group holds an address that nobody has any more."""

    @staticmethod
    def failed_over(cloud: Cloud, zone: str = "ap-northeast-1c", address: str = "172.31.137.99") -> None:
        target(
            10022,
            Target={"Id": address, "Port": 22, "AvailabilityZone": zone},
            TargetHealth={"State": "unhealthy", "Reason": "Target.FailedHealthChecks"},
        )(cloud)

    @pytest.mark.parametrize(
        ("address", "zone"),
        [("172.31.137.99", "ap-northeast-1c"), ("10.0.9.9", "all"), ("10.0.9.9", "ap-northeast-1a")],
    )
    def test_the_new_one_is_registered_before_the_old_one_goes(self, address: str, zone: str) -> None:
        found = diagnosed(mutated(lambda c: self.failed_over(c, zone, address)), everywhere(Status.TIMED_OUT))
        (differs,) = fixes(found, "tg-10022", "target-differs")
        assert operations(differs) == ["RegisterTargets", "DeregisterTargets"]
        old = [line for line in printed(found) if "deregister-targets" in line]
        assert len(old) == 1
        assert f'"AvailabilityZone":"{zone}"' in old[0]

    def test_what_the_new_one_needs_is_opened_before(self) -> None:
        closed = rules_of("targets", permission("tcp", "172.31.128.0/20", port=80))
        found = diagnosed(mutated(self.failed_over, closed), everywhere(Status.TIMED_OUT), ["tg-10022"])
        lines = printed(found)
        assert [line.split()[2] for line in lines][-2:] == ["register-targets", "deregister-targets"]
        assert "authorize-security-group-ingress" in lines[0]

    @pytest.mark.parametrize("state", ["healthy", "initial", "draining"])
    def test_nobody_who_serves_comes_or_leaves_is_taken_out(self, state: str) -> None:
        found = diagnosed(
            mutated(self.failed_over, health(10022, state)), everywhere(Status.TIMED_OUT), ["tg-10022"]
        )
        assert not any("deregister" in line for line in printed(found))


CLOSED = rules_of("targets", permission("tcp", "172.31.136.10/32", port=22))


class TestProofs:
    def test_beside_proxy_protocol_nothing_is_proven(self) -> None:
        proxy = attribute(10022, "proxy_protocol_v2.enabled", "true")
        found = diagnosed(mutated(CLOSED, proxy), everywhere(Status.TIMED_OUT), ["tg-10022"])
        (denied,) = {item.remedy for item in fixes(found, "tg-10022", "sg-denies")}
        assert denied
        assert (denied.verified, denied.together_with) == (None, ("proxy-protocol-on",))
        text = " ".join(FORMATS["table"](found, Style(width=100)).split())
        assert "This alone restores the connection" not in text
        assert "Not proven: proxy-protocol-on may stop the connection all the same." in text

    def test_beside_a_narrow_range_its_fix_is_needed_too(self) -> None:
        narrow = broken("article", ["target-acl-narrow", "target-sg"])
        found = diagnosed(narrow, everywhere(Status.TIMED_OUT), ["tg-10022"])
        for item in fixes(found, "tg-10022", "sg-denies"):
            assert item.remedy
            assert item.remedy.verified is not True or item.remedy.together_with or item.zone != "a"

    def test_without_either_it_restores_the_connection(self) -> None:
        found = diagnosed(mutated(CLOSED), everywhere(Status.TIMED_OUT), ["tg-10022"])
        (denied,) = {item.remedy for item in fixes(found, "tg-10022", "sg-denies")}
        assert denied
        assert (denied.verified, denied.together_with) == (True, ())

    def test_where_another_server_answers_the_path_to_the_table_s_is_what_is_restored(self) -> None:
        moved = target(10022, Target={"Id": "172.31.137.10", "Port": 22})
        (differs,) = fixes(diagnosed(mutated(moved), ok, ["tg-10022"]), "tg-10022", "target-differs")
        assert differs.remedy
        assert differs.remedy.verified is True

    def test_a_warning_of_a_path_that_is_open_restores_nothing(self) -> None:
        proxy = attribute(10022, "proxy_protocol_v2.enabled", "true")
        (warned,) = fixes(diagnosed(mutated(proxy), ok, ["tg-10022"]), "tg-10022", "proxy-protocol-on")[:1]
        assert warned.remedy
        assert (warned.remedy.verified, len(warned.remedy.calls)) == (None, 1)


ALL_REPORTED = (
    "acl-admits-listener-port-alone", "controller-default-ports", "direct-connect-gateway",
    "firewall-endpoint-at-igw", "firewall-endpoints-beside-nodes", "node-without-pod", "old-target-drains",
    "propagation-off", "proxy-protocol-400", "public-subnet-without-igw-route", "second-vpc-range",
)  # fmt: skip


class TestText:
    @pytest.mark.parametrize("name", ALL_REPORTED)
    def test_no_command_is_printed_twice_and_every_one_that_json_has_is(self, name: str) -> None:
        text = told(name).stdout
        lines = [line.strip() for line in text.splitlines() if line.strip().startswith("aws ")]
        assert len(lines) == len(set(lines))
        assert set(lines) == set(commands(report(name)))

    @pytest.mark.parametrize("name", ALL_REPORTED)
    def test_what_is_not_visible_is_no_call_that_was_made(self, name: str) -> None:
        text = " ".join(told(name).stdout.split())
        assert "No recorded answer" not in text
        assert not re.search(r"(account \d+, [a-z0-9-]+) in account", text)

    @pytest.mark.parametrize(
        ("mutate", "word"),
        [
            (attribute(10022, "proxy_protocol_v2.enabled", "true"), "Turn off proxy protocol"),
            (health(10022, "initial"), "Wait until it is healthy"),
            (
                lambda cloud: cloud.groups[0].update(Port=2222),
                "default port of a target group cannot be changed",
            ),
        ],
    )
    def test_a_warning_s_fix_is_told(self, mutate: Mutation, word: str) -> None:
        found = diagnosed(mutated(mutate), ok, ["tg-10022"])
        text = " ".join(FORMATS["table"](found, Style(width=100)).split())
        warned = text.partition("Warnings")[2]
        assert word in warned
        for row in found.by_row():
            for item in row.all_findings:
                assert all(line in text for line in (item.remedy.commands if item.remedy else ()))

    @pytest.mark.parametrize("zones", ["a", "c", "ac"])
    def test_where_it_fails_is_in_the_headline(self, zones: str) -> None:
        lost = [without_route(f"private-1{zone}-1", "192.168.0.0/16") for zone in zones]
        text = FORMATS["table"](diagnosed(mutated(*lost), names=["tg-10022"]), Style(width=200))
        where = " on every static IP: " if len(zones) > 1 else f" at ap-northeast-1{zones} "
        assert f"fails{where}" in text

    def test_in_three_zones_two_of_them_are_not_every(self) -> None:
        recorded = three_zones(*(without_route(f"private-1{z}-1", "192.168.0.0/16") for z in "ac"))
        found = diagnosed(recorded, names=["tg-10022"], table=replace(TABLE, static_ips=()))
        assert [result.verdict.value for result in found.results] == ["fail", "fail", "pass"]
        text = FORMATS["table"](found, Style(width=200))
        assert "fails at ap-northeast-1a 172.31.128.10, ap-northeast-1c 172.31.136.10: " in text


def three_zones(*mutations: Mutation) -> Recording:
    """Return the article's network with a third zone, whose node has all that it needs."""
    cloud = article()
    for mutate in mutations:
        mutate(cloud)
    vpc = made_id("vpc", "vpc-2")
    subnet = cloud.subnet("private-1d-1", vpc, "172.31.144.0/24", "d")
    table = cloud.route_table("private-1d-1", vpc, subnet)
    cloud.route(table, "192.168.0.0/16", made_id("pcx", "vpc-1-to-vpc-2"))
    cloud.propagate(table, VGW)
    for rules in named(cloud, "DescribeSecurityGroups", "targets")["IpPermissions"]:
        rules["IpRanges"].append({"CidrIp": "172.31.144.0/24"})
    (balancer,) = cloud.balancers
    enabled = [{"SubnetId": zone["SubnetId"]} for zone in balancer["AvailabilityZones"]]
    mappings = [*enabled, {"SubnetId": subnet, "PrivateIPv4Address": "172.31.144.10"}]
    asked = {"LoadBalancerArn": balancer["LoadBalancerArn"], "SubnetMappings": mappings}
    return apply(cloud.recording(), "elbv2", "SetSubnets", asked)
