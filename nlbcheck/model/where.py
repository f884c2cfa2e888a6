"""From where are probes to be made, as a command line or a table writes it: ``1c=ssh://ec2-user@10.0.0.5``?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nlbcheck.errors import InputError
from nlbcheck.escape import printable, shortened

_PORT = r"(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
LOCAL = "local"
"""The place that nlbcheck itself runs on."""
PLACES = {
    "ssh": rf"ssh://(?:[^@/?#\s-][^@/?#\s]*@)?(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])(?::{_PORT})?",
    "ssm": r"ssm://(?:m?i-[0-9A-Za-z]+|tag:[^=\s][^=]*=\S.*)",
    LOCAL: LOCAL,
}
"""What a place looks like, by its scheme."""
EXPECTED = "ssh://[USER@]HOST[:PORT], ssm://INSTANCE, ssm://tag:KEY=VALUE or local"
PLACE = rf"^(?:{'|'.join(PLACES.values())})$"
PATTERN = rf"^(?:[^=:/]+=)?(?:{'|'.join(PLACES.values())})$"
"""What may be written: a place, with a name or without."""
_RESERVED = ("this machine", "local")
"""Names of the machine that nlbcheck runs on."""
_NAMED = re.compile(r"(?:(?P<name>[^=:/]*)=)?(?P<place>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Where:
    """A place that probes are made from; one of Systems Manager may be several hosts."""

    place: str
    """``ssh://[user@]host[:port]``, ``ssm://i-…``, ``ssm://tag:Role=client`` or ``local``."""
    name: str | None = None
    """What reports call it, where the user has given it a name."""
    every_host: bool = False
    """Whether all hosts of Systems Manager probe that it means, and not one for all that stand alike."""
    bucket: str | None = None
    """The S3 bucket that hosts of Systems Manager put their whole output in."""

    @property
    def scheme(self) -> str:
        """How it is opened: ``ssh``, ``ssm`` or ``local``."""
        return self.place.partition(":")[0]

    @property
    def address(self) -> str:
        """What stands behind the scheme: ``user@host:port``, ``i-…``, ``tag:Role=client``; or nothing."""
        return self.place.partition("://")[2]

    @property
    def label(self) -> str:
        """What it is called: its name, else the place."""
        return self.name or self.place

    def __str__(self) -> str:
        return f"{self.name}={self.place}" if self.name else self.place

    @classmethod
    def parse(cls, text: str) -> Where:
        """Return the place that ``[NAME=]WHERE`` means; raises ValueError with what was expected."""
        found = _NAMED.fullmatch(text)
        name, place = (found["name"], found["place"].strip()) if found else (None, text)
        return cls.at(place, name)

    @classmethod
    def at(cls, place: str, name: str | None = None) -> Where:
        """Return a place under a name; raises ValueError with what was expected."""
        if re.match(r"ssh://[^@/]*:[^@/]*@", place):
            raise ValueError(f"a password in a vantage point: no password is ever sent; expected {EXPECTED}")
        if not any(re.fullmatch(pattern, place) for pattern in PLACES.values()):
            raise ValueError(f"'{_shown(place)}' is no vantage point: expected {EXPECTED}")
        if name is None:
            return cls(place)
        if name.strip() in _RESERVED and place != LOCAL:
            raise ValueError(f"'{name.strip()}' is this machine: expected another name of a vantage point")
        if not name.strip() or printable(name) != name:
            raise ValueError(f"'{_shown(name)}' is no name of a vantage point: expected text that prints")
        return cls(place, name.strip())


def check_names(wheres: Sequence[Where]) -> None:
    """Raise InputError where two vantage points have one name."""
    times = Counter(where.label for where in wheres)
    problems = [
        f"two vantage points are called '{name}': give each a name of its own, as in a=ssh://HOST"
        for name, count in times.items()
        if count > 1
    ]
    if problems:
        raise InputError(*problems)


def _shown(text: str) -> str:
    return shortened(printable(text), 60)
