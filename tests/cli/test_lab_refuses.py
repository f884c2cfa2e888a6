"""Where ``nlbcheck lab run`` cannot do what is asked: one sentence, the right exit status, nothing left."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli.labs import READ_SSH, lab, lab_run
from tests.cli.relay import TABLE, edited, written
from tests.lab import machine
from tests.lab.machine import NLBCHECK, nothing_left
from tests.scenarios.article import CLIENT, SERVER_1
from tests.scenarios.cloud import Cloud
from tests.scenarios.mutations import machine_outside_its_subnet, machine_twice, no_balancer


@pytest.fixture(autouse=True)
def _possible() -> None:
    machine.needs_lab()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--fault", "flood"), "'flood' is not a fault: 'nlbcheck lab faults' lists them"),
        (
            ("--fault", "transit-detached"),
            "transit-detached: no transit gateway joins the client and the load balancer",
        ),
        (("--snapshot", "/no/such.json"), "/no/such.json: No such file or directory"),
        (("--client", "192.168.1.9"), "client: no network interface has the address 192.168.1.9"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_status_2(words: Sequence[str], problem: str) -> None:
    with nothing_left():
        assert lab_run(*words, "--", "true") == (2, "", f"nlbcheck: {problem}\n")


@pytest.mark.parametrize(
    ("command", "reason", "status"),
    [("no-such-command", "No such file or directory", 127), ("/etc/passwd", "Permission denied", 126)],
)
def test_a_command_that_cannot_be_run_is_one_sentence_and_the_status_of_shells(
    command: str, reason: str, status: int
) -> None:
    with nothing_left():
        assert lab(command) == (status, "", f"nlbcheck: {command}: cannot be run ({reason})\n")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (no_balancer, "the snapshot shows no Network Load Balancer"),
        (machine_outside_its_subnet, f"has the address {SERVER_1} outside its subnet"),
        (machine_twice, f"have one and the same address {SERVER_1}"),
    ],
)
def test_a_snapshot_that_makes_no_network_is_one_sentence(
    tmp_path: Path, spoil: Callable[[Cloud], None], words: str
) -> None:
    snapshot = written(tmp_path / "s.json", spoil)
    with nothing_left():
        status, output, errors = lab_run("--snapshot", snapshot, "--client", CLIENT, "--", "true")
    assert (status, output, len(errors.splitlines())) == (2, "", 1)
    assert words in errors


def checked_with(path: Path, **fields: object) -> Path:
    """Write the article's snapshot with other health checks of every group; None takes a field away."""

    def change(document: dict[str, Any]) -> None:
        for answer in document["answers"]:
            for group in answer["response"].get("TargetGroups", ()):
                changed = {**group, **fields}
                group.clear()
                group.update({key: value for key, value in changed.items() if value is not None})

    return edited(path, change)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"HealthCheckPort": "0"}, "port is 0, expected 1 to 65535"),
        ({"HealthCheckPort": "65536"}, "port is 65536, expected 1 to 65535"),
        ({"HealthCheckPort": "99999999999"}, "port is 99999999999, expected 1 to 65535"),
        ({"HealthCheckTimeoutSeconds": 10**12}, "timeout is 1000000000000, expected 2 to 120"),
        ({"HealthyThresholdCount": 10**9}, "healthy threshold is 1000000000, expected 2 to 10"),
    ],
)
def test_a_health_check_that_aws_does_not_take_is_one_sentence(
    tmp_path: Path, fields: dict[str, object], problem: str
) -> None:
    snapshot = checked_with(tmp_path / "s.json", **fields)
    with nothing_left():
        done = lab_run("--snapshot", snapshot, "--client", CLIENT, "--", "true")
    said = "nlbcheck: target group example-tg-10022: the health check's"
    assert done == (2, "", f"{said} {problem}\n")


