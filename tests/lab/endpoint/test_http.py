"""The endpoint on the wire: hostile requests, other sockets, its end, the environment that leads to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.lab.endpoint import AwsEndpoint, EndpointState, environment
from tests.lab.endpoint.serving import HOME, SCENARIO, client

SIGNED = "AWS4-HMAC-SHA256 Credential={}/20261122/ap-northeast-1/{}/aws4_request, SignedHeaders=host"


def post(
    endpoint: AwsEndpoint, body: str | bytes, service: str = "ec2", key: str = HOME.account
) -> tuple[int, str]:
    connection = HTTPConnection(str(urlsplit(endpoint.url).netloc), timeout=5)
    try:
        connection.request("POST", "/", body, {"Authorization": SIGNED.format(key, service)})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "InvalidAction"),
        ("&&&=", "MalformedQueryString"),
        (b"Action=\xff\xfe", "MalformedQueryString"),
        ("Action=Nonsense", "InvalidAction"),
        ("Version=2016-11-15", "InvalidAction"),
        ("Action=DescribeVpcs&Nonsense=1", "UnknownParameter"),
        ("Action=DescribeVpcs&VpcId=vpc-1", "UnknownParameter"),
        ("Action=DescribeVpcs&VpcId.x=vpc-1", "UnknownParameter"),
        ("Action=DescribeVpcs&VpcId.1.2=vpc-1", "UnknownParameter"),
        ("Action=DescribeVpcs&MaxResults.1=5", "UnknownParameter"),
        ("Action=DescribeVpcs&MaxResults=5&MaxResults.1=5", "UnknownParameter"),
        ("Action=DescribeVpcs&" + ".".join("a" * 5000) + "=1", "UnknownParameter"),
        ("Action=DescribeVpcs&MaxResults=many", "InvalidParameterValue"),
        ("Action=DescribeVpcs&DryRun=perhaps", "InvalidParameterValue"),
        ("Action=DescribeVpcs&Filter.1.Name=tag%3Aa&Filter.1.Value.1=%28%5B", None),
        ("Action=SearchTransitGatewayRoutes", "MissingParameter"),
    ],
)
def test_requests_that_no_client_makes(scenario: AwsEndpoint, body: str | bytes, code: str | None) -> None:
    status, text = post(scenario, body)
    assert (f"<Code>{code}</Code>" in text, status) == ((True, 400) if code else (False, 200))


def test_a_request_that_is_not_signed_for_a_replayed_service(scenario: AwsEndpoint) -> None:
    assert post(scenario, "Action=ListBuckets", "s3")[0] == 403
    status, text = post(scenario, "Action=DescribeVpcs", key="<x>")
    assert status == 401
    assert "<Code>AuthFailure</Code>" in text


def test_a_request_that_is_too_long(scenario: AwsEndpoint) -> None:
    connection = HTTPConnection(str(urlsplit(scenario.url).netloc), timeout=5)
    for length in (str(1 << 21), "-1", "many"):
        connection.putrequest("POST", "/")
        connection.putheader("Content-Length", length)
        connection.endheaders()
        response = connection.getresponse()
        assert (response.status, b"RequestEntityTooLarge" in response.read()) == (413, True)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["ec2", "elasticloadbalancing", "sts"]),
    st.sampled_from(["DescribeVpcs", "DescribeListeners", "DescribeTargetHealth", "GetCallerIdentity"]),
    st.lists(st.tuples(st.sampled_from(["Filter", "1", "Value", "member", "VpcId", "", "Names"]), st.text())),
)
def test_no_request_is_our_fault(
    scenario: AwsEndpoint, service: str, action: str, pairs: list[tuple[str, str]]
) -> None:
    path, fields = "", [f"Action={action}"]
    for name, text in pairs:
        path = f"{path}.{name}" if path else name
        fields.append(f"{path}={text}")
    status, _ = post(scenario, "&".join(fields).encode("utf-8", "surrogatepass"), service)
    assert status < 500


def test_it_serves_on_a_socket_that_it_is_given() -> None:
    listener = socket.create_server(("127.0.0.77", 0))
    with AwsEndpoint(EndpointState(SCENARIO), listener) as endpoint:
        assert endpoint.url == f"http://127.0.0.77:{listener.getsockname()[1]}"
        assert client(endpoint).describe_vpcs()["Vpcs"]


def test_closing_ends_everything() -> None:
    before = threading.active_count()
    endpoint = AwsEndpoint(EndpointState(SCENARIO))
    address = urlsplit(endpoint.url)
    with socket.create_connection((str(address.hostname), address.port or 0)) as idle:
        assert client(endpoint).describe_vpcs()["Vpcs"]
        endpoint.close()
        assert idle.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((str(address.hostname), address.port or 0))
    assert threading.active_count() == before


def test_many_clients_at_once(scenario: AwsEndpoint) -> None:
    found: list[int] = []
    asked = client(scenario)

    def ask() -> None:
        found.append(len(asked.describe_subnets()["Subnets"]))

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [5] * 30


def test_a_command_finds_it_whatever_the_users_environment(
    scenario: AwsEndpoint, capfd: pytest.CaptureFixture[str]
) -> None:
    inherited = os.environ | {
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "token",
        "AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }
    script = (
        "import boto3; print(boto3.client('sts').get_caller_identity()['Account'], "
        "len(boto3.client('ec2').describe_vpcs()['Vpcs']), boto3.Session().region_name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(scenario.url, HOME, inherited),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "123456789012 2 ap-northeast-1\n"
    assert capfd.readouterr() == ("", "")
