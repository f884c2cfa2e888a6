"""Ctrl-C while targets are looked at: what is finished is told, and nobody is waited for."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.relay import NO_AWS, on_loopback
from tests.hosts.ssh.site import Site
from tests.servers import closed_port

SILENT = "127.0.0.2"
SECONDS = 15
"""Far less than the ConnectTimeout of the tests, which is a minute."""


@contextmanager
def silent(port: int) -> Iterator[socket.socket]:
    """Listen on an address, and say nothing to whoever connects."""
    with socket.create_server((SILENT, port)) as server:
        server.settimeout(60)
        yield server


def table(folder: Path, port: int) -> Path:
    rows = [
        {"listener": f"TCP:{number}", "target_group": f"tg-{number}", "target_port": port, "target": target}
        for number, target in ((10022, "here"), (10023, "mute"))
    ]
    head = {"static_ips": ["127.0.0.9"], "targets": {"here": "127.0.0.1", "mute": SILENT}}
    file = folder / "table.json"
    file.write_text(json.dumps({**head, "mappings": rows}))
    return file


def interrupted(server: socket.socket, site: Site, *words: str | Path) -> tuple[str, str]:
    """Run a command until it waits for a login, and interrupt it; return what it says."""
    env = {**os.environ, **NO_AWS, "HOME": str(site.home)}
    command = [sys.executable, "-m", "nlbcheck", *map(str, words)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=env) as running:
        with server.accept()[0]:
            time.sleep(0.2)
            before = time.monotonic()
            running.send_signal(signal.SIGINT)
            output, errors = running.communicate(timeout=60)
        assert time.monotonic() - before < SECONDS
    assert running.returncode == 130, errors
    return output, errors


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.config("ConnectTimeout 60")
    return site


@pytest.mark.parametrize("form", ["table", "json"])
def test_what_is_finished_is_told(form: str, site: Site, tmp_path: Path) -> None:
    with site.server() as port, silent(port) as server:
        words = ("inspect", "tg-10022", "tg-10023", "--ssh", f":{port}", "--seconds", "0", "-f", form)
        output, errors = interrupted(server, site, *words, "-m", table(tmp_path, port))
    assert errors == ""
    assert "mute (127.0.0.2) was not inspected: interrupted." in output
    if form == "json":
        told = json.loads(output)
        assert told["exit_status"] == 130
        assert [target["name"] for target in told["targets"]] == ["here"]
    else:
        assert "? tg-10022: here 127.0.0.1:" in output
        assert "LISTEN       sshd" in output


def test_a_diagnosis_is_reported_without_the_look(site: Site, tmp_path: Path) -> None:
    snapshot, file = on_loopback(tmp_path, closed_port())
    with silent(closed_port()) as server:
        by = f"{SILENT}:{server.getsockname()[1]}"
        words = ("diagnose", "tg-10022", "--inspect", "--ssh", by, "-f", "json", "--probe")
        output, errors = interrupted(server, site, *words, "--snapshot", snapshot, "-m", file)
    report = json.loads(output)
    assert report["exit_status"] == 130
    assert report["mappings"]
    assert "was not inspected: interrupted." in errors
