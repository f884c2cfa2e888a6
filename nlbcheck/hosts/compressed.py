"""How does a long answer come through where little of it is kept: Systems Manager keeps 24,000 characters?

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html
"""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import replace

from nlbcheck.errors import UnseenError
from nlbcheck.hosts.host import Host, Ran

_MARK = "gzip+base64"
_MOST = 1 << 24
"""Bytes that are unpacked; a stranger may pack many more into little."""


class Compressed:
    """A host whose scripts send what they write packed, where the host has gzip and base64."""

    def __init__(self, host: Host) -> None:
        self.name = host.name
        """What reports call it."""
        self._host = host

    def run(self, script: str, timeout: float) -> Ran:
        """Run a script as `Host` says; its exit status is not kept.

        Raises UnseenError also where an answer is not what the host was to send.
        """
        ran = self._host.run(_packing(script), timeout)
        head, _, rest = ran.output.partition("\n")
        if head != _MARK:
            return ran
        return replace(ran, output=self._unpacked(rest), status=None)

    def _unpacked(self, text: str) -> str:
        """Return what was packed, as far as it has come through."""
        whole = "".join(text.split())
        try:
            packed = base64.b64decode(whole[: len(whole) // 4 * 4])
            return zlib.decompressobj(wbits=31).decompress(packed, _MOST).decode("utf-8", errors="replace")
        except (binascii.Error, ValueError, zlib.error):
            raise UnseenError(f"{self.name}: its answer did not come through whole") from None


def _packing(script: str) -> str:
    return (
        f"run() {{ {script}\n}}\n"
        "if command -v gzip >/dev/null 2>&1 && command -v base64 >/dev/null 2>&1; then\n"
        f"  echo {_MARK}; run | gzip -9 | base64\n"
        "else run; fi\n"
    )
