"""How does a finding's page name the ids of what was found, in commands that can do no harm?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from nlbcheck.model import Finding, Leg, RowResults

_BLOCK = re.compile(r"^```sh\n.*?^```$", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"^aws [\w-]+ (\S+)", re.MULTILINE)
_READING = ("describe-", "get-", "list-", "search-")
_NAME = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_PLAIN = re.compile(r"[\w.:/@-]+")
"""What a shell takes as one word and acts on nowhere."""

_OF_THING = {
    "instance": "INSTANCE_ID",
    "internet-gateway": "IGW_ID",
    "network-acl": "NACL_ID",
    "network-interface": "ENI_ID",
    "route-table": "ROUTE_TABLE_ID",
    "security-group": "SG_ID",
    "subnet": "SUBNET_ID",
    "transit-gateway-attachment": "ATTACHMENT_ID",
    "vpc": "VPC_ID",
    "vpc-endpoint": "ENDPOINT_ID",
    "vpc-peering-connection": "PEERING_ID",
    "vpn-connection": "VPN_ID",
    "vpn-gateway": "VGW_ID",
}
"""What pages call the thing that a finding is about, by its type."""
_ON_THE_WAY = {"load-balancer": "NLB_ARN", "listener": "LISTENER_ARN", "target-group": "GROUP_ARN"}
"""What pages call the things that every connection of a row meets."""


def filled(text: str, names: Mapping[str, str]) -> str:
    """Return a page's Markdown with ids in the place of their names, in blocks of commands that only read.

    Commands that change something stay as they are: which ids those need, a fix of one's own says.
    """
    fitting = {name: found for name, found in names.items() if _PLAIN.fullmatch(found)}

    def of_block(block: re.Match[str]) -> str:
        calls = _CALL.findall(block[0])
        if not calls or not all(call.startswith(_READING) for call in calls):
            return block[0]
        return _NAME.sub(lambda name: fitting.get(name[0], name[0]), block[0])

    return _BLOCK.sub(of_block, text)


def names_of(finding: Finding, group: RowResults, balancer: str | None) -> dict[str, str]:
    """Return what the page of a row's finding calls the things, with their ids; only what is beyond doubt."""
    row = group.row
    own = [finding.resource] if finding.resource else []
    met = [hop.resource for result in group.results for path in result.paths or () for hop in path.hops]
    found = {_OF_THING[thing.type]: {thing.id} for thing in own if thing.type in _OF_THING}
    for thing in (*own, *met):
        if thing.type in _ON_THE_WAY and thing.id.startswith("arn:"):
            found.setdefault(_ON_THE_WAY[thing.type], set()).add(thing.id)
    if balancer:
        found["NLB_NAME"] = {balancer}
    if finding.leg is not Leg.TABLE and not row.is_forbidden:  # else it may be about another target
        found["LISTENER_PORT"] = {str(row.listener.number)}
        found["TARGET_PORT"] = {str(row.target_port.number)}
        found["TARGET_IP"] = {str(target.address) for target in row.declared}
    return {name: ids.pop() for name, ids in found.items() if len(ids) == 1}
