"""How do a lab's network, its health checks and its AWS endpoint play together?"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nlbcheck.aws.recording import Recording
from nlbcheck.lab.endpoint.environment import environment as pointing_at
from nlbcheck.lab.endpoint.server import Endpoint
from nlbcheck.lab.endpoint.state import State
from nlbcheck.lab.health.checkers import Checkers
from nlbcheck.lab.twin import running
from nlbcheck.lab.twin.running import Settings, Twin


@dataclass(frozen=True, slots=True)
class Stage:
    """A lab that is up."""

    twin: Twin
    checkers: Checkers
    endpoint: Endpoint

    def change(self, changed: Callable[[Recording], Recording]) -> None:
        """Change the state of AWS, and the network with it."""
        self.endpoint.state.change(changed)


def run(
    recording: Recording,
    wanted: Settings,
    environment: Mapping[str, str],
    story: Callable[[Stage], int],
    remark: Callable[[str], None] = lambda _sentence: None,
) -> int:
    """Bring the network of ``recording`` up with health checks and AWS's endpoint, and run ``story`` there.

    Returns its exit status. Commands find ``environment`` with AWS's settings replaced.
    """

    def body(twin: Twin) -> int:
        checkers = Checkers(twin)
        state = State(recording, lambda _old, new: twin.update(new), checkers.observe)
        with twin.lab.at_client():
            endpoint = Endpoint(state, socket.create_server(("127.0.0.1", 0)))
        place = twin.blueprint.relays[0].balancer.place
        twin.lab.environment = pointing_at(endpoint.url, place, twin.lab.environment)
        return story(Stage(twin, checkers, endpoint))

    return running.run(recording, wanted, environment, body, remark)
