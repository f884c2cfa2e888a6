"""Are the attributes that nlbcheck reads of a plan what Terraform's AWS provider writes?

One that is unset, or of another type, names nothing that is recorded. The change would be left out, and the
state after the apply would be taken for a good one.

The types: https://registry.terraform.io/providers/hashicorp/aws/latest/docs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from nlbcheck.aws.fields import AfterApply
from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.terraform.change import Attributes, Loaded, PlanAction, ResourceChange
from nlbcheck.terraform.kinds.known_kinds import KINDS


@dataclass(frozen=True, slots=True)
class _Shape:
    """A type of attributes."""

    words: str
    fits: Callable[[object], bool]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _all(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, (kind, AfterApply)) and item != "" for item in value
    )


_BLOCKS = _Shape("a list of objects", lambda value: isinstance(value, Mapping) or _all(value, Mapping))
_RULES = _Shape("a list of objects", lambda value: isinstance(value, bool) or _BLOCKS.fits(value))
_TEXTS = _Shape("a list of text", lambda value: _all(value, str))
_TEXT = _Shape("text", lambda value: isinstance(value, str))
_NUMBER = _Shape(
    "a number",
    lambda value: _is_number(value) or (isinstance(value, str) and (value.isdecimal() or value == "")),
)
_PORT = _Shape("a number", lambda value: _NUMBER.fits(value) or value == "traffic-port")
_VALUE = _Shape("text, a number, or true or false", lambda value: isinstance(value, (str, int, float)))

_IDS = re.compile("(.+_)?(id|arn)")
_SHAPES: Mapping[str, _Shape] = {
    name: shape
    for names, shape in (
        ("default_action forward target_group health_check mutual_authentication", _BLOCKS),
        ("ingress route subnet_mapping load_balancer", _BLOCKS),
        ("egress", _RULES),  # of a rule of a network ACL it is true or false
        ("cidr_blocks ipv6_cidr_blocks prefix_list_ids security_groups vpc_security_group_ids", _TEXTS),
        ("private_ips propagating_vgws subnet_ids subnets target_group_arns", _TEXTS),
        ("cidr_block destination_cidr_block destination_ipv6_cidr_block ipv6_cidr_block", _TEXT),
        ("cidr_ipv4 cidr_ipv6 local_ipv4_network_cidr remote_ipv4_network_cidr", _TEXT),
        ("private_ip private_ipv4_address public_ip availability_zone peer_region", _TEXT),
        ("type connectivity_type ip_address_type load_balancer_type target_type mode", _TEXT),
        ("protocol ip_protocol action rule_action state instance_state accept_status", _TEXT),
        ("port", _PORT),
        ("from_port to_port rule_no rule_number weight", _NUMBER),
        ("self auto_accept internal source_dest_check static_routes_only blackhole", _VALUE),
        ("enable_cross_zone_load_balancing load_balancing_cross_zone_enabled", _VALUE),
        ("preserve_client_ip proxy_protocol_v2 appliance_mode_support", _VALUE),
    )
    for name in names.split()
}
"""What an attribute is that nlbcheck reads. Beside these, whatever names an id or an ARN is text."""


def checked(loaded: Loaded) -> Loaded:
    """Return a plan as it is; InputError for an attribute that is not as the provider writes it."""
    for change in loaded.changes:
        if change.type not in KINDS or change.action is PlanAction.NONE:
            continue
        for side, values in (("before", change.before), ("after", change.after)):
            for place, expected, found in _wrong(change, values) if values is not None else ():
                told = f"{change.address}: {side}.{place}: expected {expected}, found {found}"
                raise InputError(printable(f"{loaded.source}: not as Terraform writes it: {told}"))
    return loaded


def _wrong(change: ResourceChange, values: Attributes) -> Iterator[tuple[str, str, str]]:
    """Yield each attribute that is wrong: where it is, what was expected and what was found."""
    for names in KINDS[change.type].needs:
        if all(_is_unset(values.get(name)) for name in names.split("|")):
            yield names.replace("|", " or "), "a value", "nothing"
    yield from _mistyped(values)


def _is_unset(value: object) -> bool:
    return value is None or value is False or value in ("", [], {})


def _mistyped(values: Attributes, path: str = "") -> Iterator[tuple[str, str, str]]:
    for name, value in values.items():
        shape = _SHAPES.get(name, _TEXT if _IDS.fullmatch(name) else None)
        if shape is None or value is None or isinstance(value, AfterApply):
            continue
        if not shape.fits(value):
            yield f"{path}{name}", shape.words, _told(value)
        elif shape in (_BLOCKS, _RULES):
            for number, item in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(item, Mapping):
                    yield from _mistyped(item, f"{path}{name}[{number}].")


def _told(value: object) -> str:
    """Return what a value is, without it: it may be a secret."""
    if isinstance(value, str):
        return "other text"
    if isinstance(value, bool):
        return "true or false"
    if _is_number(value):
        return "a number"
    return "an object" if isinstance(value, Mapping) else "a list of something else"
