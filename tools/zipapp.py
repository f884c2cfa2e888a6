"""How does one file come of nlbcheck and its dependencies?

``zipapp.py WHEEL FILE DOWNLOADS [PYTHON-MACHINE]…``. Each wheel is downloaded as requirements.lock has it,
hash and all, for each Python and machine. What several of them have stands in the file once. Two runs write
the same bytes, with the same zlib.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

PYTHONS, MACHINES = ("3.11", "3.12", "3.13"), ("x86_64", "aarch64")
TARGETS = tuple(f"{python}-{machine}" for python in PYTHONS for machine in MACHINES)
SERVICES = ("ec2", "elbv2", "organizations", "s3", "signin", "ssm", "sso", "sso-oidc", "sts")
"""Of botocore's 400 services, those that nlbcheck or a login asks; the others are left out."""
_GLIBC = ("manylinux_2_28", "manylinux_2_26", "manylinux_2_17", "manylinux2014")
"""Of the oldest systems that all wheels are for: glibc 2.28, of 2018."""
_SHEBANG = b"#!/usr/bin/env python3\n"
_TIME = (2020, 1, 1, 0, 0, 0)
_TOOLS = Path(__file__).parent
_LOCK = _TOOLS.parent / "requirements.lock"

Files = Mapping[str, bytes]
"""Contents by path."""


def main(wheel: Path, out: Path, downloads: Path, targets: Sequence[str]) -> None:
    """Write the file; ``downloads`` is a folder for the wheels of the dependencies."""
    blobs: dict[str, bytes] = {}
    manifests: dict[str, bytes] = {}
    for target in targets:
        python, machine = target.split("-")
        files = dict(_wheels([wheel, *_downloaded(python, machine, downloads / target)]))
        names = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
        blobs |= {names[name]: content for name, content in files.items()}
        name = f"targets/cp{python.replace('.', '')}-linux-{machine}.json"
        manifests[name] = json.dumps(names, indent=0).encode()
    digest = hashlib.sha256(b"".join(manifests[name] for name in sorted(manifests))).hexdigest()[:32]
    start = (_TOOLS / "zipapp_main.py").read_text("utf-8").replace("@DIGEST@", digest)
    packed = {f"blobs/{name}": content for name, content in blobs.items()}
    _write(out, {"__main__.py": start.encode(), **manifests, **packed})


def _downloaded(python: str, machine: str, folder: Path) -> Sequence[Path]:
    """Return the wheels of all dependencies for a Python and machine."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lock = folder / "requirements.lock"  # setuptools only builds
    lock.write_text(re.sub(r"(?m)^setuptools==(.*\\\n)*.*\n", "", _LOCK.read_text("utf-8")), "utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "-r", str(lock), "--dest", str(folder)]
    command += ["--only-binary", ":all:", "--implementation", "cp", "--python-version", python]
    command += [word for glibc in _GLIBC for word in ("--platform", f"{glibc}_{machine}")]
    subprocess.run(command, check=True)
    return sorted(folder.glob("*.whl"))


def _wheels(wheels: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of wheels as they lie once installed, without programs and what nobody needs."""
    for wheel in wheels:
        with ZipFile(wheel) as packed:
            names = [name for name in packed.namelist() if not name.endswith("/")]
            newest = _newest(names)
            for name in names:
                path = PurePosixPath(name)
                if path.is_absolute() or ".." in path.parts:
                    sys.exit(f"{wheel.name}: {name} is no path of a package")
                if ".data/" not in name and _is_needed(path, newest):
                    yield name, packed.read(name)


def _newest(names: Sequence[str]) -> set[str]:
    """Return the newest version of each of botocore's services: a client takes that one."""
    newest: dict[str, str] = {}
    for name in names:
        if name.startswith("botocore/data/") and name.count("/") == 4:
            service, version = name.split("/")[2:4]
            newest[service] = max(version, newest.get(service, ""))
    return {f"{service}/{version}" for service, version in newest.items() if service in SERVICES}


def _is_needed(path: PurePosixPath, newest: set[str]) -> bool:
    match path.parts:
        case ("botocore" | "boto3", "data", _):
            return True
        case ("botocore", "data", service, version, *_):
            return f"{service}/{version}" in newest
        case ("boto3", "data" | "examples", *_):
            return False
    return True


def _write(out: Path, files: Files) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("wb") as file:
        file.write(_SHEBANG)
        with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=9) as packed:
            for name in sorted(files):
                info = ZipInfo(name, _TIME)
                info.external_attr = (stat.S_IFREG | 0o644) << 16
                info.compress_type = ZIP_DEFLATED
                packed.writestr(info, files[name])
    out.chmod(0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:] or TARGETS)
