"""Is one value of a row what it has to be? Each function returns the parsed value or raises ValueError."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from nlbcheck.escape import printable
from nlbcheck.model import Address, Check, Port
from nlbcheck.relays import mistyped
from nlbcheck.relays.samples import MOST
from nlbcheck.relays.tree import Number, TreeNode, Value, near, shown

PORT = r"^\s*(?:([A-Za-zＡ-Ｚａ-ｚ_＿]+)\s*[:：]\s*)?([1-9１-９][0-9０-９]{0,4})\s*$"
"""``TCP:10022`` or ``10022``, full-width characters included."""
STATUSES = r"^\s*(?:[1-5](?:xx|XX|[0-9]{2}(?:\s*-\s*[1-5][0-9]{2})?)\s*(?:,\s*(?=[0-9])|$))+$"
"""``200``, ``200-399``, ``2xx`` and lists of them."""
_LABELS = r"(?=[^:]{1,253}(?::|$))[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*"
"""A DNS name: labels of 1 to 63 characters, 253 in all (RFC 1035, section 2.3.4)."""
HOST = rf"^{_LABELS}\.?(?::[0-9]{{1,5}})?$"
SERVER_NAME = rf"^{_LABELS}$"
PATH = r"^/[!-~]*$"
ROLE_ARN = r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$"
HEADER_NAME = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
SAMPLES = r"^\s*(?:[1-9１-９]|[1-4１-４][0-9０-９]|[5５][0０])\s*$"
"""1 to 50, full-width digits included."""
PROBED = ("TCP", "TLS", "TCP_UDP")
"""Protocols that a connection can be made to; of TCP_UDP the TCP half."""
_OTHER_PROTOCOLS = ("UDP", "QUIC", "TCP_QUIC")
CHECKS = {word: check for check in Check for word in (check.value, check.value.upper())}
FORWARD = ("forward", "Forward", "転送")
NAME = r"\S"
_IN_NAMES = ("Lu", "Ll", "Lo", "Lt", "Nd")
"""Of the characters of a name at least one is a letter or a digit; a dash or a mark says nothing."""
_LIKE_AN_ADDRESS = re.compile(r"[0-9./]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")
_WITH_PORT = re.compile(r"[^:]+:[0-9]{1,5}")
_WITH_ADDRESS = re.compile(r"[^()]*[^()\s]\s*[(（]\s*[0-9.]+\s*[)）]")
SEPARATOR = re.compile(r"\s*(?:[,;\n、，；]|<br\s*/?>)\s*", re.IGNORECASE)
"""What stands between several values in one text."""
LONGEST = 8192
"""The most characters of one text; the longest that has a use is an RSA key."""
WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def samples(value: Value) -> int:
    """Return how many connections are made to each node."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST:
        return value
    if isinstance(value, str) and re.search(SAMPLES, value):
        return int(value)
    raise ValueError(f"{shown(value)} is not a number of connections from 1 to {MOST}")


def text(value: Value) -> str:
    """Return a text that is not empty and has nothing in it that does not print."""
    if not isinstance(value, str):
        hint = ": write it in quotes" if isinstance(value, (int, Number)) else ""
        raise ValueError(f"{shown(value)} is not text{hint}")  # noqa: TRY004
    stripped = value.strip()
    if not stripped:
        raise ValueError("is empty")
    if len(stripped) > LONGEST:
        raise ValueError(f"{shown(value)} has more than {LONGEST} characters")
    if printable(stripped) != stripped:
        raise ValueError(f"{shown(value)} has characters that do not print")
    return stripped


def matching(pattern: str, wanted: str, value: Value) -> str:
    """Return a text that fits ``pattern``."""
    word = text(value)
    if not re.search(pattern, str(value)):
        raise ValueError(f"{shown(value)} is not {wanted}")
    return word


def path(value: Value) -> str:
    """Return the path of a URL, query included."""
    return matching(PATH, "a path such as '/status'", value)


def host(value: Value) -> str:
    """Return an HTTP Host header's value."""
    return matching(HOST, "a host such as 'app.example.com'", value)


def server_name(value: Value) -> str:
    """Return a TLS server name."""
    return matching(SERVER_NAME, "a host name", value)


def role_arn(value: Value) -> str:
    """Return the ARN of an IAM role."""
    return matching(ROLE_ARN, "a role such as arn:aws:iam::123456789012:role/NAME", value)


def group(value: Value) -> str:
    """Return a target group's name."""
    name = text(value)
    if ":" in name:
        raise ValueError(f"{shown(value)} has a ':', which no target group's name has")
    return name


