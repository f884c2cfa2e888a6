"""What do VPC Block Public Access and its exclusions look like after a change?"""

from __future__ import annotations

from nlbcheck.aws.resources.public_access import PUBLIC_ACCESS_EXCLUSION
from nlbcheck.aws.writes.edited import EditedState, Parameters


def create_exclusion(state: EditedState, parameters: Parameters) -> None:
    """Exclude a VPC or a subnet; it takes effect at once here, and within minutes in AWS."""
    resource = parameters.get("SubnetId") or parameters["VpcId"]
    kind = "subnet" if "SubnetId" in parameters else "vpc"
    state.put(
        PUBLIC_ACCESS_EXCLUSION,
        {
            "ExclusionId": f"vpcbpa-exclude-{resource.rpartition('-')[2]}",
            "InternetGatewayExclusionMode": parameters["InternetGatewayExclusionMode"],
            "ResourceArn": f"arn:aws:ec2:::{kind}/{resource}",
            "State": "create-complete",
        },
    )
