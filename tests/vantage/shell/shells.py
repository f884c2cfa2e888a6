"""Hosts for the script: shells, and which programs they find."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from nlbcheck.model import Check, Flow, Node, Observation, ProbeSpec
from nlbcheck.probes.limits import Limits
from nlbcheck.vantage.shell import judging, outcomes, questions
from tests.servers import program

BASICS = "mkdir mkfifo rm cat sleep od tr date printf grep"
EVERYTHING = "/usr/bin:/bin"
QUICK = Limits(timeout=1.0)


def flow(port: int, check: Check = Check.TCP, address: str = "127.0.0.1", **spec: Any) -> Flow:
    return Flow("row", Node(None, ip_address(address)), port, f"target-{port}", ProbeSpec(check, **spec))


def path_with(folder: Path, *programs: str) -> str:
    """Return a search path with nothing but the basics and ``programs``, as ``nc=nc.openbsd``."""
    folder.mkdir(exist_ok=True)
    for each in (*BASICS.split(), *programs):
        name, _, target = each.partition("=")
        (folder / name).symlink_to(program(target or name))
    return str(folder)


def run(
    script: questions.ShellScript,
    shell: Sequence[str] = ("dash",),
    path: str = EVERYTHING,
    environment: Mapping[str, str] = {},
) -> str:
    """Run a script in a shell, as the agent of Systems Manager does, and return what it prints."""
    first, *rest = shell
    done = subprocess.run(
        [program(first), *rest, "-c", script.text],
        capture_output=True,
        text=True,
        env={"PATH": path, **environment},
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def probed(
    flows: Sequence[Flow],
    shell: Sequence[str] = ("dash",),
    path: str = EVERYTHING,
    limits: Limits = QUICK,
    environment: Mapping[str, str] = {},
) -> list[Observation]:
    """Probe flows by the script, and return what is made of its output."""
    asked: Mapping[int, Flow] = dict(enumerate(flows))
    script = questions.script(asked, limits)
    output = outcomes.read(run(script, shell, path, environment), script.nonce)
    assert output.is_whole
    return [judging.judged(asked[number], output.outcomes[number], output.dials) for number in asked]


def apart(flows: Sequence[Flow]) -> list[Flow]:
    """Return flows with a target each, so that they are probed at once."""
    return [replace(one, target=f"target {number}") for number, one in enumerate(flows)]
