"""Would the AWS CLI take every command that a page prints?"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import botocore.session
import jmespath
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator
from jmespath.lexer import Lexer

from nlbcheck.explain import pages

GLOBAL_OPTIONS = {"region", "profile", "query"}
SIMPLE_RULES = {"protocol", "port", "cidr", "source-group"}
"""Options that only the AWS CLI has, on the calls that change security group rules.

https://docs.aws.amazon.com/cli/latest/reference/ec2/authorize-security-group-ingress.html
"""
PLACEHOLDER = re.compile(r"[A-Z][A-Z0-9_]*")
READS = ("describe-", "get-", "list-", "lookup-", "search-")


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of every ``aws`` command in the code blocks of a page."""
    for block in re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        pending = ""
        for line in block.replace("\\\n", " ").splitlines():
            pending += line + "\n"
            try:
                words = shlex.split(pending)
            except ValueError:  # a quotation goes on in the next line
                continue
            pending = ""
            if words[0] == "aws":
                yield words
        assert not pending


def options(words: list[str]) -> dict[str, list[str]]:
    """Return the options of a command, each with its values."""
    found: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            assert word[2:] not in found, word
            found[word[2:]] = values = []
        else:
            values.append(word)
    return found


@cache
def service_model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@cache
def operation(service: str, name: str) -> Any:
    model = service_model(service)
    names = {xform_name(each, "-"): each for each in model.operation_names}
    assert name in names, f"aws {service} {name}"
    return model.operation_model(names[name])


def members(shape: Any, seen: frozenset[str] = frozenset()) -> set[str]:
    """Return the names of all members in a shape, at any depth."""
    if shape is None or shape.name in seen:
        return set()
    seen |= {shape.name}
    if shape.type_name == "structure":
        inner = [members(member, seen) for member in shape.members.values()]
        return set(shape.members).union(*inner)
    if shape.type_name == "list":
        return members(shape.member, seen)
    return set()


def argument(model: Any, option: str) -> tuple[str, Any] | None:
    """Return the name and shape of the input member that an option sets, as the AWS CLI names options."""
    arguments = {xform_name(name, "-"): (name, shape) for name, shape in model.input_shape.members.items()}
    if option == "ingress":  # the AWS CLI's name for --no-egress
        option = "no-egress"
    if option in arguments:
        return arguments[option]
    name, shape = arguments.get(option.removeprefix("no-"), (None, None))
    if name and (shape.type_name == "boolean" or list(shape.members) == ["Value"]):
        return name, shape
    return None


def check_value(model: Any, name: str, shape: Any, values: list[str]) -> None:
    """Fail where the values of an option do not fit its shape."""
    if shape.type_name == "list" and values[0].startswith("["):
        report = ParamValidator().validate(json.loads(values[0]), shape)
        assert not report.has_errors(), report.generate_report()
        return
    leaf = shape.member if shape.type_name == "list" else shape
    for value in values:
        if leaf.type_name == "structure":
            assert set(re.findall(r"(?:^|[,{])([A-Za-z]+)=", value)) <= members(leaf), value
            assert "=" in value
            if "filter" in name.lower():
                key = re.match("Name=([^,:]+)", value)
                assert key
                assert f"<code>{key[1]}" in model.input_shape.members[name].documentation, value
        elif leaf.type_name in ("integer", "long"):
            assert PLACEHOLDER.fullmatch(value) or value.isdecimal(), value
        elif getattr(leaf, "enum", None) and not PLACEHOLDER.fullmatch(value):
            assert value in leaf.enum, value


def check_query(model: Any, query: str) -> None:
    """Fail where a query is no JMESPath, or asks for what the answer does not have."""
    jmespath.compile(query)
    tokens = list(Lexer().tokenize(query))
    for token, following in pairwise(tokens):
        if token["type"] == "unquoted_identifier" and following["type"] != "lparen":
            assert token["value"] in members(model.output_shape), token["value"]


every_command = pytest.mark.parametrize(
    "words",
    [
        pytest.param(words, id=f"{page.code}: {' '.join(words[1:3])}")
        for page in pages()
        for words in commands(page.text)
    ],
)