@pytest.mark.parametrize("port", ["Traffic-Port", "", "80.5", "-1", "٨٠", None])
def test_a_health_check_port_that_is_not_told_is_remarked(tmp_path: Path, port: str | None) -> None:
    snapshot = checked_with(tmp_path / "s.json", HealthCheckPort=port)
    with nothing_left():
        words = ("--snapshot", snapshot, "--client", CLIENT, "--", "bash", "-c", READ_SSH)
        status, output, errors = lab_run(*words)
    assert (status, output) == (0, "SSH-2.0-nlbcheck_lab")
    assert errors.count("\n") == 5
    assert "lab: the snapshot does not tell the port of the health checks of example-tg-10022" in errors


@pytest.mark.parametrize("path", ["/é ü", "/a\r\nX: y", "/\x00", "/²"])
def test_an_odd_health_check_path_or_matcher_breaks_nothing(tmp_path: Path, path: str) -> None:
    fields = {"HealthCheckProtocol": "HTTP", "HealthCheckPath": path, "Matcher": {"HttpCode": "²,200-³,200"}}
    snapshot = checked_with(tmp_path / "s.json", **fields)
    words = ("--snapshot", snapshot, "--client", CLIENT, "--", "true")
    assert lab_run(*words) == (0, "", "")


def refused(path: Path, operation: str) -> Path:
    """Write the article's snapshot as it is where AWS refuses a call."""

    def refuse(document: dict[str, Any]) -> None:
        asked = [answer for answer in document["answers"] if answer["operation"] == operation]
        document["answers"] = [answer for answer in document["answers"] if answer not in asked]
        for answer in asked:
            del answer["response"]
        document["gaps"] += [{**answer, "error": "AccessDenied"} for answer in asked]

    return edited(path, refuse)


def test_a_snapshot_whose_listeners_aws_refused_is_one_sentence(tmp_path: Path) -> None:
    snapshot = refused(tmp_path / "s.json", "DescribeListeners")
    with nothing_left():
        status, output, errors = lab_run("--snapshot", snapshot, "--client", CLIENT, "--", "true")
    assert (status, output, len(errors.splitlines())) == (3, "", 1)
    assert "DescribeListeners tells it, which AWS refused (AccessDenied)" in errors


def test_a_snapshot_with_other_gaps_comes_up_and_says_what_is_missing(tmp_path: Path) -> None:
    snapshot = refused(tmp_path / "s.json", "DescribeNetworkAcls")
    with nothing_left():
        words = ("--snapshot", snapshot, "--client", CLIENT, "--", "bash", "-c", READ_SSH)
        status, output, errors = lab_run(*words)
    assert (status, output) == (0, "SSH-2.0-nlbcheck_lab")
    assert errors
    assert all(line.startswith("lab: the network ACL") for line in errors.splitlines())


AS_ROOT = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-ec")
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-sys_admin,-net_admin")


def limited(setting: str) -> tuple[str, ...]:
    """Return what to put before a command to run it where the kernel grants none of these namespaces."""
    script = f'echo 0 >/proc/sys/user/{setting}; exec "$@"'
    return (*AS_ROOT, script, "sh")


def without(name: str) -> tuple[str, ...]:
    """Return what to put before a command to run it where the command ``name`` is not installed."""
    folders = [*os.environ["PATH"].split(os.pathsep), "/usr/local/sbin", "/usr/sbin", "/sbin"]
    found = {shutil.which(name, path=folder) for folder in folders} - {None}
    hiding = "; ".join(f"mount --bind /dev/null {path}" for path in found)
    script = f'{hiding}; exec "$@"'
    return (*AS_ROOT, script, "sh")


READ_ONLY_PROC = (
    *AS_ROOT,
    'mount --bind /proc/sys /proc/sys; mount -o remount,ro,bind /proc/sys; exec "$@"',
    *("sh", *WITHOUT_RIGHTS),
)


