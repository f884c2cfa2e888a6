"""With which codes and statuses does AWS refuse a call?

Codes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from enum import Enum


class ApiError(Exception):
    """AWS's answer is an error."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class CommonError(Enum):
    """What EC2 and the other services call by different codes: EC2's code and status, theirs, the message."""

    THROTTLED = ("RequestLimitExceeded", 503, "Throttling", 400, "Request limit exceeded.")
    DENIED = (
        "UnauthorizedOperation", 403, "AccessDenied", 403,
        "You are not authorized to perform this operation.",
    )  # fmt: skip
    EXPIRED = (
        "RequestExpired", 400, "ExpiredToken", 403, "The security token included in the request is expired",
    )  # fmt: skip
    BROKEN = ("InternalError", 500, "InternalFailure", 500, "An internal error has occurred")
    NOT_AUTHENTICATED = (
        "AuthFailure", 401, "InvalidClientTokenId", 403,
        "AWS was not able to validate the provided access credentials",
    )  # fmt: skip
    BAD_VALUE = ("InvalidParameterValue", 400, "ValidationError", 400, "A value is not valid")
    MISSING = ("MissingParameter", 400, "ValidationError", 400, "A parameter is missing")
    UNKNOWN_PARAMETER = ("UnknownParameter", 400, "ValidationError", 400, "A parameter is not recognized")
    BAD_TOKEN = ("InvalidNextToken", 400, "ValidationError", 400, "The token is not valid")

    def error(self, service: str, message: str | None = None) -> ApiError:
        """Return this refusal in a service's own words; the message may say more."""
        ec2_code, ec2_status, code, status, usual = self.value
        if service == "ec2":
            return ApiError(ec2_code, message or usual, ec2_status)
        if service == "ssm":
            return ApiError(_OF_SYSTEMS_MANAGER.get(self.name, code), message or usual, 400)
        return ApiError(code, message or usual, status)


_OF_SYSTEMS_MANAGER = {
    "THROTTLED": "ThrottlingException",
    "DENIED": "AccessDeniedException",
    "EXPIRED": "ExpiredTokenException",
    "NOT_AUTHENTICATED": "UnrecognizedClientException",
}
"""https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html"""


def refusal(service: str, code: str) -> ApiError:
    """Return the refusal that has a code, with the status that AWS sends with it."""
    for failure in CommonError:
        error = failure.error(service)
        if error.code == code:
            return error
    return ApiError(code, "AWS refuses this call")


_NOT_FOUND = {
    "GroupId": "InvalidGroup.NotFound",
    "GroupName": "InvalidGroup.NotFound",
    "NatGatewayId": "NatGatewayNotFound",
    "TransitGatewayRouteTableId": "InvalidRouteTableID.NotFound",
    "LoadBalancerArn": "LoadBalancerNotFound",
    "LoadBalancerName": "LoadBalancerNotFound",
    "ListenerArn": "ListenerNotFound",
    "RuleArn": "RuleNotFound",
    "TargetGroupArn": "TargetGroupNotFound",
    "TargetGroupName": "TargetGroupNotFound",
}


def not_found(field: str, value: str) -> ApiError:
    """Return the refusal for an id, ARN or name that nothing has; ``field`` is where it stands in answers."""
    usual = f"Invalid{field.removesuffix('Id')}ID.NotFound"
    return ApiError(_NOT_FOUND.get(field, usual), f"The {field} '{value}' does not exist")


def not_recorded(what: str) -> ApiError:
    """Return the refusal that real AWS never gives: the recording does not tell."""
    return ApiError("UnsupportedOperation", f"The recording that is replayed here does not hold {what}")
