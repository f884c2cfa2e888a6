"""10,000 endpoints, half tcp and half http, against nmap and curl on the same halves."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from benchmarks.relay import ADDRESSES, black_holes, many_ports, write_table
from benchmarks.timing import compare, nlbcheck, once, peak_of_all
from tests.servers import nginx, program

TCP = range(20000, 22500)
HTTP = range(22500, 25000)
HOLES = range(25000, 25250)


def main() -> None:
    """Run the comparison, then the same with 500 endpoints that never answer."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checks = [(port, "tcp") for port in TCP] + [(port, "http") for port in HTTP]
        table = write_table(folder / "table.csv", checks)
        probe = nlbcheck("probe", *table, "-f", "json")
        nmap = [program("nmap"), "-sT", "-Pn", "-n", "-T5", "-p", f"{TCP[0]}-{TCP[-1]}", *ADDRESSES]
        curl = [program("curl"), "-sI", "--parallel", "--parallel-max", "300"]
        curl += [f"http://{address}:[{HTTP[0]}-{HTTP[-1]}]/" for address in ADDRESSES]
        with nginx(folder, many_ports(range(TCP[0], HTTP[-1] + 1))):
            compare(
                "10,000 endpoints, half tcp, half http, against nmap + curl",
                [probe],
                [nmap, curl],
                rounds=5,
                aim=1,
            )
            tcp = write_table(folder / "tcp.csv", checks[: len(TCP)])
            compare(
                "  the tcp half alone, against nmap",
                [nlbcheck("probe", *tcp, "-f", "json")],
                [nmap],
                rounds=3,
                aim=1,
            )
            http = write_table(folder / "http.csv", checks[len(TCP) :])
            compare(
                "  the http half alone, against curl",
                [nlbcheck("probe", *http, "-f", "json")],
                [curl],
                rounds=3,
                aim=1,
            )
            peak = peak_of_all(probe)
            print(f"  peak memory of all processes {peak:.0f} MB (aim: under 150)")
            _with_black_holes(folder, checks)


def _with_black_holes(folder: Path, checks: list[tuple[int, str]]) -> None:
    """Let every twentieth endpoint be a black hole; it must cost one timeout in all, not one each."""
    timeout = 2.0
    replaced = dict(zip(range(TCP[0], HTTP[-1], 20), HOLES, strict=True))
    with_holes = [(replaced.get(port, port), check) for port, check in checks]
    probe = ["probe", "--timeout", f"{timeout}", "-f", "json"]
    whole = nlbcheck(*probe, *write_table(folder / "whole.csv", checks))
    holed = nlbcheck(*probe, *write_table(folder / "holes.csv", with_holes))
    with black_holes(HOLES):
        more = median(once(holed).seconds - once(whole).seconds for _ in range(5))
    print(f"500 of 10,000 black-holed, timeout {timeout:g} s")
    print(f"  {more:.2f} s more than without them (aim: at most {timeout:g} s)")
