"""Every test has a home directory of its own to log in from, and an authority that issues certificates."""

from __future__ import annotations

import pytest

from tests.certificates import Authority
from tests.hosts.ssh.conftest import site

__all__ = ["site"]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))
