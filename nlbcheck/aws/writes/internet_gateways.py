"""What does attaching an internet gateway change?"""

from __future__ import annotations

from nlbcheck.aws.resources.internet_gateway import INTERNET_GATEWAY
from nlbcheck.aws.resources.vpc import VPC
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.writes.edited import EditedState, Parameters
from nlbcheck.aws.writes.route_tables import revive

_NO_IGW = "InvalidInternetGatewayID.NotFound"
_NO_VPC = "InvalidVpcID.NotFound"


def attach_internet_gateway(state: EditedState, parameters: Parameters) -> None:
    """Attach an internet gateway to a VPC, which can have one; its routes come alive."""
    key, vpc = parameters["InternetGatewayId"], parameters["VpcId"]
    state.get(VPC, vpc, _NO_VPC)
    gateway = state.get(INTERNET_GATEWAY, key, _NO_IGW)
    if gateway["Attachments"]:
        raise RefusedError("Resource.AlreadyAssociated")
    for other in state.objects(INTERNET_GATEWAY):
        if any(item["VpcId"] == vpc for item in other["Attachments"]):
            raise RefusedError("InvalidParameterValue")
    state.put(INTERNET_GATEWAY, {**gateway, "Attachments": [{"State": "available", "VpcId": vpc}]})
    revive(state, "GatewayId", key)
