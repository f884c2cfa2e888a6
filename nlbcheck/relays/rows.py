"""Is one row of the table right in itself?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlbcheck.model import Check, HttpExpectation, Port, ProbeSpec
from nlbcheck.relays.row_keys import CHECKS, NESTED, ROW_KEYS, RowKey, inside
from nlbcheck.relays.section import Section

_CHECK_BY_PORT = {22: Check.SSH, 80: Check.HTTP, 8080: Check.HTTP, 443: Check.HTTPS, 8443: Check.HTTPS}


_PARTS = tuple((key, *key.name.rpartition(".")[::2]) for key in ROW_KEYS)
"""Every key with the mapping that holds it, and its name there."""
_MAPPINGS = {prefix: (*prefix.rpartition(".")[::2], inside(prefix)) for prefix in NESTED}
"""Every mapping of a row with the one around it, its name there, and the names that may stand in it."""


_OF_ANSWERS = ("expect.host_key", "expect.http.status", "expect.http.header")
"""What a row may not say that nobody may reach: any answer at all is one too many."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What could be read of a row; None where it is wrong."""

    section: Section
    place: str
    listener: Port | None
    target_group: str | None
    target_port: Port | None
    targets: tuple[str, ...] | None
    said: Mapping[str, Any]
    """What it says under each key; None where it says nothing, or something wrong."""

    @property
    def spec(self) -> ProbeSpec:
        """How the row is probed, and what must answer."""
        return _spec(self.said)


def read(section: Section, place: str, folder: Path) -> Draft:
    """Return the row that ``section`` holds; files that it names are sought from ``folder``."""
    sections = _sections(section)
    found = {key.name: _value(sections, key, prefix, name, folder) for key, prefix, name in _PARTS}
    _applies(sections, _check(found) if found["check"] or "check" not in section.entries else None)
    keys = found["expect.host_key"] or ()
    if found["ssh_banner_only"] and keys:
        section.refuse(
            section.entries["ssh_banner_only"], "it reads no host key, and expect.host_key needs one",
            "ssh_banner_only",
        )  # fmt: skip
    _refuse_answers(sections, found)
    return Draft(
        section, place, found["listener"], found["target_group"], found["target_port"], found["target"], found
    )


def _refuse_answers(sections: Mapping[str, Section], found: Mapping[str, Any]) -> None:
    """Note what a row expects of an answer that nobody may get."""
    if found["expect.reachable"] is not False:
        return
    for key, prefix, name in _PARTS:
        of_answers = key.name in _OF_ANSWERS and prefix in sections and name in sections[prefix].entries
        if of_answers:
            sentence = "expect.reachable is false, so no answer can be expected"
            sections[prefix].refuse(sections[prefix].entries[name], sentence, name)


def _check(found: Mapping[str, Any]) -> Check | None:
    """Return how a row is probed: as it says, else by its target's port; None where neither can be read.

    Behind a TLS listener, it is inside TLS that a row is probed which says neither that nor what SSH shows.
    """
    if found["expect.reachable"] is False:
        return found["check"] or Check.TCP
    port: Port | None = found["target_port"]
    by_port = _CHECK_BY_PORT.get(port.number, Check.TCP) if port else None
    means_ssh = any(found[key] is not None for key in ("expect.host_key", "ssh_banner_only"))
    if by_port and _is_tls(found) and not means_ssh:
        by_port = Check.HTTPS if by_port in (Check.HTTP, Check.HTTPS) else Check.TLS
    check: Check | None = found["check"]
    return check or by_port


def _spec(found: Mapping[str, Any]) -> ProbeSpec:
    is_closed = found["expect.reachable"] is False
    return ProbeSpec(
        check=_check(found) or Check.TCP,
        host_keys=found["expect.host_key"] or (),
        ssh_banner_only=found["ssh_banner_only"] or False,
        http=HttpExpectation(found["expect.http.status"] or (), found["expect.http.header"] or {}),
        path=found["path"] or "/",
        host=found["host"],
        server_name=found["server_name"],
        verify=_verify(found) if found["verify"] is None else found["verify"],
        is_said=found["check"] is not None or found["verify"] is not None or is_closed,
        reachable=not is_closed,
    )


def _verify(found: Mapping[str, Any]) -> bool:
    """Return whether a certificate is verified where a row does not say it.

    A row for a TLS listener that names neither check nor server expects a certificate of nobody: the address
    that is dialled stands in none.
    """
    says_nothing = not (found["check"] or found["server_name"] or found["host"])
    return not (says_nothing and _is_tls(found) and _check(found) in (Check.HTTPS, Check.TLS))


def _is_tls(found: Mapping[str, Any]) -> bool:
    listener: Port | None = found["listener"]
    return listener is not None and listener.protocol == "TLS"


def _sections(section: Section) -> dict[str, Section]:
    """Return the mappings that a row has by their names, the row itself included."""
    found: dict[str, Section] = {}
    for prefix, (above, name, names) in _MAPPINGS.items():
        inner = section if not prefix else found[above].inner(name) if above in found else None
        if inner is not None:
            inner.only(names)
            found[prefix] = inner
    return found


def _value(sections: Mapping[str, Section], key: RowKey, prefix: str, name: str, folder: Path) -> Any:  # noqa: ANN401
    """Return what the row says under a key; None where it says nothing, or something wrong."""
    section = sections.get(prefix)
    if section is None or not (key.required or name in section.entries):
        return None
    return key.read(section, name, folder)


def _applies(sections: Mapping[str, Section], check: Check | None) -> None:
    """Note every key that says nothing about ``check``."""
    for prefix, section in sections.items():
        for name, node in section.entries.items() if check else ():
            checks = CHECKS.get(f"{prefix}.{name}" if prefix else name)
            if checks and check not in checks:
                section.refuse(node, f"is for {' and '.join(checks)}, the check of this row is {check}", name)