def port(value: Value) -> Port:
    """Return a port that a connection can be made to; a bare number is TCP."""
    if isinstance(value, str):
        return _port(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _port(str(value))
    raise ValueError(f"{shown(value)} is not a port from 1 to 65535, such as TCP:10022")


@lru_cache(maxsize=256)
def _port(value: str) -> Port:
    found = re.search(PORT, value)
    if found is None or int(found[2]) > 65535:
        raise ValueError(f"{shown(value)} is not a port from 1 to 65535, such as TCP:10022")
    protocol = unicodedata.normalize("NFKC", found[1] or "TCP").upper()
    if protocol in _OTHER_PROTOCOLS:
        raise ValueError(f"{shown(value)}: only TCP and TLS can be probed")
    if protocol not in PROBED:
        raise ValueError(f"{shown(value)}: {shown(protocol)} is not TCP or TLS")
    return Port(protocol, int(found[2]))


def is_unprobable(value: str) -> bool:
    """Whether a text is a port of a protocol that no probe is made for."""
    found = re.search(PORT, value)
    protocol = unicodedata.normalize("NFKC", found[1] or "").upper() if found else ""
    return protocol in _OTHER_PROTOCOLS and found is not None and int(found[2]) <= 65535


def address(value: Value) -> Address:
    """Return an IPv4 address of one machine; full-width characters are as good as others.

    0.0.0.0 is none: Linux connects to this machine itself where a program asks for it (ip(7), INADDR_ANY).
    """
    if isinstance(value, (int, Number)):
        raise ValueError(f"{shown(value)} is not an IPv4 address: {mistyped.what_is_wrong('')}")  # noqa: TRY004
    word = unicodedata.normalize("NFKC", text(value))
    try:
        found = IPv4Address(word)
    except AddressValueError:
        pass
    else:
        if not mistyped.is_of_machine(found):
            raise ValueError(f"{shown(value)} is not the address of a machine")
        return found
    try:
        IPv6Address(word)
    except AddressValueError:
        raise ValueError(f"{shown(value)} is not an IPv4 address: {mistyped.what_is_wrong(word)}") from None
    raise ValueError(f"{shown(value)}: IPv6 is not supported yet, an IPv4 address was expected")


def targets(value: Value) -> tuple[str, ...]:
    """Return the targets that one text names: addresses or names, one or several with separators between."""
    if not isinstance(value, str) or not value.strip():
        return (target(value),)
    words = [word for word in SEPARATOR.split(value) if word.strip()]
    if not words:
        raise ValueError(f"{shown(value)} names no target")
    return tuple(map(_one_target, words))


def _one_target(word: str) -> str:
    if _WITH_PORT.fullmatch(word.strip()):
        raise ValueError(f"{shown(word)} has a port, which target_port says")
    if _WITH_ADDRESS.fullmatch(word.strip()):
        raise ValueError(
            f"{shown(word)} is a name with an address: write the name alone, and its address under targets"
        )
    return target(word)


def target(value: Value) -> str:
    """Return a target: an IPv4 address or a name."""
    word = text(value)
    if not any(unicodedata.category(letter) in _IN_NAMES for letter in word):
        raise ValueError(f"{shown(value)} is neither an address nor a name")
    plain = unicodedata.normalize("NFKC", word)
    is_meant = _LIKE_AN_ADDRESS.fullmatch(plain) or mistyped.address_meant(plain)
    return str(address(value)) if is_meant else word


def literal_address(target: str) -> Address | None:
    """Return the address that ``target`` is, if it is one and not a name."""
    return IPv4Address(target) if _LIKE_AN_ADDRESS.fullmatch(target) else None


def check(value: Value) -> Check:
    """Return a check; either all small or all capital letters."""
    if isinstance(value, str) and value in CHECKS:
        return CHECKS[value]
    raise ValueError(f"{shown(value)} is not a check: {_any_of(Check)}")


def _any_of(words: Iterable[str]) -> str:
    """Return words as a sentence offers them: ``a, b or c``."""
    *others, last = words
    return f"{', '.join(others)} or {last}"


def boolean(value: Value) -> bool:
    """Return true or false, which may be a word, since a CSV file has nothing else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in WORDS:
        return WORDS[value]
    raise ValueError(f"{shown(value)} is neither true nor false")


def action(value: Value) -> str:
    """Return the action of a printed table, which can only be to forward."""
    if value not in FORWARD:
        raise ValueError(f"{shown(value)} is not 'forward' (or '転送'), the only action of such a listener")
    return str(value)


def number(value: Value) -> str:
    """Return what a printed table has in its column of numbers, which is not used."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError(f"{shown(value)} is not a row's number")  # noqa: TRY004
    return str(value)


def statuses(value: Value) -> tuple[range, ...]:
    """Return the accepted HTTP status codes, each as a range."""
    if isinstance(value, list):
        if not value:
            raise ValueError("is an empty list")
        return tuple(codes for item in value for codes in statuses(_scalar(item)))
    bare = isinstance(value, int) and not isinstance(value, bool)
    word = str(value) if bare else text(value) if isinstance(value, str) else ""
    if not re.search(STATUSES, word):
        raise ValueError(f"{shown(value)} is not an HTTP status such as 200, '200-399', '200,302' or '2xx'")
    return tuple(_codes(part) for part in word.split(","))


def _scalar(item: TreeNode) -> Value:
    if isinstance(item.value, list):
        raise ValueError("has a list in a list")  # noqa: TRY004
    return item.value


def _codes(part: str) -> range:
    """Return the status codes that one part of a list stands for."""
    first, _, last = part.strip().lower().partition("-")
    if first.endswith("xx"):
        return range(int(first[0]) * 100, int(first[0]) * 100 + 100)
    codes = range(int(first), int(last or first) + 1)
    if not codes:
        raise ValueError(f"'{part.strip()}' ends before it begins")
    return codes


def unknown(word: str, known: Sequence[str]) -> str:
    """Return the sentence on a key that is none, with the key that may have been meant."""
    like = near(word, known)
    hint = f"perhaps '{like[0]}' is meant" if like else f"known are {', '.join(known)}"
    return f"unknown key {shown(word)}, {hint}"
