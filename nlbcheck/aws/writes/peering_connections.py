"""What does accepting a peering connection change?"""

from __future__ import annotations

from nlbcheck.aws.resources.peering_connection import PEERING
from nlbcheck.aws.resources.vpc import VPC
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import EditedState, Parameters
from nlbcheck.aws.writes.route_tables import revive

_NO_PEERING = "InvalidVpcPeeringConnectionID.NotFound"


def accept_peering(state: EditedState, parameters: Parameters) -> None:
    """Make a pending peering connection active; its routes come alive."""
    key = parameters["VpcPeeringConnectionId"]
    peering = state.get(PEERING, key, _NO_PEERING)
    if peering["Status"]["Code"] != "pending-acceptance":
        raise RefusedError("InvalidStateTransition")
    peering["Status"] = {"Code": "active", "Message": "Active"}
    ranges = {vpc["VpcId"]: vpc["CidrBlockAssociationSet"] for vpc in state.objects(VPC)}
    for side in ("RequesterVpcInfo", "AccepterVpcInfo"):
        vpc = peering[side]["VpcId"]
        if "CidrBlockSet" not in peering[side] and vpc in ranges:
            peering[side]["CidrBlockSet"] = [{"CidrBlock": item["CidrBlock"]} for item in ranges[vpc]]
    state.put(PEERING, peering)
    revive(state, "VpcPeeringConnectionId", key)
