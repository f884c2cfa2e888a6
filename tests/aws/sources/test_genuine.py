"""An answer with status 200 that is none of AWS's is a gap, and never an account without anything in it."""

from __future__ import annotations

import pytest

from nlbcheck.aws.sources.live import Access, Live
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.errors import UnseenError
from tests.aws.hostile_endpoints import serving

EMPTY = (
    b'<DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><vpcSet/></DescribeVpcsResponse>'
)
BALANCERS = (
    b"<DescribeLoadBalancersResponse><DescribeLoadBalancersResult><LoadBalancers/>"
    b"</DescribeLoadBalancersResult></DescribeLoadBalancersResponse>"
)
XML, HTML = "Content-Type: text/xml;charset=UTF-8\r\n", "Content-Type: text/html\r\n"
OTHERS = {
    "a page": (b"<html><vpcSet/></html>", XML),
    "another call's": (EMPTY.replace(b"Vpcs", b"Subnets"), XML),
    "one within another": (b"<html>" + EMPTY + b"</html>", XML),
    "an error": (b"<Response><Errors><Error><Code>X</Code></Error></Errors></Response>", XML),
    "not XML": (b"vpcSet", XML),
    "a comment before much": (b"<!--" + b" " * (1 << 17) + b"-->" + EMPTY, XML),
    "HTML by its header": (EMPTY, HTML),
    "JSON by its header": (EMPTY, "Content-Type: application/json\r\n"),
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")


def asked(body: bytes, head: str, service: str = "ec2", operation: str = "DescribeVpcs") -> dict[str, object]:
    with serving(lambda request: request.send(body, more=head)) as url:
        return Live(Access(region="ap-northeast-1", endpoint_url=url)).call(service, operation, {})


@pytest.mark.parametrize("head", [XML, "Content-Type: application/xml\r\n", ""], ids=["text", "xml", "none"])
def test_an_account_without_vpcs_has_none(head: str) -> None:
    assert asked(EMPTY, head) == {"Vpcs": []}
    assert asked(BALANCERS, head, "elbv2", "DescribeLoadBalancers") == {"LoadBalancers": []}


@pytest.mark.parametrize(("body", "head"), OTHERS.values(), ids=OTHERS)
def test_what_is_not_an_answer_of_aws_is_a_gap(body: bytes, head: str) -> None:
    with pytest.raises(RefusedError, match="UnreadableAnswer"):
        asked(body, head)


def test_who_asks_is_not_taken_from_a_page_either() -> None:
    body = b"<html><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></html>"
    with (
        serving(lambda request: request.send(body, more=XML)) as url,
        pytest.raises(
            UnseenError, match=r"does not say whose the credentials are \(sts:GetCallerIdentity\): Unreadable"
        ),
    ):
        Live(Access(region="ap-northeast-1", endpoint_url=url)).account_region()
