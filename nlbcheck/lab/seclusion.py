"""What of this machine's files do commands in a lab see, and what have they for themselves?

``/run`` and ``/tmp`` are the lab's own and empty, since the machine's daemons listen there: a unix socket is
reached by its path from any network namespace. What a command needs of the machine's stays where it is: the
working directory, the folders of files that the command line or the environment names, and the programs.
A socket that listens elsewhere, or in one of these folders, when the lab starts is hidden one by one.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nlbcheck.lab import linux

OWN = {Path("/run"): "mode=755", Path("/tmp"): "mode=1777"}  # noqa: S108  # mounted over, not written to
"""The folders that a lab has for itself, with the options of their mount."""
_BETWEEN_PATHS = re.compile(r"[\s'\"=:;,|&<>()@]+")
_PATH_IN_PROC_NET_UNIX = 7  # the column: proc_net_unix(5)


@dataclass(frozen=True, slots=True)
class Seclusion:
    """What is to be kept and what to be hidden, as this machine is."""

    kept: tuple[Path, ...]
    """Folders, and files that lie in ``/run`` or ``/tmp`` itself, that stay the machine's."""
    sockets: tuple[Path, ...]
    """Unix sockets that are bound to a path."""

    def enter(self) -> None:
        """Hide the rest from the calling process, which has mounts of its own; OSError where it may not."""
        here = _working_directory()
        sources = [(path, os.open(path, os.O_PATH | os.O_CLOEXEC)) for path in self.kept]
        for folder, options in OWN.items():
            if folder.is_dir() and here != folder:
                linux.mount("tmpfs", folder, options)
        for path, source in sources:
            _put_back(path, source)
            os.close(source)
        if here is not None:
            os.chdir(here)  # this process was in what is hidden now
        for path in self.sockets:
            with suppress(OSError):  # it lay in /run or /tmp, or nobody here may go there
                if path.is_socket():
                    linux.bind(Path(os.devnull), path)


def planned(environment: Mapping[str, str]) -> Seclusion:
    """Look at this process and its network namespace, before it takes another.

    ``environment`` is what commands will find.
    """
    here = _working_directory()
    wanted = {here} if here else set()
    wanted |= {path for path in map(_keepable, _named(environment)) if path is not None}
    below = {path for path in wanted if _is_below(path)}
    return Seclusion(
        tuple(path for path in sorted(below) if not below.intersection(path.parents)), _sockets()
    )


def lost(words: Sequence[str]) -> list[str]:
    """Return the paths that a command's words name where what it writes ends with the lab."""
    paths = {path for word in words for path in _paths(word)}
    return sorted(str(path) for path in paths if _ends_with_lab(path))


def _named(environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield the paths that the command line, the environment and the interpreter name."""
    for text in sys.argv:
        yield from _paths(text)
    programs = environment.get("PATH", "").split(os.pathsep)
    for text in (sys.prefix, sys.base_prefix, environment.get("HOME", ""), *sys.path, *programs):
        yield from _both(text)
    for text in environment.values():
        yield from (path for path in _both(text) if os.path.isfile(path))  # noqa: PTH113  # is_file() may raise


def _paths(word: str) -> Iterator[Path]:
    """Yield what may be paths in a word of a command, which may be a whole script."""
    for text in {word, word.partition("=")[2], word.partition(":")[2], *_BETWEEN_PATHS.split(word)}:
        yield from _both(text)


def _both(text: str) -> Iterator[Path]:
    """Yield a path as it is written and with its links followed; nothing for what can be none."""
    with suppress(OSError, ValueError):  # too long, or with a zero byte
        if text:
            yield Path(os.path.abspath(text))  # noqa: PTH100  # resolve() would follow links
            yield Path(os.path.realpath(text))


def _keepable(path: Path) -> Path | None:
    """Return the folder, or the file that lies in ``/run`` or ``/tmp`` itself, that holds a path."""
    with suppress(OSError):
        if not _is_below(path) or path in OWN or path.is_socket():
            return None
        if path.is_dir():
            return path
        folder = next(parent for parent in path.parents if parent.is_dir())
        if folder not in OWN:
            return folder
        return path if path.exists() else None
    return None


def _ends_with_lab(path: Path) -> bool:
    here = _working_directory()
    own = [folder for folder in OWN if folder in path.parents and folder != here]
    return bool(own) and not os.path.lexists(path) and _keepable(path) is None


def _is_below(path: Path) -> bool:
    return path in OWN or any(folder in path.parents for folder in OWN)


def _working_directory() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # somebody removed it
        return None


def _put_back(path: Path, source: int) -> None:
    """Let what is open as ``source`` be at ``path`` again."""
    if path in OWN:
        return
    origin = Path(f"/proc/self/fd/{source}")
    path.parent.mkdir(parents=True, exist_ok=True)
    if origin.is_dir():
        path.mkdir(exist_ok=True)
    else:
        path.touch()
    linux.bind(origin, path)


def _sockets() -> tuple[Path, ...]:
    try:
        lines: Iterable[str] = Path("/proc/net/unix").read_text("utf-8", "surrogateescape").splitlines()[1:]
    except OSError:  # a kernel or a container that does not tell
        return ()
    columns = (line.split(maxsplit=_PATH_IN_PROC_NET_UNIX) for line in lines)
    names = {line[-1] for line in columns if len(line) > _PATH_IN_PROC_NET_UNIX}
    return tuple(Path(name) for name in sorted(names) if name.startswith("/"))
