"""Does the command line join reports, and tell what it joined?"""

from __future__ import annotations

import json
from pathlib import Path

from nlbcheck.formats import FORMATS, Style
from nlbcheck.model import Client
from tests.cli.running import nlbcheck
from tests.formats.reports import REPORTS


def stored(folder: Path, name: str, report: str, client: Client) -> Path:
    """Write a report as a machine made it into a file."""
    document = json.loads(FORMATS["json"](REPORTS[report], Style()))
    document["client"] = {"source": client.source, "address": client.address}
    file = folder / name
    file.write_text(json.dumps({**document, "vantages": [document["client"]]}))
    return file


def test_two_vantage_points_in_one_report(tmp_path: Path) -> None:
    here = stored(tmp_path, "here.json", "all-ok", Client("this machine", "192.168.1.214"))
    there = stored(tmp_path, "there.json", "dead-zone", Client("office", "10.9.9.9"))
    done = nlbcheck("report", "merge", here, there, "-f", "table", "-f", f"json:{tmp_path / 'both.json'}")
    assert (done.returncode, done.stderr) == (1, "")
    assert "From this machine (192.168.1.214), probed" in done.stdout
    assert "From office (10.9.9.9), probed" in done.stdout
    document = json.loads((tmp_path / "both.json").read_text())
    assert [item["source"] for item in document["vantages"]] == ["this machine", "office"]
    shown = nlbcheck("report", "show", tmp_path / "both.json")
    assert (shown.returncode, shown.stdout) == (1, done.stdout)


def test_what_counts_twice_is_told(tmp_path: Path) -> None:
    client = Client("this machine", "192.168.1.214")
    files = [stored(tmp_path, f"{name}.json", name, client) for name in ("all-ok", "dead-zone")]
    done = nlbcheck("report", "merge", *files)
    assert done.stderr.startswith("10 connections are in ")
    assert nlbcheck("report", "merge", "-q", *files).stderr == ""


def test_no_file_and_a_file_that_is_read(tmp_path: Path) -> None:
    assert nlbcheck("report", "merge").returncode == 2
    file = stored(tmp_path, "a.json", "all-ok", Client("this machine"))
    done = nlbcheck("report", "merge", file, "-f", f"json:{file}")
    assert done.returncode == 2
    assert "the report would replace the report that is read from" in done.stderr
