"""What would AWS answer inside the lab? A recorded state, served to real AWS clients over HTTP."""

from nlbcheck.lab.endpoint.environment import environment
from nlbcheck.lab.endpoint.faults import ApiFault, Trouble
from nlbcheck.lab.endpoint.server import AwsEndpoint, LoggedCall
from nlbcheck.lab.endpoint.state import EndpointState

__all__ = ["ApiFault", "AwsEndpoint", "EndpointState", "LoggedCall", "Trouble", "environment"]
