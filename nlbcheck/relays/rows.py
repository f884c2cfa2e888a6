"""Is one row of the table right in itself?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlbcheck.model import Check, HttpExpectation, Port
from nlbcheck.relays import fields, host_keys
from nlbcheck.relays.section import Section
from nlbcheck.relays.tree import Value, shown

KEYS = (
    "no", "listener", "action", "target_group", "target_port", "target", "check", "expect",
    "path", "host", "server_name", "verify", "ssh_banner_only",
)  # fmt: skip
_WEB = (Check.HTTP, Check.HTTPS)
_CHECKS_OF = {
    "host_key": (Check.SSH,),
    "ssh_banner_only": (Check.SSH,),
    "http": _WEB,
    "path": _WEB,
    "host": _WEB,
    "server_name": (Check.HTTPS,),
    "verify": (Check.HTTPS,),
}
"""The checks that a key says something about."""
_NO_HTTP = HttpExpectation()
_CHECK_BY_PORT = {22: Check.SSH, 80: Check.HTTP, 8080: Check.HTTP, 443: Check.HTTPS, 8443: Check.HTTPS}


@dataclass(frozen=True, slots=True)
class Draft:
    """What could be read of a row; None where it is wrong."""

    section: Section
    place: str
    listener: Port | None
    target_group: str | None
    target_port: Port | None
    target: str | None
    more: Mapping[str, Any]
    """The row's other fields."""


def read(section: Section, place: str, folder: Path) -> Draft:
    """Return the row that ``section`` holds; files that it names are sought from ``folder``."""
    section.only(KEYS)
    section.take("no", fields.number)
    section.take("action", fields.action)
    listener = section.take("listener", fields.port, required=True)
    target_group = section.take("target_group", fields.group, required=True)
    target_port = section.take("target_port", fields.port, required=True)
    target = section.take("target", fields.target, required=True)
    check = section.take("check", fields.check)
    if check is None and target_port is not None and "check" not in section.entries:
        check = _CHECK_BY_PORT.get(target_port.number, Check.TCP)
    more = {
        "check": check,
        "path": section.take("path", fields.path) or "/",
        "host": section.take("host", fields.host),
        "server_name": section.take("server_name", fields.server_name),
        "ssh_banner_only": section.take("ssh_banner_only", fields.boolean) or False,
        **_expected(section, check),
    }
    verify = section.take("verify", lambda value: _verify(value, folder))
    more["verify"] = True if verify is None else verify
    _applies(section, check)
    if more["ssh_banner_only"] and more["host_keys"]:
        section.refuse(
            section.entries["ssh_banner_only"], "no host key is seen with it, expect.host_key needs one",
            "ssh_banner_only",
        )  # fmt: skip
    return Draft(section, place, listener, target_group, target_port, target, more)


def _expected(section: Section, check: Check | None) -> dict[str, Any]:
    """Return what the row expects of the answer."""
    expect = section.inner("expect")
    if expect is None:
        return {"host_keys": (), "http": _NO_HTTP}
    expect.only(("host_key", "http"))
    _applies(expect, check)
    return {"host_keys": tuple(expect.each("host_key", host_keys.parse)), "http": _http(expect)}


def _http(expect: Section) -> HttpExpectation:
    """Return what the row expects of an HTTP answer."""
    http = expect.inner("http")
    if http is None:
        return HttpExpectation()
    http.only(("status", "header"))
    header = http.inner("header")
    headers = header.every(fields.HEADER_NAME, fields.text) if header else {}
    return HttpExpectation(http.take("status", fields.statuses) or (), headers)


def _applies(section: Section, check: Check | None) -> None:
    """Note every key that says nothing about ``check``."""
    for key, node in section.entries.items():
        checks = _CHECKS_OF.get(key)
        if check is not None and checks is not None and check not in checks:
            section.refuse(node, f"is for {' and '.join(checks)}, the check of this row is {check}", key)


def _verify(value: Value, folder: Path) -> bool | str:
    """Return whether to verify, or the path of the file of authorities."""
    if isinstance(value, bool) or value in fields.WORDS:
        return fields.boolean(value)
    import ssl  # takes a hundredth of a second, and few tables name a file

    file = folder / fields.text(value)
    if not file.is_file():
        raise ValueError(f"{shown(value)} is neither true nor false nor a file of certificate authorities")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError:  # ssl.SSLError is one
        raise ValueError(f"{shown(value)} holds no certificate of an authority that can be read") from None
    return str(file.absolute())
