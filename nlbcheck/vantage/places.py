"""Which vantage points does a place mean, and what if it cannot be opened?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from nlbcheck.errors import UnseenError
from nlbcheck.model import THIS_MACHINE, Client, Flow
from nlbcheck.model.where import LOCAL, Where, check_names
from nlbcheck.probes import outcome
from nlbcheck.probes.limits import Limits
from nlbcheck.probes.outcome import Observations, Watch
from nlbcheck.vantage.local import ThisMachine
from nlbcheck.vantage.port import Vantage

__all__ = ["Opening", "Unopened", "Where", "opened", "opened_all"]

_MODULES = {"ssh": "nlbcheck.vantage.ssh", "ssm": "nlbcheck.vantage.ssm"}
"""Who opens a place, by its scheme; imported when it is wanted. Each has a function as ``Opener``."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What whoever opens places may need; what is None comes from the environment, as with the AWS CLI."""

    profile: str | None = None
    """The AWS profile of the account where the clients stand."""
    region: str | None = None
    endpoint_url: str | None = None


class PlaceOpener(Protocol):
    """Opens the vantage points that a place means."""

    def __call__(self, where: Where, opening: Opening) -> AbstractContextManager[Sequence[Vantage]]:
        """Return the vantage points, at least one, under names that begin with the place's label.

        Raises InputError for a place that makes no sense, UnseenError where it cannot be reached.
        """
        ...


@dataclass(frozen=True, slots=True)
class Unopened:
    """A vantage point that could not be opened: nothing is seen from it."""

    client: Client

    def identity(self, towards: str | None = None) -> Client:
        """Return its name, and why nothing is seen from it."""
        return self.client

    def probe(self, flows: Sequence[Flow], limits: Limits, watch: Watch = outcome.unwatched) -> Observations:
        """Probe nothing: no flow is tried."""
        return outcome.whole(flows, [None] * len(flows), interrupted=False)


def opened(where: Where, opening: Opening = Opening()) -> AbstractContextManager[Sequence[Vantage]]:
    """Return the vantage points that a place means, to be closed at the end; see `PlaceOpener`."""
    if where.scheme == LOCAL:
        return _local(where)
    module = import_module(_MODULES[where.scheme])
    return cast("PlaceOpener", module.opened)(where, opening)


@contextmanager
def _local(where: Where) -> Iterator[Sequence[Vantage]]:
    yield (ThisMachine(where.name or THIS_MACHINE),)


@contextmanager
def opened_all(wheres: Sequence[Where], opening: Opening = Opening()) -> Iterator[tuple[Vantage, ...]]:
    """Yield the vantage points of places in order, one that cannot be opened as `Unopened`.

    Without places that is this machine. Raises InputError for two of one name and for a place that makes no
    sense, UnseenError where none can be opened.
    """
    check_names(wheres)
    with ExitStack() as stack:
        points: list[Vantage] = [] if wheres else [ThisMachine()]
        for where in wheres:
            try:
                points += stack.enter_context(opened(where, opening))
            except UnseenError as error:
                points.append(Unopened(Client(where.label, error=str(error))))
        if all(isinstance(point, Unopened) for point in points):
            raise UnseenError("\n".join(_why(point.identity()) for point in points))
        yield tuple(points)


def _why(client: Client) -> str:
    """Return why nothing is seen from a vantage point; the error may name the place itself."""
    why = client.error or ""
    return why if client.source in why else f"{client.source}: {why}"
