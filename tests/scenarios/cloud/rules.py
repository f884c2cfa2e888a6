"""How do the rules of security groups and network ACLs read?"""

from __future__ import annotations

from collections.abc import Iterable

from tests.scenarios.cloud.names import Object

ANYWHERE = "0.0.0.0/0"


def permission(
    protocol: str,
    *cidrs: str,
    port: int | tuple[int, int] | None = None,
    groups: Iterable[Object] = (),
    prefix_lists: Iterable[str] = (),
) -> Object:
    """Return one permission of a security group."""
    first, last = port if isinstance(port, tuple) else (port, port)
    return {
        "IpProtocol": protocol,
        **({} if port is None else {"FromPort": first, "ToPort": last}),
        "UserIdGroupPairs": list(groups),
        "IpRanges": [{"CidrIp": cidr} for cidr in cidrs],
        "Ipv6Ranges": [],
        "PrefixListIds": [{"PrefixListId": item} for item in prefix_lists],
    }


def acl_entry(
    number: int,
    egress: bool,
    action: str,
    cidr: str = ANYWHERE,
    ports: tuple[int, int] | None = None,
    protocol: str | None = None,
) -> Object:
    """Return one entry of a network ACL; for TCP when it names ports, else for every protocol."""
    return {
        "CidrBlock": cidr,
        "Egress": egress,
        **({"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {}),
        "Protocol": protocol or ("6" if ports else "-1"),
        "RuleAction": action,
        "RuleNumber": number,
    }
