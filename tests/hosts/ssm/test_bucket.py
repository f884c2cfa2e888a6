"""Output that is longer than AWS keeps, by way of a bucket: real boto3, and S3 as moto serves it."""

from __future__ import annotations

import boto3
import pytest
from moto.server import ThreadedMotoServer

from nlbcheck.aws.sources.live import Access, Live
from nlbcheck.hosts.host import Ran
from nlbcheck.hosts.ssm import bucket

CUT = Ran(0, "begun", is_cut=True)
KEY = "nlbcheck/11111111-1111-1111-1111-111111111111/i-1/awsrunShellScript/0.awsrunShellScript/stdout"


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "123456789012")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return "https://s3.us-east-1.amazonaws.com/outputs"


def test_the_whole_output_comes_from_the_bucket(url: str) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
        s3.create_bucket(Bucket="outputs")
        s3.put_object(Bucket="outputs", Key=KEY, Body=b"x" * 300_000)
        source = Live(Access(endpoint_url=endpoint))
        whole = bucket.whole(source, "outputs", {"StandardOutputUrl": f"{url}/{KEY}"}, CUT)
        gone = bucket.whole(source, "outputs", {"StandardOutputUrl": f"{url}/{KEY}-2"}, CUT)
    finally:
        server.stop()
    assert (len(whole.output), whole.is_cut) == (300_000, False)
    assert gone == CUT


@pytest.mark.parametrize(
    "odd", ["", "https://s3.amazonaws.com/other/secret", "nonsense", "https://x/outputs/a/b"]
)
def test_only_what_lies_in_the_bucket_under_our_prefix_is_read(odd: str) -> None:
    class Nobody:
        def call(self, *_: object) -> dict[str, object]:
            raise AssertionError("asked for an object that is none of ours")

    assert bucket.whole(Nobody(), "outputs", {"StandardOutputUrl": odd}, CUT) == CUT
