"""A snapshot that is none, or whose network is strange: a sentence, the right exit status, no traceback."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from threading import Thread
from typing import Any

import pytest

from tests.cli.relay import NO_AWS, SNAPSHOT, TABLE, edited, written
from tests.cli.running import nlbcheck
from tests.scenarios.cloud import Cloud, made_id, permission
from tests.scenarios.mutations import group, listener, overlapping_target, target

Mutation = Callable[[Cloud], object]
NODES = ("172.31.128.10/32", "172.31.136.10/32")


def diagnosed(snapshot: Path, row: str = "tg-10022", *options: str | Path) -> CompletedProcess[str]:
    """Diagnose a row in a process of its own, with no AWS to be had."""
    arguments = ("diagnose", row, "--no-probe", "-m", TABLE, "--snapshot", snapshot)
    done = nlbcheck(*arguments, *options, env=NO_AWS)
    assert "Traceback" not in done.stderr
    return done


def judged(folder: Path, *mutations: Mutation, row: str = "tg-10022") -> tuple[int, dict[str, str], str]:
    """Return the exit status, the summaries of what is wrong by their codes, and the text on stdout."""
    snapshot = written(folder / "s.json", *mutations)
    done = diagnosed(snapshot, row, "-q", "-f", "json", "-f", f"table:{folder / 'text'}")
    assert done.stderr == ""
    [mapping] = json.loads(done.stdout)["mappings"]
    said = {finding["code"]: finding["summary"] for finding in mapping["findings"]}
    return done.returncode, said, (folder / "text").read_text()


class TestTheFile:
    @pytest.mark.parametrize(
        ("name", "content", "problem"),
        [
            ("cut.json", SNAPSHOT.read_bytes()[:20_000], "not complete JSON"),
            ("cut.json.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xab\x56", "not a complete gzip file"),
            ("empty.json", b"", "not complete JSON"),
            (
                "other.json",
                b'{"schema": "nlbcheck.snapshot/2", "answers": []}',
                'this version reads "nlbcheck.',
            ),
            ("report.json", b'{"schema": "nlbcheck.report/1"}', "schema is 'nlbcheck.report/1'"),
        ],
    )
    def test_is_none(self, tmp_path: Path, name: str, content: bytes, problem: str) -> None:
        (tmp_path / name).write_bytes(content)
        done = diagnosed(tmp_path / name)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
        assert f"{name}:" in done.stderr
        assert problem in done.stderr

    def test_is_of_another_account(self, tmp_path: Path) -> None:
        cloud_of_others = edited(tmp_path / "s.json", of_others)
        done = diagnosed(cloud_of_others, "tg-10022", "-q")
        assert (done.returncode, done.stderr) == (1, "")
        said = " ".join(done.stdout.split())
        assert "There is no load balancer example-nlb in account 999999999999, ap-northeast-1" in said
        assert "Did you mean example-nlb-2?" in said

    def test_is_a_day_old(self, tmp_path: Path) -> None:
        taken = (datetime.now(UTC) - timedelta(days=1, minutes=5)).isoformat()
        snapshot = edited(tmp_path / "s.json", lambda document: document.update(taken_at=taken))
        done = diagnosed(snapshot)
        assert done.returncode == 0
        assert done.stderr == f"{snapshot} is 1 day old. AWS may have changed since then.\n"

    def test_says_that_aws_was_too_busy(self, tmp_path: Path) -> None:
        done = diagnosed(edited(tmp_path / "s.json", throttled), "tg-10022", "-f", "json")
        assert done.returncode == 3
        assert (
            "AWS refused ec2:DescribeNetworkAcls in account 123456789012, ap-northeast-1: Req" in done.stderr
        )
        [mapping] = json.loads(done.stdout)["mappings"]
        assert mapping["verdict"] == "unknown"
        (said,) = {finding["remedy"]["text"] for finding in mapping["findings"]}
        assert said.startswith("Try again: AWS answered ec2:DescribeNetworkAcls in ")


def of_others(document: dict[str, Any]) -> None:
    text = json.dumps(document["answers"]).replace("example-nlb", "example-nlb-2")
    document["answers"] = json.loads(text.replace("123456789012", "999999999999"))


def throttled(document: dict[str, Any]) -> None:
    answers = document["answers"]
    document["answers"] = [item for item in answers if item["operation"] != "DescribeNetworkAcls"]
    [gone] = [item for item in answers if item["operation"] == "DescribeNetworkAcls"]
    del gone["response"]
    document["gaps"].append({**gone, "error": "RequestLimitExceeded"})


class TestWords:
    """What a newer AWS may say."""

    def test_a_word_not_known_here(self, tmp_path: Path) -> None:
        def says(cloud: Cloud) -> None:
            cloud.find("DescribeVpcPeeringConnections", made_id("pcx", "vpc-1-to-vpc-2"))["Status"] = {
                "Code": "half-active"
            }

        status, said, text = judged(tmp_path, says)
        assert (status, list(said)) == (3, ["not-visible"])
        assert "the status of" in said["not-visible"]
        assert "cannot be judged" in text

    def test_a_missing_field(self, tmp_path: Path) -> None:
        def forgets(cloud: Cloud) -> None:
            del cloud.find("DescribeSecurityGroups", made_id("sg", "targets"))["IpPermissions"]

        status, said, _ = judged(tmp_path, forgets)
        assert (status, list(said)) == (3, ["not-visible"])
        assert "The answer cannot be read: SecurityGroups[3].IpPermissions" in said["not-visible"]

    def test_a_new_field(self, tmp_path: Path) -> None:
        def adds(cloud: Cloud) -> None:
            for items in (*cloud.objects.values(), cloud.balancers, cloud.groups, *cloud.listeners.values()):
                for item in items:
                    item["NewInTheNextYear"] = {"Some": ["thing"]}

        assert judged(tmp_path, adds)[:2] == (0, {})


class TestListeners:
    @pytest.mark.parametrize(
        "actions", [[], [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}]]
    )
    def test_no_target_group(self, tmp_path: Path, actions: list[dict[str, Any]]) -> None:
        status, said, text = judged(tmp_path, listener(10022, DefaultActions=actions))
        assert status == 1
        assert "listener-has-no-target" in said
        assert "example-nlb:10022" in text

    def test_a_forward_to_nowhere(self, tmp_path: Path) -> None:
        status, said, _ = judged(tmp_path, listener(10022, DefaultActions=[{"Type": "forward"}]))
        assert (status, list(said)) == (3, ["not-visible"])
        assert "the action of the listener on port 10022" in said["not-visible"]

    @pytest.mark.parametrize(
        ("weights", "remarked"),
        [((1, 1), True), ((1, 0), False)],
        ids=["both get connections", "only the right one"],
    )
    def test_two_weighted_groups(self, tmp_path: Path, weights: tuple[int, int], remarked: bool) -> None:
        """That another group has a share is a remark: so are versions of a service exchanged."""

        def forwards(cloud: Cloud) -> None:
            groups = [
                {"TargetGroupArn": group(cloud, port), "Weight": weight}
                for port, weight in zip((10022, 20022), weights, strict=True)
            ]
            action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
            listener(10022, DefaultActions=[action])(cloud)

        ended, said, text = judged(tmp_path, forwards)
        assert ended == 0
        assert ("listener-forwards-elsewhere" in said) is remarked
        assert not remarked or "example-tg-20022" in text


class TestTheBalancer:
    def test_is_not_there(self, tmp_path: Path) -> None:
        done = diagnosed(SNAPSHOT, "tg-10022", "-q", "--load-balancer", "exmple-nlb")
        assert (done.returncode, done.stderr) == (1, "")
        assert "Did you mean example-nlb?" in " ".join(done.stdout.split())

    def test_could_be_either_of_two(self, tmp_path: Path) -> None:
        def second(cloud: Cloud) -> None:
            cloud.load_balancer("other-nlb", {made_id("subnet", "target-1a"): "172.31.129.77"})

        snapshot = written(tmp_path / "s.json", second)
        done = diagnosed(snapshot, "tg-10022", "-q", "--load-balancer", "nlb")
        assert (done.returncode, done.stderr) == (1, "")
        said = " ".join(done.stdout.split())
        assert (
            "nlb fits several load balancers: example-nlb (account 123456789012, ap-northeast-1), o" in said
        )


class TestTheNetwork:
    def test_an_address_that_nobody_has(self, tmp_path: Path) -> None:
        nobody = {"Id": "172.31.129.99", "Port": 22, "AvailabilityZone": "ap-northeast-1a"}
        status, said, _ = judged(tmp_path, target(10022, Target=nobody))
        assert status == 1
        assert "172.31.129.99" in said["address-unused"]
        assert "172.31.129.99" in said["target-differs"]

    def test_a_peered_range_overlaps(self, tmp_path: Path) -> None:
        """What lies in the load balancer's own VPC stays there."""

        def overlap(cloud: Cloud) -> None:
            vpc = cloud.vpc("twin", "10.9.0.0/16", "172.31.128.0/20")
            cloud.peering("twin-to-vpc-2", vpc, made_id("vpc", "vpc-2"))

        assert judged(tmp_path, overlap)[:2] == (0, {})

    def test_an_on_premises_range_overlaps(self, tmp_path: Path) -> None:
        status, said, _ = judged(tmp_path, overlapping_target, row="tg-30080")
        assert status == 1
        assert "172.31.200.5" in said["address-overlap"]

    def test_a_thousand_routes(self, tmp_path: Path) -> None:
        def crowd(cloud: Cloud) -> None:
            table = made_id("rtb", "client")
            for number in range(1000):
                destination = f"100.{64 + number // 256}.{number % 256}.0/24"
                cloud.route(table, destination, made_id("pcx", "vpc-1-to-vpc-2"))

        assert judged(tmp_path, crowd)[:2] == (0, {})

    @pytest.mark.parametrize("open_", [True, False])
    def test_prefix_lists_and_groups_that_are_gone(self, tmp_path: Path, open_: bool) -> None:
        def rules(cloud: Cloud) -> None:
            nodes = cloud.prefix_list("nodes", *(NODES if open_ else ["10.9.0.0/16"]))
            gone = {"GroupId": "sg-0000000000000dead", "UserId": cloud.account, "PeeringStatus": "deleted"}
            cloud.find("DescribeSecurityGroups", made_id("sg", "targets"))["IpPermissions"] = [
                permission("tcp", port=22, prefix_lists=[nodes]),
                permission("tcp", port=22, groups=[gone]),
            ]

        status, said, _ = judged(tmp_path, rules)
        assert status == (0 if open_ else 1)
        assert ("sg-denies" in said) is not open_

    def test_a_prefix_list_that_was_not_recorded(self, tmp_path: Path) -> None:
        def rules(cloud: Cloud) -> None:
            found = cloud.find("DescribeSecurityGroups", made_id("sg", "targets"))
            found["IpPermissions"] = [permission("tcp", port=22, prefix_lists=["pl-0000000000000dead"])]

        status, said, _ = judged(tmp_path, rules)
        assert (status, set(said)) == (3, {"not-visible"})
        assert "pl-0000000000000dead" in said["not-visible"]

    def test_a_peering_of_a_vpc_with_itself(self, tmp_path: Path) -> None:
        def itself(cloud: Cloud) -> None:
            peering = cloud.find("DescribeVpcPeeringConnections", made_id("pcx", "vpc-1-to-vpc-2"))
            peering["AccepterVpcInfo"] = peering["RequesterVpcInfo"]

        status, said, text = judged(tmp_path, itself)
        assert status == 1
        assert "forwards packets only between addresses of its two VPCs" in said["peering-no-transit"]
        assert "vpc-1-to-vpc-2" in text

    def test_a_cycle_of_routes_through_appliances(self, tmp_path: Path) -> None:
        """Two appliances send what is for the client to each other, for ever."""

        def cycle(cloud: Cloud) -> None:
            vpc = made_id("vpc", "vpc-2")
            free = cloud.security_group("free", vpc, [permission("-1", "0.0.0.0/0")])
            subnets = {
                name: cloud.subnet(name, vpc, f"172.31.{number}.0/24", "a")
                for number, name in ((200, "one"), (201, "two"))
            }
            for name, address in (("one", "172.31.200.5"), ("two", "172.31.201.5")):
                cloud.instance(name, subnets[name], address, free)
                cloud.find("DescribeNetworkInterfaces", made_id("eni", f"{name}-eth0"))["SourceDestCheck"] = (
                    False
                )
            for name, other in (("one", "two"), ("two", "one")):
                table = cloud.route_table(name, vpc, subnets[name])
                cloud.route(table, "192.168.0.0/16", made_id("eni", f"{other}-eth0"))
            nodes = made_id("rtb", "private-1a-1")
            routes = cloud.find("DescribeRouteTables", nodes)["Routes"]
            routes[:] = [item for item in routes if "VpcPeeringConnectionId" not in item]
            cloud.route(nodes, "192.168.0.0/16", made_id("eni", "one-eth0"))

        status, said, _ = judged(tmp_path, cycle)
        assert (status, set(said)) == (3, {"not-visible"})
        assert f"what the appliance behind {made_id('eni', 'one-eth0')} does" in said["not-visible"]

    def test_a_cycle_of_routes_through_a_transit_gateway(self, tmp_path: Path) -> None:
        """The transit gateway sends what is for the load balancer back to the client's VPC."""

        def cycle(cloud: Cloud) -> None:
            gateway = cloud.transit_gateway("hub")
            table = made_id("tgw-rtb", "hub")
            attached = cloud.transit_vpc(
                "clients", gateway, made_id("vpc", "vpc-1"), made_id("subnet", "client-1a"), table=table
            )
            cloud.transit_route(table, "172.31.0.0/16", attached)
            routes = cloud.find("DescribeRouteTables", made_id("rtb", "client"))["Routes"]
            routes[:] = [item for item in routes if "VpcPeeringConnectionId" not in item]
            cloud.route(made_id("rtb", "client"), "172.31.0.0/16", gateway)

        status, said, _ = judged(tmp_path, cycle)
        assert status == 1
        assert "does not lead there" in said["transit-gateway-route-leads-elsewhere"]


