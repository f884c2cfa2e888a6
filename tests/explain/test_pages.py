"""Does every finding have a page that says all it must, and says it well?"""

from __future__ import annotations

import re
from importlib import resources
from urllib.parse import urlsplit

import pytest

from nlbcheck.explain import Page, codes, pages
from nlbcheck.model import Verdict

HEADINGS = [
    "Meaning",
    "How it shows",
    "Find it by hand",
    "Fix it",
    "Reachability Analyzer",
    "Sources",
]
OTHER_SOURCES = {
    "repost.aws": "AWS re:Post",
    "github.com": "Field report",
    "docs.kernel.org": "Linux kernel",
}

ANALYZER_CODES = {
    "BAD_STATE",
    "BAD_STATE_ATTACHMENT",
    "BAD_STATE_ROUTE",
    "BAD_STATE_VPN",
    "CANNOT_ROUTE",
    "ELB_INSTALLED_AZ_RESTRICTION",
    "ELB_NOT_CROSSZONE",
    "ELBV2_LISTENER_HAS_NO_TG",
    "ELBV2_LISTENER_PORT_RESTRICTION",
    "ELBV2_LISTENER_REQUIRES_TG_ACCEPT",
    "ELBV2_LISTENERS_MISMATCH",
    "ELBV2_NO_TARGETS_IN_AZ",
    "ELBV2_SOURCE_ADDRESS_PRESERVATION",
    "ENI_ADDRESS_RESTRICTION",
    "ENI_SG_RULES_MISMATCH",
    "ENI_SOURCE_DEST_CHECK_RESTRICTION",
    "FIREWALL_RULES_RESTRICTION",
    "GATEWAY_REJECTS_SPOOFED_TRAFFIC",
    "HIGHER_PRIORITY_ROUTE",
    "IGW_DESTINATION_ADDRESS_IN_VPC_CIDRS",
    "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS",
    "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS",
    "IGW_NAT_REFLECTION",
    "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS",
    "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
    "IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS",
    "IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS",
    "INGRESS_RTB_NO_PUBLIC_IP",
    "INGRESS_RTB_TRAFFIC_REDIRECTION",
    "MORE_SPECIFIC_ROUTE",
    "NGW_DEST_ADDRESS_PRESERVATION",
    "NGW_REQUIRES_SOURCE_IN_VPC",
    "NGW_SOURCE_ADDRESS_REASSIGN",
    "NO_POSSIBLE_DESTINATION",
    "NO_ROUTE_TO_DESTINATION",
    "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR",
    "PROTOCOL_RESTRICTION",
    "REGIONAL_NGW_ROUTE_AZ_RESTRICTION",
    "REMAP_EPHEMERAL_PORT",
    "SG_HAS_NO_RULES",
    "SG_REFERENCES_NOT_PRESERVED",
    "SG_REFERENCING_SUPPORT",
    "SUBNET_ACL_RESTRICTION",
    "TARGET_ADDRESS_RESTRICTION",
    "TARGET_PORT_RESTRICTION",
    "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION",
    "TGW_ATTACH_VPC_AZ_RESTRICTION",
    "TGW_BAD_STATE_VPN",
    "TGW_ROUTE_AZ_RESTRICTION",
    "TGW_RTB_BAD_STATE_ROUTE",
    "TGW_RTB_CANNOT_ROUTE",
    "TGW_RTB_HIGHER_PRIORITY_ROUTE",
    "TGW_RTB_MORE_SPECIFIC_ROUTE",
    "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT",
    "TGW_RTB_ROUTES_ARE_UNKNOWN",
    "UNKNOWN_DESTINATION",
    "UNKNOWN_PEERED_SGS",
    "UNKNOWN_RESOURCE",
    "VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS",
    "VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS",
    "VPC_BLOCK_PUBLIC_ACCESS_ENABLED",
    "VPC_LOCAL_ROUTE_CIDR_RESTRICTION",
    "DISCONNECTED_VPCS",
    "NO_PATH",
    "NO_SOURCE_OR_DESTINATION",
    "UNASSOCIATED_COMPONENT",
    "UNSUPPORTED_COMPONENT",
}
"""The codes of Reachability Analyzer that can occur between a client, an NLB and its target.

https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html, without those of Classic Load
Balancers, Gateway Load Balancers, VPC endpoints and search filters.
"""

