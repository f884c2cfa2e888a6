"""Does a snapshot that somebody has put together by hand tell the truth, to every command that reads one?"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from nlbcheck.model import Verdict
from tests.cli.relay import NO_AWS, called
from tests.scenarios import by_hand
from tests.scenarios.by_hand import CLIENT, NODES, Document, items

Change = Callable[[Document], object]


@pytest.fixture(scope="module")
def recorded() -> Document:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
            environment.delenv(name, raising=False)
        for name, value in NO_AWS.items():
            environment.setenv(name, value)
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        by_hand.build(f"http://{host}:{port}")
        document = by_hand.record(f"http://{host}:{port}")
    server.stop()
    return document


@pytest.fixture(scope="module")
def table(recorded: Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the mapping table that the snapshot stands for."""
    snapshot = tmp_path_factory.mktemp("by-hand") / "snapshot.json"
    snapshot.write_text(json.dumps(recorded))
    made = called("mapping", "import", "--load-balancer", "relay", "--snapshot", snapshot, env=NO_AWS)
    assert (made.returncode, made.stderr) == (0, "")
    path = snapshot.with_name("nlbcheck.yaml")
    path.write_text(made.stdout)
    return path


@pytest.fixture
def run(recorded: Document, table: Path, tmp_path: Path) -> Callable[..., tuple[int, Any]]:
    """Return a function that changes the snapshot, and runs a command with it."""

    def command(*arguments: str, change: Change = lambda _: None) -> tuple[int, Any]:
        document = copy.deepcopy(recorded)
        change(document)
        snapshot = tmp_path / "snapshot.json"
        snapshot.write_text(json.dumps(document))
        given = () if arguments[0] == "trace" else ("-m", table)
        done = called(*arguments, *given, "--snapshot", snapshot, "-q", "-f", "json", env=NO_AWS)
        return done.returncode, json.loads(done.stdout)

    return command


DIAGNOSE = ("diagnose", "--all", "--no-probe", "--client", CLIENT)
TRACE = ("trace", "--from", CLIENT, "--to", f"{NODES[1]}:1080")


def group(name: str, **fields: Any) -> Change:
    def change(document: Document) -> None:
        for item in items(document, "SecurityGroups"):
            if item["GroupName"] == name:
                item.update(fields)

    return change


def stopped(document: Document) -> None:
    for reservation in items(document, "Reservations"):
        for instance in reservation["Instances"]:
            if instance["PrivateIpAddress"] == by_hand.SERVERS[0]:
                instance["State"] = {"Code": 80, "Name": "stopped"}


def no_transit_route(document: Document) -> None:
    for answer in document["answers"]:
        if answer["operation"] == "SearchTransitGatewayRoutes":
            answer["response"]["Routes"].pop()


def cross_zone_off(document: Document) -> None:
    for answer in document["answers"]:
        if answer["operation"] == "DescribeLoadBalancerAttributes":
            for attribute in answer["response"]["Attributes"]:
                if attribute["Key"] == "load_balancing.cross_zone.enabled":
                    attribute["Value"] = "false"


def dualstack(document: Document) -> None:
    for balancer in items(document, "LoadBalancers"):
        balancer["IpAddressType"] = "dualstack"


def with_rules(document: Document) -> None:
    """Add the rules that listeners of a dualstack load balancer have."""
    dualstack(document)
    answers = [item for item in document["answers"] if item["operation"] == "DescribeListeners"]
    for answer, listener in ((item, one) for item in answers for one in item["response"]["Listeners"]):
        rule = {
            "RuleArn": f"{listener['ListenerArn']}/default",
            "Priority": "default",
            "Conditions": [],
            "Actions": listener["DefaultActions"],
            "IsDefault": True,
        }
        parameters = {"ListenerArn": listener["ListenerArn"]}
        document["answers"].append(
            {**answer, "operation": "DescribeRules", "parameters": parameters, "response": {"Rules": [rule]}}
        )


def clients_elsewhere(document: Document) -> None:
    """Take away the VPC of the clients, as if it were another account's."""
    (near,) = [item["VpcId"] for item in items(document, "Vpcs") if item["CidrBlock"] == "10.1.0.0/16"]
    for answer in document["answers"]:
        for listed, found in answer["response"].items():
            if isinstance(found, list) and listed != "TransitGatewayAttachments":
                answer["response"][listed] = [item for item in found if near not in json.dumps(item)]
    for answer in document["answers"]:
        if answer["operation"] == "SearchTransitGatewayRoutes":
            hops = items(document, "TransitGatewayAttachments")
            (hop,) = [item for item in hops if item["ResourceId"] == near]
            route = {"DestinationCidrBlock": "10.1.0.0/16", "Type": "static", "State": "active"}
            answer["response"]["Routes"].append({**route, "TransitGatewayAttachments": [hop]})


