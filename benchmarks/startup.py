"""How long until the first word: --help, and the article's ten endpoints."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.relay import ADDRESSES, many_ports, write_table
from benchmarks.timing import compare, nlbcheck, once
from tests.servers import nginx, sshd

SSH = range(27000, 27002)
HTTP = range(27002, 27005)


def main() -> None:
    """Compare --help with the imports it cannot do without; time ten endpoints."""
    imports = [sys.executable, "-c", "import click, tabulate"]
    compare(
        "nlbcheck --help, against python -c 'import click, tabulate'",
        [nlbcheck("--help")],
        [imports],
        rounds=15,
        aim=1.5,
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ssh = [f"ListenAddress {address}:{port}" for address in ADDRESSES for port in SSH]
        checks = [(port, "ssh") for port in SSH] + [(port, "http") for port in HTTP]
        table = write_table(folder / "table.csv", checks)
        with sshd(folder, ssh), nginx(folder, many_ports(HTTP)):
            runs = [once(nlbcheck("probe", *table)) for _ in range(15)]
    seconds = statistics.median(run.seconds for run in runs)
    print(f"the article's ten endpoints, 4 ssh and 6 http, on loopback\n  {seconds:.2f} s (aim: under 0.5 s)")