every_page = pytest.mark.parametrize("page", pages(), ids=lambda page: page.code)


def sections(page: Page) -> dict[str, str]:
    """Return the text below each heading of a page."""
    _, *parts = re.split(r"^## (.+)\n", page.text, flags=re.MULTILINE)
    return {heading: text.strip() for heading, text in zip(parts[::2], parts[1::2], strict=True)}


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    folder = resources.files("nlbcheck.explain").joinpath("pages")
    files = {file.name for file in folder.iterdir() if file.is_file()}
    assert files == {f"{code}.md" for code in codes()}
    assert len(set(codes())) == len(codes())


def test_every_analyzer_code_that_can_occur_is_on_a_page_and_no_other() -> None:
    assert {code for page in pages() for code in page.analyzer_codes} == ANALYZER_CODES


@every_page
def test_a_page_has_every_heading_in_order_with_text_below(page: Page) -> None:
    found = sections(page)
    assert list(found) == HEADINGS
    assert all(found.values())


@every_page
def test_a_page_says_what_the_client_and_what_target_health_show(page: Page) -> None:
    shows = sections(page)["How it shows"]
    assert re.findall(r"^- ([A-Z][A-Za-z ]+): \S", shows, re.MULTILINE)[:2] == ["Client", "Target health"]


@every_page
def test_a_page_names_the_analyzers_codes_or_says_that_there_are_none(page: Page) -> None:
    text = sections(page)["Reachability Analyzer"]
    assert bool(page.analyzer_codes) != text.startswith("None")
    assert len(page.analyzer_codes) == len(re.findall("^- ", text, re.MULTILINE))


@every_page
def test_a_source_is_aws_documentation_or_named(page: Page) -> None:
    lines = sections(page)["Sources"].splitlines()
    assert len(set(lines)) == len(lines)
    for line in lines:
        source = re.fullmatch(r"- (?:(.+): )?(https://\S+)", line)
        assert source, line
        host = urlsplit(source[2]).hostname or ""
        assert OTHER_SOURCES.get(host.removeprefix("www.")) == source[1], line
        assert source[1] or host == "docs.aws.amazon.com", line
    assert any("https://docs.aws.amazon.com/" in line for line in lines)


@every_page
def test_a_page_fits_a_screen_of_80_columns(page: Page) -> None:
    lines = page.text.splitlines()
    assert page.text.isascii()
    assert [line for line in lines if len(line) > 80 and "https://" not in line] == []
    assert len(lines) <= 90
    assert [line for line in lines if line != line.rstrip() or "\t" in line] == []
    assert all(line.count("`") % 2 == 0 for line in lines if not line.startswith("```"))


@every_page
def test_the_meaning_is_one_short_line_and_the_gravest_verdict_comes_first(page: Page) -> None:
    assert len(page.title) <= 66
    assert not page.title.endswith(".")
    severities = [verdict.severity for verdict in page.verdicts]
    assert severities == sorted(set(severities), reverse=True)
    assert Verdict.PASS not in page.verdicts


@every_page
def test_a_page_opens_nothing_to_everybody(page: Page) -> None:
    assert not re.search(r"\b0\.0\.0\.0/0|::/0|--protocol (-1|all)\b|--port (all|0-65535)", page.text)


def test_a_page_names_only_findings_that_exist() -> None:
    """What stands in code marks and is shaped like a finding's code is one, or is another known word."""
    others = {
        "client-ip",
        "max-startups",
        "traffic-port",
        "pending-acceptance",
        "register-targets",
        "set-subnets",
    }
    for page in pages():
        spans = set(re.findall(r"`([a-z]+(?:-[a-z0-9]+)+)`", page.text))
        assert spans - others <= set(codes()), page.code
