"""Who checks the targets all the time, from every node that may use them?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any

from nlbcheck.aws.resources.target_group import HealthState, TargetType
from nlbcheck.lab.emulation.nodes import serving_zones
from nlbcheck.lab.emulation.relays import Group, Member, Relay
from nlbcheck.lab.emulation.running import Emulation
from nlbcheck.lab.emulation.seats import Role, Seat
from nlbcheck.lab.health import check
from nlbcheck.lab.health.standing import Standing

SCALE = 1 / 60
"""An interval of 30 seconds takes half a second."""
_SHORTEST_TIMEOUT = 0.25
"""Seconds; an answer inside the lab takes a hundredth of that, on a busy machine a little more."""
_AT_ONCE = 16
"""Checks that one node makes at a time."""
_DEFAULTS = (30, 10, 5, 2)
"""AWS's interval, timeout, healthy and unhealthy thresholds for TCP."""

_UNCHECKED_STATES = (HealthState.DRAINING, HealthState.UNHEALTHY_DRAINING, HealthState.UNAVAILABLE)
_UNCHECKED_REASONS = ("Elb.RegistrationInProgress",)
"""States, and reasons of others, that no check leads to: they stay as AWS's state has them. All of them:
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html.
"""

TargetKey = tuple[str, str, int]
"""A target: its group's ARN, its id and its port."""
_WORDS = {
    HealthState.INITIAL: ("Elb.InitialHealthChecking", "Initial health checks in progress"),
    HealthState.UNHEALTHY: ("Target.FailedHealthChecks", "Health checks failed"),
}
_NOT_USED = {
    "State": "unused",
    "Reason": "Target.NotInUse",
    "Description": "Target group is not configured to receive traffic from the load balancer",
}
_ZONE_OFF = _NOT_USED | {
    "Description": "Target is in an Availability Zone that is not enabled for the load balancer"
}
_STOPPED = {
    "State": "unused",
    "Reason": "Target.InvalidState",
    "Description": "Target is in the stopped state",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A target that is checked, and by whom."""

    group: Group
    member: Member
    nodes: tuple[Seat, ...]
    host_port: int

    @property
    def key(self) -> TargetKey:
        """What it is told apart by."""
        return key(self.group, self.member)


def key(group: Group, member: Member) -> TargetKey:
    """Return what a target is told apart by."""
    return group.group.arn, member.target.id, member.port


def is_checked(member: Member) -> bool:
    """Return whether checks tell a target's health."""
    return member.target.state not in _UNCHECKED_STATES and member.target.reason not in _UNCHECKED_REASONS


class Checkers:
    """The checkers of all nodes of an emulation; they tell it whenever a target's health turns."""

    def __init__(self, emulation: Emulation, scale: float = SCALE) -> None:
        """Check every target until it is either healthy or unhealthy; from then on in its interval."""
        self._emulation = emulation
        self._scale = scale
        self._standings: dict[TargetKey, Standing] = {}
        self._due: dict[TargetKey, float] = {}
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._lock = Lock()
        self._closing = Event()
        while any(self._state(item) is HealthState.INITIAL for item in self._targets()):
            self._round(self._targets())
        emulation.believe(self.health)
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def health(self, group: Group, member: Member) -> HealthState | None:
        """Return a target's health; the recorded one where it is not checked."""
        with self._lock:
            standing = self._standings.get(key(group, member)) if is_checked(member) else None
        return standing.state if standing else member.target.state

    def observe(self, group_arn: str, target: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return a target's health in AWS's words; None for what is recorded."""
        for relay in self._emulation.blueprint.relays:
            for group in relay.groups:
                if group.group.arn != group_arn:
                    continue
                for member in group.members:
                    if (member.target.id, member.port) == (target.get("Id"), target.get("Port", member.port)):
                        return self._told(relay, group, member)
                return None
        return _NOT_USED

    def close(self) -> None:
        """Stop checking."""
        self._closing.set()
        self._thread.join()
        for pool in self._pools.values():
            pool.shutdown(wait=False)

    def _told(self, relay: Relay, group: Group, member: Member) -> Mapping[str, Any] | None:
        if not is_checked(member):
            return None
        if not serving_zones(relay, group, member, across=True):
            return _ZONE_OFF
        if group.group.type is TargetType.INSTANCE and not self._runs(member):
            return _STOPPED
        state = self.health(group, member)
        if state not in (HealthState.HEALTHY, *_WORDS):
            return None
        if state is HealthState.HEALTHY:
            return {"State": "healthy"}
        reason, description = _WORDS[state]
        return {"State": state.value, "Reason": reason, "Description": description}

    def _runs(self, member: Member) -> bool:
        seats = [seat for seat in self._emulation.blueprint.survey.seats if member.address in seat.addresses]
        return any(seat.running for seat in seats)

    def _targets(self) -> list[Checked]:
        """Return the targets to be checked now, as the state of AWS is."""
        blueprint = self._emulation.blueprint
        found = []
        for relay in blueprint.relays if blueprint.relays else ():
            nodes = [
                seat for seat in blueprint.survey.at(relay.balancer.vpc_id)
                if seat.role is Role.NODE and any(node.address in seat.addresses for node in relay.nodes)
            ]  # fmt: skip
            for branch in relay.branches if relay.works else ():
                for group, _ in branch.shares:
                    for member in group.members:
                        zones = serving_zones(relay, group, member)
                        checking = [seat for seat in nodes if seat.subnet and seat.subnet.zone in zones]
                        if checking and is_checked(member):
                            found.append(Checked(group, member, tuple(checking), branch.listener.port))
        return list({item.key: item for item in found}.values())

    def _state(self, item: Checked) -> HealthState:
        return self._standings.get(item.key, Standing()).state

    def _run(self) -> None:
        while not self._closing.is_set():
            now = time.monotonic()
            targets = self._targets()
            with suppress(RuntimeError):  # no thread to be had: nobody's health turns for that
                if self._round([item for item in targets if self._due.get(item.key, 0) <= now]):
                    self._emulation.believe(self.health)
            nearest = min((self._due.get(item.key, 0) for item in targets), default=now + self._scale * 5)
            self._closing.wait(max(0.01, nearest - time.monotonic()))

    def _round(self, targets: Iterable[Checked]) -> bool:
        """Check targets once, each from all its nodes at once, and say whether the health of one turned.

        A target passes when it passes at one node: AWS's checkers agree among themselves, nobody says how.
        """
        asked = [(item, [self._ask(item, seat) for seat in item.nodes]) for item in targets]
        turned = False
        for item, answers in asked:
            passed = True in [answer.result() for answer in answers]
            interval, _, rise, fall = _numbers(item.group)
            with self._lock:
                before = self._standings.get(item.key, Standing())
                after = before.after(passed=passed, to_rise=rise, to_fall=fall)
                self._standings[item.key] = after
                self._due[item.key] = time.monotonic() + interval * self._scale
            turned = turned or after.state is not before.state
        return turned

    def _ask(self, item: Checked, node: Seat) -> Future[bool]:
        own = item.group.group.health_check
        port = own.port if isinstance(own.port, int) else item.member.port
        timeout = max(_SHORTEST_TIMEOUT, _numbers(item.group)[1] * self._scale)
        host = f"{node.address}:{item.host_port}"
        return self._pool(node.name).submit(
            _inside,
            self._emulation,
            node.name,
            lambda: check.passes(own, str(item.member.address), port, host, timeout),
        )

    def _pool(self, name: str) -> ThreadPoolExecutor:
        return self._pools.setdefault(name, ThreadPoolExecutor(_AT_ONCE))


def _inside(emulation: Emulation, name: str, ask: Callable[[], bool]) -> bool:
    """Ask from a node's namespace; False when the node is gone meanwhile."""
    try:
        with emulation.lab.network.inside(name):
            return ask()
    except (KeyError, OSError):
        return False


def _numbers(group: Group) -> tuple[int, int, int, int]:
    """Return interval, timeout and both thresholds."""
    own = group.group.health_check
    given = (own.interval, own.timeout, own.healthy_threshold, own.unhealthy_threshold)
    interval, timeout, rise, fall = (
        default if value is None else value for value, default in zip(given, _DEFAULTS, strict=True)
    )
    return interval, timeout, rise, fall
