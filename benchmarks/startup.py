"""How long until the first word: --help, and the article's ten endpoints against curl and ssh-keyscan."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.relay import ADDRESSES, many_ports, write_table
from benchmarks.timing import compare, nlbcheck
from tests.servers import nginx, program, sshd

SSH = range(27000, 27002)
HTTP = range(27002, 27005)


def main() -> None:
    """Compare --help with the imports it cannot do without; time ten endpoints."""
    imports = [sys.executable, "-c", "import click, tabulate"]
    for words in (("--help",), ("--help", "--lang", "ja")):
        compare(
            f"nlbcheck {' '.join(words)}, against python -c 'import click, tabulate'",
            [nlbcheck(*words)],
            [imports],
            rounds=15,
            aim=1.0,
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ssh = [f"ListenAddress {address}:{port}" for address in ADDRESSES for port in SSH]
        checks = [(port, "ssh") for port in SSH] + [(port, "http") for port in HTTP]
        table = write_table(folder / "table.csv", checks)
        with sshd(folder, ssh), nginx(folder, many_ports(HTTP)):
            compare(
                "the article's ten endpoints, against 4 ssh-keyscan and 6 curl -I in one shell loop",
                [nlbcheck("probe", *table)],
                [["sh", "-c", _by_hand()]],
                rounds=15,
                aim=1,
            )


def _by_hand() -> str:
    """Return the shell script that asks the ten endpoints the same, one after the other."""
    keyscan, curl = program("ssh-keyscan"), program("curl")
    ssh = [f"{keyscan} -t ed25519 -p {port} {address}" for port in SSH for address in ADDRESSES]
    http = [f"{curl} -sI http://{address}:{port}/" for port in HTTP for address in ADDRESSES]
    return "\n".join(ssh + http)
