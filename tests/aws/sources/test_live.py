"""Real boto3 over HTTP: against moto as a second witness, and against an endpoint that misbehaves."""

from __future__ import annotations

import socket
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from nlbcheck.aws.collect import Collector
from nlbcheck.aws.recording import document, parse
from nlbcheck.aws.resources.route_table import RouteTable
from nlbcheck.aws.resources.security_group import SecurityGroup
from nlbcheck.aws.resources.subnet import Subnet
from nlbcheck.aws.sources.live import Access, Live, Patience
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis import balancers
from nlbcheck.errors import UnseenError
from nlbcheck.model.facts import Absent, NotVisible
from nlbcheck.relays import load
from tests.aws.every_network import diagnosis

REGION = "ap-northeast-1"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    # One request after another: moto's own state is not made for several at once.
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app))
    running = Thread(target=server.serve_forever, daemon=True)
    running.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    running.join()


def made_with_moto(endpoint: str) -> dict[str, str]:
    """Build a relay through boto3, and return the ids that AWS (here moto) gave to its parts."""
    access = {"region_name": REGION, "endpoint_url": endpoint}
    ec2, elb = boto3.client("ec2", **access), boto3.client("elbv2", **access)
    clients = ec2.create_vpc(CidrBlock="192.168.0.0/16")["Vpc"]["VpcId"]
    vpc = ec2.create_vpc(CidrBlock="172.30.0.0/16")["Vpc"]["VpcId"]
    subnets = {
        zone: ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=REGION + zone)["Subnet"][
            "SubnetId"
        ]
        for zone, cidr in (("a", "172.30.1.0/24"), ("c", "172.30.2.0/24"))
    }
    client_net = ec2.create_subnet(VpcId=clients, CidrBlock="192.168.1.0/24")["Subnet"]["SubnetId"]
    peering = ec2.create_vpc_peering_connection(VpcId=clients, PeerVpcId=vpc)["VpcPeeringConnection"]
    peering_id = peering["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering_id)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnets["a"])
    ec2.create_route(
        RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", VpcPeeringConnectionId=peering_id
    )
    group = ec2.create_security_group(GroupName="servers", Description="servers", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "172.30.1.0/24"}]}
        ],
    )
    target = ec2.create_network_interface(
        SubnetId=subnets["a"], PrivateIpAddress="172.30.1.50", Groups=[group]
    )
    client = ec2.create_network_interface(SubnetId=client_net, PrivateIpAddress="192.168.1.214")
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=gateway)
    customer = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="203.0.113.12", BgpAsn=65000)
    ec2.create_vpn_connection(
        Type="ipsec.1",
        CustomerGatewayId=customer["CustomerGateway"]["CustomerGatewayId"],
        VpnGatewayId=gateway,
        Options={"StaticRoutesOnly": True},
    )
    arn = elb.create_load_balancer(
        Name="example-nlb", Type="network", Scheme="internal", Subnets=list(subnets.values())
    )["LoadBalancers"][0]["LoadBalancerArn"]
    for number, (address, zone) in enumerate((("172.30.1.50", None), ("10.0.0.10", "all"))):
        target_group = elb.create_target_group(
            Name=f"example-tg-{number}", Protocol="TCP", Port=22, VpcId=vpc, TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        attributes = {
            "preserve_client_ip.enabled": "false",
            "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
        }
        elb.modify_target_group_attributes(
            TargetGroupArn=target_group,
            Attributes=[{"Key": key, "Value": value} for key, value in attributes.items()],
        )
        where = {"AvailabilityZone": zone} if zone else {}
        elb.register_targets(TargetGroupArn=target_group, Targets=[{"Id": address, "Port": 22, **where}])
        elb.create_listener(
            LoadBalancerArn=arn,
            Protocol="TCP",
            Port=10022 + number,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group}],
        )
    # moto does not know the zones of targets, nor a group's attributes.
    crossing = [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=crossing)
    for subnet in subnets.values():
        ec2.create_network_interface(SubnetId=subnet, Description=f"ELB {arn.partition(':loadbalancer/')[2]}")
    return {
        "table": table,
        "subnet a": subnets["a"],
        "subnet c": subnets["c"],
        "group": group,
        "peering": peering_id,
        "target": target["NetworkInterface"]["NetworkInterfaceId"],
        "client": client["NetworkInterface"]["NetworkInterfaceId"],
        "gateway": gateway,
    }


