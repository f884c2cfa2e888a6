"""50 listeners at 3 nodes, in an account of 5,000 interfaces: parsing, walks and judgement."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from benchmarks.timing import nlbcheck, once
from nlbcheck.aws import recording
from nlbcheck.aws.collect import Collector
from nlbcheck.aws.recording import Recording
from nlbcheck.aws.state import AwsState
from nlbcheck.diagnosis.judge import Sight, judge
from nlbcheck.diagnosis.report import Run
from nlbcheck.diagnosis.survey import survey
from nlbcheck.diagnosis.walkers import walker
from nlbcheck.model import Client
from nlbcheck.model.facts import AccountRegion
from nlbcheck.relays import load
from nlbcheck.relays.table import Table
from tests.aws.replay import Replay
from tests.scenarios.cloud import Cloud, made_id, permission

LISTENERS = range(20001, 20051)
ZONES = ("a", "c", "d")
CLIENT = "192.168.1.214"
NODES = {zone: f"172.31.{index}.10" for index, zone in enumerate(ZONES)}
INTERFACES, GROUPS, TABLES = 5000, 2000, 1000
ROUNDS = 5


def relay() -> Cloud:
    """Return clients in one VPC, an NLB of three zones in another, and a target behind every listener."""
    cloud = Cloud()
    clients, servers = cloud.vpc("clients", "192.168.0.0/16"), cloud.vpc("servers", "172.31.0.0/16")
    peering = cloud.peering("clients-to-servers", clients, servers)
    subnet = cloud.subnet("clients", clients, "192.168.1.0/24", "a")
    cloud.route(cloud.route_table("clients", clients, subnet), "172.31.0.0/16", peering)
    cloud.instance("client", subnet, CLIENT, cloud.security_group("client", clients))
    nodes, targets = {}, {}
    for index, zone in enumerate(ZONES):
        nodes[cloud.subnet(f"nodes-{zone}", servers, f"172.31.{index}.0/24", zone)] = NODES[zone]
        targets[zone] = cloud.subnet(f"targets-{zone}", servers, f"172.31.{index + 8}.0/24", zone)
    for name, subnets in (("nodes", nodes), ("targets", targets.values())):
        table = cloud.route_table(name, servers, *subnets)
        cloud.route(table, "192.168.0.0/16", peering)
    balancer = cloud.load_balancer("example-nlb", nodes)
    admits = [permission("tcp", *(f"{address}/32" for address in NODES.values()), port=22)]
    group = cloud.security_group("targets", servers, admits)
    for index, port in enumerate(LISTENERS):
        zone = ZONES[index % len(ZONES)]
        cloud.instance(f"server-{index}", targets[zone], target(index), group)
        behind = cloud.target_group(f"example-tg-{port}", servers, 22)
        cloud.register(behind, target(index), 22, zone)
        cloud.listener(balancer, port, behind)
    return cloud


def target(index: int) -> str:
    """Return the address of the target behind a listener."""
    return f"172.31.{index % len(ZONES) + 8}.{index + 10}"


def grown(cloud: Cloud) -> Cloud:
    """Return the account with much else in it, a fifth of that in the load balancer's own VPC."""
    vpcs = [made_id("vpc", "servers"), *(cloud.vpc(f"vpc-{n}", f"10.{n}.0.0/16") for n in range(4))]
    for index, vpc in enumerate(vpcs):
        block = "172.31.128.0/17" if index == 0 else f"10.{index - 1}.0.0/16"
        ranges = list(IPv4Network(block).subnets(new_prefix=25))
        groups = [
            cloud.security_group(f"group-{index}-{n}", vpc, [permission("tcp", "10.0.0.0/8", port=n + 1)])
            for n in range(GROUPS // len(vpcs))
        ]
        for n in range(TABLES // len(vpcs)):
            name = f"other-{index}-{n}"
            subnet = cloud.subnet(name, vpc, str(ranges[n]), ZONES[n % 3])
            cloud.route_table(name, vpc, subnet)
            for host in range(INTERFACES // TABLES):
                cloud.interface(
                    f"{name}-{host}", subnet, str(ranges[n][host + 4]), groups[(n + host) % len(groups)]
                )
    return cloud


def broken(cloud: Cloud) -> Cloud:
    """Return the account with no node admitted by the targets' security group."""
    cloud.find("DescribeSecurityGroups", made_id("sg", "targets"))["IpPermissions"] = []
    return cloud


def write_table(path: Path) -> Path:
    """Write the table of all listeners."""
    lines = ["load_balancer: example-nlb", "region: ap-northeast-1", f"client: {CLIENT}", "static_ips:"]
    lines += [f"  ap-northeast-1{zone}: {address}" for zone, address in NODES.items()]
    lines += ["mappings:"]
    lines += [
        f"  - {{listener: {port}, target_group: tg-{port}, target_port: 22, target: {target(index)}}}"
        for index, port in enumerate(LISTENERS)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def least(measured: Callable[[], float]) -> float:
    """Return the least of several measurements: what the machine's other work adds is not ours."""
    return min(measured() for _ in range(ROUNDS))


def main() -> None:
    """Measure commands by their CPU time, a walk and a row by that of this process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = write_table(folder / "nlbcheck.yaml")
        snapshots = {}
        for what, cloud in (("small", relay()), ("big", grown(relay())), ("broken", broken(grown(relay())))):
            snapshots[what] = folder / f"{what}.json.gz"
            recording.write(snapshots[what], cloud.recording())
        print("50 listeners x 3 zones in an account of 5,000 interfaces, 2,000 groups, 1,000 route tables")
        for title, rows, what, status, aim in (
            ("diagnose --all", "--all", "big", 0, 0.6),
            ("diagnose --all, every row broken", "--all", "broken", 1, 1),
            ("diagnose NAME", f"tg-{LISTENERS[7]}", "big", 0, 0.4),
        ):
            command = nlbcheck("diagnose", rows, "--no-probe", "-m", table, "--snapshot", snapshots[what])
            runs = [once(command) for _ in range(ROUNDS)]
            if {run.status for run in runs} != {status}:
                sys.exit(f"{title}: exit status {runs[0].status}, expected {status}")
            seconds, peak = min(run.cpu_seconds for run in runs), max(run.peak_mb for run in runs)
            print(f"  {title}: {seconds:.2f} s of CPU, {peak:.0f} MB (aim: at most {aim} s)")
        _in_process(table, snapshots["small"], snapshots["big"])


def _in_process(table_file: Path, small: Path, big: Path) -> None:
    """Measure a walk, and what a row adds to a diagnosis in either account."""
    table = load(table_file)
    recordings = recording.read(small), recording.read(big)
    walk = least(lambda: _walks(table, recordings[1]))
    print(f"  a walk: {walk * 1000:.1f} ms of CPU (aim: at most 10 ms)")
    known = least(lambda: _rows(table, recordings[1], len(table.rows)))
    asked = least(lambda: _asking(table, recordings[1]))
    more = f"{asked - known:.2f} s more than on a snapshot (aim: at most 0.4 s)"
    print(f"  all rows, asking AWS: {asked:.2f} s, {more}")
    alone, crowded = (_row(table, found) for found in recordings)
    print(f"  a row: {crowded * 1000:.1f} ms, {alone * 1000:.1f} ms in an account without all else")
    print(f"    ratio {crowded / alone:.2f} (aim: about 1)")


def _asking(table: Table, found: Recording) -> float:
    """Return the seconds of CPU for a diagnosis of all rows that asks AWS, but for AWS's own part."""
    source = _Aws(found)
    started = time.process_time()
    asking = Collector({AccountRegion(found.answers[0].account, found.answers[0].region): source})
    surveyed = asking.ask(lambda state: survey(state, table, table.rows, Client(CLIENT)))
    asking.ask(lambda state: judge(state, table, [Sight(surveyed)], Run("", found.taken_at, "diagnose")))
    return time.process_time() - started - source.seconds


class _Aws(Replay):
    """Answers from a recording, and measures that."""

    seconds = 0.0

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call."""
        started = time.thread_time()
        try:
            return super().call(service, operation, parameters)
        finally:
            self.seconds += time.thread_time() - started


def _walks(table: Table, found: Recording) -> float:
    """Return the seconds of CPU for a walk."""
    state = AwsState(found)
    walking = walker(state, state.load_balancers[0], CLIENT, table.static_ips)
    started = time.process_time()
    count = sum(len(walking.walks(row)) for row in table.rows)
    return (time.process_time() - started) / count


def _row(table: Table, found: Recording) -> float:
    """Return the seconds of CPU that a row adds to the first one's."""
    rows = len(table.rows)
    more = least(lambda: _rows(table, found, rows)) - least(lambda: _rows(table, found, 1))
    return more / (rows - 1)


def _rows(table: Table, found: Recording, number: int) -> float:
    """Return the seconds of CPU for a diagnosis of the first rows."""
    started = time.process_time()
    state = AwsState(found)
    surveyed = survey(state, table, table.rows[:number], Client(CLIENT))
    judge(state, table, [Sight(surveyed)], Run("", found.taken_at, "diagnose"))
    return time.process_time() - started
