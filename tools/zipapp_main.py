"""Where do the libraries lie that this file holds? Once unpacked, in a folder of the user's own.

Binary libraries cannot be loaded from inside a zip file. Whoever runs this may be any user, several times at
once, with a home that cannot be written: nothing that somebody else might have written is ever run.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import platform
import shutil
import stat
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

DIGEST = "@DIGEST@"
"""What names this build: it changes with every byte of what is unpacked."""
OLDEST = (3, 11)


def main() -> None:
    """Unpack what is not unpacked yet, and run nlbcheck."""
    if sys.version_info < OLDEST:
        sys.exit(f"nlbcheck: needs Python 3.11 or later, and this is {platform.python_version()}")
    archive = Path(__file__).parent
    others = [path for path in sys.path if path != str(archive)]
    sys.path[:] = [str(_site(archive)), *others]
    from nlbcheck.__main__ import main as run

    run()


def _site(archive: Path) -> Path:
    """Return the folder with the libraries: in the user's cache, else beside other temporary files."""
    for base in (*_caches(), Path(tempfile.gettempdir(), f"nlbcheck-{os.geteuid()}")):
        try:
            return _kept(archive, base)
        except OSError:
            continue  # it cannot be written, or is not this user's alone
    return _for_this_run(archive)


def _caches() -> Iterator[Path]:
    """Yield where the user's cache is; a home that is not there, or that nobody has named, is not made."""
    cache, home = (Path(os.environ.get(name, "")) for name in ("XDG_CACHE_HOME", "HOME"))
    if cache.is_absolute():
        yield cache / "nlbcheck"
    elif home.is_absolute() and home.is_dir():
        yield home / ".cache" / "nlbcheck"


def _kept(archive: Path, base: Path) -> Path:
    """Return the folder below ``base``, unpacked now where it is not there; OSError where that fails."""
    base.parent.mkdir(parents=True, exist_ok=True)
    base.mkdir(mode=0o700, exist_ok=True)
    _check_ours(base)
    for folder in base.resolve().parents:
        _check_kept(folder)
    site = base / DIGEST
    if not site.exists():
        fresh = Path(tempfile.mkdtemp(prefix=f"{DIGEST}-", dir=base))
        try:
            _unpack(archive, fresh)
            _put(fresh, site)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    _check_ours(site)
    return site


def _put(fresh: Path, site: Path) -> None:
    """Give a whole folder its name; another run may have been first, with the same."""
    try:
        fresh.rename(site)
    except OSError:
        if not site.is_dir():
            raise


def _check_ours(folder: Path) -> None:
    """Raise OSError for a folder that somebody else may have written to, or that allows no libraries."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder}: is not this user's alone")
    if os.statvfs(folder).f_flag & os.ST_NOEXEC:
        raise PermissionError(f"{folder}: nothing in it can be run")


def _check_kept(folder: Path) -> None:
    """Raise OSError for a folder in which somebody else may put another one in place of ours."""
    found = folder.stat()
    others = found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX
    if found.st_uid not in (0, os.geteuid()) or others:
        raise PermissionError(f"{folder}: others may change what is in it")


def _for_this_run(archive: Path) -> Path:
    """Return a folder with the libraries that goes when this run ends."""
    try:
        site = Path(tempfile.mkdtemp(prefix="nlbcheck-"))
        atexit.register(shutil.rmtree, site, ignore_errors=True)
        _unpack(archive, site)
    except OSError as error:
        sys.exit(f"nlbcheck: its libraries cannot be unpacked, neither into the cache nor elsewhere: {error}")
    return site


def _unpack(archive: Path, site: Path) -> None:
    """Write the files for this Python and machine; each is what its hash says."""
    with zipfile.ZipFile(archive) as packed:
        for name, digest in _files(packed).items():
            content = packed.read(f"blobs/{digest}")
            if hashlib.sha256(content).hexdigest() != digest:
                sys.exit(f"nlbcheck: {archive} is damaged: {name}")
            file = site / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def _files(packed: zipfile.ZipFile) -> dict[str, str]:
    """Return the files of the libraries for this Python and machine, each with the hash of its content."""
    known = {name for name in packed.namelist() if name.startswith("targets/")}
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    target = f"targets/{python}-{sys.platform}-{platform.machine()}.json"
    has_glibc = platform.libc_ver()[0] == "glibc"
    if platform.python_implementation() == "CPython" and has_glibc and target in known:
        files: dict[str, str] = json.loads(packed.read(target))
        return files
    here = f"{platform.python_implementation()} {platform.python_version()} on {sys.platform}"
    libc = "" if has_glibc else " without glibc"
    others = ", ".join(sorted(name[8:-5] for name in known))
    sys.exit(
        f"nlbcheck: this file has libraries for {others}, and none for {here} {platform.machine()}{libc}: "
        "install nlbcheck with pip there"
    )


if __name__ == "__main__":
    main()
