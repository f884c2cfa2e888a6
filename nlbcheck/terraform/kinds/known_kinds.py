"""Which kinds of resource are laid over AWS's answers, and which that matter are not?"""

from __future__ import annotations

from collections.abc import Mapping

from nlbcheck.terraform.kinds import (
    acls,
    balancing,
    gateways,
    grouping,
    listening,
    machines,
    networks,
    registering,
    routing,
    rules,
    transit,
)
from nlbcheck.terraform.kinds.kind import ResourceKind

KINDS: Mapping[str, ResourceKind] = {
    **networks.KINDS,
    **rules.KINDS,
    **acls.KINDS,
    **gateways.KINDS,
    **routing.KINDS,
    **machines.KINDS,
    **balancing.KINDS,
    **grouping.KINDS,
    **listening.KINDS,
    **registering.KINDS,
    **transit.KINDS,
}
"""By the name that Terraform has for them; whole objects in the order in which AWS would make them."""
_ORDER = {name: number for number, name in enumerate(KINDS)}

_MATTER = (
    "aws_lb_", "aws_alb_", "aws_networkfirewall_", "aws_vpc_", "aws_ec2_transit_gateway", "aws_dx_",
    "aws_eip", "aws_ec2_managed_prefix_list", "aws_route", "aws_network_", "aws_security_group",
    "aws_nat_", "aws_vpn_",
    "aws_customer_gateway", "aws_egress_only_", "aws_networkmanager_", "aws_ram_",
)  # fmt: skip
"""How the names of kinds begin that may decide where packets go."""
_HARMLESS = frozenset(
    {
        "aws_eip", "aws_lb_listener_certificate", "aws_alb_listener_certificate", "aws_lb_trust_store",
        "aws_customer_gateway", "aws_vpc_dhcp_options", "aws_vpc_dhcp_options_association", "aws_vpc_ipam",
        "aws_route53_record", "aws_route53_zone", "aws_route53_zone_association", "aws_route53_health_check",
        "aws_vpc_endpoint_policy", "aws_ram_resource_share", "aws_ram_principal_association",
        "aws_ram_resource_association", "aws_network_interface_attachment",
    }
)  # fmt: skip
"""Those that begin so and carry no packet, or are told by another resource."""


def order(kind: str) -> int:
    """Return when a kind's objects are made, the first ones first."""
    return _ORDER.get(kind, len(_ORDER))


def matters(kind: str) -> bool:
    """Whether a kind that is not laid over the state may decide what becomes of packets."""
    return kind not in KINDS and kind not in _HARMLESS and kind.startswith(_MATTER) and "route53" not in kind