def _bomb(file: Path) -> None:
    with gzip.open(file, "wb", compresslevel=1) as packed:
        for _ in range(600):
            packed.write(bytes(1 << 20))


def _loop(file: Path) -> None:
    file.symlink_to(file.with_name("other"))
    file.with_name("other").symlink_to(file)


def _at(time: str) -> Callable[[Path], object]:
    return lambda file: edited(file, lambda document: document.update(taken_at=time))


STRANGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a bomb": (_bomb, "is larger than 512 MiB"),
    "zeros without end": (lambda file: file.symlink_to("/dev/zero"), "is larger than 512 MiB"),
    "a pipe": (os.mkfifo, "is a pipe that nobody writes into"),
    "a folder": (Path.mkdir, "Is a directory"),
    "a loop": (_loop, "Too many levels of symbolic links"),
    "deep": (lambda file: file.write_text("[" * 1_000_000), "is nested too deeply"),
    "after all years": (_at("9999-12-31T23:59:59-23:59"), "taken_at: expected a time such as"),
    "before all years": (_at("0001-01-01T00:00:00+23:59"), "taken_at: expected a time such as"),
}


@pytest.mark.parametrize(("make", "problem"), STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("command", ["diagnose", "report"])
def test_what_is_no_file_of_ours(
    tmp_path: Path, make: Callable[[Path], object], problem: str, command: str
) -> None:
    """It ends, with one sentence, and reads no more than its bound."""
    make(tmp_path / "s.json")
    file = tmp_path / "s.json"
    done = diagnosed(file) if command == "diagnose" else nlbcheck("report", "show", file, env=NO_AWS)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert problem in done.stderr


def test_a_pipe_with_a_snapshot_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "s.json.gz")
    content = gzip.compress(SNAPSHOT.read_bytes())
    writing = Thread(target=(tmp_path / "s.json.gz").write_bytes, args=(content,))
    writing.start()
    try:
        assert diagnosed(tmp_path / "s.json.gz", "tg-10022", "-q").returncode == 0
    finally:
        writing.join(timeout=60)
