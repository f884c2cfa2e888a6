"""What would AWS answer inside the lab? A recorded state, served to real AWS clients over HTTP."""

from nlbcheck.lab.endpoint.environment import environment
from nlbcheck.lab.endpoint.faults import Fault, Trouble
from nlbcheck.lab.endpoint.server import Endpoint, LoggedCall
from nlbcheck.lab.endpoint.state import State

__all__ = ["Endpoint", "Fault", "LoggedCall", "State", "Trouble", "environment"]
