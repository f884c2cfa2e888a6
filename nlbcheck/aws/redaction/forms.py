"""Which texts are made of parts, so that each part is replaced for itself wherever they stand?"""

from __future__ import annotations

import re
from enum import Enum, auto


class Piece(Enum):
    """What is done with one part of a text."""

    SAME = auto()
    """It stays."""
    NAME = auto()
    """It is a name, an id, an account or an address."""
    DASHED = auto()
    """It is an IPv4 address written with hyphens."""
    DIGEST = auto()
    """It is the fingerprint of a key."""
    PATH = auto()
    """It is names with slashes between them."""


_HEX = r"(?:[0-9a-f]{8}|[0-9a-f]{16,17})"
_REGION = (
    r"(?:(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-(?:gov|iso[a-z]?))?"
    r"-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-\d)"
)
_KINDS = (
    "aclassoc|acl|ami|cagw|cgw|dopt|eigw|eipalloc|eipassoc|ela-attach|eni-attach|eni|igw|i|lgw-rtb|lgw|lt|nat|"
    "pcx|pl|r|rtbassoc|rtb|sgr|sg|subnet-cidr-assoc|subnet|tgw-attach|tgw-rtb|tgw|vgw|vol|vpc-cidr-assoc|"
    "vpcbpa-exclude|vpce-svc|vpce|vpc|vpn"
)
_ID = rf"(?:{_KINDS})-{_HEX}"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

KEPT = re.compile(
    rf"|{_ID}|{_UUID}|{_REGION}(?:[a-z]|-[a-z]{{3}}-\d[a-z])?|[a-z]{{3,4}}\d-az\d{{1,2}}|[0-9a-f]{{16}}"
    r"|amazon-(?:aws|elb|rds|elasticache|redshift)|amazon|aws",
    re.ASCII,
)
"""What stays wherever it stands: ids of resources, Regions and zones, and AWS itself as an owner."""

_SENTENCES = (
    "Active|Deleted|Internal error|Request timed out",
    r"IPSEC IS (?:UP|DOWN)|\d{1,6} BGP ROUTES",
    r"Health checks failed(?: with these codes: \[[0-9, ]{0,80}\])?",
    "Health checks failed due to an internal error",
    "(?:Initial health checks|Target registration|Target deregistration) (?:is )?in progress",
    "No override is currently active on target",
    "Target is in the (?:stopped|terminated|terminating|shutting-down) state",
    "Target is not registered to the target group",
    "Target group is not configured to receive traffic from the load balancer",
    "Target is in an Availability Zone that is not enabled for the load balancer",
    rf"(?:Interface for NAT Gateway|VPC Endpoint (?:Gateway Load Balancer )?Interface) {_ID}",
    rf"Network Interface for Transit Gateway Attachment {_ID}",
)
"""What AWS says of everybody's resources."""

_NAME = r"([^/:\s]{1,255})"
_TAIL = rf"((?:/(?:{_HEX}|default))*)"
_SERVICES = "acm|ec2|elasticloadbalancing|globalaccelerator|iam|network-firewall|s3|sts|wafv2"
_TYPES = (
    "assumed-role|certificate|customer-gateway|elastic-ip|federated-user|firewall|instance|internet-gateway|"
    "natgateway|network-acl|network-interface|prefix-list|role|route-table|security-group|subnet|"
    "transit-gateway-attachment|transit-gateway-route-table|transit-gateway|truststore|user|vpc-endpoint-service|"
    "vpc-endpoint|vpc-peering-connection|vpc|vpn-connection|vpn-gateway"
)
_ARN = rf"(arn:aws[a-z-]{{0,10}}:(?:{_SERVICES}):)([^:]*)(:)(\d*)"
_NAMED, _SAME = Piece.NAME, Piece.SAME
_OF_ARN = (_SAME, _NAMED, _SAME, _NAMED)
_ARNS = (
    (rf"{_ARN}(:(?:loadbalancer|listener|listener-rule)/(?:net|app|gwy)/){_NAME}{_TAIL}",
     (*_OF_ARN, _SAME, _NAMED, _SAME)),
    (rf"{_ARN}(:(?:loadbalancer|targetgroup)/){_NAME}{_TAIL}", (*_OF_ARN, _SAME, _NAMED, _SAME)),
    (rf"{_ARN}(:(?:{_TYPES})/)([^:]*)", (*_OF_ARN, _SAME, Piece.PATH)),
    (rf"{_ARN}(:)(.*)", (*_OF_ARN, _SAME, Piece.PATH)),
)  # fmt: skip

