"""Dropbear, the SSH server of small systems, serves as well as OpenSSH."""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path

from nlbcheck.hosts.ssh.host import connected
from nlbcheck.model import Check, Status
from nlbcheck.probes.limits import Limits
from nlbcheck.vantage.ssh.point import SshVantage
from tests.hosts.ssh.site import Site, mounting
from tests.probes.probing import endpoint
from tests.servers import answers, black_hole, closed_port, program, serving, wait_for

OK = answers(b"HTTP/1.1 200 OK\r\n\r\n")


@contextlib.contextmanager
def dropbear(site: Site) -> Iterator[int]:
    """Run Dropbear where the user's home directory, which it takes from /etc/passwd, is one of our own."""
    port, key, home = closed_port(), site.folder / "dropbear", pwd.getpwuid(os.geteuid()).pw_dir
    make: list[str | Path] = [program("dropbearkey"), "-t", "ed25519", "-f", key]
    shown = subprocess.run(make, check=True, capture_output=True, text=True)
    public = next(line for line in shown.stdout.splitlines() if line.startswith("ssh-ed25519"))
    site.known_hosts.write_text(f"[127.0.0.1]:{port} {public}\n")
    (site.ssh / "authorized_keys").write_bytes(site.authorized.read_bytes())
    for place in (site.home, site.ssh):
        place.chmod(0o700)
    script = f'mount --bind {site.home} {home} && exec "$@"'
    command = [*mounting(), script, "sh"]
    command += [program("dropbear"), "-F", "-E", "-r", str(key), "-p", f"127.0.0.1:{port}"]
    with (site.folder / "log").open("wb") as log:
        running = subprocess.Popen(command, stderr=log)
        try:
            wait_for(port)
            yield port
        finally:
            running.terminate()
            running.wait()


def test_probes_end_as_over_openssh(site: Site) -> None:
    with serving(OK) as web, black_hole() as hole, dropbear(site) as port:
        flows = [endpoint(web, Check.HTTP, target=str(number)) for number in range(50)]
        flows += [
            endpoint(closed_port(), Check.TCP),
            endpoint(9, Check.TCP, address="255.255.255.255", target="b"),
            endpoint(hole, Check.TCP, target="c"),
        ]
        with connected(site.to(port), "client") as host:
            point = SshVantage(host)
            done = point.probe(flows, Limits(timeout=1.5))
            assert point.identity("127.0.0.1").address == "127.0.0.1"
    statuses = [item.status for item in done.results]
    assert statuses[:50] == [Status.OK] * 50
    assert statuses[50:] == [Status.REFUSED, Status.UNREACHABLE, Status.TIMED_OUT]
