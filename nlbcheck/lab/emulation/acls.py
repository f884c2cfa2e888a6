"""What does a network ACL drop? Stateless chains, one a direction, in the order of the rules' numbers."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from nlbcheck.aws.resources.network_acl import AclEntry, NetworkAcl
from nlbcheck.lab.emulation import nft
from nlbcheck.lab.emulation.remarks import Remarks


def name(acl: NetworkAcl, *, egress: bool) -> str:
    """Return the name of the chain for one direction."""
    return f"{acl.id.replace('-', '_')}_{'out' if egress else 'in'}"


def chains(acl: NetworkAcl, remarks: Remarks) -> Iterable[str]:
    """Return both chains: they return what is allowed and drop the rest."""
    for egress in (False, True):
        lines = [_line(acl, entry, remarks) for entry in acl.entries if entry.egress is egress]
        yield nft.chain(name(acl, egress=egress), [*filter(None, lines), "drop"])


def _line(acl: NetworkAcl, entry: AclEntry, remarks: Remarks) -> str | None:
    if entry.cidr is None or entry.allow is None or entry.protocol is None or entry.ports is None:
        remarks.say(f"rule {entry.number} of {acl.id} cannot be read: the lab has no such rule")
        return None
    service = nft.service(entry.protocol, entry.ports)
    if not isinstance(entry.cidr, IPv4Network) or service is None:
        return None
    far = f"ip {'daddr' if entry.egress else 'saddr'} {entry.cidr}"
    return f"{far} {service} {'return' if entry.allow else 'drop'}"
