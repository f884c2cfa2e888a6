"""What does a user say about who answers in the lab, in a file of a few lines?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path

import yaml

from nlbcheck import contents
from nlbcheck.errors import InputError
from nlbcheck.escape import printable
from nlbcheck.lab.emulation.services import AddressAndPort, Wishes
from nlbcheck.model import Check

_MOST = 1 << 20
_WORDS = ("closed", "drop", "reject", "proxy-protocol", *(check.value for check in Check))
_EXPECTED = f"{', '.join(_WORDS[:-1])} or {_WORDS[-1]}"


def read(path: Path) -> Mapping[AddressAndPort, str]:
    """Return what a file says of each ``ADDRESS:PORT`` under its key ``services``.

    InputError with every mistake.
    """
    try:
        document = yaml.safe_load(contents.read(path, _MOST))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except RecursionError:
        raise contents.too_deep(str(path)) from None
    except (yaml.YAMLError, ValueError) as error:
        said = " ".join(printable(str(error)).split())
        raise InputError(f"{path}: not YAML: {said}") from error
    listed = document.get("services") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or not isinstance(listed, Mapping) or len(document) != 1:
        raise InputError(f"{path}: one key was expected, services:, with lines ADDRESS:PORT: WORD under it")
    found, problems = {}, []
    for key, word in listed.items():
        place = _place(str(key))
        if place is None:
            problems.append(f"{path}: '{printable(str(key))}' is not ADDRESS:PORT")
        elif word not in _WORDS:
            shown = f"'{printable(word)}'" if isinstance(word, str) else "what stands there"
            problems.append(f"{path}: {key}: {shown} is not {_EXPECTED}")
        else:
            found[place] = str(word)
    if problems:
        raise InputError(*problems)
    return found


def followed(wishes: Wishes, said: Mapping[AddressAndPort, str]) -> Wishes:
    """Return wishes as a file says otherwise."""
    checks = {place: Check(word) for place, word in said.items() if word in list(Check)}

    def places(wanted: str) -> frozenset[AddressAndPort]:
        return frozenset(place for place, word in said.items() if word == wanted)

    return replace(
        wishes,
        listening={**(wishes.listening or {}), **checks},
        closed=wishes.closed | places("closed"),
        dropped=wishes.dropped | places("drop"),
        rejected=wishes.rejected | places("reject"),
        expecting_proxy=wishes.expecting_proxy | places("proxy-protocol"),
    )


def _place(text: str) -> AddressAndPort | None:
    address, _, port = text.rpartition(":")
    try:
        number = int(port) if port.isascii() and port.isdigit() else 0
        return (IPv4Address(address), number) if 0 < number < 65536 else None
    except AddressValueError:
        return None
