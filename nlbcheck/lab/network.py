"""How does a plan become a running network, and how is it programmed anew while it runs?"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

from nlbcheck.errors import UnseenError, lacking
from nlbcheck.lab import iproute, linux, rulesets
from nlbcheck.lab.enclosure import tool
from nlbcheck.lab.plan import Link, Namespace, Plan

_PATIENCE = 30
"""Seconds that one call of ip or nft may take; a few milliseconds are usual."""
_AT_ONCE = 8
"""Namespaces that are programmed at a time; the kernel makes each of them wait."""

_SETTINGS = {
    # Replies may come back by another path than the route to the sender says, as in AWS.
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    # A packet leaves a node by the device it came in by; AWS tells nobody of better paths.
    "ipv4/conf/all/send_redirects": "0",
    "ipv4/conf/default/send_redirects": "0",
    "ipv6/conf/default/disable_ipv6": "1",
}


class LabNetwork:
    """Namespaces that run as their plan says, held open by this process and by nothing else."""

    def __init__(self, plan: Plan) -> None:
        """Bring ``plan`` up; UnseenError where this machine's kernel or tools will not."""
        self._programs: dict[str, Namespace] = {}
        self._networks: dict[str, int] = {}
        self._links: tuple[Link, ...] = ()
        self.update(plan)

    def inside(self, name: str) -> AbstractContextManager[None]:
        """Put the calling thread into a namespace: sockets and processes made there belong there."""
        return linux.inside(self._networks[name])

    def program(self, name: str) -> Namespace:
        """Return how a namespace is programmed now."""
        return self._programs[name]

    def update(self, plan: Plan) -> None:
        """Turn what runs into ``plan``, touching only what differs.

        New namespaces and links are added, others go, and with them the sockets made there.
        """
        wanted = {namespace.name: namespace for namespace in plan.namespaces}
        fresh = [name for name in wanted if name not in self._networks]
        for name in fresh:
            self._networks[name] = _new_network()
            self._programs[name] = Namespace(name)
        gone = self._lay(plan.links, wanted, fresh)
        changed = [
            item for item in wanted.values() if item != self._programs[item.name] or gone.get(item.name)
        ]
        with ThreadPoolExecutor(min(_AT_ONCE, len(changed) or 1)) as pool:
            for _ in pool.map(lambda item: self._program(item, gone.get(item.name, [])), changed):
                pass
        for name in [name for name in self._networks if name not in wanted]:
            os.close(self._networks.pop(name))
            del self._programs[name]

    def reprogram(self, namespace: Namespace) -> None:
        """Give a running namespace other addresses, routes, rules and another ruleset, in milliseconds."""
        self._program(namespace, [])

    def close(self) -> None:
        """Let the namespaces go; what still runs or is open in them keeps its own."""
        while self._networks:
            os.close(self._networks.popitem()[1])

    def _lay(self, links: tuple[Link, ...], wanted: Iterable[str], fresh: list[str]) -> dict[str, list[str]]:
        """Take links away and add others; return the devices that are gone, by namespace."""
        kept, staying = set(self._links) & set(links), set(wanted)
        gone: dict[str, list[str]] = {}
        for link in self._links:
            if link in kept:
                continue
            for end in (link.one, link.other):
                gone.setdefault(end.namespace, []).append(end.device)
            with self.inside(link.one.namespace):
                _batch(iproute.unplug([link.one.device]))
        new = [link for link in links if link not in kept]
        if new:
            _batch((iproute.cable(link, self._networks) for link in new), self._networks.values())
        devices: dict[str, list[str]] = {name: ["lo"] for name in fresh}
        for end in (end for link in new for end in (link.one, link.other)):
            devices.setdefault(end.namespace, []).append(end.device)
        with ThreadPoolExecutor(min(_AT_ONCE, len(devices) or 1)) as pool:
            for _ in pool.map(lambda item: self._plug(*item, new=item[0] in fresh), devices.items()):
                pass
        self._links = links
        return {name: names for name, names in gone.items() if name in staying}

    def _plug(self, name: str, devices: list[str], *, new: bool) -> None:
        with self.inside(name):
            if new:
                _configure()
            _batch(iproute.plug(devices))

    def _program(self, namespace: Namespace, gone: list[str]) -> None:
        before = self._programs[namespace.name]
        with self.inside(namespace.name):
            if namespace.forwards != before.forwards:
                _set("ipv4/ip_forward", "1" if namespace.forwards else "0")
            if namespace.strict != before.strict:
                _set("ipv4/conf/all/rp_filter", "1" if namespace.strict else "0")
            if lines := [*iproute.bridges(before, namespace), *iproute.change(before, namespace, gone)]:
                _batch(lines)
            if namespace.ruleset != before.ruleset:
                _load(rulesets.replacing(before.ruleset, namespace.ruleset))
        self._programs[namespace.name] = namespace


def _new_network() -> int:
    try:
        return linux.new_network()
    except OSError as error:
        raise UnseenError(
            f"there is no room for the lab's namespaces on this machine ({error.strerror}): "
            "end other labs, or raise user.max_net_namespaces and the limit of open files"
        ) from error


def _configure() -> None:
    """Set the kernel's switches in the calling thread's fresh namespace."""
    for name, value in _SETTINGS.items():
        _set(name, value)


def _set(name: str, value: str) -> None:
    path = Path("/proc/sys/net", name)
    try:
        path.write_text(value, "ascii")
    except FileNotFoundError:
        return  # a kernel without IPv6 has no switch for it
    except OSError as error:
        raise UnseenError(
            f"the lab cannot set {path} in its own namespace ({error.strerror}): "
            "where /proc is read-only, as in some containers, it cannot run"
        ) from error


def _batch(lines: Iterable[str], inherited: Iterable[int] = ()) -> None:
    """Have ``ip`` do all ``lines`` in the calling thread's namespace."""
    _feed([tool("ip"), "-batch", "-"], "".join(f"{line}\n" for line in lines), inherited)


def _load(commands: str) -> None:
    """Have ``nft`` carry out ``commands`` in one transaction, in the calling thread's namespace."""
    _feed([tool("nft"), "-f", "-"], commands, ())


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
        raise UnseenError(f"the lab cannot bring up its network: {lacking(error) or error}") from error
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
        raise UnseenError(
            f"the lab cannot bring up its network with this kernel and {command[0]}, which says: {said}"
        )