TABLE = """
load_balancer: example-nlb
client: 192.168.1.214
mappings:
  - {listener: 10022, target_group: tg-0, target_port: 22, target: 172.30.1.50}
  - {listener: 10023, target_group: tg-1, target_port: 22, target: 10.0.0.10}
"""


def test_moto_as_a_witness(moto: str, tmp_path: Path) -> None:
    made = made_with_moto(moto)
    live = Live(Access(region=REGION, endpoint_url=moto))
    account_region = live.account_region()
    calls: list[str] = []
    collector = Collector({account_region: live}, progress=calls.append)
    (tmp_path / "nlbcheck.yaml").write_text(TABLE)
    wanted = load(tmp_path / "nlbcheck.yaml")
    collector.ask(partial(diagnosis, table=wanted, rows=wanted.rows))
    recording = collector.recording
    # moto does not know this filter.
    assert all("association.gateway-id" in str(gap.parameters) for gap in recording.gaps)
    assert len(recording.gaps) <= 1
    assert len(calls) <= 31
    assert parse(document(recording), "itself") == recording
    assert "PreSharedKey" not in str(document(recording))

    state = AwsState(recording)
    balancer = state.load_balancer_named("example-nlb")
    assert not isinstance(balancer, (Absent, NotVisible))
    subnet = state.subnet(made["subnet a"])
    assert isinstance(subnet, Subnet)
    table = state.route_table_of(subnet)
    assert isinstance(table, RouteTable)
    assert table.id == made["table"]
    assert made["peering"] in [route.target_id for route in table.routes]
    other = state.subnet(made["subnet c"])
    assert isinstance(other, Subnet)
    main = state.route_table_of(other)
    assert isinstance(main, RouteTable)
    assert main.main
    group = state.security_group(made["group"])
    assert isinstance(group, SecurityGroup)
    assert [(str(rule.peer), str(rule.ports)) for rule in group.ingress] == [("172.30.1.0/24", "22")]
    [client] = found(state.interfaces_with(ip_address("192.168.1.214")))
    assert client.id == made["client"]
    vpc = state.vpc(balancer.vpc_id)
    assert not isinstance(vpc, (Absent, NotVisible))
    target = state.interface_at(vpc, ip_address("172.30.1.50"))
    assert getattr(target, "id", None) == made["target"]
    gateway = state.vpn_gateway_of(vpc)
    assert not isinstance(gateway, (Absent, NotVisible))
    assert gateway.id == made["gateway"]
    # moto leaves out the list of routes, which AWS writes even when it is empty.
    connections = state.vpn_connections_of(gateway)
    assert isinstance(connections, NotVisible)
    assert connections.unreadable == "VpnConnections[0].Routes"
    assert [listener.port for listener in found(state.listeners(balancer))] == [10022, 10023]
    assert [
        target.id for group in found(state.target_groups(balancer)) for target in found(state.targets(group))
    ] == [
        "172.30.1.50",
        "10.0.0.10",
    ]


def found(value: Any) -> Any:
    assert not isinstance(value, NotVisible), value
    return value


def test_moto_refuses_what_is_not_there(moto: str) -> None:
    live = Live(Access(region=REGION, endpoint_url=moto))
    account_region = live.account_region()
    collector = Collector({account_region: live})
    assert isinstance(collector.ask(lambda state: balancers.find(state, "no-such-nlb")), Absent)
    recording = collector.recording
    [gap] = recording.gaps
    assert gap.error == "LoadBalancerNotFound"
    assert isinstance(AwsState(recording).load_balancer_named("no-such-nlb"), Absent)


# --- an endpoint that misbehaves ----------------------------------------------------------------------

Handler = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def endpoint(answer: Callable[[int], tuple[int, str]]) -> Iterator[str]:
    """Serve ``answer(n)``, status and XML, to the n-th request."""
    count = 0

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            nonlocal count
            count += 1
            status, body = answer(count)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def ec2_error(code: str) -> str:
    return f"<Response><Errors><Error><Code>{code}</Code><Message>no</Message></Error></Errors></Response>"


