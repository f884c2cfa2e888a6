from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlbcheck.aws.redaction.redactor import redacted
from nlbcheck.model.where import Where
from tests.aws.redaction.test_same_diagnosis import texts

KEY = b"of the tests"
ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:"


def of(response: Any, **beside: Any) -> Any:
    """Return what becomes of one answer of AWS."""
    answer = {
        "account": "123456789012", "region": "eu-west-1", "service": "ec2", "operation": "DescribeVpcs",
        "parameters": {}, "response": response,
    }  # fmt: skip
    return redacted({"schema": "nlbcheck.snapshot/1", "answers": [answer], **beside}, KEY)


def response(value: Any) -> Any:
    return of(value)["answers"][0]["response"]


def test_a_name_is_the_same_in_every_field() -> None:
    found = response(
        {
            "LoadBalancerName": "shop",
            "LoadBalancerArn": f"{ARN}loadbalancer/net/shop/0123456789abcdef",
            "ListenerArn": f"{ARN}listener/net/shop/0123456789abcdef/fedcba9876543210",
            "RuleArn": f"{ARN}listener-rule/app/shop/0123456789abcdef/fedcba9876543210/default",
            "Names": ["shop"],
            "DNSName": "shop-0123456789abcdef.elb.eu-west-1.amazonaws.com",
            "Zonal": "eu-west-1a.shop-0123456789abcdef.elb.eu-west-1.amazonaws.com",
            "Internal": "internal-shop-1234567890.eu-west-1.elb.amazonaws.com",
            "Description": "ELB net/shop/0123456789abcdef",
            "OwnerId": "123456789012",
        }
    )
    name, account = found["LoadBalancerName"], found["OwnerId"]
    arn = ARN.replace("123456789012", account)
    assert account != "123456789012"
    assert len(account) == 12
    assert name.startswith("name-")
    assert found == {
        "LoadBalancerName": name,
        "LoadBalancerArn": f"{arn}loadbalancer/net/{name}/0123456789abcdef",
        "ListenerArn": f"{arn}listener/net/{name}/0123456789abcdef/fedcba9876543210",
        "RuleArn": f"{arn}listener-rule/app/{name}/0123456789abcdef/fedcba9876543210/default",
        "Names": [name],
        "DNSName": f"{name}-0123456789abcdef.elb.eu-west-1.amazonaws.com",
        "Zonal": f"eu-west-1a.{name}-0123456789abcdef.elb.eu-west-1.amazonaws.com",
        "Internal": f"internal-{name}-1234567890.eu-west-1.elb.amazonaws.com",
        "Description": f"ELB net/{name}/0123456789abcdef",
        "OwnerId": account,
    }


@pytest.mark.parametrize(
    "name", ["net", "default", "vpc-12345678", "listener", "amazon", "12345", "a.b-c", "name-1"]
)
def test_a_name_that_looks_like_a_word_of_aws_is_the_same_in_every_field(name: str) -> None:
    arns = (f"{ARN}targetgroup/{name}/0123456789abcdef", f"{ARN}loadbalancer/net/{name}/0123456789abcdef")
    found = response({"TargetGroupName": name, "TargetGroupArn": arns[0], "LoadBalancerArn": arns[1]})
    assert found["TargetGroupArn"].split("/")[1] == found["TargetGroupName"]
    assert found["LoadBalancerArn"].split("/")[2] == found["TargetGroupName"]


def test_a_name_still_ends_in_what_a_table_says_of_it() -> None:
    names = ["example-tg-10022", "tg-10022", "tg-10080", "my-example-tg-10022", "10022", "other"]
    found = dict(zip(names, response({"Names": names})["Names"], strict=True))
    for longer in names:
        for shorter in names:
            fits = longer.endswith(f"-{shorter}")
            assert found[longer].endswith(f"-{found[shorter]}") == fits
    assert len(set(found.values())) == len(names)


