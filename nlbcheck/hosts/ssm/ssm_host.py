"""How is an instance of Systems Manager a host like any other?"""

from __future__ import annotations

from dataclasses import dataclass

from nlbcheck.errors import UnseenError
from nlbcheck.hosts.host import Ran
from nlbcheck.hosts.ssm.command import RunCommand


@dataclass(frozen=True, slots=True)
class SsmHost:
    """An instance that runs commands by Systems Manager."""

    instance: str
    commands: RunCommand
    name: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.instance)

    def run(self, script: str, timeout: float) -> Ran:
        """Run a script of a POSIX shell on it; see `Host`."""
        done = self.commands.run([self.instance], script, timeout)[self.instance]
        if done.ran is None:
            raise UnseenError(done.why or f"nothing ran on {self.instance}")
        return done.ran
