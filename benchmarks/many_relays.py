"""20 relays of 50 rows at 2 nodes in one run, probed and diagnosed, held against one of them.

AWS is an endpoint of the lab's in this process; listeners are sockets, for which the kernel accepts. It all
happens in a network namespace of its own.
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from benchmarks.timing import Run, nlbcheck, once
from nlbcheck.lab.endpoint import AwsEndpoint, EndpointState, environment
from nlbcheck.model.facts import AccountRegion
from tests.scenarios.cloud import Cloud, permission

RELAYS, PORTS, ZONES = 20, range(20001, 20051), ("a", "c")
HOME = AccountRegion("123456789012", "ap-northeast-1")
CLIENT = "192.168.1.214"
ROUNDS = 3
_INSIDE = "NLBCHECK_BENCHMARK_INSIDE"
_NETWORK = (
    "ip link set lo up",
    f"ip address add {CLIENT}/32 dev lo",
    f"ip route add local 10.0.0.0/8 dev lo src {CLIENT}",
)
"""A network in which this machine has every address of the relays, and connects from the client's."""


def account() -> Cloud:
    """Return one VPC of clients, and 20 of relays, on addresses of this machine."""
    cloud = Cloud(HOME.account, HOME.region)
    clients = cloud.vpc("clients", "192.168.0.0/16")
    subnet = cloud.subnet("clients", clients, "192.168.1.0/24", "a")
    table = cloud.route_table("clients", clients, subnet)
    cloud.instance("client", subnet, CLIENT, cloud.security_group("client", clients))
    for number in range(1, RELAYS + 1):
        _relay(cloud, number, clients, table)
    return cloud


def _relay(cloud: Cloud, number: int, clients: str, client_table: str) -> None:
    servers = cloud.vpc(f"servers-{number}", f"10.{number}.0.0/16")
    peering = cloud.peering(f"peering-{number}", clients, servers)
    cloud.route(client_table, f"10.{number}.0.0/16", peering)
    nodes = {
        cloud.subnet(f"nodes-{number}-{zone}", servers, f"10.{number}.{index}.0/24", zone): node(
            number, index
        )
        for index, zone in enumerate(ZONES)
    }
    behind = cloud.subnet(f"targets-{number}", servers, f"10.{number}.8.0/24", "a")
    cloud.route(cloud.route_table(f"servers-{number}", servers, *nodes, behind), "192.168.0.0/16", peering)
    balancer = cloud.load_balancer(f"relay-{number}", nodes)
    admits = [permission("tcp", f"10.{number}.0.0/16", port=99)]
    group = cloud.security_group(f"targets-{number}", servers, admits)
    for index, port in enumerate(PORTS):
        cloud.instance(f"server-{number}-{index}", behind, target(number, index), group)
        registered = cloud.target_group(f"tg-{number}-{port}", servers, 99)
        cloud.register(registered, target(number, index), 99, "a")
        cloud.listener(balancer, port, registered)


def node(relay: int, zone: int) -> str:
    """Return a static IP."""
    return f"10.{relay}.{zone}.10"


def target(relay: int, row: int) -> str:
    """Return the address of the target behind a row."""
    return f"10.{relay}.8.{row + 10}"


def write_table(path: Path, relay: int) -> Path:
    """Write the table of one relay."""
    lines = [f"load_balancer: relay-{relay}", f"region: {HOME.region}", "static_ips:"]
    lines += [f"  {HOME.region}{zone}: {node(relay, index)}" for index, zone in enumerate(ZONES)]
    lines += ["mappings:"]
    lines += [
        f"  - {{listener: {port}, target_group: tg-{relay}-{port}, target_port: 99, "
        f"target: {target(relay, index)}}}"
        for index, port in enumerate(PORTS)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def main() -> None:
    """Measure both, and the ratio, in a network of their own."""
    again = shlex.join([sys.executable, "-m", "benchmarks", "many_relays"])
    if _INSIDE not in os.environ:
        script = " && ".join([*_NETWORK, f"exec {again}"])
        done = subprocess.run(
            ["unshare", "--map-root-user", "--net", "sh", "-c", script], env={**os.environ, _INSIDE: "1"}
        )
        if done.returncode:
            sys.exit(done.returncode)
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for port in PORTS:
            stack.enter_context(socket.create_server(("0.0.0.0", port), backlog=512))
        endpoint = stack.enter_context(AwsEndpoint(EndpointState(account().recording())))
        os.environ.update(environment(endpoint.url, HOME, {}))
        for relay in range(1, RELAYS + 1):
            write_table(folder / f"relay-{relay}.yaml", relay)
        _measure(folder)


def _measure(folder: Path) -> None:
    print(f"{RELAYS} relays x {len(PORTS)} rows x {len(ZONES)} nodes, probed and diagnosed, asking AWS")
    least: Mapping[str, Run] = {
        title: min((_run(tables) for _ in range(ROUNDS)), key=lambda run: run.seconds)
        for title, tables in (("one", folder / "relay-1.yaml"), ("all", folder))
    }
    for title, run in least.items():
        print(f"  {title}: {run.seconds:.2f} s ({run.cpu_seconds:.2f} s of CPU, {run.peak_mb:.0f} MB)")
    ratio = least["all"].seconds / least["one"].seconds
    print(f"  ratio {ratio:.1f} (aim: at most {RELAYS})")


def _run(tables: Path) -> Run:
    run = once(nlbcheck("diagnose", "--all", "-m", tables, "-f", "json"))
    if run.status:
        sys.exit(f"diagnose -m {tables}: exit status {run.status}, expected 0")
    return run