@every_command
def test_a_command_names_a_real_operation_with_real_options(words: list[str]) -> None:
    _, service, name, *rest = words
    model = operation(service, name)
    given = options(rest)
    simple = SIMPLE_RULES & set(given) if "-security-group-" in name else set()
    needed = set(model.input_shape.required_members)
    for option, values in given.items():
        if option in GLOBAL_OPTIONS | simple:
            assert len(values) == 1
            continue
        found = argument(model, option)
        assert found, f"{name} --{option}"
        needed.discard(found[0])
        if values:
            check_value(model, *found, values)
        else:
            assert found[1].type_name == "boolean" or option.startswith("no-")
    assert not needed - ({"Egress"} if {"ingress", "egress"} & set(given) else set())
    if "query" in given:
        check_query(model, given["query"][0])


def test_a_vpn_connections_secrets_are_cut_out_of_the_answer() -> None:
    asked = [words for page in pages() for words in commands(page.text) if "vpn-connections" in words[2]]
    assert asked
    for words in asked:
        query = options(words[3:])["query"][0]
        assert query.startswith("VpnConnections[].")
        assert not re.search(
            r"TunnelOptions|PreSharedKey|CustomerGatewayConfiguration|Options\b(?!\.)", query
        )


def test_finding_by_hand_only_reads() -> None:
    for page in pages():
        by_hand = page.text.partition("## Find it by hand")[2].partition("## Fix it")[0]
        for words in commands(by_hand):
            assert words[2].startswith(READS), words


def unfit(words: list[str]) -> str | None:
    """Return why AWS refuses a command of a page though its options are right; None where nothing says so.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/listener-update-rules.html,
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SubnetMapping.html,
    https://docs.aws.amazon.com/vpc/latest/peering/accept-vpc-peering-connection.html
    """
    name, given = words[2], options(words[3:])
    if name.endswith("-listener") and given.get("protocol") == ["TLS"] and "certificates" not in given:
        return "a TLS listener without a certificate"
    if name == "modify-listener" and "protocol" in given and "default-actions" not in given:
        return "another protocol, and a group that may not fit it"
    mappings = given.get("subnet-mappings", [])
    kinds = {key for item in mappings for key in ("PrivateIPv4Address", "AllocationId") if key in item}
    if len(kinds) > 1:
        return "a load balancer is internal or internet-facing, and takes addresses of one kind"
    if name == "accept-vpc-peering-connection" and "region" not in given:
        return "the accepter's Region"
    return None


@every_command
def test_a_command_is_one_that_aws_takes(words: list[str]) -> None:
    assert unfit(words) is None


def test_where_subnets_get_addresses_both_kinds_of_load_balancers_are_told() -> None:
    for page in pages():
        if any("subnet-mappings" in options(words[3:]) for words in commands(page.text)):
            assert "PrivateIPv4Address=" in page.text
            assert "AllocationId=" in page.text


def test_a_command_that_aws_refuses_is_noticed() -> None:
    for line in (
        "aws elbv2 create-listener --load-balancer-arn ARN --protocol TLS --port 443",
        "aws elbv2 modify-listener --listener-arn ARN --protocol TLS --default-actions Type=forward",
        "aws elbv2 modify-listener --listener-arn ARN --protocol TCP",
        "aws elbv2 set-subnets --subnet-mappings SubnetId=A,PrivateIPv4Address=B SubnetId=C,AllocationId=D",
        "aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id ID",
    ):
        assert unfit(shlex.split(line))


def test_a_wrong_command_is_noticed() -> None:
    """The checks above can fail: each of these has one mistake."""
    for line in (
        "aws ec2 describe-routes --route-table-ids ID",
        "aws ec2 describe-route-tables --route-tables ID",
        "aws ec2 describe-route-tables --filters Name=subnet,Values=ID",
        "aws ec2 describe-route-tables --query RouteTables[].Route",
        "aws ec2 create-route --destination-cidr-block CIDR",
        "aws ec2 replace-network-acl-entry --network-acl-id ID --ingress --rule-number one",
        "aws arc-zonal-shift list-zonal-shifts --status OVER_NOW --status ACTIVE",
        "aws arc-zonal-shift list-zonal-shifts --status over",
        "aws elbv2 register-targets --target-group-arn ARN --targets Address=IP",
        """aws elbv2 modify-listener --listener-arn ARN --default-actions '[{"Kind": "forward"}]'""",
    ):
        with pytest.raises(AssertionError):
            test_a_command_names_a_real_operation_with_real_options(shlex.split(line))
