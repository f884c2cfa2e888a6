"""How does one run commands in the lab's network, and disturb it while they run?"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from ipaddress import IPv4Address

from nlbcheck.errors import InputError, UnseenError
from nlbcheck.escape import printable
from nlbcheck.lab import enclosure, rulesets, scenario, waiting
from nlbcheck.lab.network import Network
from nlbcheck.lab.plan import Plan
from nlbcheck.lab.servers import TALKS, Identity, Server


class Lab:
    """A network that runs with its servers; only for the first process of an enclosure."""

    def __init__(self, plan: Plan, environment: Mapping[str, str]) -> None:
        """Bring ``plan`` up. Commands find ``environment`` added to their own."""
        self.client = plan.client
        self.network = Network(plan)
        self._planned = {namespace.name: namespace for namespace in plan.namespaces}
        self._services = {(service.host, service.port): service for service in plan.services}
        self._identities: dict[IPv4Address, Identity] = {}
        self._servers: dict[tuple[str, int], Server] = {}
        self._environment = environment
        for host, port in self._services:
            self.start(host, port)

    def start(self, host: str, port: int) -> None:
        """Start the server that the plan has on a host's port, with the keys it had before."""
        service = self._services[host, port]
        identity = self._identities.setdefault(service.address, Identity(service.address))
        try:
            with self.network.inside(host):
                server = Server(str(service.address), port, TALKS[service.check], identity)
        except (OSError, RuntimeError) as error:  # RuntimeError is how threading says that there is no thread
            raise UnseenError(f"the lab cannot start its server on {host}:{port}: {error}") from error
        self._servers[host, port] = server

    def stop(self, host: str, port: int) -> None:
        """Stop the server on a host's port: who connects is refused."""
        self._servers.pop((host, port)).close()

    def drop(self, name: str) -> None:
        """Let a host or router drop everything that reaches it, in silence."""
        self.network.reprogram(replace(self.network.program(name), ruleset=rulesets.SILENCE))

    def heal(self, name: str) -> None:
        """Program a host or router as planned again."""
        self.network.reprogram(self._planned[name])

    def at_client(self) -> AbstractContextManager[None]:
        """Put the calling thread into the client's namespace for a while."""
        return self.network.inside(self.client)

    def run(self, command: Sequence[str]) -> int:
        """Run ``command`` at the client and return its exit status, 128 + N if signal N killed it.

        It has this process's terminal, files, working directory and environment. InputError where
        there is no such command.
        """
        asked_to_end = waiting.pending()
        if asked_to_end is not None:
            return 128 + asked_to_end
        with self.at_client():
            child = _spawn(command, {**os.environ, **self._environment})
        return waiting.wait(child)


def run(plan: Plan, environment: Mapping[str, str], story: Callable[[Lab], int]) -> int:
    """Bring ``plan`` up in an enclosure of its own, run ``story`` there and return its exit status."""

    def body() -> int:
        enclosure.put_aside(scenario.TABLE.parent)  # commands may write to the built-in table, as --pin does
        return story(Lab(plan, environment))

    return enclosure.run(body)


def _spawn(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Start ``command`` with the signals as a shell would leave them."""
    try:
        return os.posix_spawnp(
            command[0],
            tuple(command),
            environment,
            setsigmask=(),
            setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),  # Python ignores these
        )
    except OSError as error:
        raise InputError(f"{printable(command[0])}: cannot be run ({error.strerror})") from error
