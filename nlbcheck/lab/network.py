"""How does a plan become a running network, and how is it programmed anew while it runs?"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from nlbcheck.errors import UnseenError
from nlbcheck.lab import iproute, linux
from nlbcheck.lab.enclosure import tool
from nlbcheck.lab.plan import Namespace, Plan

_PATIENCE = 30
"""Seconds that one call of ip or nft may take; a few milliseconds are usual."""

_SETTINGS = {
    # Replies may come back by another way than the route to the sender says, as in AWS.
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    # A packet leaves a node by the device it came in by; AWS tells nobody of better ways.
    "ipv4/conf/all/send_redirects": "0",
    "ipv4/conf/default/send_redirects": "0",
    "ipv6/conf/default/disable_ipv6": "1",
}


class Network:
    """Namespaces that run as their plan says, held open by this process and by nothing else."""

    def __init__(self, plan: Plan) -> None:
        """Bring ``plan`` up; UnseenError where this machine's kernel or tools will not."""
        self._programs = {namespace.name: Namespace(namespace.name) for namespace in plan.namespaces}
        self._networks = {name: _new_network() for name in self._programs}
        _batch((iproute.cable(link, self._networks) for link in plan.links), self._networks.values())
        devices: dict[str, list[str]] = {name: [] for name in self._programs}
        for link in plan.links:
            for end in (link.one, link.other):
                devices[end.namespace].append(end.device)
        for namespace in plan.namespaces:
            with self.inside(namespace.name):
                _configure(namespace)
                _batch(iproute.bring_up(namespace, tuple(devices[namespace.name])))
                _load(namespace.ruleset)
            self._programs[namespace.name] = namespace

    def inside(self, name: str) -> AbstractContextManager[None]:
        """Put the calling thread into a namespace: sockets and processes made there belong there."""
        return linux.inside(self._networks[name])

    def program(self, name: str) -> Namespace:
        """Return how a namespace is programmed now."""
        return self._programs[name]

    def reprogram(self, namespace: Namespace) -> None:
        """Give a running namespace other routes, rules and another ruleset, in milliseconds.

        Its links, its addresses and whether it forwards stay as they are.
        """
        before = self._programs[namespace.name]
        with self.inside(namespace.name):
            if lines := iproute.change(before, namespace):
                _batch(lines)
            if namespace.ruleset != before.ruleset:
                _load(namespace.ruleset)
        self._programs[namespace.name] = namespace


def _new_network() -> int:
    try:
        return linux.new_network()
    except OSError as error:
        raise UnseenError(
            f"there is no room for the lab's namespaces on this machine ({error.strerror}): "
            "end other labs, or raise user.max_net_namespaces and the limit of open files"
        ) from error


def _configure(namespace: Namespace) -> None:
    """Set the kernel's switches in the calling thread's namespace."""
    settings = _SETTINGS | {"ipv4/ip_forward": "1" if namespace.forwards else "0"}
    for name, value in settings.items():
        path = Path("/proc/sys/net", name)
        try:
            path.write_text(value, "ascii")
        except FileNotFoundError:
            continue  # a kernel without IPv6 has no switch for it
        except OSError as error:
            raise UnseenError(
                f"the lab cannot set {path} in its own namespace ({error.strerror}): "
                "where /proc is read-only, as in some containers, it cannot run"
            ) from error


def _batch(lines: Iterable[str], inherited: Iterable[int] = ()) -> None:
    """Have ``ip`` do all ``lines`` in the calling thread's namespace."""
    _feed([tool("ip"), "-batch", "-"], "".join(f"{line}\n" for line in lines), inherited)


def _load(ruleset: str) -> None:
    """Have ``nft`` put ``ruleset`` in the place of the one before, in one transaction."""
    _feed([tool("nft"), "-f", "-"], f"flush ruleset\n{ruleset}", ())


def _feed(command: list[str], text: str, inherited: Iterable[int]) -> None:
    try:
        done = subprocess.run(
            command,
            input=text,
            pass_fds=tuple(inherited),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnseenError(f"the lab cannot bring up its network: {error}") from error
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
        raise UnseenError(
            f"the lab cannot bring up its network with this kernel and {command[0]}, which says: {said}"
        )