def metadata(document: Document) -> None:
    """Leave in what boto3 adds to answers."""
    for answer in document["answers"]:
        answer["response"] |= {"ResponseMetadata": {"HTTPStatusCode": 200}, "NextToken": None}


def page_by_page(document: Document) -> None:
    """Leave the pages of an answer apart, as they came."""
    (answer,) = [item for item in document["answers"] if item["operation"] == "DescribeSubnets"]
    subnets = answer["response"]["Subnets"]
    second = {**answer, "parameters": {"NextToken": "2"}, "response": {"Subnets": subnets[2:]}}
    answer["response"] = {"Subnets": subnets[:2], "NextToken": "2"}
    document["answers"].append(second)


def first_page(document: Document) -> None:
    page_by_page(document)
    document["answers"].pop()


def shared_hub(document: Document) -> None:
    """Let the transit gateway be another account's, which alone sees its route tables."""
    for gateway in items(document, "TransitGateways"):
        gateway["OwnerId"] = "999999999999"
    for attachment in items(document, "TransitGatewayAttachments"):
        attachment["TransitGatewayOwnerId"] = "999999999999"
        del attachment["Association"]
    without("SearchTransitGatewayRoutes")(document)


def without(operation: str) -> Change:
    def change(document: Document) -> None:
        document["answers"] = [item for item in document["answers"] if item["operation"] != operation]

    return change


def test_the_table_that_it_stands_for(run: Callable[..., tuple[int, Any]]) -> None:
    status, said = run("mapping", "check")
    assert status == 0
    assert said["findings"] == []


@pytest.mark.parametrize(
    "change",
    [lambda _: None, with_rules, metadata, page_by_page],
    ids=["as it is", "dualstack", "raw", "page by page"],
)
def test_it_is_in_order(run: Callable[..., tuple[int, Any]], change: Change) -> None:
    status, report = run(*DIAGNOSE, change=change)
    assert (status, report["summary"]["pass"]) == (0, 4)
    # It keeps client addresses, and its nodes use each other's targets.
    assert {found["code"] for row in report["mappings"] for found in row["findings"]} == {
        "connections-collide"
    }
    assert run(*TRACE, change=change)[1]["verdict"] == "reachable"


@pytest.mark.parametrize(
    ("change", "rows", "code", "reach"),
    [
        (group("servers", IpPermissions=[]), 2, "sg-denies", "blocked"),
        (group("front", IpPermissions=[]), 2, "sg-denies", "blocked"),
        (group("front", IpPermissionsEgress=[]), 2, "sg-denies", "blocked"),
        (stopped, 1, "instance-not-running", "reachable"),
        (no_transit_route, 2, "transit-gateway-route-missing", "blocked"),
        (cross_zone_off, 2, "zone-has-no-target", "reachable"),
    ],
    ids=["servers' group", "front's ingress", "front's egress", "stopped", "transit route", "cross-zone"],
)
def test_the_cause_is_named(
    run: Callable[..., tuple[int, Any]], change: Change, rows: int, code: str, reach: str
) -> None:
    status, report = run(*DIAGNOSE, change=change)
    causes = [row["cause"] for row in report["mappings"] if row["verdict"] == Verdict.FAIL]
    assert status == 1
    assert [(cause["code"], cause["remedy"]["verified"]) for cause in causes] == [(code, True)] * rows
    assert run(*TRACE, change=change)[1]["verdict"] == reach


@pytest.mark.parametrize(
    "change",
    [
        dualstack,
        clients_elsewhere,
        shared_hub,
        first_page,
        without("DescribeNetworkAcls"),
        without("DescribeInstances"),
    ],
    ids=[
        "rules not recorded",
        "clients of another account",
        "transit gateway of another account",
        "the first page only",
        "no network ACLs",
        "no instances",
    ],
)
def test_what_was_not_recorded_is_unknown(run: Callable[..., tuple[int, Any]], change: Change) -> None:
    status, report = run(*DIAGNOSE, change=change)
    assert status == 3
    assert {row["verdict"] for row in report["mappings"]} == {"unknown"}
    assert run(*TRACE, change=change)[1]["verdict"] == "unknown"
