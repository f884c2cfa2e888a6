"""200 ssh endpoints with host keys, against one ssh-keyscan."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.relay import write_table
from benchmarks.timing import compare, nlbcheck
from tests.servers import program, sshd

PORT = 26000
ADDRESSES = [f"127.0.1.{number}" for number in range(1, 201)]
"""ssh-keyscan knows one port for all hosts, so the endpoints differ by address."""


def main() -> None:
    """Let both read the host key of an sshd, as often as it has addresses, and turned away by none.

    All endpoints have one target here, so nlbcheck opens four connections at a time and no more.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = write_table(folder / "table.csv", [(PORT, "ssh")], ADDRESSES)
        hosts = folder / "hosts"
        hosts.write_text("\n".join(ADDRESSES) + "\n")
        keyscan: list[str | Path] = [program("ssh-keyscan"), "-t", "ed25519", "-p", str(PORT), "-f", hosts]
        with sshd(folder, [f"ListenAddress 0.0.0.0:{PORT}", "MaxStartups 1000"]):
            probe = nlbcheck("probe", *table, "-f", "json")
            compare("200 ssh endpoints, against ssh-keyscan", [probe], [keyscan], rounds=3, aim=0.2)