def sts_error(code: str) -> str:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"


EMPTY = "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (
            "RequestExpired",
            r"the session token has expired \(sign in again\), or this machine's clock is wrong",
        ),
        ("ExpiredToken", "the credentials have expired"),
        ("AuthFailure", "AWS does not accept the credentials"),
        ("InvalidClientTokenId", "AWS does not know the access key"),
    ],
)
def test_refused_credentials_are_one_error(code: str, says: str) -> None:
    with endpoint(lambda _: (400, ec2_error(code))) as url, pytest.raises(UnseenError, match=says):
        Live(Access(region=REGION, endpoint_url=url)).call("ec2", "DescribeVpcs", {})


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InvalidVpcID.NotFound"])
def test_another_refusal_is_of_this_call_only(code: str) -> None:
    with endpoint(lambda _: (403, ec2_error(code))) as url, pytest.raises(RefusedError) as caught:
        Live(Access(region=REGION, endpoint_url=url)).call("ec2", "DescribeVpcs", {})
    assert caught.value.code == code


AT_ONCE = Patience(throttled=(0,) * len(Patience().throttled), failed=(0,) * len(Patience().failed))
"""Asks as often as ever, without the pauses."""


def failing(times: int, status: int, code: str) -> Callable[[int], tuple[int, str]]:
    """Refuse so many requests, then answer."""
    return lambda number: (status, ec2_error(code)) if number <= times else (200, EMPTY)


@pytest.mark.parametrize(
    ("times", "status", "code"),
    [
        (9, 503, "RequestLimitExceeded"),
        (9, 400, "Throttling"),
        (2, 500, "InternalError"),
        (2, 503, "Unavailable"),
    ],
)
def test_throttling_and_failures_of_aws_are_waited_out(times: int, status: int, code: str) -> None:
    with endpoint(failing(times, status, code)) as url:
        live = Live(Access(region=REGION, endpoint_url=url), AT_ONCE)
        assert live.call("ec2", "DescribeVpcs", {}) == {"Vpcs": []}
    with (
        endpoint(failing(times + 1, status, code)) as url,
        pytest.raises(RefusedError, match=code),
    ):
        Live(Access(region=REGION, endpoint_url=url), AT_ONCE).call("ec2", "DescribeVpcs", {})


def test_the_pauses_grow_and_end_within_a_minute() -> None:
    for pauses in (Patience().throttled, Patience().failed):
        assert list(pauses) == sorted(pauses)
        assert sum(pauses) < 60
    assert sum(Patience().failed) < 2


def test_a_throttled_request_holds_back_those_beside_it() -> None:
    refused, arrived = Event(), []

    def answer(number: int) -> tuple[int, str]:
        arrived.append(time.monotonic())
        refused.set()
        return failing(1, 503, "RequestLimitExceeded")(number)

    with endpoint(answer) as url:
        live = Live(Access(region=REGION, endpoint_url=url), Patience(throttled=(0.4,)))
        waiting = Thread(target=live.call, args=("ec2", "DescribeVpcs", {}))
        waiting.start()
        refused.wait()
        while waiting.is_alive():
            live.call("ec2", "DescribeVpcs", {})
    assert max(later - earlier for earlier, later in pairwise(arrived)) > 0.2


def test_pages_are_merged() -> None:
    def answer(number: int) -> tuple[int, str]:
        item = f"<vpcSet><item><vpcId>vpc-{number}</vpcId></item></vpcSet>"
        token = f"<nextToken>page-{number}</nextToken>" if number < 3 else ""
        return 200, f"<DescribeVpcsResponse>{item}{token}</DescribeVpcsResponse>"

    with endpoint(answer) as url:
        merged = Live(Access(region=REGION, endpoint_url=url)).call("ec2", "DescribeVpcs", {})
    assert merged == {"Vpcs": [{"VpcId": "vpc-1"}, {"VpcId": "vpc-2"}, {"VpcId": "vpc-3"}]}


