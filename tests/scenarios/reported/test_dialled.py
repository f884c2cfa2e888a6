"""What must be said of the reports' networks where clients dial public addresses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nlbcheck.cli import cli
from tests.scenarios.reported import FILES, HERE, codes, commands, findings, report, told


def run(*words: str) -> Any:
    """Return the JSON document that a command prints, and its exit status under ``status``."""
    made = CliRunner().invoke(cli, [*words, "-f", "json"], catch_exceptions=False, standalone_mode=False)
    return json.loads(made.stdout) | {"status": made.return_value}


def trace(snapshot: Path, source: str, destination: str) -> Any:
    """Trace a connection."""
    return run("trace", "--snapshot", str(snapshot), "--from", source, "--to", destination)


def diagnosed(snapshot: Path, table: str, client: str) -> Any:
    """Diagnose a file's network as a client."""
    options = ("--snapshot", str(snapshot), "-m", str(FILES / table), "--client", client)
    return run("diagnose", "--all", "--no-probe", *options)


def verdict(found: Any) -> str:
    (mapping,) = found["mappings"]
    return str(mapping["verdict"])


def test_a_client_without_a_way_to_the_internet_dials_a_public_address() -> None:
    found = report("client-dials-public-address")
    assert codes(found) == {"route-missing"}
    assert {(item["leg"], item["direction"]) for item in findings(found)} == {("front", "request")}
    assert commands(found) == []
    for address in ("198.51.100.10", "198.51.100.12"):
        traced = trace(
            HERE / "client-dials-public-address" / "snapshot.json", "192.168.1.214", f"{address}:10022"
        )
        assert (traced["verdict"], traced["status"]) == ("blocked", 1)
        assert {item["code"] for item in traced["findings"]} == {"route-missing"}


def test_a_public_subnet_needs_the_default_route() -> None:
    found = report("public-subnet-without-igw-route")
    assert codes(found) == {"route-leads-elsewhere"}
    (line,) = commands(found)
    assert "replace-route" in line
    assert "--destination-cidr-block 0.0.0.0/0 --gateway-id igw-" in line
    assert "/32" not in line


def test_of_a_dual_stack_load_balancer_ipv6_is_not_judged() -> None:
    assert "IPv6           Not checked. The load balancer is dual-stack" in told("dual-stack").stdout
    (relay,) = report("dual-stack")["relays"]
    assert relay["dual_stack"] is True


def test_firewall_endpoints_at_the_internet_gateway_are_named() -> None:
    found = report("firewall-endpoint-at-igw")
    assert codes(found) == {"not-visible"}
    for item in findings(found):
        assert "vpce-" in item["summary"]
        assert "DescribeRouteTables" not in item["summary"]


def test_a_public_address_is_the_interface_that_has_it() -> None:
    file = FILES / "01-public-address.json"
    found = trace(file, "10.20.1.207", "198.51.100.24:9999")
    assert (found["verdict"], {item["code"] for item in found["findings"]}) == ("blocked", {"sg-denies"})
    assert trace(file, "10.20.1.207", "198.51.100.24:22")["verdict"] == "reachable"
    assert trace(file, "198.51.100.21", "198.51.100.24:22")["verdict"] == "reachable"


def test_nobody_in_the_internet_dials_a_private_address() -> None:
    found = trace(FILES / "01-public-address.json", "8.8.8.8", "10.20.1.207:22")
    assert (found["verdict"], found["status"]) == ("blocked", 1)
    (finding,) = found["findings"]
    assert finding["code"] == "internet-path-blocked"
    assert "198.51.100.21" in finding["remedy"]["text"]


def test_a_client_outside_reaches_an_interface_of_the_file() -> None:
    found = trace(FILES / "01-public-address.json", "203.0.113.7", "198.51.100.21:22")
    assert not any("outside every VPC" in item["summary"] for item in found["findings"])
    request = found["paths"][0]
    assert {hop["verdict"] for hop in request["hops"]} == {"pass"}


@pytest.mark.parametrize(
    ("table", "address"), [("02-table-private.yaml", "10.20.1.9"), ("02-table-eip.yaml", "198.51.100.27")]
)
@pytest.mark.parametrize("client", ["10.30.1.166", "198.51.100.7", "203.0.113.7"])
def test_both_commands_judge_the_address_that_is_dialled(table: str, address: str, client: str) -> None:
    file = FILES / "02-internet-facing-nlb.json"
    one, other = diagnosed(file, table, client), trace(file, client, f"{address}:2222")
    assert one["status"] == other["status"]
    words = {"reachable": "pass", "blocked": "fail", "reply-blocked": "fail", "unknown": "unknown"}
    assert verdict(one) == words[other["verdict"]]
    assert codes(one) == {item["code"] for item in other["findings"]}


def test_the_way_to_a_private_address_is_none_to_the_public_one() -> None:
    file = FILES / "02-internet-facing-nlb.json"
    assert verdict(diagnosed(file, "02-table-private.yaml", "10.30.1.166")) == "pass"
    found = diagnosed(file, "02-table-eip.yaml", "10.30.1.166")
    assert (verdict(found), codes(found)) == ("fail", {"route-missing"})
    found = diagnosed(file, "02-table-private.yaml", "198.51.100.7")
    assert (verdict(found), codes(found)) == ("fail", {"internet-path-blocked"})


def test_an_internal_load_balancer_gets_no_elastic_ip() -> None:
    found = trace(FILES / "09-internal-nlb-igw.json", "198.51.100.7", "10.20.1.9:2222")
    assert (found["verdict"], found["status"]) == ("blocked", 1)
    (finding,) = found["findings"]
    assert finding["remedy"]["commands"] == []
    assert "Elastic IP" not in finding["remedy"]["text"]
