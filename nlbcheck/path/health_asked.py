"""What does a health check ask, and of which service?

It has a protocol, port, path and matcher of its own: TCP, HTTP or HTTPS, also for groups of TLS, UDP and
QUIC; 200-399 passes by default:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlbcheck.aws.resources.listener import Protocol
from nlbcheck.aws.resources.target_group import HealthCheck, Target, TargetGroup, TrafficPort
from nlbcheck.language import tell
from nlbcheck.model import Check, Json, ProbeSpec
from nlbcheck.model.facts import NotVisible

_OVER_TCP = (Protocol.TCP, Protocol.TLS, Protocol.TCP_UDP, Protocol.TCP_QUIC)
_WEB = (Protocol.HTTP, Protocol.HTTPS)
_WEB_PORTS = (80, 443, 8080, 8443)
_DEFAULT_PATH = "/"
_DEFAULT_MATCHER = "200-399"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the health check of one target asks, and of which service."""

    group: TargetGroup
    target: Target
    service: ProbeSpec | None = None
    """What a table says of the service; None where no table says anything."""

    @property
    def check(self) -> HealthCheck:
        """How the target's group checks."""
        return self.group.health_check

    @property
    def port(self) -> int | None:
        """The port that is checked: a target's own, or the group's for all."""
        port = self.check.port
        if port is TrafficPort.TRAFFIC_PORT:
            return self.target.port
        return port if isinstance(port, int) else self.target.health_check_port

    @property
    def evidence(self) -> dict[str, Json]:
        """What AWS says of the check, field by field."""
        check = self.check
        return {
            "protocol": check.protocol.value if check.protocol else None,
            "port": self.port,
            "path": self._path,
            "matcher": self._matcher,
            "interval_seconds": check.interval,
            "timeout_seconds": check.timeout,
            "healthy_threshold": check.healthy_threshold,
            "unhealthy_threshold": check.unhealthy_threshold,
        }

    @property
    def by_web(self) -> bool:
        """Whether it asks by HTTP or HTTPS."""
        return self.check.protocol in _WEB

    @property
    def _path(self) -> str | None:
        return (self.check.path or _DEFAULT_PATH) if self.by_web else None

    @property
    def _matcher(self) -> str | None:
        return (self.check.matcher or _DEFAULT_MATCHER) if self.by_web else None

    def __str__(self) -> str:
        """Say it shortly: ``HTTP / on port 8420 for 200-399``."""
        return tell(
            "{protocol} {path} on port {port} for {matcher}" if self.by_web else "{protocol} on port {port}",
            protocol=self.check.protocol.value if self.check.protocol else tell("an unknown protocol"),
            path=self._path,
            port=self.port,
            matcher=self._matcher,
        )

    @property
    def hidden(self) -> NotVisible | None:
        """What is missing where AWS does not say what is asked."""
        if self.check.protocol is not None and self.port is not None:
            return None
        fact = tell("what the health check of {group} asks", group=self.group.name)
        return NotVisible(fact, "elbv2", "DescribeTargetGroups", self.group.account_region)

    @property
    def is_of_connections(self) -> bool:
        """Whether it asks no more than a connection does: the same port, by TCP."""
        same = self.port == self.target.port and self.group.protocol in _OVER_TCP
        return same and self.check.protocol is Protocol.TCP

    @property
    def is_of_service(self) -> bool:
        """Whether it asks what the table says of the service: the same port, by the service's protocol."""
        return self.by_web and self.service is not None and not self.differences

    @property
    def differences(self) -> tuple[str, ...]:
        """What it asks that is not what the table says of the service, each in words."""
        told = []
        if self.port != self.target.port:
            told.append(
                tell(
                    "it checks port {port}, connections go to port {used}",
                    port=self.port,
                    used=self.target.port,
                )
            )
        service = self.service
        if service is None or not self.by_web:
            return tuple(told)
        if not self._is_spoken(service):
            kind = self.check.protocol.value if self.check.protocol else None
            named = self._named(service)
            told.append(tell("it uses {protocol}, the table says {spoken}", protocol=kind, spoken=named))
        elif service.check in (Check.HTTP, Check.HTTPS):
            told += self._of_answers(service)
        return tuple(told)

    def _is_spoken(self, service: ProbeSpec) -> bool:
        """Whether the service speaks what is asked; behind a TLS listener it may speak either."""
        by_tls = self.check.protocol is Protocol.HTTPS
        if self.group.protocol is Protocol.TLS and not by_tls:
            return False
        match service.check:
            case Check.HTTP:
                return not by_tls
            case Check.HTTPS:
                return True
            case Check.TCP | Check.TLS:
                return self.target.port in _WEB_PORTS
        return False

    def _named(self, service: ProbeSpec) -> str:
        inside = self.group.protocol is Protocol.TLS and service.check is not Check.TLS
        name = service.check.value
        return tell("{protocol} inside TLS", protocol=name) if inside else name

    def _of_answers(self, service: ProbeSpec) -> list[str]:
        told = []
        if self._path != service.path:
            told.append(
                tell(
                    "it requests {path}, the table requests {declared}",
                    path=self._path,
                    declared=service.path,
                )
            )
        wanted = service.http.statuses
        if wanted and not any(part.start < end and start < part.stop for part in wanted
                              for start, end in _codes(self._matcher or "")):  # fmt: skip
            told.append(tell("it expects {matcher}, the table expects another status", matcher=self._matcher))
        return told


def _codes(matcher: str) -> Sequence[tuple[int, int]]:
    """Return the status codes of a matcher, ``200,301-302``, as starts and ends."""
    found = []
    for part in matcher.split(","):
        first, _, last = part.strip().partition("-")
        if first.isdecimal() and (last or first).isdecimal():
            found.append((int(first), int(last or first) + 1))
    return found