def test_times_are_text() -> None:
    body = (
        "<DescribeVpnConnectionsResponse><vpnConnectionSet><item><vgwTelemetry><item>"
        "<lastStatusChange>2026-04-01T09:30:00.000Z</lastStatusChange>"
        "</item></vgwTelemetry></item></vpnConnectionSet></DescribeVpnConnectionsResponse>"
    )
    with endpoint(lambda _: (200, body)) as url:
        answer = Live(Access(region=REGION, endpoint_url=url)).call("ec2", "DescribeVpnConnections", {})
    [connection] = answer["VpnConnections"]
    assert connection["VgwTelemetry"] == [{"LastStatusChange": "2026-04-01T09:30:00Z"}]


def test_an_identity_that_is_not_told() -> None:
    with endpoint(lambda _: (403, sts_error("AccessDenied"))) as url:
        live = Live(Access(region=REGION, endpoint_url=url))
        with pytest.raises(
            UnseenError, match=r"whose the credentials are \(sts:GetCallerIdentity\): AccessDenied"
        ):
            live.account_region()


def test_a_role_that_cannot_be_assumed() -> None:
    role = "arn:aws:iam::123456789012:role/reader"
    with (
        endpoint(lambda _: (403, sts_error("AccessDenied"))) as url,
        pytest.raises(UnseenError, match="role arn:aws:iam::123456789012:role/reader cannot be assumed"),
    ):
        Live(Access(region=REGION, endpoint_url=url, role_arn=role))


def test_a_role_is_assumed(moto: str) -> None:
    role = "arn:aws:iam::999999999999:role/reader"
    live = Live(Access(region=REGION, endpoint_url=moto, role_arn=role))
    assert live.account_region().account == "999999999999"


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    live = Live(Access(region=REGION, endpoint_url=f"http://127.0.0.1:{port}"), AT_ONCE)
    with pytest.raises(UnseenError, match=f"AWS cannot be reached: .*127.0.0.1:{port}"):
        live.call("ec2", "DescribeVpcs", {})


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    live = Live(Access(region=REGION, endpoint_url="http://127.0.0.1:1"))
    with pytest.raises(UnseenError, match="no AWS credentials"):
        live.call("ec2", "DescribeVpcs", {})


def test_no_region() -> None:
    with pytest.raises(UnseenError, match="no AWS Region"):
        Live(Access())


def test_the_region_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert Live(Access()).region == "us-east-1"
    monkeypatch.setenv("AWS_REGION", REGION)
    assert Live(Access()).region == REGION
    assert Live(Access(region="eu-west-1")).region == "eu-west-1"


def test_no_such_profile() -> None:
    with pytest.raises(UnseenError, match="no AWS profile is named nobody"):
        Live(Access(profile="nobody", region=REGION))


def test_an_endpoint_that_is_no_address() -> None:
    live = Live(Access(region=REGION, endpoint_url="nonsense"))
    with pytest.raises(UnseenError, match="AWS cannot be asked: Invalid endpoint: nonsense"):
        live.call("ec2", "DescribeVpcs", {})


SECRET = """<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAX</AccessKeyId>
<SecretAccessKey>hunter2</SecretAccessKey><SessionToken>hunter3</Session"""


@pytest.mark.parametrize("body", [SECRET, "<AssumeRoleResponse/>", "<html>"])
def test_a_truncated_answer_shows_no_key(body: str) -> None:
    role = "arn:aws:iam::123456789012:role/reader"
    with endpoint(lambda _: (200, body)) as url, pytest.raises(UnseenError) as caught:
        Live(Access(region=REGION, endpoint_url=url, role_arn=role))
    told = "".join(traceback.format_exception(caught.value))
    assert str(caught.value) == f"role {role} cannot be assumed: the answer of sts:AssumeRole is not readable"
    assert "hunter" not in told
    assert "ASIAX" not in told


def test_a_password_in_an_endpoint_url_is_not_shown() -> None:
    live = Live(Access(region=REGION, endpoint_url="http://user:hunter2@127.0.0.1:1"), AT_ONCE)
    with pytest.raises(UnseenError) as caught:
        live.call("ec2", "DescribeVpcs", {})
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert "http://…@127.0.0.1:1" in str(caught.value)
