"""Every test logs in from a home directory of its own, with no agent but its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hosts.ssh.site import Site


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(tmp_path)
    monkeypatch.setenv("HOME", str(made.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return made
