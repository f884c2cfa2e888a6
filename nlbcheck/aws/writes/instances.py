"""What do calls on instances and their interfaces change?"""

from __future__ import annotations

from collections.abc import Callable

from nlbcheck.aws.resources.instance import INSTANCE
from nlbcheck.aws.resources.network_interface import INTERFACE
from nlbcheck.aws.resources.security_group import SECURITY_GROUP
from nlbcheck.aws.writes.edited import EditedState, Object, Parameters, edit

_NO_GROUP = "InvalidGroup.NotFound"
_NO_INSTANCE = "InvalidInstanceID.NotFound"
_NO_INTERFACE = "InvalidNetworkInterfaceID.NotFound"


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
