"""How does the network of a snapshot run, and follow its state?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import RLock

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.lab import session
from nlbcheck.lab.emulation import relays, services
from nlbcheck.lab.emulation.blueprint import Blueprint, draw, recorded
from nlbcheck.lab.emulation.nodes import Health
from nlbcheck.lab.emulation.remarks import Remarks
from nlbcheck.lab.emulation.services import Wishes
from nlbcheck.lab.session import Lab
from nlbcheck.relays import Table


@dataclass(frozen=True, slots=True)
class Settings:
    """What the snapshot does not say."""

    client: str | None = None
    """The machine that commands run at, by instance id, interface id or address; None for any that fits."""
    also: tuple[str, ...] = ()
    """Machines that have to be there whether or not the load balancer needs them."""
    wishes: Wishes = field(default_factory=Wishes)


def settings(recording: Recording, table: Table | None = None, client: str | None = None) -> Settings:
    """Return who answers where in a snapshot's network, and who is the client, if not the table's.

    Later changes of the state of AWS start and stop no server.
    """
    found = relays.read(AwsState(recording), Remarks())
    wishes = Wishes(listening=services.listening(found, table))
    return Settings(client or (table.client if table else None), wishes=wishes)


class Emulation:
    """A snapshot's network that runs."""

    def __init__(self, lab: Lab, blueprint: Blueprint, recording: Recording, wanted: Settings) -> None:
        """Follow ``recording`` with a ``lab`` that runs as its ``blueprint`` says."""
        self.lab = lab
        self.blueprint = blueprint
        self.recording = recording
        self.settings = wanted
        self._health: Health = recorded
        self._changing = RLock()

    @property
    def state(self) -> AwsState:
        """The state of AWS, typed."""
        return AwsState(self.recording)

    def update(self, recording: Recording) -> None:
        """Turn the running network into that of ``recording``, touching only what differs.

        InputError or UnseenError, and no change, where it cannot be brought up.
        """
        with self._changing:
            blueprint = _draw(recording, self.settings, self._health)
            self.lab.update(blueprint.plan)
            self.blueprint, self.recording = blueprint, recording

    def wish(self, wishes: Wishes) -> None:
        """Let other servers answer, or other host firewalls drop."""
        with self._changing:
            self.settings = replace(self.settings, wishes=wishes)
            self.update(self.recording)

    def believe(self, health: Health) -> None:
        """Let nodes choose targets by ``health``, not by what is recorded; again, when that changes."""
        with self._changing:
            self._health = health
            self.update(self.recording)


def run(
    recording: Recording,
    wanted: Settings,
    environment: Mapping[str, str],
    story: Callable[[Emulation], int],
    remark: Callable[[str], None] = lambda _sentence: None,
) -> int:
    """Bring the network of ``recording`` up, run ``story`` there and return its exit status.

    ``remark`` is told what of the snapshot could not be brought up.
    """
    blueprint = _draw(recording, wanted, recorded)
    for sentence in blueprint.remarks:
        remark(sentence)
    return session.run(
        blueprint.plan, environment, lambda lab: story(Emulation(lab, blueprint, recording, wanted))
    )


def _draw(recording: Recording, wanted: Settings, health: Health) -> Blueprint:
    return draw(AwsState(recording), wanted.wishes, wanted.client, wanted.also, health)