def test_what_says_nothing_of_anybody_stays() -> None:
    said = {
        "GroupName": "default", "RequesterId": "amazon-elb", "VpcId": "vpc-0123456789abcdef0",
        "State": "active",
        "CidrBlock": "10.0.0.0/8", "CidrIp": "0.0.0.0/0", "AvailabilityZone": "eu-west-1a",
        "IpProtocol": "-1",
        "PrivateDnsName": "ip-10-1-2-3.eu-west-1.compute.internal", "LaunchTime": "2026-04-01T09:30:00+00:00",
        "Description": "Interface for NAT Gateway nat-0123456789abcdef0", "Port": 22, "Enabled": True,
        "HealthCheckPath": "/", "HealthCheckPort": "traffic-port", "MacAddress": "06:00:00:00:81:42",
        "Tags": [{"Key": "Name"}, {"Key": "aws:cloudformation:stack-name"}],
        "PublicDnsName": "", "None": None,
        "ServiceName": "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0",
    }  # fmt: skip
    assert response(said) == said


def test_public_addresses_are_replaced_in_every_form() -> None:
    found = response(
        {"PublicIp": "54.1.2.3", "CidrIp": "54.1.2.3/32", "Wider": "54.1.2.0/24", "Local": "54.1.2.3:22",
         "PublicDnsName": "ec2-54-1-2-3.eu-west-1.compute.amazonaws.com",
         "First": "ec2-54-1-2-3.compute-1.amazonaws.com",
         "Ipv6Address": "2600:1f18::1", "Ported": "[2600:1f18::1]:22"}
    )  # fmt: skip
    address, six = found["PublicIp"], found["Ipv6Address"]
    dashed = address.replace(".", "-")
    assert "54.1.2" not in json.dumps(found)
    assert "2600:1f18" not in json.dumps(found)
    assert found["CidrIp"] == f"{address}/32"
    assert found["Wider"] == f"{address.rpartition('.')[0]}.0/24"
    assert found["Local"] == f"{address}:22"
    assert found["PublicDnsName"] == f"ec2-{dashed}.eu-west-1.compute.amazonaws.com"
    assert found["First"] == f"ec2-{dashed}.compute-1.amazonaws.com"
    assert found["Ported"] == f"[{six}]:22"


def test_tags_are_replaced_however_they_are_written() -> None:
    found = response({"Tags": [{"Key": "Team", "Value": "acme"}, {"Key": "Name", "Value": "web"}]})
    assert [list(item) for item in found["Tags"]] == [["Key", "Value"]] * 2
    assert found["Tags"][1]["Key"] == "Name"
    as_object = response({"Tags": {"State": "acme", "Team": "active"}})
    assert "acme" not in json.dumps([found, as_object])
    assert "Team" not in json.dumps([found, as_object])
    assert "active" not in json.dumps(as_object)


def test_table_client_and_report_are_replaced_alike() -> None:
    print_ = "SHA256:" + "a" * 43
    found = of(
        {"TargetGroupName": "corp-tg-22", "Tags": [{"Key": "Name", "Value": "bastion"}]},
        table={
            "load_balancer": "corp", "client": "bastion", "client_profile": "corp-admin",
            "static_ips": {"eu-west-1a": "54.1.2.3"}, "targets": {"bastion": "10.0.0.1"},
            "mappings": [{"listener": "TCP:22", "target_group": "tg-22", "target": "bastion",
                          "target_port": "TCP:22",
                          "path": "/corp", "expect": {"host_key": f"ssh-ed25519 {print_}",
                          "http": {"status": "200-399", "header": {"X-Corp": "corp", "Server": "corp*"}}}}],
        },
        client={"source": "this machine", "address": "10.0.0.9"},
        report={"command": "probe", "mappings": [{"name": "tg-22:22", "nodes": [
            {"probe": {"status": "ok", "error": "corp said no", "local_address": "54.1.2.3:40000",
                       "detail": {"banner": "SSH-2.0-corp", "fingerprint": print_, "key_type": "ssh-ed25519",
                                  "headers": {"X-Corp": "corp"}, "names": ["*.corp.example"]}}}]}]},
    )  # fmt: skip
    assert "corp" not in json.dumps(found).lower()
    table, row = found["table"], found["table"]["mappings"][0]
    answer = found["answers"][0]["response"]
    assert table["client"] == row["target"] == answer["Tags"][0]["Value"] == next(iter(table["targets"]))
    assert table["targets"][table["client"]] == "10.0.0.1"
    assert answer["TargetGroupName"].endswith(f"-{row['target_group']}")
    assert (row["listener"], row["target_port"]) == ("TCP:22", "TCP:22")
    assert found["client"] == {"source": "this machine", "address": "10.0.0.9"}
    mapping = found["report"]["mappings"][0]
    probe = mapping["nodes"][0]["probe"]
    assert mapping["name"] == f"{row['target_group']}:22"
    assert probe["status"] == "ok"
    assert row["expect"]["host_key"] == f"ssh-ed25519 {probe['detail']['fingerprint']}"
    assert probe["detail"]["fingerprint"] != print_
    assert len(probe["detail"]["fingerprint"]) == len(print_)
    assert probe["local_address"] == f"{table['static_ips']['eu-west-1a']}:40000"


