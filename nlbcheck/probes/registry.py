"""Which probes are there?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from nlbcheck.model import Check, Flow
from nlbcheck.probes.answer import Answer
from nlbcheck.probes.connection import Connection
from nlbcheck.probes.exchange import Exchange

PROBES = {
    Check.TCP: "tcp",
    Check.HTTP: "http",
    Check.HTTPS: "https",
    Check.SSH: "ssh",
    Check.TLS: "tls_alone",
}
"""The module of each check's ``probe``, imported when the first flow asks for it."""


@dataclass(frozen=True, slots=True)
class Probe:
    """How one check is made."""

    talk: Callable[[Connection, Flow], Answer]
    """Hold the conversation over any stream; may wait, within the connection's deadline."""
    exchange: Callable[[Flow], Exchange | None]
    """The conversation as one question and one answer; None where it is more than that."""


def find(check: Check) -> Probe:
    """Return the probe of a check; its module is imported now."""
    module = import_module(f"nlbcheck.probes.{PROBES[check]}")
    return Probe(module.probe, getattr(module, "exchange", _more))


def _more(_flow: Flow) -> None:
    return None
