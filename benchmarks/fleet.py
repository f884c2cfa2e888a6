"""200 hosts of Systems Manager × 3,000 endpoints: what their results take here, in time, memory and report.

The hosts are simulated: each is given the very script and prints what it would print, packed as it would be.
"""

from __future__ import annotations

import base64
import gzip
import random
import re
import resource
import tempfile
import time
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path

from benchmarks.relay import write_table
from nlbcheck import relays
from nlbcheck.formats import json as as_json
from nlbcheck.formats.style import Style
from nlbcheck.hosts.ssm.invocations import MOST_KEPT
from nlbcheck.model import Node
from nlbcheck.run.probe import probe
from nlbcheck.vantage.fleets import FleetMember
from nlbcheck.vantage.shell.crew import Crew, HostOutput
from nlbcheck.vantage.ssm import SsmVantage

HOSTS, ROWS = 200, 1500
NODES = [Node(f"zone-{number}", ip_address(f"127.0.0.{number}")) for number in (1, 2)]
_TASK = re.compile(r"^(\d+) ssh ", re.MULTILINE)
_BANNER = b"SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.5\r\n".hex()


class _Fleet:
    """Hosts that answer scripts from memory, and what that came to."""

    def __init__(self) -> None:
        self.commands, self.longest, self.script, self.seconds = 0, 0, 0, 0.0
        self._chance = random.Random(1)

    def run(self, hosts: Sequence[str], script: str, seconds: float) -> Mapping[str, HostOutput]:
        began = time.process_time()
        self.commands += -(-len(hosts) // 50)
        self.script = max(self.script, len(script))
        tasks = _TASK.findall(script)
        told = {host: self._printed(script, tasks) for host in hosts}
        self.seconds += time.process_time() - began
        return told

    def _printed(self, script: str, tasks: Sequence[str]) -> HostOutput:
        lines = ["tools dials=bash tls=openssl"]
        for number in tasks:
            told = f"dialling\nconnected {self._chance.randrange(300, 3000)}\n".encode().hex()
            lines.append(f"{number} enough {self._chance.randrange(2, 9)}0 1 {_BANNER}: {told}")
        packed = base64.encodebytes(gzip.compress("\n".join([*lines, ""]).encode(), mtime=0)).decode()
        nonce = script[6:22]
        output = f"nlbcheck-probe 1 {nonce}\ngzip\n{packed}end {nonce}\n"
        self.longest = max(self.longest, len(output))
        return HostOutput(output[:MOST_KEPT], len(output) > MOST_KEPT)


def main() -> None:
    """Let all of them probe, and write the report."""
    fleet = _Fleet()
    hosts = [f"i-{number:017x}" for number in range(HOSTS)]
    crew = Crew(fleet.run, hosts)
    points = [SsmVantage(f"fleet {host}", FleetMember(host, "10.0.0.1"), crew) for host in hosts]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "table.csv")
        write_table(path, [(10_000 + number, "ssh") for number in range(ROWS)])
        table = relays.load(path, static_ips=NODES)
    began = time.process_time()
    report = probe(table, vantage=points)
    probed = time.process_time() - began - fleet.seconds
    began = time.process_time()
    size = len(as_json.render(report, Style()).encode())
    written = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert all(result.observation and result.observation.status == "ok" for result in report.results)
    print(f"{HOSTS} hosts of Systems Manager × {len(table.static_ips) * ROWS:,} endpoints, simulated")
    print(f"  {fleet.commands} commands of at most {fleet.script:,} characters")
    print(f"  output of a host at most {fleet.longest:,} characters of {MOST_KEPT:,}")
    print(f"  {probed:.1f} s of a processor to read and judge {len(report.results):,} results")
    print(f"  {written:.1f} s to write the report, {size / 1e6:.0f} MB as JSON; peak memory {peak:.0f} MB")
