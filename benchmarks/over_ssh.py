"""1,000 endpoints over one SSH connection, against direct probing; and memory with ten times as many."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks.relay import many_ports, write_table
from benchmarks.timing import Command, compare, nlbcheck, once, peak_of_all
from tests.hosts.ssh.site import Site
from tests.servers import nginx

TCP = range(20000, 20250)
HTTP = range(20250, 20500)
MORE = range(20000, 25000)


def main() -> None:
    """Run the comparison over OpenSSH's server on loopback, and look at the memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = Site(folder)
        os.environ["HOME"] = str(site.home)
        checks = [(port, "tcp") for port in TCP] + [(port, "http") for port in HTTP]
        with nginx(folder, many_ports(MORE)), site.server() as port:
            via = ["--via", f"client={site.to(port)}"]
            table = write_table(folder / "table.csv", checks)
            compare(
                "1,000 endpoints over SSH, half tcp, half http, against direct probing",
                [_probe(table, via)],
                [_probe(table, [])],
                rounds=5,
                aim=3,
            )
            more = write_table(folder / "more.csv", [(port, "http") for port in MORE])
            few, many = (once(_probe(one, via)).peak_mb for one in (table, more))
            print(f"  peak memory {few:.0f} MB; with 10,000 endpoints {many:.0f} MB", end="")
            print(f", directly {peak_of_all(_probe(more, [])):.0f} MB")


def _probe(table: list[str | Path], via: list[str]) -> Command:
    return nlbcheck("probe", *table, *via, "-f", "json")
