"""Networks of reports where an ACL admits requests and not the ports that replies go to."""

from __future__ import annotations

from tests.scenarios.reported import codes, commands, findings, report


def test_an_acl_that_admits_the_listener_s_port_alone_closes_the_path_across_zones() -> None:
    found = report("acl-admits-listener-port-alone")
    row = found["mappings"][0]
    assert row["cause"]["code"] == "nacl-denies"
    assert (row["cause"]["leg"], row["cause"]["direction"]) == ("back", "reply")
    assert {node["zone"]: node["verdict"] for node in row["nodes"]} == {
        "ap-northeast-1a": "pass",
        "ap-northeast-1c": "fail",
    }
    assert "less than 1 % of the ports 1024-65535" in row["cause"]["summary"]
    assert row["cause"]["remedy"]["verified"] is True
    assert any("create-network-acl-entry" in line and "65535" in line for line in commands(found))
    assert found["exit_status"] == 1
    assert "nacl-narrow-ephemeral" not in codes(found)
    assert all(item["leg"] != "front" for item in findings(found))
