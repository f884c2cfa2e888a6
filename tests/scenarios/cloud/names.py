"""What is a thing called that was made under some name? Ids follow from names, the same in every run."""

from __future__ import annotations

import hashlib
from typing import Any

Object = dict[str, Any]

MADE_AT = "2026-04-01T09:30:00Z"


def made_id(prefix: str, name: str) -> str:
    """Return the id of a resource that was created with this name."""
    return f"{prefix}-0{digest(prefix + name, 16)}"


def named(name: str) -> list[Object]:
    """Return the tags of what has a name."""
    return [{"Key": "Name", "Value": name}]


def digest(text: str, length: int) -> str:
    """Return so many hexadecimal digits, the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def mac(name: str) -> str:
    """Return the MAC address of an interface."""
    text = digest(name, 10)
    return ":".join(["06", *(text[index : index + 2] for index in range(0, 10, 2))])


def dns_name(address: str, region: str) -> str:
    """Return the DNS name of an address inside AWS."""
    return f"ip-{address.replace('.', '-')}.{region}.compute.internal"
