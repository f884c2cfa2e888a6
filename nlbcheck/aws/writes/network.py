"""What do calls on security groups, routes, network ACLs, interfaces and instances change?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from nlbcheck.aws.collect import RefusedError
from nlbcheck.aws.resources.instance import INSTANCE
from nlbcheck.aws.resources.network_acl import NETWORK_ACL
from nlbcheck.aws.resources.network_interface import INTERFACE
from nlbcheck.aws.resources.route_table import ROUTE_TABLE
from nlbcheck.aws.resources.security_group import SECURITY_GROUP
from nlbcheck.aws.writes.edited import EditedState, Object, Parameters, edit

_PEERS = {
    "IpRanges": "CidrIp",
    "Ipv6Ranges": "CidrIpv6",
    "PrefixListIds": "PrefixListId",
    "UserIdGroupPairs": "GroupId",
}
_NO_GROUP, _NO_TABLE = "InvalidGroup.NotFound", "InvalidRouteTableID.NotFound"
_NO_ACL, _NO_INTERFACE = "InvalidNetworkAclID.NotFound", "InvalidNetworkInterfaceID.NotFound"
_NO_INSTANCE = "InvalidInstanceID.NotFound"


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


_DESTINATIONS = ("DestinationCidrBlock", "DestinationPrefixListId", "DestinationIpv6CidrBlock")
_TARGETS = ("GatewayId", "VpcPeeringConnectionId", "NatGatewayId", "TransitGatewayId", "NetworkInterfaceId")


def _same_destination(route: Parameters, parameters: Parameters) -> bool:
    return all(route.get(key) == parameters.get(key) for key in _DESTINATIONS)


def _same_static(route: Parameters, parameters: Parameters) -> bool:
    """Whether a route is the one that a call means; propagated ones cannot be meant."""
    return _same_destination(route, parameters) and route.get("Origin") == "CreateRoute"


def _made_route(parameters: Parameters) -> Object:
    wanted = {key: parameters[key] for key in (*_DESTINATIONS, *_TARGETS) if key in parameters}
    if not any(key in wanted for key in _TARGETS):
        raise RefusedError("MissingParameter")
    return {**wanted, "Origin": "CreateRoute", "State": "active"}


def create_route(state: EditedState, parameters: Parameters) -> None:
    """Add a static route; to the VPC's own ranges there is one already."""

    def change(table: Object) -> None:
        for route in table["Routes"]:
            made = route.get("Origin") in ("CreateRoute", "CreateRouteTable")
            if made and _same_destination(route, parameters):
                raise RefusedError("RouteAlreadyExists")
        table["Routes"].append(_made_route(parameters))

    edit(state, ROUTE_TABLE, parameters["RouteTableId"], _NO_TABLE, change)


def replace_route(state: EditedState, parameters: Parameters) -> None:
    """Point a static route at another target."""
    delete_route(state, parameters)
    create_route(state, parameters)


def delete_route(state: EditedState, parameters: Parameters) -> None:
    """Take a static route away."""

    def change(table: Object) -> None:
        kept = [route for route in table["Routes"] if not _same_static(route, parameters)]
        if len(kept) == len(table["Routes"]):
            raise RefusedError("InvalidRoute.NotFound")
        table["Routes"] = kept

    edit(state, ROUTE_TABLE, parameters["RouteTableId"], _NO_TABLE, change)


def associate_route_table(state: EditedState, parameters: Parameters) -> None:
    """Make a subnet use a route table; it must not have one of its own."""
    subnet, table = parameters["SubnetId"], parameters["RouteTableId"]
    for other in state.objects(ROUTE_TABLE):
        if any(item.get("SubnetId") == subnet for item in other["Associations"]):
            raise RefusedError("Resource.AlreadyAssociated")
    _associate(state, table, subnet)


def replace_route_table_association(state: EditedState, parameters: Parameters) -> None:
    """Make an association's subnet use another route table."""
    state.get(ROUTE_TABLE, parameters["RouteTableId"], _NO_TABLE)
    subnet = _dissolve(state, parameters["AssociationId"])
    _associate(state, parameters["RouteTableId"], subnet)


def disassociate_route_table(state: EditedState, parameters: Parameters) -> None:
    """Let a subnet fall back to the VPC's main route table."""
    _dissolve(state, parameters["AssociationId"])


def _associate(state: EditedState, table_id: str, subnet: str) -> None:
    association = {
        "Main": False,
        "RouteTableAssociationId": new_id("rtbassoc", table_id + subnet),
        "RouteTableId": table_id,
        "SubnetId": subnet,
        "AssociationState": {"State": "associated"},
    }
    edit(state, ROUTE_TABLE, table_id, _NO_TABLE, lambda table: table["Associations"].append(association))


