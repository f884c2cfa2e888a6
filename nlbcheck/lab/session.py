"""How does one run commands in the lab's network, and disturb it while they run?"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

from nlbcheck.errors import InputError, UnseenError, lacking
from nlbcheck.escape import printable
from nlbcheck.lab import article, enclosure, rulesets, waiting
from nlbcheck.lab.network import LabNetwork
from nlbcheck.lab.plan import Plan, Service
from nlbcheck.lab.servers import Identity, Server, talk

HostAndPort = tuple[str, int]
"""A host's namespace and a port."""


class CommandError(InputError):
    """A command is not there, or cannot be executed."""

    def __init__(self, command: str, error: OSError) -> None:
        super().__init__(f"{printable(command)}: cannot be run ({error.strerror})")
        self.status = 127 if error.errno == errno.ENOENT else 126
        """With which status a shell ends then, and ``env``."""


class Lab:
    """A network that runs with its servers; only for the first process of an enclosure."""

    def __init__(self, plan: Plan, environment: Mapping[str, str]) -> None:
        """Bring ``plan`` up. Commands find ``environment`` and nothing else."""
        self.environment = dict(environment)
        self._plan = Plan((), (), (), plan.client)
        self.network = LabNetwork(self._plan)
        self._identities: dict[IPv4Address, Identity] = {}
        self._servers: dict[HostAndPort, Server] = {}
        self._dropping: set[str] = set()
        self._stopped: set[HostAndPort] = set()
        self.update(plan)

    @property
    def client(self) -> str:
        """The namespace that commands run in."""
        return self._plan.client

    def update(self, plan: Plan) -> None:
        """Turn the network into ``plan``, touching only what differs; what was disturbed stays so."""
        wanted = {(service.host, service.port): service for service in plan.services}
        for place, service in self._services.items():
            if wanted.get(place) != service and place in self._servers:
                self._servers.pop(place).close()
        namespaces = tuple(
            replace(item, ruleset=rulesets.SILENCE) if item.name in self._dropping else item
            for item in plan.namespaces
        )
        self.network.update(replace(plan, namespaces=namespaces))
        self._plan = plan
        for place in wanted:
            if place not in self._servers and place not in self._stopped:
                self.start(*place)

    def start(self, host: str, port: int) -> None:
        """Start the server that the plan has on a host's port, with the keys it had before."""
        service = self._services[host, port]
        whose = service.keys_of or service.address
        identity = self._identities.setdefault(whose, Identity(whose))
        try:
            with self.network.inside(host):
                server = Server(str(service.address), port, talk(service), identity)
        except OSError as error:
            raise UnseenError(f"the lab cannot start its server on {host}:{port}: {error}") from error
        self._servers[host, port] = server
        self._stopped.discard((host, port))

    def stop(self, host: str, port: int) -> None:
        """Stop the server on a host's port: who connects is refused."""
        self._servers.pop((host, port)).close()
        self._stopped.add((host, port))

    def drop(self, name: str) -> None:
        """Let a host or router drop everything that reaches it, in silence."""
        self._dropping.add(name)
        self.network.reprogram(replace(self.network.program(name), ruleset=rulesets.SILENCE))

    def heal(self, name: str) -> None:
        """Program a host or router as planned again."""
        self._dropping.discard(name)
        self.network.reprogram(next(item for item in self._plan.namespaces if item.name == name))

    def at_client(self) -> AbstractContextManager[None]:
        """Put the calling thread into the client's namespace for a while."""
        return self.network.inside(self.client)

    def run(self, command: Sequence[str]) -> int:
        """Run ``command`` at the client and return its exit status, 128 + N if signal N killed it.

        It has this process's terminal, files and working directory. CommandError where there is no such
        command, or where it cannot be executed.
        """
        asked_to_end = waiting.pending()
        if asked_to_end is not None:
            return 128 + asked_to_end
        with self.at_client():
            child = _spawn(command, self.environment)
        return waiting.wait(child)

    @property
    def _services(self) -> Mapping[HostAndPort, Service]:
        return {(service.host, service.port): service for service in self._plan.services}


def run(plan: Plan, environment: Mapping[str, str], story: Callable[[Lab], int]) -> int:
    """Bring ``plan`` up in an enclosure of its own, run ``story`` there and return its exit status."""

    def body() -> int:
        enclosure.put_aside(article.FOLDER)  # commands may write to the built-in table, as --pin does
        return story(Lab(plan, environment))

    return enclosure.run(body, environment)


def _spawn(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Start ``command`` with the signals as a shell would leave them.

    It finds this nlbcheck also where that runs from an environment that is not activated.
    """
    if not command[0]:
        raise InputError("the command is empty: expected the name of a program")
    beside_python = Path(sys.executable).parent
    path = f"{environment.get('PATH', os.defpath)}{os.pathsep}{beside_python}"
    os.environ["PATH"] = path  # where posix_spawnp looks
    try:
        return os.posix_spawnp(
            command[0],
            tuple(command),
            {**environment, "PATH": path},
            setsigmask=(),
            setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),  # Python ignores these
        )
    except OSError as error:
        if scarce := lacking(error):
            raise UnseenError(f"{printable(command[0])}: cannot be run: {scarce}") from error
        raise CommandError(command[0], error) from error
