"""How do a lab's network, its health checks, its AWS endpoint and its faults play together?"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.resources.instance import Instance
from nlbcheck.errors import InputError
from nlbcheck.lab import faults
from nlbcheck.lab.emulation import running
from nlbcheck.lab.emulation.running import Emulation, Settings
from nlbcheck.lab.endpoint.environment import environment as pointing_at
from nlbcheck.lab.endpoint.server import AwsEndpoint
from nlbcheck.lab.endpoint.state import EndpointState
from nlbcheck.lab.faults import Fault
from nlbcheck.lab.health.checkers import Checkers
from nlbcheck.model.facts import NotVisible


class Stage:
    """A lab that is up: packets, health checks, and an AWS that answers and takes remedies."""

    def __init__(
        self, emulation: Emulation, healthy: Recording, wanted: Settings, injected: Iterable[Fault] = ()
    ) -> None:
        """Play on an emulation that runs with faults ``injected`` into a ``healthy`` state."""
        self.emulation = emulation
        self._healthy = (healthy, wanted)
        self._injected = {fault.name: fault for fault in injected}
        self.checkers = Checkers(emulation)
        state = EndpointState(
            emulation.recording, lambda _old, new: emulation.update(new), self.checkers.observe
        )
        with emulation.lab.at_client():
            self.endpoint = AwsEndpoint(state, socket.create_server(("127.0.0.1", 0)), self._inside)
        account_region = emulation.blueprint.relays[0].balancer.account_region
        emulation.lab.environment = pointing_at(self.endpoint.url, account_region, emulation.lab.environment)

    @property
    def injected(self) -> tuple[Fault, ...]:
        """The faults in force, in the order in which they came."""
        return tuple(self._injected.values())

    def inject(self, fault: Fault) -> None:
        """Break something more; InputError where there is nothing to break in this way."""
        if fault.name in self._injected:
            raise InputError(f"{fault.name} is injected already")
        state, settings = faults.inject(self.endpoint.state.recording, self.emulation.settings, [fault])
        self._become(state, settings)
        self._injected[fault.name] = fault

    def heal(self, *wanted: Fault) -> None:
        """Take faults back, all of them by default, and with them what AWS calls have changed."""
        for fault in wanted:
            if fault.name not in self._injected:
                raise InputError(f"{fault.name} is not injected")
        left = [fault for fault in self.injected if wanted and fault not in wanted]
        self._become(*faults.inject(*self._healthy, left))
        self._injected = {fault.name: fault for fault in left}

    def change(self, changed: Callable[[Recording], Recording]) -> None:
        """Change the state of AWS, and the network with it."""
        self.endpoint.state.change(changed)

    def _inside(self, instance: str) -> AbstractContextManager[None] | None:
        """Return how a thread comes to where an instance stands; None where it is not up."""
        found = self.emulation.state.instance(instance)
        interfaces = found.interface_ids if isinstance(found, Instance) else ()
        if isinstance(interfaces, NotVisible):
            return None
        for seat in self.emulation.blueprint.survey.seats:
            if seat.interface_id in interfaces and seat.running:
                return self.emulation.lab.network.inside(seat.name)
        return None

    def _become(self, state: Recording, settings: Settings) -> None:
        self.emulation.settings = settings
        self.change(lambda _: state)


def run(
    healthy: Recording,
    wanted: Settings,
    environment: Mapping[str, str],
    story: Callable[[Stage], int],
    injected: Iterable[Fault] = (),
    remark: Callable[[str], None] = lambda _sentence: None,
) -> int:
    """Bring the network of a recording up with faults ``injected``, and run ``story`` there.

    Returns its exit status. Commands find ``environment`` with AWS's settings replaced. ``remark`` is told
    what of the recording could not be brought up.
    """
    broken = tuple(injected)
    state, settings = faults.inject(healthy, wanted, broken)
    return running.run(
        state,
        settings,
        environment,
        lambda emulation: story(Stage(emulation, healthy, wanted, broken)),
        remark,
    )