def _dissolve(state: EditedState, association: str) -> str:
    for table in state.objects(ROUTE_TABLE):
        for item in table["Associations"]:
            if item["RouteTableAssociationId"] == association and "SubnetId" in item:
                kept = [other for other in table["Associations"] if other is not item]
                state.put(ROUTE_TABLE, {**table, "Associations": kept})
                return str(item["SubnetId"])
    raise RefusedError("InvalidAssociationID.NotFound")


_ENTRY = (
    "CidrBlock",
    "Ipv6CidrBlock",
    "Egress",
    "PortRange",
    "Protocol",
    "RuleAction",
    "RuleNumber",
    "IcmpTypeCode",
)


def _entry_index(acl: Object, parameters: Parameters) -> int | None:
    wanted = (parameters["RuleNumber"], parameters["Egress"])
    found = (
        index for index, item in enumerate(acl["Entries"]) if (item["RuleNumber"], item["Egress"]) == wanted
    )
    return next(found, None)


def create_acl_entry(state: EditedState, parameters: Parameters) -> None:
    """Add an entry to a network ACL."""

    def change(acl: Object) -> None:
        if _entry_index(acl, parameters) is not None:
            raise RefusedError("NetworkAclEntryAlreadyExists")
        acl["Entries"].append({key: parameters[key] for key in _ENTRY if key in parameters})

    edit(state, NETWORK_ACL, parameters["NetworkAclId"], _NO_ACL, change)


def replace_acl_entry(state: EditedState, parameters: Parameters) -> None:
    """Change an entry of a network ACL."""
    delete_acl_entry(state, parameters)
    create_acl_entry(state, parameters)


def delete_acl_entry(state: EditedState, parameters: Parameters) -> None:
    """Take an entry from a network ACL."""

    def change(acl: Object) -> None:
        index = _entry_index(acl, parameters)
        if index is None:
            raise RefusedError("InvalidNetworkAclEntry.NotFound")
        del acl["Entries"][index]

    edit(state, NETWORK_ACL, parameters["NetworkAclId"], _NO_ACL, change)


def replace_acl_association(state: EditedState, parameters: Parameters) -> None:
    """Give a subnet another network ACL."""
    target = state.get(NETWORK_ACL, parameters["NetworkAclId"], _NO_ACL)
    for acl in list(state.objects(NETWORK_ACL)):
        for item in acl["Associations"]:
            if item["NetworkAclAssociationId"] == parameters["AssociationId"]:
                kept = [other for other in acl["Associations"] if other is not item]
                state.put(NETWORK_ACL, {**acl, "Associations": kept})
                target["Associations"].append({**item, "NetworkAclId": parameters["NetworkAclId"]})
                state.put(NETWORK_ACL, target)
                return
    raise RefusedError("InvalidAssociationID.NotFound")


def modify_interface(state: EditedState, parameters: Parameters) -> None:
    """Change an interface's security groups or its source/destination check."""

    def change(interface: Object) -> None:
        if "Groups" in parameters:
            groups = [state.get(SECURITY_GROUP, key, _NO_GROUP) for key in parameters["Groups"]]
            interface["Groups"] = [{key: group[key] for key in ("GroupId", "GroupName")} for group in groups]
        if "SourceDestCheck" in parameters:
            interface["SourceDestCheck"] = parameters["SourceDestCheck"]["Value"]

    edit(state, INTERFACE, parameters["NetworkInterfaceId"], _NO_INTERFACE, change)


def modify_instance(state: EditedState, parameters: Parameters) -> None:
    """Change the security groups or the source/destination check of an instance's interface."""
    instance = state.get(INSTANCE, parameters["InstanceId"], _NO_INSTANCE)
    changes = {key: parameters[key] for key in ("Groups", "SourceDestCheck") if key in parameters}
    for item in instance["NetworkInterfaces"]:
        modify_interface(state, {"NetworkInterfaceId": item["NetworkInterfaceId"], **changes})


def set_instances(code: int, name: str) -> Callable[[EditedState, Parameters], None]:
    """Return the call that brings instances into a state."""

    def change(state: EditedState, parameters: Parameters) -> None:
        for key in parameters["InstanceIds"]:
            edit(
                state, INSTANCE, key, _NO_INSTANCE,
                lambda instance: instance.update(State={"Code": code, "Name": name}),
            )  # fmt: skip

    return change


def new_id(prefix: str, seed: str) -> str:
    """Return an id for something new, the same for the same seed."""
    return f"{prefix}-0{hashlib.sha256(seed.encode()).hexdigest()[:16]}"
