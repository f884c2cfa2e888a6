"""What is wrong with a text that is to be an IPv4 address, and which one is plainly meant?"""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Network

_EXPECTED = "expected four numbers from 0 to 255, such as 172.31.128.10"
_SLIPS = (("Oo", "0"), ("lI", "1"), (",", "."))
"""Characters that are taken for another one when they are read or typed."""

_THIS_NETWORK = IPv4Network("0.0.0.0/8")
_BROADCAST = IPv4Address("255.255.255.255")


def is_of_machine(address: IPv4Address) -> bool:
    """Whether a machine can have an address: none has one of "this network", a multicast or broadcast one.

    RFC 1122, section 3.2.1.3. Of the other reserved ranges some private networks make use.
    """
    return not (address.is_multicast or address in _THIS_NETWORK or address == _BROADCAST)


def what_is_wrong(word: str) -> str:
    """Return what was expected in the place of ``word``, or the only address that it can mean."""
    if meant := address_meant(word):
        return f"perhaps {meant} is meant"
    parts = word.split(".")
    if len(parts) == 4 and all(part.isdecimal() and len(part) < 20 for part in parts):
        wrong = next(part for part in parts if int(part) > 255 or str(int(part)) != part)
        return f"{wrong} {'is more than 255' if int(wrong) > 255 else 'begins with 0'}"
    return _EXPECTED


def address_meant(word: str) -> str | None:
    """Return the address that ``word`` is but for letters that look like digits; None for any other word."""
    meant = word
    for typed, right in _SLIPS:
        meant = meant.translate(dict.fromkeys(map(ord, typed), right))
    return meant if _is_address(meant) else None


def _is_address(word: str) -> bool:
    try:
        return is_of_machine(IPv4Address(word))
    except AddressValueError:
        return False
