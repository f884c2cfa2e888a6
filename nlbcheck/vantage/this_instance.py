"""Which EC2 instance is this machine, if it is one?

Only where the machine itself looks like one, or where ``AWS_EC2_METADATA_SERVICE_ENDPOINT`` names another
place to ask, is the metadata service asked; elsewhere nobody answers, and a probe would wait for nothing.
"""

from __future__ import annotations

import os
import re
import socket
from contextlib import suppress
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from nlbcheck.model.net import SocketAddress

if TYPE_CHECKING:
    from nlbcheck.vantage.metadata import InstanceMetadata

ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
SECONDS = 0.3
"""Seconds for all questions together."""
_SIGNS = {
    "/sys/class/dmi/id/board_asset_tag": re.compile(r"i-[0-9a-f]{8,17}"),
    "/sys/class/dmi/id/sys_vendor": re.compile(r"Amazon EC2"),
    "/sys/hypervisor/uuid": re.compile(r"ec2[0-9a-f-]*", re.IGNORECASE),
}
"""What files say on an instance, Nitro's or Xen's.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/identify_ec2_instances.html
"""


def this_instance() -> InstanceMetadata | None:
    """Return the instance that this machine is, as its metadata service says; it is asked once.

    ``AWS_EC2_METADATA_DISABLED`` switches that off. No proxy is used.
    """
    named = os.environ.get(ENDPOINT)
    if named is None:
        return _asked(None) if _looks_like_one() else None
    at = _address(named)
    return _asked(at) if at else None


def _address(named: str) -> SocketAddress | None:
    """Return the address of an endpoint; None where it is no ``http://`` URL with an address."""
    from urllib.parse import urlsplit  # hardly anybody names one

    with suppress(ValueError):
        url = urlsplit(named)
        if url.scheme == "http" and url.hostname:
            return SocketAddress(str(ip_address(url.hostname)), url.port or 80)
    return None


def _looks_like_one() -> bool:
    for file, sign in _SIGNS.items():
        with suppress(OSError, ValueError):
            if sign.fullmatch(Path(file).read_text(encoding="ascii").strip()):
                return True
    return False


@cache
def _asked(at: SocketAddress | None) -> InstanceMetadata | None:
    from nlbcheck.vantage import metadata  # few machines are instances

    return metadata.instance(_connected, at, SECONDS)


def _connected(to: SocketAddress, seconds: float) -> socket.socket:
    return socket.create_connection(to, max(seconds, 0.01))
