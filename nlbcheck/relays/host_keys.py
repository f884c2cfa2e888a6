"""Which host key does a line pin?"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error

from nlbcheck.host_keys import KEY_TYPES, fingerprint
from nlbcheck.model import HostKey
from nlbcheck.relays.fields import text
from nlbcheck.relays.tree import Value, shown

FINGERPRINT = r"SHA256:[A-Za-z0-9+/]{43}=?"
_TYPE = "|".join(KEY_TYPES)
HOST_KEY = rf"^\s*(?:(?:({_TYPE})\s+)?({FINGERPRINT})|(?:.*\s)?({_TYPE})\s+(AAAA\S+).*)\s*$"
"""A fingerprint with or without its key type, or a line of ``known_hosts`` or of a ``.pub`` file."""


def parse(value: Value) -> HostKey:
    """Return the pinned key, or raise ValueError."""
    word = text(value)
    found = re.search(HOST_KEY, word)
    if found is None:
        raise ValueError(
            f"{shown(value)} is not a host key such as 'SHA256:' and 43 characters, or 'ssh-ed25519 AAAA…'"
        )
    if found[2]:
        return HostKey(found[2].rstrip("="), found[1])
    return HostKey(_fingerprint(found[4], found[3], value), found[3])


def _fingerprint(encoded: str, key_type: str, value: Value) -> str:
    """Return the fingerprint of a public key as OpenSSH prints it."""
    try:
        blob = b64decode(encoded, validate=True)
    except Base64Error:
        raise ValueError(f"{shown(value)}: the key is not base64") from None
    # RFC 4253, section 6.6: the key begins with its type as a string of four bytes length and text.
    name = key_type.encode()
    if not blob.startswith(len(name).to_bytes(4, "big") + name) or len(blob) < len(name) + 36:
        raise ValueError(f"{shown(value)}: the key is not a whole {key_type} key")
    return fingerprint(blob)
