"""Networks of reports with firewalls, transit gateways and Direct Connect on the path."""

from __future__ import annotations

from typing import Any

from tests.scenarios.reported import codes, commands, findings, report, told, verdicts


def unseen(found: Any) -> list[str]:
    return sorted(item["evidence"]["fact"] for item in findings(found) if item["verdict"] == "unknown")


BEHIND = [f"what the firewall behind {key} does with the packet"
          for key in ("vpce-0aaaa1111aaaa1111", "vpce-0cccc3333cccc3333")]  # fmt: skip


def test_endpoints_beside_the_nodes_are_met_by_requests_too() -> None:
    found = report("firewall-endpoints-beside-nodes")
    nodes = {node["zone"]: node for node in found["mappings"][0]["nodes"]}
    paths = {(path["leg"], path["direction"]): path for path in nodes["ap-northeast-1a"]["paths"]}
    assert paths["front", "request"]["verdict"] == "unknown"
    assert paths["front", "reply"]["verdict"] == "unknown"
    assert set(unseen(found)) == set(BEHIND)
    asymmetric = [item for item in findings(found) if item["code"] == "middlebox-asymmetric"]
    assert {item["zone"] for item in asymmetric} == {"ap-northeast-1c"}
    assert {(item["verdict"], item["confidence"]) for item in asymmetric} == {("fail", "likely")}
    assert commands(found) == []


def test_the_acl_of_the_client_s_zone_closes_both_nodes() -> None:
    found = report("acl-of-the-attachment-subnet")
    row = found["mappings"][0]
    assert [node["verdict"] for node in row["nodes"]] == ["fail", "fail"]
    assert codes(found, "fail") == {"nacl-denies"}
    assert found["exit_status"] == 1


def test_an_inspection_vpc_is_unknown_at_the_firewall_and_in_order_around_it() -> None:
    found = report("inspection-vpc")
    assert set(verdicts(found).values()) == {"unknown"}
    assert codes(found) == {"not-visible"}
    assert set(unseen(found)) == set(BEHIND)
    assert commands(found) == []
    assert found["exit_status"] == 3


def test_a_firewall_subnet_without_the_way_back_is_named() -> None:
    found = report("inspection-vpc-no-way-back")
    assert codes(found, "fail") == {"route-missing"}
    row = found["mappings"][0]
    assert (row["cause"]["code"], row["cause"]["resource"]["name"]) == ("route-missing", "insp-fw")
    (line,) = commands(found)
    assert "create-route --route-table-id rtb-05057c0fc58f1575f" in line
    assert "192.168.0.0/16" in line


def test_a_healthy_target_behind_a_direct_connect_gateway_proves_the_leg() -> None:
    found = report("direct-connect-gateway")
    assert set(verdicts(found).values()) == {"warn"}
    assert codes(found) == {"target-group-port-differs"}
    text = told("direct-connect-gateway", "--no-probe", "-v").stdout
    assert "Direct Connect gateway 0d0d0d0d-1111-2222-3333-444455556666" in " ".join(text.split())
    assert "SearchTransitGatewayRoutes" not in text


def test_a_firewall_at_the_internet_gateway_is_named_in_both_directions() -> None:
    found = report("firewall-endpoint-at-igw")
    assert set(unseen(found)) == set(BEHIND)
    assert commands(found) == []