OLD_KERNEL = ("sh", "-c", 'PATH="{folder}:$PATH"; exec "$@"', "sh")
NFT_OF_AN_OLD_KERNEL = """#!/bin/sh
cat >/dev/null
echo 'Error: Could not process rule: No such file or directory' >&2
exit 1
"""
"""What nft says where the kernel does not know what it is asked for."""


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (without("nft"), "needs the command nft, which is not installed: install nftables"),
        (without("ip"), "needs the command ip, which is not installed: install iproute2"),
        (READ_ONLY_PROC, "where /proc is read-only, as in some containers, it cannot run"),
        (("sh", "-c", 'ulimit -n 20; exec "$@"', "sh"), "Too many open files"),
        (limited("max_net_namespaces"), "no room for more"),
        (limited("max_pid_namespaces"), "no room for more"),
        ((*limited("max_user_namespaces"), *WITHOUT_RIGHTS), "no room for more"),
        (
            OLD_KERNEL,
            "with this kernel and {folder}/nft, which says: Error: Could not process rule: No such file",
        ),
    ],
)
def test_where_it_cannot_run_it_says_why_and_how_to_get_it(
    tmp_path: Path, before: Sequence[str], words: str
) -> None:
    (tmp_path / "nft").write_text(NFT_OF_AN_OLD_KERNEL)
    (tmp_path / "nft").chmod(0o755)
    before = [word.replace("{folder}", str(tmp_path)) for word in before]
    with nothing_left():
        status, output, errors = lab("true", before=(*before, *NLBCHECK))
    assert (status, output, len(errors.splitlines())) == (3, "", 1)
    assert words.replace("{folder}", str(tmp_path)) in errors


def test_root_without_roots_rights_takes_a_user_namespace() -> None:
    before = (*AS_ROOT, 'exec "$@"', "sh", *WITHOUT_RIGHTS)
    assert lab("bash", "-c", READ_SSH, before=(*before, *NLBCHECK)) == (0, "SSH-2.0-nlbcheck_lab", "")


def test_where_user_namespaces_are_forbidden_it_says_so() -> None:
    # The kernel gives no user namespace to a process whose root directory was changed.
    bound = f"mount --rbind / /mnt; exec chroot /mnt {' '.join(WITHOUT_RIGHTS)}"
    script = f'{bound} sh -c \'cd "$0"; exec "$@"\' {Path.cwd()} "$@"'
    with nothing_left():
        status, output, errors = lab("true", before=(*AS_ROOT, script, "sh", *NLBCHECK))
    assert (status, output, len(errors.splitlines())) == (3, "", 1)
    assert "does not allow them" in errors
    assert "kernel.unprivileged_userns_clone" in errors


OF_ANOTHER = (
    ("example-nlb", "other-nlb"),
    ("172.31.128.10", "172.30.128.10"),
    ("172.31.136.10", "172.30.136.10"),
)


def other_table(folder: Path, *, name: bool = True) -> Path:
    """Write a table of a load balancer that is not in the article's network, under another name or not."""
    text = TABLE.read_text()
    for old, new in OF_ANOTHER[0 if name else 1 :]:
        text = text.replace(old, new)
    (folder / "other.yaml").write_text(text)
    return folder / "other.yaml"


@pytest.mark.parametrize("name", [True, False], ids=["another name", "only other addresses"])
def test_a_table_of_another_load_balancer_is_refused_before_anything_starts(
    tmp_path: Path, name: bool
) -> None:
    table = other_table(tmp_path, name=name)
    said = f"nlbcheck: {table}: is for another load balancer than the snapshot's, example-nlb "
    with nothing_left():
        assert lab_run("-m", table, "--", "touch", tmp_path / "started") == (
            2, "", f"{said}(172.31.128.10, 172.31.136.10)\n",
        )  # fmt: skip
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("words", [("probe",), ("diagnose", "--all")])
def test_a_table_of_another_load_balancer_is_one_sentence_inside_too(
    tmp_path: Path, words: Sequence[str]
) -> None:
    table = other_table(tmp_path)
    has = "172.31.128.10, 172.31.136.10"
    said = f"nlbcheck: {table}: is for another load balancer: that of this lab has {has}\n"
    assert lab(*NLBCHECK, *words, "-m", str(table)) == (2, "", said)
