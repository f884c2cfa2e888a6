"""How does a file get its content, so that nothing else is lost?

A regular file is replaced in one step: it holds the old content or the new, whatever fails or interrupts.
What is no regular file, such as a device or a FIFO, is written to, as a shell's ``>`` does. So is a file that
has another name beside this one (a hard link), or whose folder, owner or mount does not let it be replaced;
there the old content is put back when something fails.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
import time
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from nlbcheck.errors import InputError
from nlbcheck.escape import printable

_MOST_LINKS = 40
"""As many as the kernel follows."""
_READER_SECONDS = 30.0
"""Seconds for the reader of a FIFO to open it in."""
_PAUSE = 0.02
_NOT_REPLACEABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EINVAL})
"""What a folder, an owner or a mount point says where a file can be written and not be replaced."""
_ENDING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT})


def unless_stdout(path: Path | None) -> Path | None:
    """Return ``path``; None where it means stdout, as ``-``, ``/dev/stdout`` and what leads there do."""
    return None if path is None or str(path) == "-" or _descriptor(path) == 1 else path


def check(
    outputs: Sequence[Path | None], inputs: Mapping[str, Path | None], what: str = "the report"
) -> None:
    """Make sure that ``what`` can be written to one of ``outputs``, of which None is stdout; leave no trace.

    ``inputs`` are files that no output may replace, each by what it is called. Raises InputError for one that
    is an output, for two outputs that are one file, by whatever name or link, and where none can be written.
    """
    read = {_identity(path): name for name, path in inputs.items() if path is not None}
    seen: set[Hashable] = set()
    for output in outputs:
        shown = printable(str(output)) if output else "stdout"
        identity = _identity(output)
        if identity in read:
            raise InputError(f"{shown}: {what} would replace {read[identity]}")
        if identity in seen:
            raise InputError(f"two reports for {shown}; write one to a file of its own, as -f FORMAT:FILE")
        seen.add(identity)
    problems = [problem for output in outputs if output for problem in _problems(output)]
    if problems and len(problems) == len(outputs):
        raise InputError(*problems)


def write(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write ``content`` to the file at ``path``, through links.

    A file that existed keeps its mode, owner and extended attributes; a new one is for its owner alone where
    the content is ``private``, else as the umask says. Raises InputError where that fails; the file is as it
    was then, and nothing is left beside it.
    """
    try:
        _write(path, content, private=private)
    except OSError as error:
        raise _error(path, error) from None


def is_there(path: Path) -> bool:
    """Return whether there is a regular file at ``path``, the content of which could be lost."""
    return _descriptor(path) is None and path.is_file()


def check_inside(folder: Path, names: Iterable[str]) -> None:
    """Raise InputError where something else than a file has a name that nlbcheck gives inside a folder.

    Nobody pointed at it: a FIFO that a stranger put there would be waited for without end.
    """
    odd = [path for path in (folder / name for name in names) if path.exists() and not is_there(path)]
    if odd:
        told = "is no regular file: expected a file to replace, or nothing of that name"
        raise InputError(*(f"{printable(str(path))}: {told}" for path in odd))


def _write(path: Path, content: bytes, *, private: bool) -> None:
    descriptor = _descriptor(path)
    if descriptor is not None:
        put(descriptor, content)
        return
    status = _status(path)
    if status and not stat.S_ISREG(status.st_mode):
        through = _opened(path)
        try:
            put(through, content)
        finally:
            os.close(through)
        return
    with _undisturbed():
        if status and status.st_nlink > 1:
            _overwrite(path, content)
            return
        try:
            _replace(Path(os.path.realpath(path)), content, status, private=private)
        except OSError as error:
            if status is None or error.errno not in _NOT_REPLACEABLE:
                raise
            _overwrite(path, content)


def _opened(path: Path) -> int:
    """Open what is no regular file; OSError for a FIFO that nobody has come to read.

    Who writes into one waits for its reader, but not without end: it may have come into a file's place.
    """
    until = time.monotonic() + _READER_SECONDS
    while True:
        try:
            through = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO or not path.is_fifo():
                raise
            if time.monotonic() >= until:
                told = f"it is a FIFO that nobody reads for {_READER_SECONDS:.0f} s"
                raise OSError(errno.ENXIO, told) from None
            time.sleep(_PAUSE)
        else:
            os.set_blocking(through, True)
            return through


