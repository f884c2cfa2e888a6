"""How is nlbcheck built? As setuptools does it, from the source tree alone, and to the same bytes each time.

setuptools packs into a wheel whatever an earlier build has left in build/lib. Into both kinds of packages it
puts each file's mode, and into an sdist its time and owner, too: those of the machine that packs it.
"""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403

_EPOCH = "1577836800"
"""2020-01-01: a time for all files, where SOURCE_DATE_EPOCH names none (https://reproducible-builds.org)."""
_PROGRAM, _FILE = 0o755, 0o644


def build_wheel(folder: str, *settings: Any) -> str:  # noqa: ANN401
    """Build a wheel into ``folder`` and return its name."""
    shutil.rmtree(Path("build", "lib"), ignore_errors=True)
    os.environ.setdefault("SOURCE_DATE_EPOCH", _EPOCH)
    name: str = build_meta.build_wheel(folder, *settings)
    path = Path(folder, name)
    path.write_bytes(_plain_wheel(path))
    return name


def build_sdist(folder: str, *settings: Any) -> str:  # noqa: ANN401
    """Build an sdist into ``folder`` and return its name."""
    name: str = build_meta.build_sdist(folder, *settings)
    path = Path(folder, name)
    path.write_bytes(_plain_sdist(path))
    return name


def _plain_wheel(path: Path) -> bytes:
    """Return a wheel whose files have no mode but that of a file or of a program."""
    packed = io.BytesIO()
    with ZipFile(path) as old, ZipFile(packed, "w", ZIP_DEFLATED) as new:
        for info in old.infolist():
            info.external_attr = 0o100000 + _mode(info.external_attr >> 16) << 16
            new.writestr(info, old.read(info))
    return packed.getvalue()


def _plain_sdist(path: Path) -> bytes:
    """Return an sdist with its files in order, and with nothing of the machine that packed it."""
    time = int(os.environ.get("SOURCE_DATE_EPOCH", _EPOCH))
    packed = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", mtime=time, fileobj=packed) as zipped,
        tarfile.open(path) as old,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda item: item.name):
            member.mode = _PROGRAM if member.isdir() else _mode(member.mode)
            member.mtime, member.uid, member.gid, member.uname, member.gname = time, 0, 0, "", ""
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    return packed.getvalue()


def _mode(mode: int) -> int:
    return _PROGRAM if mode & 0o100 else _FILE
