"""What do calls on network ACLs change?"""

from __future__ import annotations

from nlbcheck.aws.resources.network_acl import NETWORK_ACL
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import EditedState, Object, Parameters, edit

_NO_ACL = "InvalidNetworkAclID.NotFound"


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
