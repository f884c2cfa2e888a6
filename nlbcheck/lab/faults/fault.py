"""What is a fault, and what does it make of a lab's state?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from nlbcheck.aws.recording import Recording
from nlbcheck.aws.sources.port import RefusedError
from nlbcheck.aws.state import AwsState
from nlbcheck.aws.writes.edited import EditedState
from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.lab.emulation import draw
from nlbcheck.lab.emulation.running import Settings
from nlbcheck.lab.emulation.services import Wishes
from nlbcheck.lab.faults.scene import Scene
from nlbcheck.relays.tree import near

OnState = Callable[[EditedState, Scene], None]
"""Changes what AWS answers; InputError where the snapshot has nothing to break in this way."""
OnHost = Callable[[Wishes, Scene], Wishes]
"""Changes who answers at a host, or what its own firewall does."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A named change of the recorded state or of a host."""

    name: str
    finding: str
    """The code that a diagnosis must come to."""
    summary: str
    on_state: OnState | None = None
    on_host: OnHost | None = None


def named(name: str, faults: Mapping[str, Fault]) -> Fault:
    """Return a fault by its name; InputError, with those of a like name, where there is none."""
    if name not in faults:
        like = near(name, list(faults))
        hint = f"did you mean {' or '.join(like)}? " if like else ""
        raise InputError(f"'{printable(name)}' is not a fault: {hint}'nlbcheck lab faults' lists them")
    return faults[name]


def inject(recording: Recording, settings: Settings, faults: Iterable[Fault]) -> tuple[Recording, Settings]:
    """Return a state with faults in it, one after the other; what is given stays as it is."""
    for fault in faults:
        scene = Scene(draw(AwsState(recording), settings.wishes, settings.client, settings.also), recording)
        try:
            if fault.on_state:
                state = EditedState(recording)
                fault.on_state(state, scene)
                recording = state.recording
            if fault.on_host:
                settings = replace(settings, wishes=fault.on_host(settings.wishes, scene))
        except InputError as error:
            raise InputError(f"{fault.name}: {error}") from error
        except RefusedError as error:
            raise InputError(
                f"{fault.name}: the snapshot does not let itself be changed ({error.code})"
            ) from error
    return recording, settings
