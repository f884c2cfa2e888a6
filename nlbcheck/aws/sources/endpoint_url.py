"""Which URL may AWS's API be asked at, and what must not be shown of it?"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from nlbcheck.errors import InputError
from nlbcheck.escape import printable

_SECRET = re.compile(r"(?<=//)[^/\s@\"']*@")
_XML = re.compile(r"<(\w*(?:AccessKeyId|SecretAccessKey|SessionToken))>[^<]*")


def check(url: str) -> None:
    """Raise InputError for what is no URL of an API: another scheme than HTTP, or a password in it."""
    shown = redacted(printable(url))
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host:
        raise InputError(f"the endpoint URL {shown}: http://HOST or https://HOST was expected")
    if parts.username is not None or parts.password is not None:
        raise InputError(
            f"the endpoint URL {shown}: has a user name or a password in it; requests to AWS are signed with "
            "the credentials of the profile or the environment"
        )


def is_in_the_clear(url: str) -> bool:
    """Return whether requests to a URL can be read on their way: by HTTP, and not to this machine itself."""
    parts = urlsplit(url)
    if parts.scheme != "http":
        return False
    host = parts.hostname or ""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def redacted(text: str) -> str:
    """Return text from an error without what would let its reader in: passwords of URLs, keys, tokens."""
    return _XML.sub(r"<\1>…", _SECRET.sub("…@", text))