def _problems(path: Path) -> Iterator[str]:
    """Yield what keeps a file from being written."""
    try:
        _try(path)
    except OSError as error:
        yield from _error(path, error).problems


def _try(path: Path) -> None:
    """Raise OSError where ``path`` cannot be written; a FIFO's reader would take an attempt for the end."""
    status = None if _descriptor(path) is not None else _status(path)
    if _descriptor(path) is not None or (status and not stat.S_ISREG(status.st_mode)):
        return
    try:
        descriptor, temporary = _temporary(Path(os.path.realpath(path)), 0o600)
    except OSError as error:
        if status is None or error.errno not in _NOT_REPLACEABLE:
            raise
        return
    os.close(descriptor)
    temporary.unlink()


def _status(path: Path) -> os.stat_result | None:
    """Return what is at ``path``, None for nothing; raise OSError where that is not to be written."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a directory")
    if stat.S_ISSOCK(status.st_mode):
        raise OSError(errno.ENXIO, "it is a socket")
    if not status.st_mode & 0o222:
        raise PermissionError(errno.EACCES, "it is read-only")
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return status


def _replace(path: Path, content: bytes, status: os.stat_result | None, *, private: bool) -> None:
    """Put a new file into the place of the one at ``path``, which has ``status``, or of none."""
    descriptor, temporary = _temporary(path, 0o600 if status or private else 0o666)
    try:
        try:
            put(descriptor, content)
            if status:
                _become(descriptor, path, status)
        finally:
            os.close(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise


def _temporary(path: Path, mode: int) -> tuple[int, Path]:
    """Create a file beside ``path``, under a name that nobody can have put something at."""
    temporary = path.with_name(f".nlbcheck-{os.urandom(16).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(temporary, flags, mode), temporary


def _become(descriptor: int, path: Path, status: os.stat_result) -> None:
    """Give an open file the owner, extended attributes and mode of the one at ``path``."""
    new = os.fstat(descriptor)
    if (new.st_uid, new.st_gid) != (status.st_uid, status.st_gid):
        os.fchown(descriptor, status.st_uid, status.st_gid)
    if sys.platform == "linux":
        for name in os.listxattr(path):
            with suppress(OSError):  # some are the kernel's own
                os.setxattr(descriptor, name, os.getxattr(path, name))
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))


def _overwrite(path: Path, content: bytes) -> None:
    """Give the file at ``path`` another content, and its old one again where that fails."""
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # put there since its status was asked for
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file any more")
    with open(descriptor, "rb", closefd=False) as file:
        old = file.read()
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        put(descriptor, content)
        os.ftruncate(descriptor, len(content))
    except BaseException:
        os.lseek(descriptor, 0, os.SEEK_SET)
        put(descriptor, old)
        os.ftruncate(descriptor, len(old))
        raise
    finally:
        os.close(descriptor)


def put(descriptor: int, content: bytes) -> None:
    """Write all of ``content`` to an open file."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let signals that end a program wait until the file is whole."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _descriptor(path: Path) -> int | None:
    """Return the number of the open file that a path such as ``/dev/fd/5`` means, or leads to."""
    for _ in range(_MOST_LINKS):
        folder = os.path.realpath(path.parent)
        link = Path(folder, path.name)
        if folder in ("/dev/fd", f"/proc/{os.getpid()}/fd"):
            return int(path.name) if path.name.isdecimal() and os.path.lexists(link) else None
        if not os.path.islink(link):  # noqa: PTH114 (which takes one that may not be seen for none)
            return None
        path = link.parent / link.readlink()
    return None


def _identity(path: Path | None) -> Hashable:
    """Return what two names of one file have in common; what takes any number of texts is like nothing."""
    try:
        status = os.fstat(1) if path is None else path.stat()
    except OSError:
        return path and os.path.realpath(path)
    if stat.S_ISREG(status.st_mode) or (path and not stat.S_ISCHR(status.st_mode)):
        return status.st_dev, status.st_ino
    return path and object()


def _error(path: Path, error: OSError) -> InputError:
    """Return the sentence on what kept a file from being written."""
    folders = (path.parent, Path(os.path.realpath(path)).parent)
    missing = [folder for folder in folders if _is_missing(folder)]
    why = f"there is no folder {missing[0]}" if missing else error.strerror or str(error)
    return InputError(printable(f"{path}: was not written: {why}"))


def _is_missing(folder: Path) -> bool:
    """Return whether it is sure that there is no such folder."""
    try:
        return not folder.exists()
    except PermissionError:
        return False
