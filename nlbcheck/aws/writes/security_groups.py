"""What do calls on security groups change?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nlbcheck.aws.resources.security_group import SECURITY_GROUP
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import EditedState, Object, Parameters

_NO_GROUP = "InvalidGroup.NotFound"


_PEERS = {
    "IpRanges": "CidrIp",
    "Ipv6Ranges": "CidrIpv6",
    "PrefixListIds": "PrefixListId",
    "UserIdGroupPairs": "GroupId",
}


def authorize(direction: str) -> Callable[[EditedState, Parameters], None]:
    """Return the call that adds permissions to ``IpPermissions`` or ``IpPermissionsEgress``."""

    def change(state: EditedState, parameters: Parameters) -> None:
        group = state.get(SECURITY_GROUP, parameters["GroupId"], _NO_GROUP)
        for asked in parameters["IpPermissions"]:
            permission = _permission(group[direction], asked)
            if permission is None:
                permission = {key: asked[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in asked}
                permission |= {key: [] for key in _PEERS}
                group[direction].append(permission)
            for key, field in _PEERS.items():
                for peer in asked.get(key, ()):
                    if any(known[field] == peer[field] for known in permission[key]):
                        raise RefusedError("InvalidPermission.Duplicate")
                    permission[key].append(dict(peer))
        state.put(SECURITY_GROUP, group)

    return change


def revoke(direction: str) -> Callable[[EditedState, Parameters], None]:
    """Return the call that takes permissions from ``IpPermissions`` or ``IpPermissionsEgress``."""

    def change(state: EditedState, parameters: Parameters) -> None:
        group = state.get(SECURITY_GROUP, parameters["GroupId"], _NO_GROUP)
        for asked in parameters["IpPermissions"]:
            permission = _permission(group[direction], asked)
            if permission is None:
                raise RefusedError("InvalidPermission.NotFound")
            for key, field in _PEERS.items():
                gone = {peer[field] for peer in asked.get(key, ())}
                if not gone <= {peer[field] for peer in permission[key]}:
                    raise RefusedError("InvalidPermission.NotFound")
                permission[key] = [peer for peer in permission[key] if peer[field] not in gone]
        group[direction] = [item for item in group[direction] if any(item[key] for key in _PEERS)]
        state.put(SECURITY_GROUP, group)

    return change


def _permission(permissions: list[Object], asked: Parameters) -> Object | None:
    def ports(item: Parameters) -> tuple[Any, ...]:
        return item.get("IpProtocol"), item.get("FromPort"), item.get("ToPort")

    return next((item for item in permissions if ports(item) == ports(asked)), None)