@pytest.mark.parametrize(
    "place",
    [
        "ssh://corp",
        "ssh://corp@corp.example:2222",
        "ssm://tag:Team=corp",
        "ssm://i-0123456789abcdef0",
        "local",
    ],
)
def test_a_vantage_point_of_a_table_is_one_still(place: str) -> None:
    rows = [{"remarks": {"Corp": "a"}}]
    found = of({}, table={"via": [place, {"name": "corp", "where": place}], "mappings": rows})
    assert "corp" not in json.dumps(found).lower()
    listed, named = found["table"]["via"]
    assert listed == named["where"]
    assert Where.parse(listed).scheme == Where.parse(place).scheme


HOSTILE = [
    "", " ", "\x1b[31mred", "a\nb", "/a\nb", "a" * 100_000, "-" * 100_000, "a-" * 50_000, ":1" * 50_000,
    "/" * 50_000,
    "arn:aws:", "arn:aws:iam::", "arn:aws:ec2:eu-west-1:123456789012:" + "/" * 10_000, "١٢٣٤٥٦٧٨٩٠١٢",
    "\ud800",
    "ec2-999-1-1-1.compute-1.amazonaws.com", "[::g]:1", "١.٢.٣.٤", "123456789012:secret",
    "secret@123456789012",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_replaced_soon(text: str) -> None:
    found = of(
        {"GroupName": text, text: text, "State": text, "Tags": {text: [text]}}, table={text: {text: text}}
    )
    left = {inner for _, inner in texts(found)}
    assert not {inner for inner in left if text.strip() and text in inner}
    assert not {inner for inner in left if "123456789012" in inner or "secret" in inner}


WORDS = st.one_of(
    st.text(max_size=20),
    st.from_regex(r"[a-z]{2,8}(-[a-z0-9]{1,5}){0,3}", fullmatch=True),
    st.from_regex(r"arn:aws:(ec2|iam|s3|zz):[a-z0-9-]{0,9}:\d{0,12}:[a-z/:]{0,20}", fullmatch=True),
    st.ip_addresses().map(str),
)


@given(st.lists(WORDS, min_size=1, max_size=20, unique=True))
@settings(max_examples=200)
def test_different_texts_stay_different_and_the_file_can_be_redacted_again(words: list[str]) -> None:
    once = response({"Names": words, "Values": words})
    assert once["Names"] == once["Values"]
    assert len(set(once["Names"])) == len(words)
    again = response(once)
    assert len(set(again["Names"])) == len(words)


def test_another_key_replaces_in_another_way_and_the_same_key_in_the_same() -> None:
    document = {"answers": [{"account": "123456789012", "response": {"PublicIp": "54.1.2.3"}}]}
    assert redacted(document, b"1") == redacted(document, b"1")
    one, other = redacted(document, b"1"), redacted(document, b"2")
    assert one["answers"][0]["account"] != other["answers"][0]["account"]
    assert one["answers"][0]["response"] != other["answers"][0]["response"]
