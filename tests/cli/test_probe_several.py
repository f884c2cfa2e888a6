"""``nlbcheck probe`` of rows behind which several servers answer, as they do behind a load balancer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import paramiko
import pytest
import yaml

from nlbcheck.host_keys import fingerprint
from tests.cli.relay import called
from tests.servers import answers, resets, serving, shared_by, speaks_ssh

KEYS = [paramiko.ECDSAKey.generate() for _ in range(2)]
SHOWN = [fingerprint(key.asbytes()) for key in KEYS]
UNSEEN = fingerprint(b"a server that is never reached")
WEB = [answers(b"HTTP/1.1 200 OK\r\nServer: %s\r\n\r\n" % name) for name in (b"one", b"two")]


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """Two SSH servers, two web servers, and a web server beside one that resets, each pair behind a port."""
    with ExitStack() as stack:
        yield {
            "ssh": stack.enter_context(serving(shared_by(*map(speaks_ssh, KEYS)))),
            "web": stack.enter_context(serving(shared_by(*WEB))),
            "half": stack.enter_context(serving(shared_by(WEB[0], resets))),
        }


def table(folder: Path, *rows: str) -> Path:
    path = folder / "nlbcheck.yaml"
    listed = "".join(f"  - {{{row}}}\n" for row in rows)
    path.write_text(f"static_ips: {{zone-a: 127.0.0.1}}\nmappings:\n{listed}")
    return path


def row(port: int, number: int, targets: str, more: str = "samples: 30") -> str:
    return f"listener: {port}, target_group: tg, target_port: {number}, target: {targets}, {more}"


def reported(path: Path, status: int) -> dict[str, Any]:
    done = called("probe", "-m", path, "-f", "json")
    assert done.returncode == status, done.stdout + done.stderr
    (mapping,) = json.loads(done.stdout)["mappings"]
    return dict(mapping)


def test_every_connection_is_in_the_report(ports: dict[str, int], tmp_path: Path) -> None:
    mapping = reported(table(tmp_path, row(ports["ssh"], 22, "[10.0.0.1, 10.0.0.2]")), 0)
    (node,) = mapping["nodes"]
    assert len(node["samples"]) == 30
    assert node["probe"] == node["samples"][0]
    assert {sample["detail"]["fingerprint"] for sample in node["samples"]} == set(SHOWN)
    assert len({sample["local_address"] for sample in node["samples"]}) == 30
    assert mapping["findings"] == []


def test_one_target_alone_has_one_connection(ports: dict[str, int], tmp_path: Path) -> None:
    (node,) = reported(table(tmp_path, row(ports["web"], 80, "10.0.0.1", "check: http")), 0)["nodes"]
    assert "samples" not in node


def test_by_default_there_are_enough_to_see_each(ports: dict[str, int], tmp_path: Path) -> None:
    path = table(tmp_path, row(ports["web"], 80, "[10.0.0.1, 10.0.0.2, 10.0.0.3]", "check: http"))
    (node,) = reported(path, 0)["nodes"]
    assert len(node["samples"]) == 15


def test_a_share_that_fails_fails_the_row_and_is_told_as_a_share(
    ports: dict[str, int], tmp_path: Path
) -> None:
    path = table(tmp_path, row(ports["half"], 80, "[10.0.0.1, 10.0.0.2]"))
    (node,) = reported(path, 1)["nodes"]
    statuses = Counter(sample["status"] for sample in node["samples"])
    assert (node["verdict"], node["probe"]["status"]) == ("fail", "reset")
    assert set(statuses) == {"ok", "reset"}
    text = called("probe", "-m", path).stdout
    assert " of 30 ok" in text
    assert " of 30 connections)" in text
    assert "connections answered; HTTP/1.1 200 OK, Server: one" in text
    case = ElementTree.fromstring(called("probe", "-m", path, "-f", "junit").stdout).find(".//failure")
    assert case is not None
    assert " of 30 connections)" in case.attrib["message"]
    assert " of 30 ok**" in called("probe", "-m", path, "-f", "markdown").stdout


def test_who_answered_is_counted(ports: dict[str, int], tmp_path: Path) -> None:
    path = table(tmp_path, row(ports["ssh"], 22, "[10.0.0.1, 10.0.0.2]"))
    text = " ".join(called("probe", "-m", path).stdout.split())
    assert "30 of 30 connections answered; SSH host keys: SHA256:" in text
    assert all(key in text for key in SHOWN)


def test_two_servers_behind_one_declared_target_are_told(ports: dict[str, int], tmp_path: Path) -> None:
    path = table(tmp_path, row(ports["ssh"], 22, "10.0.0.1"))
    (finding,) = reported(path, 0)["findings"]
    assert finding["code"] == "wrong-server-answers"
    assert "from connection to connection" in finding["summary"]
    done = called("probe", "-m", path, "--pin")
    assert "Not pinned, because it is not clear which server answers: tg." in done.stderr


def test_a_pinned_server_that_is_never_reached_is_a_remark(ports: dict[str, int], tmp_path: Path) -> None:
    pins = ", ".join(f'"{key}"' for key in (*SHOWN, UNSEEN))
    path = table(
        tmp_path,
        row(
            ports["ssh"],
            22,
            "[10.0.0.1, 10.0.0.2, 10.0.0.3]",
            f"samples: 30, expect: {{host_key: [{pins}]}}",
        ),
    )
    (finding,) = reported(path, 0)["findings"]
    assert (finding["code"], finding["verdict"], finding["confidence"]) == (
        "target-not-seen",
        "warn",
        "likely",
    )
    assert f"reached the server with {UNSEEN}" in finding["summary"]
    assert finding["evidence"]["servers_seen"] == 2


def test_pinning_takes_every_key_that_was_shown(ports: dict[str, int], tmp_path: Path) -> None:
    path = table(tmp_path, row(ports["ssh"], 22, "[10.0.0.1, 10.0.0.2]"))
    done = called("probe", "-m", path, "--pin")
    assert done.stderr == f"Pinned the host keys of 1 row in {path}. Answered: tg: 2 of 2 servers.\n"
    (written,) = yaml.safe_load(path.read_text())["mappings"]
    assert set(written["expect"]["host_key"]) == set(SHOWN)
    assert reported(path, 0)["verdict"] == "pass"


def test_pinning_says_how_many_servers_answered(ports: dict[str, int], tmp_path: Path) -> None:
    path = table(tmp_path, row(ports["ssh"], 22, "[10.0.0.1, 10.0.0.2, 10.0.0.3]"))
    done = called("probe", "-m", path, "--pin")
    assert done.stderr.endswith(" Answered: tg: 2 of 3 servers.\n")


def test_a_key_that_is_not_pinned_is_refused_as_a_share(ports: dict[str, int], tmp_path: Path) -> None:
    pin = f'samples: 30, expect: {{host_key: "{SHOWN[0]}"}}'
    path = table(tmp_path, row(ports["ssh"], 22, "[10.0.0.1, 10.0.0.2]", pin))
    (node,) = reported(path, 1)["nodes"]
    assert node["probe"]["status"] == "unexpected"
    assert {sample["status"] for sample in node["samples"]} == {"ok", "unexpected"}
    done = called("probe", "-m", path, "--pin")
    assert "Not pinned, because the table pins other keys: tg." in done.stderr


def test_a_person_is_told_how_many_connections_there_may_be(ports: dict[str, int], tmp_path: Path) -> None:
    path = table(tmp_path, row(ports["web"], 80, "[10.0.0.1, 10.0.0.2]", "samples: 9"))
    assert called("probe", "-v", "-m", path).stderr.startswith("1 endpoints, 9 connections, at most ")


def test_version_lines_alone(ports: dict[str, int], tmp_path: Path) -> None:
    path = table(tmp_path, row(ports["ssh"], 22, "[10.0.0.1, 10.0.0.2]", "samples: 5"))
    done = called("probe", "-m", path, "--ssh-banner-only", "-f", "json")
    (node,) = json.loads(done.stdout)["mappings"][0]["nodes"]
    assert [set(sample["detail"]) for sample in node["samples"]] == [{"banner"}] * 5


def test_the_table_is_shown_with_it(tmp_path: Path) -> None:
    path = table(tmp_path, row(10022, 22, "10.0.0.1"), row(10023, 22, "10.0.0.1", "samples: 1"))
    shown = called("mapping", "show", "-m", path).stdout
    assert "30 connections a static IP" in shown
    assert "1 connection a static IP" in shown