_IP = r"(\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3})"
_INTERNAL = rf"(?:\.{_REGION})?\.(?:compute|ec2)\.internal"
_EXTERNAL = rf"\.(?:{_REGION}\.compute|compute-1)\.amazonaws\.com(?:\.cn)?"
_SERVICE = rf"(?:vpce-svc-{_HEX}|[a-z0-9]{{1,20}})"
_DNS_NAMES = (
    (rf"((?:{_REGION}[a-z]\.)?){_NAME}(-[0-9a-f]{{16}}\.elb\.{_REGION}\.amazonaws\.com(?:\.cn)?)",
     (_SAME, _NAMED, _SAME)),
    (rf"((?:dualstack\.)?(?:internal-)?){_NAME}(-\d{{1,10}}\.{_REGION}\.elb\.amazonaws\.com(?:\.cn)?)",
     (_SAME, _NAMED, _SAME)),
    (rf"(ip-|ec2-){_IP}({_INTERNAL}|{_EXTERNAL})", (_SAME, Piece.DASHED, _SAME)),
    (rf"(i-{_HEX}{_INTERNAL})", (_SAME,)),
    (rf"(com\.amazonaws\.vpce\.{_REGION}\.vpce-svc-{_HEX})", (_SAME,)),
    (rf"(com\.amazonaws\.{_REGION}\.[a-z0-9.-]{{1,60}})", (_SAME,)),
    (rf"(vpce-{_HEX}-[a-z0-9]{{8}}(?:-{_REGION}[a-z])?\.{_SERVICE}\.{_REGION}\.vpce\.amazonaws\.com)",
     (_SAME,)),
)  # fmt: skip
_OTHERS = (
    (r"(ELB (?:net|app|gwy)/)([^/]+)(/[0-9a-f]{16})", (_SAME, _NAMED, _SAME)),
    (r"(ELB )([^/]+)", (_SAME, _NAMED)),
    (r"(Pending Acceptance by )(\d{12})", (_SAME, _NAMED)),
    (r"((?:(?:ssh|ecdsa|sk|rsa)-[a-z0-9-]{1,40}(?:@openssh\.com)? )?SHA256:)([A-Za-z0-9+/]{43})",
     (_SAME, Piece.DIGEST)),
    (r"(ssh://)(?:([^@:/\s]+)(@))?([^@:/\s]+)((?::\d{1,5})?)", (_SAME, _NAMED, _SAME, _NAMED, _SAME)),
    (r"(ssm://)([^@:/\s]+)", (_SAME, _NAMED)),
    (r"(ssm://tag:)([^=]+)(=)(.+)", (_SAME, _NAMED, _SAME, _NAMED)),
    (r"(/)(.+)", (_SAME, _NAMED)),
    (r"(\[)([0-9a-fA-F:.]+)(\]:\d{1,5})", (_SAME, _NAMED, _SAME)),
    (r"([^:]+)(:\d{1,5})", (_NAMED, _SAME)),
)  # fmt: skip

FORMS: tuple[tuple[re.Pattern[str], tuple[Piece, ...]], ...] = tuple(
    (re.compile(pattern, re.ASCII), pieces)
    for pattern, pieces in (("(" + "|".join(_SENTENCES) + ")", (_SAME,)), *_ARNS, *_DNS_NAMES, *_OTHERS)
)
"""Forms of texts, and what is done with each group; the first that fits counts."""
