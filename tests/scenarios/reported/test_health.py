"""Health checks, TLS listeners and proxy protocol in networks from trouble reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Authority
from tests.scenarios.reported import HERE, codes, command, commands, findings, report, told, verdicts
from tests.scenarios.reported.live import served, silent
from tests.servers import answers, closes, speaks_tls

PROBED = ("--probe", "--timeout", "2")
OK, BAD_REQUEST = b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n"


def found(report: Mapping[str, Any], code: str) -> list[Mapping[str, Any]]:
    return [item for item in findings(report) if item["code"] == code]


def without_expectation(name: str, folder: Path) -> Any:
    """Return the probed report of a network whose table says nothing of the answer."""
    table = (HERE / name / "table.yaml").read_text().partition("  expect:")[0]
    (folder / "table.yaml").write_text(table)
    words = ("--snapshot", str(HERE / name / "snapshot.json"), "-m", str(folder / "table.yaml"), "-f", "json")
    return json.loads(command("diagnose", "--all", *words, *PROBED).stdout)


def test_an_http_check_of_a_plain_service_is_said_to_differ_and_proves_nothing() -> None:
    made = report("http-check-of-tcp-service")
    assert verdicts(made) == {"tg-8420": "warn"}
    (differs,) = found(made, "health-check-differs")
    assert "HTTP / on port 8420 for 200-399" in differs["summary"]
    assert differs["evidence"]["check"]["matcher"] == "200-399"
    assert differs["evidence"]["service"]["check"] == "tcp"
    assert "proves nothing about connections" in found(made, "target-unhealthy")[0]["summary"]
    assert "nothing in AWS is in their way" not in told("http-check-of-tcp-service").stdout


def test_one_nodes_closed_check_explains_the_targets_one_state() -> None:
    made = report("second-vpc-range")
    for row in made["mappings"]:
        assert row["cause"]["code"] == "sg-denies"
        assert [node["verdict"] for node in row["nodes"]] == ["warn", "fail"]
        (here,) = [item for item in row["nodes"][0]["findings"] if item["code"] == "target-unhealthy"]
        assert "100.64.8.10 (sg-denies)" in here["summary"]
    assert "Is the process running" not in told("second-vpc-range").stdout
    assert len(commands(made)) == 2


def test_a_400_behind_proxy_protocol_is_its_fault_and_not_another_servers(tmp_path: Path) -> None:
    with served(answers(BAD_REQUEST), 10080):
        made, plain = (
            report("proxy-protocol-400", *PROBED),
            without_expectation("proxy-protocol-400", tmp_path),
        )
    for item in (made, plain):
        (row,) = item["mappings"]
        assert (row["cause"]["code"], row["verdict"]) == ("proxy-protocol-on", "fail")
        assert "400" in row["cause"]["summary"]
        assert row["cause"]["remedy"]["verified"] is None
        assert "wrong-server-answers" not in codes(item)


def test_a_200_behind_proxy_protocol_is_in_order() -> None:
    with served(answers(OK), 10080):
        assert verdicts(report("proxy-protocol-400", *PROBED)) == {"tg-10080": "warn"}


def test_a_connect_to_a_tls_listener_says_nothing_of_a_dead_target() -> None:
    with served(closes, 8883):
        made = report("tls-listener-dead-target", *PROBED)
        text = told("tls-listener-dead-target", *PROBED).stdout
    (row,) = made["mappings"]
    assert (row["cause"]["code"], row["verdict"]) == ("target-unhealthy", "fail")
    assert {item["verdict"] for item in found(made, "target-unhealthy")} == {"fail"}
    assert "answers nevertheless" not in text


@pytest.mark.parametrize("days", [90, 1])
def test_a_row_of_a_tls_listener_is_checked_inside_tls(days: int, tmp_path: Path) -> None:
    context = Authority(tmp_path).context("relay.example.com", days=days)
    with served(speaks_tls(context, answers(OK)), 10443):
        made = report("tls-listener-works", *PROBED)
    (row,) = made["mappings"]
    probes = [node["probe"] for node in row["nodes"] if "probe" in node]
    assert {probe["check"] for probe in probes} == {"https"}
    assert {probe["status"] for probe in probes} == {"ok"}
    assert row["verdict"] == ("pass" if days > 30 else "warn")


def test_one_whose_certificate_has_expired_fails(tmp_path: Path) -> None:
    context = Authority(tmp_path).context("relay.example.com", days=-1)
    with served(speaks_tls(context, answers(OK)), 10443):
        (row,) = report("tls-listener-works", *PROBED)["mappings"]
    assert (row["cause"]["code"], row["verdict"]) == ("listener-certificate-invalid", "fail")
    assert "expired at" in row["cause"]["summary"]


def test_with_client_ip_preservation_the_packets_are_the_clients() -> None:
    with silent(10080):
        made = report("target-routes-client-elsewhere", *PROBED)
        text = told("target-routes-client-elsewhere", *PROBED).stdout
    (finding,) = found(made, "target-silent")
    for word in ("rp_filter", "docker0", "from the client", "firewall"):
        assert word in finding["summary"]
    assert "switch client IP preservation off" in finding["remedy"]["text"]
    assert not any(f"{address}/32" in text for address in ("127.31.128.10", "127.31.136.10"))
