"""``nlbcheck smoke --baseline``: what failed before does not fail, what is new does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from nlbcheck.formats import FORMATS, Style
from tests.cli.relay import NO_AWS, TABLE, called
from tests.cli.test_smoke import KEY, Relay
from tests.formats.reports import REPORTS
from tests.servers import closed_port, serving, speaks_ssh


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    """A relay whose port is anybody's."""
    found = Relay(tmp_path, closed_port())
    with found.endpoint:
        yield found


def stored(relay: Relay) -> Path:
    """Run the test and keep its report."""
    file = relay.table.with_name("known.json")
    file.write_text(json.dumps(relay.smoke()[1]))
    return file


def test_what_failed_before_does_not_fail(relay: Relay) -> None:
    known = stored(relay)
    status, document, said = relay.smoke("--baseline", str(known))
    assert (status, document["summary"]["fail"]) == (0, 1)
    assert document["smoke"]["baseline"]["newly_broken"] == 0
    assert "nothing newly broken. 1 connection fails as before.\n" in said


def test_what_is_fixed_is_told_and_what_breaks_fails(relay: Relay) -> None:
    broken = stored(relay)
    with serving(speaks_ssh(KEY), port=relay.port):
        status, document, said = relay.smoke("--baseline", str(broken))
        assert (status, document["summary"]["pass"]) == (0, 1)
        assert "\nFixed: tg-10022[ap-northeast-1a]: refused -> ok\n" in said
        good = stored(relay)
    status, document, said = relay.smoke("--baseline", str(good))
    assert status == 1
    assert "\nNewly broken: tg-10022[ap-northeast-1a]: ok -> refused\n" in said
    assert document["smoke"]["baseline"]["exit_status"] == 1


def test_rows_that_are_not_asked_for_are_not_said_to_be_gone(relay: Relay) -> None:
    known = stored(relay)
    document = json.loads(known.read_text())
    (row,) = document["mappings"]
    other = row | {"name": "tg-1", "target_group": "tg-1", "listener": {"protocol": "TCP", "port": 1}}
    known.write_text(json.dumps(document | {"mappings": [row, other]}))
    assert "tg-1 is gone" in relay.smoke("--baseline", str(known))[2]
    status, _, said = relay.smoke("tg-10022", "--baseline", str(known))
    assert status == 0
    assert "1 connection fails as before." in said
    assert "gone" not in said


def test_another_host_key_is_told(relay: Relay) -> None:
    with serving(speaks_ssh(KEY), port=relay.port):
        known = stored(relay)
    with serving(speaks_ssh(paramiko.ECDSAKey.generate()), port=relay.port):
        status, _, said = relay.smoke("--baseline", str(known))
    assert status == 0
    assert "\nChanged: The host key of tg-10022: ecdsa-sha2-nistp256 SHA256:" in said


def test_other_rows_are_told(relay: Relay) -> None:
    known = relay.table.with_name("known.json")
    known.write_text(FORMATS["json"](REPORTS["all-ok"], Style()))
    with serving(speaks_ssh(KEY), port=relay.port):
        status, _, said = relay.smoke("--baseline", str(known))
    assert status == 0
    assert "\nOnly in the earlier report: tg-30080 is gone. Before: " in said


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"schema": "nlbcheck.report/2"}', "neither a report nor a snapshot"),
        ("{", "not complete JSON"),
        (None, "No such file or directory"),
    ],
)
def test_what_is_no_report_is_told_before_anything_is_probed(
    tmp_path: Path, content: str | None, problem: str
) -> None:
    file = tmp_path / "known.json"
    if content is not None:
        file.write_text(content)
    done = called("smoke", "-m", TABLE, "--baseline", file, "-f", "json", env=NO_AWS)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert problem in done.stderr


def test_the_baseline_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    file.write_text(FORMATS["json"](REPORTS["all-ok"], Style()))
    done = called("smoke", "-m", TABLE, "--baseline", file, "-f", f"json:{file}", env=NO_AWS)
    assert done.returncode == 2
    assert "the report would replace the baseline" in done.stderr
